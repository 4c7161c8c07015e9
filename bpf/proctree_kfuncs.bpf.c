// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * The same programs for kernels that have kfuncs, and a JIT, without which they load no call of one
 * (kfuncs.bpf.h). proctree.bpf.c by itself has nothing that 5.8 can't load.
 */
#define PT_KFUNCS
#include "proctree.bpf.c"
