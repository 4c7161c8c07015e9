/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Paths, walked upwards dentry by dentry and mount by mount; bpf_d_path isn't allowed here.
 *
 * The walks are global functions of plain numbers: the verifier proves each once, by itself, and
 * not again on every way that leads to it (a kernel of 5.10 takes no pointers in them).
 */
#ifndef PROCTREE_PATH_BPF_H
#define PROCTREE_PATH_BPF_H

#define PT_PATH_STEPS 512 /* components and mounts of one path */

/* Set in what a walk returns, above the length, where the root was not reached. */
#define PT_WALK_TRUNCATED (1 << 16)
#define PT_WALK_DETACHED (1 << 17)
#define PT_WALK_LENGTH(walked) ((walked)&0x1fff)
_Static_assert(PT_PATH_MAX <= 0x1fff, "a path's length fits its mask");

/*
 * Twice the number of times that a dentry was renamed or moved: odd while that goes on. What was read of it
 * is consistent where this was even before and is the same after.
 */
static __always_inline __u32 pt_dentry_sequence(const struct walk *w)
{
	const struct dentry *dentry = (void *)w->dentry;
	__u32 sequence = 1;

	if (pt_has_kfuncs()) {
		dentry = pt_cast(struct dentry, dentry);
		return *(const volatile __u32 *)&dentry->d_seq.seqcount.sequence;
	}
	bpf_core_read(&sequence, sizeof(sequence), &dentry->d_seq.seqcount.sequence);
	return sequence;
}

/*
 * Where a name of that many bytes, without its NUL, is. A dentry has short ones inline: nothing more has to
 * be read to find them.
 */
static __always_inline __u64 pt_name_of(struct dentry *dentry, __u32 length)
{
	struct dentry___6_15 *later = (void *)dentry;
	struct dentry___6_14 *before = (void *)dentry;

	if (bpf_core_field_exists(later->d_shortname.string) &&
	    length < bpf_core_field_size(later->d_shortname.string))
		return (__u64)dentry + bpf_core_field_offset(later->d_shortname.string);
	if (bpf_core_field_exists(before->d_iname) && length < bpf_core_field_size(before->d_iname))
		return (__u64)dentry + bpf_core_field_offset(before->d_iname);
	return (__u64)dentry->d_name.name;
}

/*
 * What a step reads of a dentry, or of a mount, as plain numbers. Where that takes helpers' calls, it is one:
 * they stand together in the kernel.
 */
static __always_inline bool pt_read_dentry(struct walk *w)
{
	struct dentry *dentry = (void *)w->dentry;

	w->sequence = pt_dentry_sequence(w);
	if (pt_has_kfuncs()) {
		dentry = pt_cast(struct dentry, dentry);
		w->parent = (__u64)dentry->d_parent;
		w->name_length = dentry->d_name.len;
		w->name = pt_name_of(dentry, w->name_length);
		return true;
	}
	if (bpf_core_field_offset(dentry->d_name) == bpf_core_field_offset(dentry->d_parent) + 8)
		return !bpf_core_read((void *)&w->parent, 24, &dentry->d_parent);
	return !bpf_core_read((void *)&w->parent, 8, &dentry->d_parent) &&
	       !bpf_core_read((void *)&w->name_hash, 16, &dentry->d_name);
}

static __always_inline bool pt_read_mount(struct walk *w)
{
	struct mount *mount = (void *)w->mount;

	if (pt_has_kfuncs()) {
		mount = pt_cast(struct mount, mount);
		w->mount_above = (__u64)mount->mnt_parent;
		w->mountpoint = (__u64)mount->mnt_mountpoint;
		w->root = (__u64)mount->mnt.mnt_root;
		w->namespace = (__u64)mount->mnt_ns;
		return true;
	}
	if (bpf_core_field_offset(mount->mnt_mountpoint) == bpf_core_field_offset(mount->mnt_parent) + 8 &&
	    bpf_core_field_offset(mount->mnt.mnt_root) == bpf_core_field_offset(mount->mnt_parent) + 16)
		return !bpf_core_read((void *)&w->mount_above, 24, &mount->mnt_parent);
	return !bpf_core_read((void *)&w->mount_above, 8, &mount->mnt_parent) &&
	       !bpf_core_read((void *)&w->mountpoint, 8, &mount->mnt_mountpoint) &&
	       !bpf_core_read((void *)&w->root, 8, &mount->mnt.mnt_root);
}

#define PT_SHORT_NAME 32

/*
 * `length` bytes with their NUL. Short ones by whole words: what is written behind them is written over, or
 * not sent.
 */
static __always_inline bool pt_copy_name(__u8 *to, __u64 from, __u32 length)
{
	if (pt_has_kfuncs() && length <= PT_SHORT_NAME) {
		const volatile __u64 *words = pt_words((void *)from);

		((volatile __u64 *)to)[0] = words[0];
		if (length <= 8)
			return true;
		((volatile __u64 *)to)[1] = words[1];
		if (length <= 16)
			return true;
		((volatile __u64 *)to)[2] = words[2];
		((volatile __u64 *)to)[3] = words[3];
		return true;
	}
	return !bpf_probe_read_kernel(to, length, (void *)from);
}

/*
 * Whether a top mount is where paths begin: in the process's own mount namespace, or in pid 1's. Any other
 * one is a part of some file system, detached from the tree, and may be any place there.
 */
static __always_inline bool pt_is_home(struct walk *w)
{
	const struct mount *mount = (void *)w->mount;
	__u64 ns;

	if (!pt_has_kfuncs())
		bpf_core_read((void *)&w->namespace, sizeof(w->namespace), &mount->mnt_ns);
	ns = w->namespace;
	return ns && (ns == w->home || ns == first_ns.mount || !first_ns.mount);
}

/*
 * Up to the mount that this one is mounted on, where both halves of that place are consistent. A detached top
 * mount doesn't end the path: it goes on with the name of the mount's root and what is above that, up to the
 * file system's root.
 */
static __always_inline bool pt_step_to_mount(struct walk *w)
{
	__u64 above = w->mount_above, mountpoint = w->mountpoint;

	if (above == w->mount) {
		w->reached = pt_is_home(w);
		w->detached = !w->reached;
		w->root = 0;
		return w->detached;
	}
	if (!pt_read_mount(w))
		return false;
	if (w->mount_above != above || w->mountpoint != mountpoint)
		return true; /* it is being moved */
	w->dentry = mountpoint;
	w->mount = above;
	return pt_read_mount(w);
}

/*
 * One component, or mount, further up; returns whether there may be more. A component's length, its bytes and
 * its parent are read one after the other, and a rename may come between: the next step then reads the name
 * again, and the last byte is a NUL in any case.
 */
static __always_inline bool pt_step_up(struct scratch *s, __u32 start)
{
	struct walk *w = &s->walk;
	__u32 length, walked, off, last;

	if (w->dentry == w->root)
		return pt_step_to_mount(w);
	if (!pt_read_dentry(w))
		return false;
	if (w->detached && w->parent == w->dentry) {
		w->reached = true;
		return false;
	}
	length = w->name_length; /* without its NUL */
	walked = w->walked;
	off = start + walked;
	barrier_var(off);
	barrier_var(length);
	if (off > PT_PATHS_BYTES || length > PT_NAME_MAX || walked + length >= PT_PATH_MAX)
		return false;
	if (!pt_copy_name(&s->tail[off], w->name, length + 1))
		return false;
	if (w->sequence & 1 || pt_dentry_sequence(w) != w->sequence)
		return true;
	last = off + length;
	barrier_var(last);
	if (last > PT_PATHS_BYTES + PT_NAME_MAX)
		return false;
	s->tail[last] = 0;
	w->walked += length + 1;
	w->reached = w->parent == w->dentry; /* not below its mount's root: a memfd, say */
	w->dentry = w->parent;
	return !w->reached;
}

/*
 * Writes the path that the scratch slot's walk begins at, leaf first, at its tail[start]; returns its
 * length. Follows mounts up to the top of their mount namespace, as /proc/PID/exe shows it to a
 * reader outside of any chroot. Progress is in the slot, where the verifier doesn't follow it: each turn of
 * the loop looks to it like the one before.
 */
__noinline int pt_walk_path(__u32 slot, __u32 start)
{
	struct scratch *s = bpf_map_lookup_elem(&scratch, &slot);
	__u32 walked;

	if (!s)
		return PT_WALK_TRUNCATED;
	s->walk.walked = 0;
	s->walk.reached = false;
	s->walk.detached = false;
	if (pt_read_mount(&s->walk))
		pt_repeat(PT_PATH_STEPS, pt_step_up(s, start));
	walked = s->walk.walked;
	if (s->walk.detached)
		walked |= PT_WALK_DETACHED;
	if (s->walk.reached)
		return walked;
	pt_count(PT_FAILED_PATH);
	return walked | PT_WALK_TRUNCATED;
}

/* Where a walk begins. */
static __always_inline void pt_begin_at(struct scratch *s, struct path *path)
{
	s->walk.dentry = (__u64)path->dentry;
	s->walk.mount = pt_plain(s, path->mnt) - bpf_core_field_offset(struct mount, mnt);
}

static __always_inline __u32 pt_fs_sequence(struct fs_struct *fs)
{
	const void *at = (void *)fs + bpf_core_field_offset(fs->seq);
	__u32 sequence = 1;

	if (pt_has_kfuncs())
		return *(const volatile __u32 *)pt_words(at);
	bpf_probe_read_kernel(&sequence, sizeof(sequence), at);
	return sequence;
}

/*
 * At the working directory, whose halves change together: a process that shares it, or that is looked at
 * while it runs, may change it right now. Returns whether what was read is consistent.
 */
static __always_inline bool pt_begin_at_pwd(struct scratch *s, struct fs_struct *fs)
{
	__u32 sequence = pt_fs_sequence(fs);

	pt_begin_at(s, &fs->pwd);
	return !(sequence & 1) && pt_fs_sequence(fs) == sequence;
}

static __always_inline int pt_put_pwd(__u32 slot, __u32 start, struct scratch *s, struct fs_struct *fs)
{
	if (pt_begin_at_pwd(s, fs) || pt_begin_at_pwd(s, fs))
		return pt_walk_path(slot, start);
	pt_count(PT_FAILED_PATH);
	return PT_WALK_TRUNCATED;
}

#endif
