/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The cgroup's path, sent once, ahead of the first event that names its number. */
#ifndef PROCTREE_EMIT_BPF_H
#define PROCTREE_EMIT_BPF_H

__noinline int pt_send_cgroup(__u64 nr, __u64 cgroup)
{
	struct pt_reserved place;
	struct pt_cgroup *r = pt_ring_reserve(&place, sizeof(*r));
	__u8 sent = 1;

	if (!r) {
		pt_count(PT_LOST_CGROUP);
		return 0;
	}
	pt_fill_header(&r->header, PT_CGROUP, sizeof(*r), bpf_ktime_get_boot_ns());
	pt_walk_cgroup(r, cgroup);
	r->nr = nr;
	pt_ring_submit(&place, sizeof(*r));
	recent_cgroups[cgroup_paths_sent++ & (PT_RECENT_CGROUPS - 1)] = 0;
	if (bpf_map_update_elem(&cgroups_sent, &nr, &sent, BPF_ANY))
		pt_count(PT_FAILED_CGROUP_MAP);
	return 0;
}

static __always_inline __u32 pt_recent_place(__u64 nr)
{
	return (nr * 0x9e3779b97f4a7c15ULL >> 32) & (PT_RECENT_CGROUPS - 1); /* Fibonacci hashing */
}

/*
 * Not in its place among the recent ones. The process may be moved to another cgroup right now, so the number
 * is read again, together with what the path is walked from: no cgroup's path is sent as another's.
 */
static __noinline __u64 pt_send_cgroup_if_new(struct task_struct *t)
{
	struct cgroup_subsys_state *css = pt_css(t);
	__u64 nr = BPF_CORE_READ(css, serial_nr) + 1;

	if (bpf_map_lookup_elem(&cgroups_sent, &nr))
		recent_cgroups[pt_recent_place(nr)] = nr;
	else {
		if (pt_fair())
			pt_charge(pt_account_of(t, t->group_leader, true), sizeof(struct pt_cgroup));
		pt_send_cgroup(nr, (__u64)BPF_CORE_READ(css, cgroup));
	}
	return nr;
}

/* Returns the number of the task's cgroup, whose path userspace knows from here on. */
static __always_inline __u64 pt_announce_cgroup(struct task_struct *t, const bool typed)
{
	__u64 nr;

	if (!PT_READS(PT_FACT_CGROUP) || !pt_has_cgroups())
		return 0;
	nr = pt_cgroup_nr(t, typed);
	return recent_cgroups[pt_recent_place(nr)] == nr ? nr : pt_send_cgroup_if_new(t);
}

/*
 * The iterator's own copy, at tail[off]: its output may be dropped and made again, so it sends the path each
 * time. Returns its length; the rest is in the slot.
 */
__noinline int pt_put_cgroup(__u32 slot, __u32 off, __u64 css_address)
{
	struct cgroup_subsys_state *css = (void *)css_address;
	struct scratch *s = bpf_map_lookup_elem(&scratch, &slot);
	__u32 newer, older, newer_len, older_len, next;

	if (!s || !pt_has_cgroups())
		return 0;
	pt_walk_cgroup(&s->cgroup, (__u64)BPF_CORE_READ(css, cgroup));
	newer = s->cgroup.newer & 1;
	older = newer ^ 1;
	newer_len = s->cgroup.len[newer];
	older_len = s->cgroup.len[older];
	next = off + older_len;
	barrier_var(off);
	barrier_var(next);
	barrier_var(newer_len);
	barrier_var(older_len);
	if (off > PT_PATHS_BYTES || next > PT_PATHS_BYTES + PT_CGROUP_HALF || newer_len > PT_CGROUP_HALF ||
	    older_len > PT_CGROUP_HALF)
		return 0;
	if (older_len)
		bpf_probe_read_kernel(&s->tail[off], older_len, &s->cgroup.path[older * PT_CGROUP_HALF]);
	bpf_probe_read_kernel(&s->tail[next], newer_len, &s->cgroup.path[newer * PT_CGROUP_HALF]);
	return older_len + newer_len;
}

#endif
