/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * How records reach userspace: by the kernel's ring buffer, which one lock guards for all cpus, or by a ring
 * a cpu of our own without any (PT_PERCPU_RING). Either has:
 *
 *   struct pt_reserved		a record that is being written
 *   pt_ring_reserve()		room for one of known size; NULL: none, to be counted by the caller
 *   pt_ring_submit()		publishes it, and wakes the reader where it waits
 *   pt_ring_output()		the record in the scratch slot, of any size; false: no room
 *   pt_ring_unread()		bytes that wait where this cpu writes
 */
#ifndef PROCTREE_RING_BPF_H
#define PROCTREE_RING_BPF_H

#ifdef PT_PERCPU_RING
#include "percpu_ring.bpf.h"
#else
#include "kernel_ring.bpf.h"
#endif

#endif
