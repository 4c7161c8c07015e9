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

/* What a step reads of a dentry, or of a mount, stands together in the kernel and is read by one call. */
struct pt_dentry_part {
	struct dentry *parent;
	struct qstr name;
};

static __always_inline bool pt_read_dentry(struct pt_dentry_part *out, struct dentry *dentry)
{
	if (bpf_core_field_offset(dentry->d_name) == bpf_core_field_offset(dentry->d_parent) + sizeof(void *))
		return !bpf_core_read(out, sizeof(*out), &dentry->d_parent);
	return !bpf_core_read(&out->parent, sizeof(out->parent), &dentry->d_parent) &&
	       !bpf_core_read(&out->name, sizeof(out->name), &dentry->d_name);
}

struct pt_mount_part {
	struct mount *parent;
	struct dentry *mountpoint, *root;
};

static __always_inline bool pt_read_mount(struct pt_mount_part *out, struct mount *mount)
{
	if (bpf_core_field_offset(mount->mnt_mountpoint) == bpf_core_field_offset(mount->mnt_parent) + sizeof(void *) &&
	    bpf_core_field_offset(mount->mnt.mnt_root) == bpf_core_field_offset(mount->mnt_parent) + 2 * sizeof(void *))
		return !bpf_core_read(out, sizeof(*out), &mount->mnt_parent);
	return !bpf_core_read(&out->parent, sizeof(out->parent), &mount->mnt_parent) &&
	       !bpf_core_read(&out->mountpoint, sizeof(out->mountpoint), &mount->mnt_mountpoint) &&
	       !bpf_core_read(&out->root, sizeof(out->root), &mount->mnt.mnt_root);
}

/*
 * Writes the path of (dentry, vfsmount), leaf first, at the scratch slot's tail[start]; answers its
 * length. Follows mounts up to the top of their mount namespace, as /proc/PID/exe shows it to a
 * reader outside of any chroot.
 */
__noinline int pt_walk_path(__u32 slot, __u32 start, __u64 dentry_address, __u64 vfsmount_address)
{
	struct scratch *s = bpf_map_lookup_elem(&scratch, &slot);
	struct dentry *dentry = (void *)dentry_address;
	struct mount *mount = (void *)vfsmount_address - bpf_core_field_offset(struct mount, mnt);
	struct pt_dentry_part here;
	struct pt_mount_part on;
	__u32 off = start;

	if (!s || !pt_read_mount(&on, mount))
		return PT_WALK_TRUNCATED;
	for (int i = 0; i < PT_PATH_STEPS; i++) {
		__u32 len;

		if (dentry == on.root) {
			if (on.parent == mount)
				return off - start;
			dentry = on.mountpoint;
			mount = on.parent;
			if (!pt_read_mount(&on, mount))
				break;
			continue;
		}
		if (!pt_read_dentry(&here, dentry))
			break;
		len = here.name.len + 1; /* with its NUL */
		barrier_var(off);
		barrier_var(len);
		if (off > PT_PATHS_BYTES || len > PT_NAME_MAX + 1 || off - start + len > PT_PATH_MAX)
			break;
		if (bpf_probe_read_kernel(&s->tail[off], len, here.name.name))
			break;
		off += len;
		if (here.parent == dentry) /* not below its mount's root: a memfd, say */
			return off - start;
		dentry = here.parent;
	}
	pt_count(PT_FAILED_PATH);
	return (off - start) | PT_WALK_TRUNCATED;
}

static __always_inline int pt_put_path(__u32 slot, __u32 start, struct scratch *s, struct path *path)
{
	const __u64 mnt = pt_plain(s, path->mnt);

	return pt_walk_path(slot, start, pt_plain(s, path->dentry), mnt);
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
