// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* With a ring a cpu and with kfuncs. */
#define PT_PERCPU_RING
#define PT_KFUNCS
#include "proctree.bpf.c"
