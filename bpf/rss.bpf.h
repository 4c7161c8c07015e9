/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The peak memory of an image. signal->maxrss is that of all images of the process, and an exec adds to it
 * the peak of the memory that it replaces: a small program started by a large one shows the large one's.
 */
#ifndef PROCTREE_RSS_BPF_H
#define PROCTREE_RSS_BPF_H

#define PT_RSS_PLACES (1 << 15)

/* Written by userspace before the load: this kernel releases a process's memory before it reports its end
 * (until 6.16), so that the signal->maxrss at the image's start has to be saved. */
const volatile bool note_rss = false;

/* By pid: 32 bits of identity and 32 of pages. Of two processes that share a place the earlier one loses its
 * entry, and so its figure. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PT_RSS_PLACES); /* userspace: 1, where it isn't needed */
	__type(key, __u32);
	__type(value, __u64);
} rss_notes SEC(".maps");

static __always_inline __u64 pt_rss_tag(__u32 pid, __u64 start_ns)
{
	return (start_ns ^ start_ns >> 32 ^ pid / PT_RSS_PLACES) << 32;
}

/* An image begins, at a fork or an exec. */
static __always_inline void pt_note_rss(__u32 pid, __u64 start_ns, __u64 pages)
{
	__u32 place = pid & (PT_RSS_PLACES - 1);
	__u64 *note;

	if (!note_rss)
		return;
	note = bpf_map_lookup_elem(&rss_notes, &place);
	if (note)
		*note = pt_rss_tag(pid, start_ns) | (pages < 0xffffffff ? pages : 0xffffffff);
}

/* Its memory is gone: the figure is its own only where it had more than all images before it. */
static __always_inline __u64 pt_noted_rss(const struct pt_task *task, __u64 most)
{
	__u32 place = task->pid & (PT_RSS_PLACES - 1);
	__u64 *note = bpf_map_lookup_elem(&rss_notes, &place);
	__u64 known = note ? *note : 0;

	if (!known || known >> 32 != pt_rss_tag(task->pid, task->start_ns) >> 32)
		return PT_RSS_UNKNOWN;
	known &= 0xffffffff;
	return !known || most > known ? most : PT_RSS_UNKNOWN;
}

static __always_inline __u64 pt_pages(__s64 count)
{
	return count > 0 ? count : 0; /* they are summed up from all cpus only now and then */
}

/* As the kernel computes it: the most that was noted when memory was given back, or the present amount. */
static __always_inline __u64 pt_rss_of(struct mm_struct *mm)
{
	__u64 most, now;

	if (!bpf_core_field_exists(mm->rss_stat[3].count))
		return PT_RSS_UNKNOWN;
	most = mm->hiwater_rss;
	now = pt_pages(mm->rss_stat[MM_FILEPAGES].count) + pt_pages(mm->rss_stat[MM_ANONPAGES].count) +
	      pt_pages(mm->rss_stat[MM_SHMEMPAGES].count);
	return most > now ? most : now;
}

#endif
