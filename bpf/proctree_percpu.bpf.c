// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* The same programs with a ring a cpu (percpu_ring.bpf.h), whose fetching add Linux knows since 5.12. */
#define PT_PERCPU_RING
#include "proctree.bpf.c"
