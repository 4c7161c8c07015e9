/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The layout of the per-cpu ring, which both sides include: one element a cpu of a memory-mappable array, a
 * page of state, the region of records behind it, and slack as large as the largest record: the last one runs
 * over the region's end instead of wrapping.
 *
 * Each record has a frame ahead of it with its number: records of all cpus are in the order of their numbers.
 */
#ifndef PROCTREE_RING_H
#define PROCTREE_RING_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

struct pt_frame {
	__u64 number; /* 0, 1, 2, … on all cpus together */
};

struct pt_ring_state {
	/* The producer's, all of it on one line. */
	__u64 head;	 /* bytes ever published */
	__u64 at;	 /* where in the region the next record goes */
	__u64 tail_seen; /* the reader's tail, as last looked at */
	__u64 open;	 /* a record is being written */
	__u64 reserved[4];
	/* The reader's. */
	__u64 tail; /* bytes ever read */
};

/* Bytes that a record takes of the region. */
#define PT_FRAMED(size) ((sizeof(struct pt_frame) + (size) + 7) & ~7ULL)

#endif
