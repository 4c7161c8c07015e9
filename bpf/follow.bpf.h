/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Following some processes and what descends from them, and nothing else.
 *
 * A byte a pid says whether that process is followed. A child takes its creator's byte, whatever was there:
 * so what an earlier process with the pid left behind never matters, and nothing has to be cleared. The rest
 * of the host pays for one byte's look-up. (Task storage would need a lookup by hash, is not on 5.10, and
 * loses its mark when a thread that is not the leader executes a program.)
 */
#ifndef PROCTREE_FOLLOW_BPF_H
#define PROCTREE_FOLLOW_BPF_H

/* Written by userspace before the load, with the mark of the first process. */
const volatile bool following = false;

/* Written at any time: all are reported; marks go from creator to child all the same. */
volatile bool follow_all = false;

/* Whether the task iterator, too, shows only those that are followed: at the start it shows all. */
volatile bool iterate_followed = false;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1); /* userspace: one for eight pids, where following */
	__type(key, __u32);
	__type(value, __u64);
} followed SEC(".maps");

static __always_inline __u8 *pt_mark_of(__u32 pid)
{
	__u32 place = pid / 8;
	__u8 *entry = bpf_map_lookup_elem(&followed, &place);

	return entry ? entry + pid % 8 : NULL;
}

static __always_inline bool pt_follows(__u32 pid)
{
	__u8 *mark;

	if (!following || follow_all)
		return true;
	mark = pt_mark_of(pid);
	return mark && *mark;
}

/* At its birth. */
static __always_inline bool pt_follows_child(__u32 creator, __u32 child)
{
	bool follows;
	__u8 *mark;

	if (!following)
		return true;
	mark = pt_mark_of(creator);
	follows = mark && *mark;
	mark = pt_mark_of(child);
	if (mark && *mark != follows)
		*mark = follows;
	return follows || follow_all;
}

#endif
