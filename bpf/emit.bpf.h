/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The cgroup's path, sent once, ahead of the first event that names its number. */
#ifndef PROCTREE_EMIT_BPF_H
#define PROCTREE_EMIT_BPF_H

__noinline int pt_send_cgroup(__u64 nr, __u64 node_address)
{
	struct pt_cgroup *r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
	__u8 sent = 1;
	__u32 walked;

	if (!r) {
		pt_count(PT_LOST_CGROUP);
		return 0;
	}
	pt_fill_header(&r->header, PT_CGROUP, sizeof(*r), bpf_ktime_get_boot_ns());
	walked = pt_walk_cgroup(r->path, (void *)node_address);
	r->nr = nr;
	r->path_len = PT_WALK_LENGTH(walked);
	r->flags = walked & PT_WALK_TRUNCATED ? PT_CGROUP_TRUNCATED : 0;
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
	recent_cgroups[cgroup_paths_sent++ & (PT_RECENT_CGROUPS - 1)] = 0;
	if (bpf_map_update_elem(&cgroups_sent, &nr, &sent, BPF_ANY))
		pt_count(PT_FAILED_CGROUP_MAP);
	return 0;
}

/* Not found at its place among those of late. */
static __noinline int pt_announce_anew(struct task_struct *t, __u64 nr, __u32 place)
{
	if (bpf_map_lookup_elem(&cgroups_sent, &nr))
		recent_cgroups[place & (PT_RECENT_CGROUPS - 1)] = nr;
	else
		pt_send_cgroup(nr, (__u64)pt_cgroup_node(t));
	return 0;
}

/* Answers the number of the task's cgroup, whose path userspace knows from here on. */
static __always_inline __u64 pt_announce_cgroup(struct task_struct *t, const bool typed)
{
	__u32 place;
	__u64 nr;

	if (!PT_READS(PT_FACT_CGROUP) || !pt_has_cgroups())
		return 0;
	nr = pt_cgroup_nr(t, typed);
	place = (nr * 0x9e3779b97f4a7c15ULL >> 32) & (PT_RECENT_CGROUPS - 1); /* Fibonacci hashing */
	if (recent_cgroups[place] != nr)
		pt_announce_anew(t, nr, place);
	return nr;
}

/* The iterator's own copy: its output may be dropped and made anew, so it sends the path each time. */
__noinline int pt_put_cgroup(__u32 slot, __u32 off, __u64 node_address)
{
	struct scratch *s = bpf_map_lookup_elem(&scratch, &slot);

	barrier_var(off);
	if (!s || off > PT_PATHS_BYTES)
		return PT_WALK_TRUNCATED;
	return pt_walk_cgroup((char *)&s->tail[off], (void *)node_address);
}

#endif
