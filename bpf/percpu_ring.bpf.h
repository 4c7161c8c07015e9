/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * A ring a cpu without a lock (ring.bpf.h, proctree_ring.h). A record's number is taken when there is room
 * for it, by a fetching add (5.12), and a store behind all others of the record publishes it. Nothing else
 * runs on the cpu meanwhile (preempt.bpf.h); should it happen all the same, `open` shows it, and its record
 * is lost and counted.
 *
 * The kernel's ring is there too, as the bell that wakes the reader.
 */
#ifndef PROCTREE_PERCPU_RING_BPF_H
#define PROCTREE_PERCPU_RING_BPF_H

struct pt_reserved {
	volatile struct pt_ring_state *state;
};

/* A store that no earlier one passes: any store on x86, elsewhere an exchange. */
static __always_inline void pt_publish(volatile __u64 *to, __u64 value)
{
#ifdef __TARGET_ARCH_x86
	barrier();
	*to = value;
#else
	__sync_lock_test_and_set(to, value);
#endif
}

/* Whether there is room for that many bytes more. */
static __always_inline bool pt_ring_has_room(volatile struct pt_ring_state *state, __u64 bytes)
{
	__u64 end = state->head + bytes;

	if (end - state->tail_seen <= region_bytes)
		return true;
	state->tail_seen = state->tail;
	return end - state->tail_seen <= region_bytes;
}

/* Room for a record that, with its frame, is no larger than the slack. */
static __always_inline void *pt_ring_reserve(struct pt_reserved *place, const __u32 size)
{
	__u32 cpu = bpf_get_smp_processor_id();
	void *ring = bpf_map_lookup_elem(&rings, &cpu);
	volatile struct pt_ring_state *state = ring;
	struct pt_frame *frame;
	__u64 at;

	if (!ring || state->open || !pt_ring_has_room(state, PT_FRAMED(size)))
		return NULL;
	at = state->at;
	barrier_var(at);
	if (at >= region_bytes)
		return NULL;
	state->open = 1;
	place->state = state;
	frame = ring + region_offset + at;
	frame->number = __sync_fetch_and_add(&delivery.numbers_taken, 1);
	return frame + 1;
}

static __always_inline __u64 pt_ring_unread(void)
{
	__u32 cpu = bpf_get_smp_processor_id();
	volatile struct pt_ring_state *state = bpf_map_lookup_elem(&rings, &cpu);

	return state ? state->head - state->tail : 0;
}

/* Costs only the one that wakes. */
static __noinline int pt_ring_bell(void)
{
	__u64 *bell = bpf_ringbuf_reserve(&events, sizeof(*bell), 0);

	if (bell)
		bpf_ringbuf_discard(bell, BPF_RB_FORCE_WAKEUP);
	return 0;
}

/*
 * Like NAPI: a reader that is awake or naps briefly is not woken unless the ring fills, which is looked at
 * once in `wakeup_check_interval` bytes. A reader asks to be woken and then looks at the numbers taken; here
 * the number has been taken, which is a barrier, before it is asked whether the reader waits.
 */
static __always_inline void pt_ring_submit(struct pt_reserved *place, const __u32 size)
{
	volatile struct pt_ring_state *state = place->state;
	__u64 before = state->head, head = before + PT_FRAMED(size), at = state->at + PT_FRAMED(size);

	state->at = at < region_bytes ? at : 0;
	pt_publish(&state->head, head);
	state->open = 0;
	if (delivery.consumer_waiting) {
		delivery.consumer_waiting = 0;
		pt_ring_bell();
	} else if ((before ^ head) & ~(wakeup_check_interval - 1) && head - state->tail > wake_above) {
		pt_ring_bell();
	}
}

static __always_inline bool pt_ring_output(struct scratch *s, __u32 size)
{
	struct pt_reserved place;
	void *record;
	__u32 copied;

	if (size > (__u32)slack_bytes - sizeof(struct pt_frame))
		return false;
	record = pt_ring_reserve(&place, size);
	if (!record)
		return false;
	/* Asked again, of the very register that the call takes, for kernels that forget bounds on the way.
	 */
	copied = size;
	barrier_var(copied);
	if (copied > (__u32)slack_bytes - (__u32)sizeof(struct pt_frame))
		copied = sizeof(struct pt_header);
	bpf_probe_read_kernel(record, copied, &s->record);
	pt_ring_submit(&place, size);
	return true;
}

#endif
