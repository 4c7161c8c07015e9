/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* For bench/ring: programs that hand a record over, one in place and one put together elsewhere, and one that
 * does nothing. hand_over_kernel.bpf.c and hand_over_percpu.bpf.c include it. */
/* Each needs those before it. */
/* clang-format off */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "facts.bpf.h"
#include "proctree_event.h"
#include "proctree_ring.h"

#define NULL ((void *)0)

#include "atomic.bpf.h"
#include "maps.bpf.h"
#include "scratch.bpf.h"
#include "ring.bpf.h"
/* clang-format on */

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define RECORD_BYTES 320

struct record {
  struct pt_header header;
  __u64 words[(RECORD_BYTES - sizeof(struct pt_header)) / 8];
};

static __always_inline void fill(struct record* r) {
  pt_fill_header(&r->header, PT_FORK, sizeof(*r), 0); /* no clock: that isn't the ring's */
  for (unsigned int i = 0; i < sizeof(r->words) / 8; i++) ((volatile __u64*)r->words)[i] = i;
}

SEC("raw_tp")
int hand_over_nothing(void* ctx) { return 0; }

SEC("raw_tp")
int hand_over(void* ctx) {
  struct pt_reserved place;
  struct record* r = pt_ring_reserve(&place, sizeof(*r));

  if (!r) {
    pt_count_lost(PT_LOST_FORK);
    return 0;
  }
  fill(r);
  pt_ring_submit(&place, sizeof(*r));
  return 0;
}

SEC("raw_tp")
int hand_over_from_scratch(void* ctx) {
  __u32 slot = pt_slot(0);
  struct scratch* s = bpf_map_lookup_elem(&scratch, &slot);

  if (!s) return 0;
  fill((struct record*)&s->record);
  if (!pt_ring_output(s, sizeof(struct record))) pt_count_lost(PT_LOST_EXEC);
  return 0;
}
