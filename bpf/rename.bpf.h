/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * What a process was called when its program was replaced.
 *
 * A process renames itself without any event of ours (prctl, /proc/PID/comm), and an exec renames it before
 * its tracepoint is reached. So each rename leaves the name before it in a table, and the exec finds there
 * the one before its own: that is always the process's last, for its other threads are gone by then. The
 * table is direct-mapped by pid. What another process has overwritten meanwhile is not known, and userspace
 * falls back on the last name that an event reported.
 */
#ifndef PROCTREE_RENAME_BPF_H
#define PROCTREE_RENAME_BPF_H

#define PT_RENAMES 1024 /* a power of two */

struct {
	volatile __u64 start_ns;
	volatile __u64 image; /* pid << 32 | self_exec_id at that time */
	volatile __u64 before[2];
	volatile __u64 now[2];
	volatile __u64 follows; /* another rename of this image, so that `before` is the leader's name */
	volatile __u64 check;	/* all of these: two cpus may write one entry at once */
} renames[PT_RENAMES] __attribute__((aligned(64)));

typedef __typeof__(renames[0]) pt_rename;

static __always_inline pt_rename *pt_rename_of(__u32 pid)
{
	return &renames[pid & (PT_RENAMES - 1)];
}

static __always_inline __u64 pt_image_of(__u32 pid, __u64 exec_seq)
{
	return (__u64)pid << 32 | (__u32)exec_seq;
}

static __always_inline __u64 pt_rename_check(const pt_rename *r)
{
	return ~(r->start_ns ^ r->image ^ r->before[0] ^ r->before[1] ^ r->now[0] ^ r->now[1] ^ r->follows);
}

static __always_inline bool pt_is_rename_of(const pt_rename *r, __u64 start_ns, __u64 image)
{
	return r->start_ns == start_ns && r->image == image && r->check == pt_rename_check(r);
}

/* The bytes before the first NUL, which all that this runs on has lowest. */
static __always_inline __u64 pt_until_nul(__u64 word)
{
	__u64 nul = (word - 0x0101010101010101ULL) & ~word & 0x8080808080808080ULL;

	return nul ? word & (((nul & -nul) >> 7) - 1) : word;
}

/* Without what kernels before 5.17 leave of a longer name behind the NUL of the next. */
static __always_inline void pt_get_name(__u64 *name, const __u64 *comm)
{
	name[0] = pt_until_nul(comm[0]);
	name[1] = name[0] == comm[0] && comm[0] >> 56 ? pt_until_nul(comm[1]) : 0;
}

/* The name that the kernel is about to give, which it cuts as it does here. */
static __always_inline void pt_get_new_name(__u64 *now, const char *name)
{
	const volatile __u64 *words;
	__u64 raw[2];

	/* All 16 bytes lie in one page, so that either all can be loaded or none. */
	if (pt_has_kfuncs() && ((__u64)name & (PAGE_BYTES - 1)) <= PAGE_BYTES - sizeof(raw)) {
		words = pt_words(name);
		raw[0] = words[0];
		raw[1] = words[1] & ~0ULL >> 8;
		pt_get_name(now, raw);
		return;
	}
	now[0] = 0;
	now[1] = 0;
	bpf_probe_read_kernel_str(now, 2 * sizeof(now[0]), name);
}

/* Runs before the kernel writes the new name. */
static __always_inline void pt_on_rename(struct task_struct *task, const char *name)
{
	const bool typed = true;
	__u64 image = pt_image_of(task->tgid, task->self_exec_id);
	pt_rename *r = pt_rename_of(task->tgid);
	__u64 before[2], now[2];
	bool follows;

	if (task->pid != task->tgid /* a thread's own name */ || !pt_follows(task->tgid))
		return;
	pt_get_new_name(now, name);
	follows = pt_is_rename_of(r, task->start_boottime, image);
	pt_get_16(before, task->comm);
	if (follows) {
		before[0] = r->now[0];
		before[1] = r->now[1];
	}
	r->start_ns = task->start_boottime;
	r->image = image;
	r->before[0] = before[0];
	r->before[1] = before[1];
	r->now[0] = now[0];
	r->now[1] = now[1];
	r->follows = follows;
	r->check = pt_rename_check(r);
}

/*
 * The name before the exec whose record is in the slot, into that record; whether it is known. `by_thread`:
 * of a thread other than the leader, whose place it has taken, so that its own name before is not the
 * process's. Where the exec's own rename is missing (a kernel may skip a program that is preempted) the last
 * rename's name is it.
 */
__noinline int pt_put_name_before(__u32 slot, __u32 by_thread)
{
	struct scratch *s = bpf_map_lookup_elem(&scratch, &slot);
	__u64 comm[2];
	__u64 *name;
	const pt_rename *r;

	if (!s)
		return 0;
	pt_get_name(comm, (const __u64 *)s->record.task.comm);
	name = (__u64 *)s->record.name_before;
	r = pt_rename_of(s->record.task.pid);
	if (!pt_is_rename_of(r, s->record.task.start_ns,
			     pt_image_of(s->record.task.pid, s->record.task.exec_seq - 1)))
		return 0;
	if (r->now[0] != comm[0] || r->now[1] != comm[1]) {
		name[0] = r->now[0];
		name[1] = r->now[1];
		return 1;
	}
	name[0] = r->before[0];
	name[1] = r->before[1];
	return r->follows || !by_thread;
}

#endif
