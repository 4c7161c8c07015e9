/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Programs on kernels whose tracepoints leave preemption on (since 7.0).
 *
 * A program that is preempted still counts as running on its cpu, and the kernel skips it for what happens
 * there meanwhile. So each tracepoint has the same program three times: the first takes the event and leaves
 * a mark, and the others, which run right after it, take what has none. An event is lost only where all three
 * are held up on its cpu at once.
 *
 * While a program works it holds preemption off itself, so that what it has reserved in the ring, and all
 * that follows, doesn't wait until a preempted process runs again. Where it can't (a kernel without a JIT
 * knows no kfuncs: kfuncs.bpf.h) that may happen, and what the ring then has no room for is counted as lost;
 * nothing is reported wrongly, for the scratch slots are apart (scratch.bpf.h).
 */
#ifndef PROCTREE_PREEMPT_BPF_H
#define PROCTREE_PREEMPT_BPF_H

/* Written by userspace before the load: this is such a kernel. */
const volatile bool preemptible = false;

/* Events that a second or third program took. */
volatile __u64 taken_over = 0;

#define PT_MARKS (1 << 14)

struct mark {
	__u64 start_ns;
	__u64 what;
};

/* By pid, the last event that was taken. Another pid in the same place between two programs would only have
 * an event reported twice. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PT_MARKS); /* userspace: 1, where not preemptible */
	__type(key, __u32);
	__type(value, struct mark);
} marks SEC(".maps");

/*
 * Whether the tracepoint's program number `turn` is to take this event. Asked before all else, also for
 * events that we don't report (threads'): each run that was skipped is then made up for, or lost.
 */
static __always_inline bool pt_claim_event(struct task_struct *task, enum pt_kind kind, int turn)
{
	struct mark *mark;
	__u32 place;
	__u64 what;

	if (!preemptible)
		return turn == 0;
	place = task->pid & (PT_MARKS - 1);
	what = (__u64)task->self_exec_id << 8 | kind;
	mark = bpf_map_lookup_elem(&marks, &place);
	if (!mark)
		return turn == 0;
	if (turn > 0) {
		if (mark->start_ns == task->start_boottime && mark->what == what)
			return false;
		pt_add_one(&taken_over);
	}
	mark->start_ns = task->start_boottime;
	mark->what = what;
	return true;
}

static __always_inline void pt_hold_cpu(void)
{
	if (preemptible)
		bpf_preempt_disable();
}

static __always_inline void pt_release_cpu(void)
{
	if (preemptible)
		bpf_preempt_enable();
}

#endif
