/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The cgroup's path, sent once, ahead of the first event that names its id. */
#ifndef PROCTREE_EMIT_BPF_H
#define PROCTREE_EMIT_BPF_H

__noinline int pt_send_cgroup(__u64 id, __u64 node_address)
{
	struct pt_cgroup *r = bpf_ringbuf_reserve(&events, sizeof(*r), 0);
	__u8 sent = 1;
	__u32 walked;

	if (!r) {
		pt_count(PT_LOST_CGROUP);
		return 0;
	}
	pt_fill_header(&r->header, PT_CGROUP, sizeof(*r));
	walked = pt_walk_cgroup(r->path, (void *)node_address);
	r->id = id;
	r->path_len = PT_WALK_LENGTH(walked);
	r->flags = walked & PT_WALK_TRUNCATED ? PT_CGROUP_TRUNCATED : 0;
	bpf_ringbuf_submit(r, BPF_RB_NO_WAKEUP);
	if (bpf_map_update_elem(&cgroups_sent, &id, &sent, BPF_ANY))
		pt_count(PT_FAILED_CGROUP_MAP);
	return 0;
}

static __always_inline void pt_announce_cgroup(struct task_struct *t)
{
	struct kernfs_node *node;
	__u64 id;

	if (!PT_READS(PT_FACT_CGROUP))
		return;
	node = pt_cgroup_node(t);
	id = BPF_CORE_READ(node, id);
	if (!bpf_map_lookup_elem(&cgroups_sent, &id))
		pt_send_cgroup(id, (__u64)node);
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
