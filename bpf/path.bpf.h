/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Paths, walked upwards dentry by dentry and mount by mount; bpf_d_path isn't allowed here.
 *
 * The walks are global functions of plain numbers: the verifier proves each once, by itself, and
 * not again on every way that leads to it (a kernel of 5.10 takes no pointers in them).
 */
#ifndef PROCTREE_PATH_BPF_H
#define PROCTREE_PATH_BPF_H

#define PT_PATH_STEPS 512  /* components and mounts of one path */
#define PT_CGROUP_STEPS 32 /* levels of a cgroup */

/* Set in a walk's answer, above the length, where the root was not reached. */
#define PT_WALK_TRUNCATED (1 << 16)
#define PT_WALK_LENGTH(walked) ((walked)&0x1fff)
_Static_assert(PT_PATH_MAX <= 0x1fff, "a path's length fits its mask");

/*
 * Writes the path of (dentry, vfsmount), leaf first, at the scratch slot's tail[start]; answers its
 * length. Follows mounts up to the top of their mount namespace, as /proc/PID/exe shows it to a
 * reader outside of any chroot.
 */
__noinline int pt_walk_path(__u32 slot, __u32 start, __u64 dentry_address, __u64 vfsmount_address)
{
	struct scratch *s = bpf_map_lookup_elem(&scratch, &slot);
	struct dentry *dentry = (void *)dentry_address, *root;
	struct vfsmount *vfsmount = (void *)vfsmount_address;
	struct mount *mount = (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
	__u32 off = start;

	if (!s)
		return PT_WALK_TRUNCATED;
	root = BPF_CORE_READ(vfsmount, mnt_root);
	for (int i = 0; i < PT_PATH_STEPS; i++) {
		struct dentry *parent;
		struct qstr name;
		__u32 len;

		if (dentry == root) {
			struct mount *above = BPF_CORE_READ(mount, mnt_parent);

			if (above == mount)
				return off - start;
			dentry = BPF_CORE_READ(mount, mnt_mountpoint);
			mount = above;
			root = BPF_CORE_READ(mount, mnt.mnt_root);
			continue;
		}
		parent = BPF_CORE_READ(dentry, d_parent);
		bpf_core_read(&name, sizeof(name), &dentry->d_name);
		len = name.len + 1; /* with its NUL */
		barrier_var(off);
		barrier_var(len);
		if (off > PT_PATHS_BYTES || len > PT_NAME_MAX + 1 || off - start + len > PT_PATH_MAX)
			break;
		if (bpf_probe_read_kernel(&s->tail[off], len, name.name))
			break;
		off += len;
		if (parent == dentry) /* not below its mount's root: a memfd, say */
			return off - start;
		dentry = parent;
	}
	pt_count(PT_FAILED_PATH);
	return (off - start) | PT_WALK_TRUNCATED;
}

static __always_inline int pt_put_path(__u32 slot, __u32 start, struct path *path)
{
	struct path copy; /* plain numbers, as a global function takes them */

	bpf_core_read(&copy, sizeof(copy), path);
	return pt_walk_path(slot, start, (__u64)copy.dentry, (__u64)copy.mnt);
}

static __always_inline struct kernfs_node *pt_kernfs_parent(struct kernfs_node *node)
{
	if (bpf_core_field_exists(node->parent))
		return BPF_CORE_READ(node, parent);
	return BPF_CORE_READ((struct kernfs_node___6_15 *)node, __parent);
}

/* The same for a cgroup, into `area` of PT_CGROUP_PATH_MAX bytes; its root has no name of its own. */
static __always_inline __u32 pt_walk_cgroup(char *area, struct kernfs_node *node)
{
	__u32 off = 0;

	for (int i = 0; i < PT_CGROUP_STEPS; i++) {
		struct kernfs_node *parent = pt_kernfs_parent(node);
		long len;

		if (!parent)
			return off;
		barrier_var(off);
		if (off > PT_CGROUP_PATH_MAX - PT_NAME_MAX - 1)
			break;
		len = bpf_probe_read_kernel_str(&area[off], PT_NAME_MAX + 1, BPF_CORE_READ(node, name));
		if (len <= 0)
			break;
		off += len;
		node = parent;
	}
	pt_count(PT_FAILED_PATH);
	return off | PT_WALK_TRUNCATED;
}

#endif
