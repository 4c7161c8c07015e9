/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * Execs that failed, as the system call returns: the caller is the running task, and its registers still
 * hold what it passed. (At the call's entry its result is unknown, and state saved there would have to be
 * cleared where the call succeeds, or never returns. What seccomp refuses has no entry at all.)
 */
#ifndef PROCTREE_FAILED_EXEC_BPF_H
#define PROCTREE_FAILED_EXEC_BPF_H

#define ERESTARTSYS 512
#define ERESTART_RESTARTBLOCK 516
#define MAX_ERRNO 4095

/* What a program on the return of a system call is given. */
struct pt_syscall_exit {
	struct pt_regs *regs; /* the verifier allows no access to these 8 bytes */
	__u64 number;
	__s64 result;
};

/* Kernels without the helper (before 5.15) pass the caller's registers to the program; later ones don't. */
static __always_inline struct pt_regs *pt_caller_registers(struct pt_syscall_exit *ctx)
{
	struct pt_regs *regs = NULL;

	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return (struct pt_regs *)bpf_task_pt_regs(bpf_get_current_task_btf());
	bpf_probe_read_kernel(&regs, sizeof(regs), ctx);
	return regs;
}

/* The first, second or fifth argument of the system call. */
static __always_inline __u64 pt_argument(struct pt_regs *regs, const int number)
{
	if (bpf_core_field_exists(regs->orig_x0)) /* arm64, whose regs[0] has the result by now */
		return number == 1 ? BPF_CORE_READ(regs, orig_x0) : BPF_CORE_READ(regs, regs[number - 1]);
	return number == 1   ? BPF_CORE_READ(regs, di)
	       : number == 2 ? BPF_CORE_READ(regs, si)
			     : BPF_CORE_READ(regs, r8);
}

static __always_inline void pt_count_failed_exec_lost(void)
{
	pt_add_one(&delivery.failed_execs_lost);
	pt_count(PT_LOST_FAILED_EXEC);
}

/* Returns the bytes used behind the record. */
static __always_inline __u32 pt_fill_filename(struct scratch *s, __u64 from)
{
	long len = bpf_probe_read_user_str(s->filename, sizeof(s->filename), (void *)from);

	if (len < 0) {
		s->failed.flags |= PT_NO_FILENAME;
		pt_count(PT_FAILED_STRING);
		return 0;
	}
	if (len > PT_PATH_MAX)
		s->failed.flags |= PT_FILENAME_TRUNCATED;
	/* Of an empty name it is 0 up to 6.12, though the NUL counts. */
	return len > 0 ? (len - 1) & (2 * PT_PATH_MAX - 1) : 0;
}

static __always_inline void pt_report_failed_exec(struct task_struct *t, const bool typed,
						  struct pt_syscall_exit *ctx, const bool by_execveat)
{
	__u32 slot = pt_slot(PT_FAILED_EXEC_SLOT), used = 0, size;
	struct scratch *s = bpf_map_lookup_elem(&scratch, &slot);
	struct pt_regs *regs = pt_caller_registers(ctx);
	struct pt_failed_exec *r;

	if (pt_fair() && !pt_admit(t, pt_get(t, group_leader), sizeof(*r), PT_LOST_FAILED_EXEC, typed))
		return;
	if (pt_ring_unread() > failed_execs_most) {
		pt_count_failed_exec_lost();
		return;
	}
	if (!s) {
		pt_count(PT_FAILED_SCRATCH);
		pt_count_failed_exec_lost();
		return;
	}
	r = &s->failed;
	pt_fill_task(&r->task, t, pt_get(t, group_leader), pt_announce_cgroup(t, typed), typed);
	r->error = -ctx->result;
	r->dirfd = by_execveat ? pt_argument(regs, 1) : 0;
	r->at_flags = by_execveat ? pt_argument(regs, 5) : 0;
	r->flags = by_execveat ? PT_BY_EXECVEAT : 0;
	r->reserved = 0;
	/* Past the point of no return the memory is the new program's, not yet filled. */
	if (!pt_get(t, mm, arg_end))
		r->flags |= PT_FATAL | PT_NO_FILENAME;
	else
		used = pt_fill_filename(s, pt_argument(regs, by_execveat ? 2 : 1));
	r->filename_len = used;
	r->lost = delivery.failed_execs_lost;

	size = sizeof(*r) + used;
	if (pt_fair())
		pt_charge(pt_account_of(t, pt_get(t, group_leader), typed), used);
	pt_fill_header(&r->header, PT_FAILED_EXEC, size, bpf_ktime_get_boot_ns());
	barrier_var(size);
	if (size > sizeof(*r) + PT_PATH_MAX || !pt_ring_output(s, size))
		pt_count_failed_exec_lost();
}

static __always_inline void pt_on_exec_return(struct pt_syscall_exit *ctx, const bool by_execveat)
{
	__s64 error = -ctx->result;

	if (error <= 0 || error > MAX_ERRNO || !pt_follows(bpf_get_current_pid_tgid() >> 32))
		return;
	if (error >= ERESTARTSYS &&
	    error <= ERESTART_RESTARTBLOCK) /* a signal came first: it is called again */
		return;
	pt_hold_cpu();
	if (bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_get_current_task_btf))
		pt_report_failed_exec(bpf_get_current_task_btf(), true, ctx, by_execveat);
	else /* before 5.11 */
		pt_report_failed_exec((struct task_struct *)bpf_get_current_task(), false, ctx, by_execveat);
	pt_release_cpu();
}

#endif
