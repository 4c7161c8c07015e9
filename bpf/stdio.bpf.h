/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * What the descriptors 0, 1 and 2 of a new program are, with --stdio: behind close-on-exec, ahead of its
 * first instruction.
 */
#ifndef PROCTREE_STDIO_BPF_H
#define PROCTREE_STDIO_BPF_H

/* Written by userspace before the load. */
const volatile bool report_stdio = false;

#define S_IFMT 00170000
#define S_IFSOCK 0140000
#define S_IFIFO 0010000
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10

/* The process that was a UNIX socket's peer when they connected; it may have ended. */
static __always_inline void pt_fill_unix_peer(struct pt_stdio *out, struct pid *pid)
{
	const bool typed = pt_has_kfuncs();
	struct task_struct *task;
	__u64 link;

	if (!pid)
		return;
	out->peer_pid = pt_get(pid, numbers[0].nr);
	link = (__u64)pt_get(pid, tasks[PIDTYPE_TGID].first);
	if (!link)
		return;
	task = pt_cast(struct task_struct,
		       link - bpf_core_field_offset(struct task_struct, pid_links[PIDTYPE_TGID]));
	out->peer_start_ns = pt_get(task, start_boottime);
}

static __always_inline void pt_fill_socket(struct pt_stdio *out, struct file *file)
{
	const bool typed = pt_has_kfuncs();
	struct socket *socket = pt_cast(struct socket, pt_get(file, private_data));
	struct sock *sk = pt_cast(struct sock, pt_get(socket, sk));

	if (!sk)
		return;
	out->family = pt_get(sk, __sk_common.skc_family);
	if (out->family == AF_UNIX) {
		pt_fill_unix_peer(out, pt_cast(struct pid, pt_get(sk, sk_peer_pid)));
	} else if (out->family == AF_INET) {
		out->peer_port = pt_get(sk, __sk_common.skc_dport);
		*(__u32 *)out->peer_address = pt_get(sk, __sk_common.skc_daddr);
	} else if (out->family == AF_INET6 && bpf_core_field_exists(sk->__sk_common.skc_v6_daddr)) {
		out->peer_port = pt_get(sk, __sk_common.skc_dport);
		bpf_probe_read_kernel(
		    out->peer_address, sizeof(out->peer_address),
		    (void *)((__u64)sk + bpf_core_field_offset(sk->__sk_common.skc_v6_daddr)));
	}
}

/* Descriptor `fd`, into its place in the slot's tail; its path, where it has one, at tail[off]. Returns the
 * path's length. */
__noinline int pt_put_stdio(__u32 slot, __u32 fd, __u32 off, __u64 address)
{
	const bool typed = pt_has_kfuncs();
	struct scratch *s = bpf_map_lookup_elem(&scratch, &slot);
	struct file *file = pt_cast(struct file, address);
	struct dentry *dentry;
	struct pt_stdio *out;
	struct inode *inode;
	int walked;

	if (!s || fd >= PT_STDIO_COUNT)
		return 0;
	out = (struct pt_stdio *)s->tail + fd;
	__builtin_memset(out, 0, sizeof(*out));
	if (!file)
		return 0;
	inode = pt_cast(struct inode, pt_get(file, f_inode));
	dentry = pt_cast(struct dentry, pt_get(file, f_path.dentry));
	_Static_assert(PT_STDIO_WRITES == 2 * PT_STDIO_READS, "as FMODE_READ and FMODE_WRITE are 1 and 2");
	out->inode = pt_get(inode, i_ino);
	out->dev = pt_get(inode, i_sb, s_dev);
	out->mode = pt_get(inode, i_mode);
	out->rdev = pt_get(inode, i_rdev);
	out->flags = PT_STDIO_OPEN | (pt_get(file, f_mode) & 3) * PT_STDIO_READS;
	if ((__u64)pt_get(dentry, d_parent) == (__u64)dentry)
		out->flags |= PT_STDIO_ROOT;
	if (!pt_get(inode, i_nlink))
		out->flags |= PT_STDIO_UNLINKED;
	if ((out->mode & S_IFMT) == S_IFSOCK) {
		pt_fill_socket(out, file);
		return 0;
	}
	if ((out->mode & S_IFMT) == S_IFIFO && out->flags & PT_STDIO_ROOT)
		return 0;
	s->walk.dentry = (__u64)dentry;
	s->walk.mount = (__u64)pt_get(file, f_path.mnt) - bpf_core_field_offset(struct mount, mnt);
	walked = pt_walk_path(slot, off);
	if (walked & PT_WALK_TRUNCATED)
		out->flags |= PT_STDIO_TRUNCATED;
	out->path_len = PT_WALK_LENGTH(walked);
	return out->path_len;
}

/* Returns the bytes used of the slot's tail. An open file that several descriptors have is looked at once. */
static __always_inline __u32 pt_fill_stdio(struct scratch *s, struct task_struct *task, __u32 slot,
					   __u32 used)
{
	struct fdtable *table = pt_untrusted(task)->files->fdt;
	struct pt_stdio *out = (struct pt_stdio *)s->tail;

	bpf_probe_read_kernel((void *)s->files, sizeof(s->files), table->fd);
	for (__u32 fd = 0; fd < PT_STDIO_COUNT; fd++) {
		__u32 same = fd;

		for (__u32 before = fd; before-- > 0;)
			if (s->files[fd] && s->files[before] == s->files[fd])
				same = before;
		if (same == fd)
			used += pt_put_stdio(slot, fd, used, s->files[fd]) & 0x1fff;
		else
			__builtin_memset(&out[fd], 0, sizeof(*out));
		out[fd].same_as = same;
	}
	return used;
}

#endif
