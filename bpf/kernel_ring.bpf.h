/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* The kernel's ring buffer, since 5.8 (ring.bpf.h). Its order is that of reservation. */
#ifndef PROCTREE_KERNEL_RING_BPF_H
#define PROCTREE_KERNEL_RING_BPF_H

struct pt_reserved {
	void *record;
};

static __always_inline void *pt_ring_reserve(struct pt_reserved *place, const __u32 size)
{
	place->record = bpf_ringbuf_reserve(&events, size, 0);
	return place->record;
}

static __always_inline __u64 pt_ring_unread(void)
{
	return bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA);
}

/* Like NAPI: a consumer that is awake or naps briefly is not woken unless the ring fills. */
static __always_inline __u64 pt_wake_flags(void)
{
	if (delivery.consumer_waiting) {
		delivery.consumer_waiting = 0;
		return BPF_RB_FORCE_WAKEUP;
	}
	return pt_ring_unread() > wake_above ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

#define PT_LARGEST_FIXED (sizeof(struct pt_exit) + 8) /* and what the ring puts before each record */

/*
 * The same for a record of fixed size, at its place in the ring. Looking how full it is is a call: only the
 * first of them behind a multiple of `wakeup_check_interval` bytes does.
 */
static __always_inline __u64 pt_wake_flags_at(const void *record)
{
	__u64 place = (__u64)record;

	/* As a number the verifier takes only what lies between two pointers. */
	asm("%0 -= %1" : "+r"(place) : "r"(&delivery));
	if (!delivery.consumer_waiting && (place & (wakeup_check_interval - 1)) >= PT_LARGEST_FIXED)
		return BPF_RB_NO_WAKEUP;
	return pt_wake_flags();
}

static __always_inline void pt_ring_submit(struct pt_reserved *place, const __u32 size)
{
	bpf_ringbuf_submit(place->record, pt_wake_flags_at(place->record));
}

static __always_inline bool pt_ring_output(struct scratch *s, __u32 size)
{
	return !bpf_ringbuf_output(&events, &s->record, size, pt_wake_flags());
}

#endif
