/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Maps, settings and counters that the programs share. */
#ifndef PROCTREE_MAPS_BPF_H
#define PROCTREE_MAPS_BPF_H

#define PT_MMAPABLE (1U << 10) /* BPF_F_MMAPABLE, since 5.5 */

/* Settings, written by userspace before the load and constant afterwards. */
const volatile __u32 args_max = 16 * 1024;
/* Index of the cgroup v1 controller whose hierarchy names the cgroups; -1: cgroup v2. */
const volatile __s32 cgroup_subsys = -1;
/* Bytes waiting in the ring (of the cpu) above which a consumer that naps is woken all the same; and in how
 * many bytes of it that is looked at once, a power of two. */
const volatile __u64 wake_above = 1 << 20;
const volatile __u64 wakeup_check_interval = 1 << 16;
/* Bytes waiting above which failed execs are left out (and counted): many of them leave room for the events
 * that the tree needs. */
const volatile __u64 failed_execs_most = 1 << 20;

/*
 * What all cpus share, on one line: each record of the per-cpu rings takes it for its number, and then the
 * rest of it costs nothing more.
 */
struct {
	volatile __u64 numbers_taken;
	/* Events that could not be delivered, on all cpus together. Written only then. */
	volatile __u64 events_lost;
	/* The same of failed execs: the tree doesn't depend on them. */
	volatile __u64 failed_execs_lost;
	/* The consumer sets this before it sleeps; the first producer after that wakes it and clears it. */
	volatile __u32 consumer_waiting;
} delivery __attribute__((aligned(64)));

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20); /* set again by userspace */
} events SEC(".maps");

/* The per-cpu rings (proctree_ring.h): sizes are set by userspace, which leaves the map out where the
 * kernel's ring takes all records. */
const volatile __u64 region_offset = 4096; /* of the region in a cpu's element: a page */
const volatile __u64 region_bytes = 4096;
const volatile __u64 slack_bytes = 24 * 4096; /* the largest record with its frame */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, PT_MMAPABLE);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, 26 * 4096);
} rings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct pt_counters);
} counters SEC(".maps");

/* Cgroups whose path userspace has been sent; an entry that falls out is only sent again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, __u8);
} cgroups_sent SEC(".maps");

/* Numbers found there lately, each in the one place that it may have: a look here spares the map's. Each path
 * that is sent empties one place, in turn, so that no number stays much longer than in the map.
 */
#define PT_RECENT_CGROUPS 256
volatile __u64 recent_cgroups[PT_RECENT_CGROUPS];
volatile __u32 cgroup_paths_sent = 0;

static __always_inline void pt_count(enum pt_counter what)
{
	__u32 zero = 0;
	struct pt_counters *c = bpf_map_lookup_elem(&counters, &zero);

	if (c)
		pt_add_one(&c->count[what]);
}

/* An event that can't be delivered: counted by kind, and in the sum that every later record carries,
 * so that userspace sees where the gap is, whichever cpu that record comes from. */
static __always_inline void pt_count_lost(enum pt_counter what)
{
	pt_add_one(&delivery.events_lost);
	pt_count(what);
}

static __always_inline void pt_fill_header(struct pt_header *h, enum pt_kind kind, __u32 size, __u64 ktime_ns)
{
	h->size = size;
	h->kind = kind;
	h->cpu = bpf_get_smp_processor_id();
	h->ktime_ns = ktime_ns;
	h->lost = delivery.events_lost;
}

#endif
