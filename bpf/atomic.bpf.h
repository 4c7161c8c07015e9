/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
#ifndef PROCTREE_ATOMIC_BPF_H
#define PROCTREE_ATOMIC_BPF_H

/* Relaxed, and nothing made of what it returns: any clang makes the plain add of it, which every kernel
 * takes. Of __sync_fetch_and_add clang 20 and later make the fetching one, unknown before 5.12. */
static __always_inline void pt_add(volatile __u64 *to, __u64 number)
{
	(void)__atomic_fetch_add(to, number, __ATOMIC_RELAXED);
}

static __always_inline void pt_add_one(volatile __u64 *to)
{
	pt_add(to, 1);
}

#endif
