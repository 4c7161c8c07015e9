// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * The programs: one a tracepoint, and the task iterator. Each fills one record and hands it over;
 * how a fact is found is in the header of its topic.
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "facts.bpf.h"
#include "proctree_event.h"
#include "proctree_ring.h"

#define NULL ((void *)0)

#include "atomic.bpf.h"
#include "kfuncs.bpf.h"
#include "preempt.bpf.h"
#include "follow.bpf.h"
#include "maps.bpf.h"
#include "scratch.bpf.h"
#include "ring.bpf.h"
#include "task.bpf.h"
#include "path.bpf.h"
#include "cgroup.bpf.h"
#include "fair.bpf.h"
#include "image.bpf.h"
#include "stdio.bpf.h"
#include "rss.bpf.h"
#include "emit.bpf.h"
#include "rename.bpf.h"
#include "failed_exec.bpf.h"

/* The kernel lets only GPL-compatible programs call the helpers that these need. */
char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define SIGNAL_GROUP_EXIT 0x00000004 /* include/linux/sched/signal.h */

static __always_inline void pt_on_fork(struct task_struct *parent, struct task_struct *child, int turn)
{
	const bool typed = true;
	struct task_struct *creator;
	struct pt_reserved place;
	struct pt_fork *r;
	__u64 cgroup_nr;

	if (PT_WITHOUT == PT_FACT_ALL || !pt_claim_event(child, PT_FORK, turn) ||
	    child->pid != child->tgid /* a thread */)
		return;
	if (!pt_follows_child(parent->tgid, child->tgid))
		return;

	if (pt_fair() && !pt_admit(child, child, sizeof(*r), PT_LOST_FORK, typed))
		return;

	cgroup_nr = pt_announce_cgroup(child, typed);
	r = pt_ring_reserve(&place, sizeof(*r));
	if (!r) {
		pt_count_lost(PT_LOST_FORK);
		return;
	}
	pt_fill_header(&r->header, PT_FORK, sizeof(*r), child->start_boottime); /* a clock less to ask */
	pt_fill_task(&r->child, child, child, cgroup_nr, typed);
	if (PT_READS(PT_FACT_CREATOR)) {
		creator = parent->group_leader;
		r->creator_start_ns = creator->start_boottime;
		r->creator_exec_seq = parent->self_exec_id;
		r->creator_pid = parent->tgid;
		pt_get_16(r->creator_comm, creator->comm);
	}
	if (PT_READS(PT_FACT_TIMES))
		pt_note_rss(child->tgid, child->start_boottime, 0);
	r->reserved = 0;
	pt_ring_submit(&place, sizeof(*r));
}

#define PT_FORK_PROGRAM(name, turn)                                                                          \
	SEC("tp_btf/sched_process_fork")                                                                     \
	int BPF_PROG(name, struct task_struct *parent, struct task_struct *child)                            \
	{                                                                                                    \
		pt_hold_cpu();                                                                               \
		pt_on_fork(parent, child, turn);                                                             \
		pt_release_cpu();                                                                            \
		return 0;                                                                                    \
	}
PT_FORK_PROGRAM(proctree_fork, 0)
PT_FORK_PROGRAM(proctree_fork_2, 1)
PT_FORK_PROGRAM(proctree_fork_3, 2)

static __always_inline void pt_on_exec(struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm,
				       int turn)
{
	__u32 slot = pt_slot(turn), used = report_stdio ? PT_STDIO_BYTES : 0, size, least = 0;
	struct scratch *s = bpf_map_lookup_elem(&scratch, &slot);
	struct pt_image *image;

	if (PT_WITHOUT == PT_FACT_ALL || !pt_claim_event(task, PT_EXEC, turn) || !pt_follows(task->tgid))
		return;
	if (pt_fair()) {
		least = sizeof(s->record) + pt_args_wanted(task->mm);
		if (!pt_admit(task, task, least, PT_LOST_EXEC, true))
			return;
	}
	if (!s) {
		pt_count(PT_FAILED_SCRATCH);
		pt_count_lost(PT_LOST_EXEC);
		return;
	}
	pt_fill_task(&s->record.task, task, task, pt_announce_cgroup(task, true), true);
	image = &s->record.image;
	if (report_exe_state)
		used = pt_fill_exe_state(s, task, used);
	used = pt_fill_image(s, task, bprm->file, slot, used, false);
	if (report_exe_state)
		image->flags |= PT_EXE_STATE;
	if (report_stdio) {
		used = pt_fill_stdio(s, task, slot, used);
		image->flags |= PT_STDIO;
	}
	image->argc = bprm->argc;
	if (PT_READS(PT_FACT_COMM) && pt_put_name_before(slot, old_pid != task->pid))
		image->flags |= PT_NAME_BEFORE;
	if (PT_READS(PT_FACT_FILENAME))
		used = pt_fill_text(image, PT_TEXT_FILENAME, slot, used, pt_plain(s, bprm->filename));
	if (PT_READS(PT_FACT_FILENAME) && bprm->interp != bprm->filename)
		used = pt_fill_text(image, PT_TEXT_INTERPRETER, slot, used, pt_plain(s, bprm->interp));
	if (pt_credentials_rose(bprm, bprm->file->f_inode, &s->record.task, task->real_cred))
		image->flags |= PT_SETUID;
	if (PT_READS(PT_FACT_ARGS) && pt_args_may_be_written(task))
		image->flags |= PT_ARGS_UNSURE;
	if (PT_READS(PT_FACT_TIMES) && note_rss)
		pt_note_rss(task->tgid, task->start_boottime, task->signal->maxrss);
	if (PT_READS(PT_FACT_ARGS))
		used += pt_fill_args(image, slot, used, task);

	size = sizeof(s->record) + used;
	if (pt_fair() && size > least) /* by the paths and names */
		pt_charge(pt_account_of(task, task, true), size - least);
	pt_fill_header(&s->record.header, PT_EXEC, size, bpf_ktime_get_boot_ns());
	barrier_var(size);
	if (size > PT_RECORD_BYTES || !pt_ring_output(s, size))
		pt_count_lost(PT_LOST_EXEC);
}

#define PT_EXEC_PROGRAM(name, turn)                                                                          \
	SEC("tp_btf/sched_process_exec")                                                                     \
	int BPF_PROG(name, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)               \
	{                                                                                                    \
		pt_hold_cpu();                                                                               \
		pt_on_exec(task, old_pid, bprm, turn);                                                       \
		pt_release_cpu();                                                                            \
		return 0;                                                                                    \
	}
PT_EXEC_PROGRAM(proctree_exec, 0)
PT_EXEC_PROGRAM(proctree_exec_2, 1)
PT_EXEC_PROGRAM(proctree_exec_3, 2)

SEC("tp_btf/task_rename")
int BPF_PROG(proctree_rename, struct task_struct *task, const char *name)
{
	pt_hold_cpu();
	pt_on_rename(task, name);
	pt_release_cpu();
	return 0;
}

#define PT_THREADS 128 /* of one process, whose times are added up one by one */

/* Of the thread that `node` is in; returns whether another follows. */
static __always_inline bool pt_add_times(struct pt_exit *out, struct list_head **node,
					 struct task_struct *task, struct list_head *head)
{
	struct task_struct *other = container_of(*node, struct task_struct, thread_node);

	if (*node == &task->thread_node)
		return false;
	if (*node != head) {
		out->user_ns += BPF_CORE_READ(other, utime);
		out->system_ns += BPF_CORE_READ(other, stime);
		out->total_ns += BPF_CORE_READ(other, se.sum_exec_runtime);
	}
	*node = BPF_CORE_READ(*node, next);
	return true;
}

/* How often times have been added to those that signal holds, twice each time (seqlock_t). */
static __always_inline __u32 pt_times_sequence(struct signal_struct *signal)
{
	__u32 sequence = 1;

	bpf_probe_read_kernel(&sequence, sizeof(sequence),
			      (void *)signal + bpf_core_field_offset(signal->stats_lock));
	return sequence;
}

/* Of those that are gone, and of the last one. */
static __always_inline void pt_begin_times(struct pt_exit *out, struct task_struct *task)
{
	struct signal_struct *signal = task->signal;

	out->user_ns = signal->utime + task->utime;
	out->system_ns = signal->stime + task->stime;
	out->total_ns = signal->sum_sched_runtime + task->se.sum_exec_runtime;
}

/*
 * What kernel/sched/cputime.c thread_group_cputime adds up: the times that signal holds of threads
 * that are gone, and those of each thread in the ring of thread_nodes. These are the last one, and
 * who has ended but is not gone: a leader that ended first is a zombie until it is waited for, a
 * thread that was just joined may still be on its way out. Where one goes meanwhile, from the ring into
 * signal, all are added up once more.
 */
static __always_inline void pt_fill_times(struct pt_exit *out, struct task_struct *task)
{
	struct signal_struct *signal = task->signal;
	struct list_head *node;
	__u32 sequence;
	bool alone;

	alone =
	    task->thread_node.next == &signal->thread_head && signal->thread_head.next == &task->thread_node;
	if (alone) { /* as most are: seen without a helper's call */
		barrier();
		pt_begin_times(out, task);
		return;
	}
	for (int attempt = 0; attempt < 2; attempt++) {
		sequence = pt_times_sequence(signal);
		pt_begin_times(out, task);
		node = BPF_CORE_READ(task, thread_node.next);
		pt_repeat(PT_THREADS, pt_add_times(out, &node, task, &signal->thread_head));
		if (!(sequence & 1) && pt_times_sequence(signal) == sequence)
			return;
	}
}

/* Called for the last thread of a group; `has_memory`: which this kernel reports before it takes its memory.
 */
static __always_inline void pt_on_exit_group(struct task_struct *task, const bool has_memory)
{
	struct task_struct *leader = task->group_leader;
	struct signal_struct *signal = task->signal;
	struct pt_reserved place;
	struct pt_exit *r;
	__u64 cgroup_nr;

	if (PT_WITHOUT == PT_FACT_ALL)
		return;
	if (pt_fair() && !pt_admit(task, leader, sizeof(*r), PT_LOST_EXIT, true))
		return;
	cgroup_nr = pt_announce_cgroup(task, true);
	r = pt_ring_reserve(&place, sizeof(*r));
	if (!r) {
		pt_count_lost(PT_LOST_EXIT);
		return;
	}
	pt_fill_header(&r->header, PT_EXIT, sizeof(*r), bpf_ktime_get_boot_ns());
	pt_fill_task(&r->task, task, leader, cgroup_nr, true);
	/* What wait(2) will say: kernel/exit.c wait_task_zombie. */
	r->status = signal->flags & SIGNAL_GROUP_EXIT ? signal->group_exit_code : leader->exit_code;
	if (PT_READS(PT_FACT_TIMES)) {
		pt_fill_times(r, task);
		r->max_rss_pages = signal->maxrss;
		if (!has_memory)
			r->max_rss_pages = pt_noted_rss(&r->task, signal->maxrss);
		else if (task->mm)
			r->max_rss_pages = pt_rss_of(task->mm);
	}
	r->reserved = 0;
	pt_ring_submit(&place, sizeof(*r));
}

/* Since 6.16 the tracepoint says whether the group is dead; userspace loads the program that fits. */
#define PT_EXIT_PROGRAM(name, turn)                                                                          \
	SEC("tp_btf/sched_process_exit")                                                                     \
	int BPF_PROG(name, struct task_struct *task, bool group_dead)                                        \
	{                                                                                                    \
		pt_hold_cpu();                                                                               \
		if (pt_claim_event(task, PT_EXIT, turn) && group_dead && pt_follows(task->tgid))             \
			pt_on_exit_group(task, true);                                                        \
		pt_release_cpu();                                                                            \
		return 0;                                                                                    \
	}
PT_EXIT_PROGRAM(proctree_exit, 0)
PT_EXIT_PROGRAM(proctree_exit_2, 1)
PT_EXIT_PROGRAM(proctree_exit_3, 2)

/* Before, the count of living threads does, and two last threads may both see it at zero. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(proctree_exit_live, struct task_struct *task)
{
	if (!task->signal->live.counter && pt_follows(task->tgid))
		pt_on_exit_group(task, false);
	return 0;
}

/* Of the tracepoints of system calls, those of these two alone: loaded where failed execs are asked for. */
SEC("tracepoint/syscalls/sys_exit_execve")
int proctree_failed_execve(struct pt_syscall_exit *ctx)
{
	pt_on_exec_return(ctx, false);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_execveat")
int proctree_failed_execveat(struct pt_syscall_exit *ctx)
{
	pt_on_exec_return(ctx, true);
	return 0;
}

/* Of the thread that `node` is in; returns whether another is to be asked. */
static __always_inline bool pt_asks_next(__u64 *found, struct list_head **node, struct list_head *head)
{
	struct task_struct *thread = container_of(*node, struct task_struct, thread_node);

	if (*node == head)
		return false;
	if (BPF_CORE_READ(thread, mm)) {
		*found = (__u64)thread;
		return false;
	}
	*node = BPF_CORE_READ(*node, next);
	return true;
}

/* Of a process whose first thread has ended and gave up its memory: the first thread that has it still, which
 * reports the process. Where there is none it is the first thread all the same. */
static __noinline __u64 pt_reporting_thread(struct task_struct *leader)
{
	struct list_head *head = &BPF_CORE_READ(leader, signal)->thread_head;
	struct list_head *node = BPF_CORE_READ(head, next);
	__u64 found = 0;

	pt_repeat(PT_THREADS, pt_asks_next(&found, &node, head));
	return found ? found : (__u64)leader;
}

SEC("iter/task")
int proctree_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task, *leader;
	__u32 slot = iterator_slot, used, size;
	struct scratch *s;
	struct file *exe;

	if (!task)
		return 0;
	leader = task->group_leader;
	if (leader->mm || leader->flags & PF_KTHREAD || !task->signal->live.counter) {
		if (task != leader)
			return 0;
	} else if ((__u64)task != pt_reporting_thread(leader)) {
		return 0;
	}
	task = pt_untrusted(task); /* this once it may cost a little more */
	leader = task->group_leader;
	if (iterate_followed && !pt_follows(task->tgid))
		return 0;
	s = bpf_map_lookup_elem(&scratch, &slot);
	if (!s)
		return 0;
	pt_fill_task(&s->record.task, task, leader, pt_cgroup_nr(task, true), true);
	pt_note_first_ns(task, &s->record.task);
	if (!task->signal->live.counter)
		s->record.task.flags |= PT_TASK_DEAD;
	exe = task->mm ? task->mm->exe_file : NULL;
	used = pt_fill_image(s, task, exe, slot, 0, true);
	s->record.image.text_len[PT_TEXT_CGROUP] =
	    pt_put_cgroup(slot, used, pt_plain(s, pt_css(task))) & (4 * PT_CGROUP_HALF - 1);
	if (s->cgroup.flags & PT_CGROUP_CUT)
		s->record.image.flags |= PT_CGROUP_TRUNCATED;
	if (s->cgroup.flags & PT_CGROUP_ROOTLESS)
		s->record.image.flags |= PT_NO_CGROUP_ROOT;
	size = sizeof(s->record) + used + s->record.image.text_len[PT_TEXT_CGROUP];
	size = (size + 7) & ~7U; /* records follow each other, and userspace reads them in place */
	pt_fill_header(&s->record.header, PT_TASK, size, bpf_ktime_get_boot_ns());
	barrier_var(size);
	if (size <= PT_RECORD_BYTES)
		bpf_seq_write(ctx->meta->seq, &s->record, size);
	return 0;
}
