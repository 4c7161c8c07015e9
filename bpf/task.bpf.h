/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Facts of a process, from its task_struct. */
#ifndef PROCTREE_TASK_BPF_H
#define PROCTREE_TASK_BPF_H

#define PF_KTHREAD 0x00200000
#define UNSET 0xffffffffU
#define PT_PID_LEVELS 64 /* above the kernel's MAX_PID_NS_LEVEL, 32 */

/*
 * What lies behind pointers, from a task on: by plain loads where the verifier knows the first one's type,
 * which cost a fraction of a helper's call, and else by a call a step. `typed` is a constant where this
 * stands.
 */
#define pt_get(from, ...) (typed ? ___arrow(from, __VA_ARGS__) : BPF_CORE_READ(from, __VA_ARGS__))

/* The same for the first 16 bytes of a text. */
#define pt_get_16(to, from)                                                                                  \
	do {                                                                                                 \
		_Static_assert(sizeof(to) == 16 && sizeof(from) >= 16, "two loads of eight");                \
		if (typed) {                                                                                 \
			const volatile __u64 *words = (const volatile void *)(from);                         \
			barrier_var(words);                                                                  \
			((__u64 *)(to))[0] = words[0];                                                       \
			((__u64 *)(to))[1] = words[1];                                                       \
		} else {                                                                                     \
			bpf_core_read(to, 16, &(from));                                                      \
		}                                                                                            \
	} while (0)

/*
 * The namespaces of kthreadd, which the kernel began with and never gives up: neither these addresses nor
 * what they stand for are reused while it runs. All processes that were not moved share them, and need no
 * look-up of each one's number. Set by the task iterator.
 */
struct {
	volatile __u64 nsproxy, user;
	volatile __u64 mount; /* pid 1's, where the iterator sees it */
	volatile __u64 home;  /* the mount namespace of that nsproxy */
	volatile __u32 inum[PT_NS_COUNT];
	char nodename[65];
} __attribute__((aligned(64))) first_ns;

#define INIT 1
#define KTHREADD 2

static __always_inline void pt_note_first_ns(struct task_struct *t, const struct pt_task *facts)
{
	/* It may have gone to another mount namespace since. */
	if (t->pid == INIT || (t->pid == KTHREADD && !first_ns.mount))
		first_ns.mount = (__u64)t->nsproxy->mnt_ns;
	if (first_ns.nsproxy || t->pid != KTHREADD || !(t->flags & PF_KTHREAD))
		return;
	for (int i = 0; i < PT_NS_COUNT; i++)
		first_ns.inum[i] = facts->ns[i];
	first_ns.user = (__u64)t->real_cred->user_ns;
	first_ns.home = (__u64)t->nsproxy->mnt_ns;
	bpf_core_read_str(first_ns.nodename, sizeof(first_ns.nodename), &t->nsproxy->uts_ns->name.nodename);
	first_ns.nsproxy = (__u64)t->nsproxy;
}

/*
 * Two ids that lie side by side, in one load: into two words that do so too. In what the verifier has no
 * trust in, a word may cover both.
 */
#define pt_get_pair(to, from, first, second)                                                                 \
	do {                                                                                                 \
		if (pt_has_kfuncs() && bpf_core_field_offset((from)->first) % 8 == 0 &&                      \
		    bpf_core_field_offset((from)->second) ==                                                 \
			bpf_core_field_offset((from)->first) + sizeof(__u32)) {                              \
			union {                                                                              \
				__u64 both;                                                                  \
				__u32 each[2];                                                               \
			} ids = {.both = *pt_words(&(from)->first)};                                         \
			(to)[0] = ids.each[0];                                                               \
			(to)[1] = ids.each[1];                                                               \
		} else {                                                                                     \
			(to)[0] = pt_get(from, first.val);                                                   \
			(to)[1] = pt_get(from, second.val);                                                  \
		}                                                                                            \
	} while (0)

/* The mount namespace of a set of them. */
static __always_inline __u64 pt_home_of(struct nsproxy *ns)
{
	return ns && (__u64)ns == first_ns.nsproxy ? first_ns.home : (__u64)ns->mnt_ns;
}

/* `cred` isn't const, for with some compilers no value that is read of it by a macro may be either. */
static __always_inline void pt_fill_ids(struct pt_task *out, struct task_struct *t, struct cred *cred,
					const bool typed)
{
	struct user_namespace *ns = pt_get(cred, user_ns);

	pt_get_pair(&out->uid, cred, uid, gid);
	pt_get_pair(&out->euid, cred, euid, egid);
	out->ns[PT_NS_USER] = (__u64)ns == first_ns.user ? first_ns.inum[PT_NS_USER] : pt_get(ns, ns.inum);
	if (bpf_core_field_exists(t->loginuid)) {
		out->loginuid = pt_get(t, loginuid.val);
		out->audit_session = pt_get(t, sessionid);
	} else {
		out->loginuid = UNSET;
		out->audit_session = UNSET;
	}
}

/* Deeper than most, and so a function of its own: inlined it would double the stack. */
static __noinline int pt_fill_deep_pid_ns(struct pt_task *out, struct pid *pid, unsigned int level)
{
	struct upid here = {};

	bpf_probe_read_kernel(&here, sizeof(here), &pid->numbers[level & (PT_PID_LEVELS - 1)]);
	out->ns_pid = here.nr;
	out->ns[PT_NS_PID] = BPF_CORE_READ(here.ns, ns.inum);
	return 0;
}

/* Its pid in its own pid namespace, and that namespace. */
static __always_inline void pt_fill_pid_ns(struct pt_task *out, struct pid *pid, const bool typed)
{
	unsigned int level = pt_get(pid, level) & (PT_PID_LEVELS - 1);

	if (level == 0) {
		out->ns_pid = out->pid;
		out->ns[PT_NS_PID] =
		    first_ns.nsproxy ? first_ns.inum[PT_NS_PID] : pt_get(pid, numbers[0].ns, ns.inum);
		return;
	}
	/* The verifier takes no index in what it would load itself, nor any above 0 where the array has a
	 * size. */
	if (typed && level == 1 && bpf_core_field_size(pid->numbers) == 0) {
		out->ns_pid = ((struct upid *)&pid->numbers[0] + 1)->nr;
		out->ns[PT_NS_PID] = ((struct upid *)&pid->numbers[0] + 1)->ns->ns.inum;
		return;
	}
	pt_fill_deep_pid_ns(out, pid, level);
}

/*
 * A process with kthreadd's set of namespaces is in its pid namespace as well: any other pid namespace begins
 * with a set of its own, and no process comes back to this set.
 */
static __always_inline void pt_fill_namespaces(struct pt_task *out, struct task_struct *leader,
					       struct nsproxy *ns, const bool typed)
{
	if ((__u64)ns == first_ns.nsproxy && ns) {
		out->ns_pid = out->pid;
		out->ns[PT_NS_PID] = first_ns.inum[PT_NS_PID];
		out->ns[PT_NS_MNT] = first_ns.inum[PT_NS_MNT];
		out->ns[PT_NS_NET] = first_ns.inum[PT_NS_NET];
		out->ns[PT_NS_UTS] = first_ns.inum[PT_NS_UTS];
		out->ns[PT_NS_IPC] = first_ns.inum[PT_NS_IPC];
		out->ns[PT_NS_CGROUP] = first_ns.inum[PT_NS_CGROUP];
		return;
	}
	pt_fill_pid_ns(out, pt_get(leader, thread_pid), typed);
	out->ns[PT_NS_MNT] = pt_get(ns, mnt_ns, ns.inum);
	out->ns[PT_NS_NET] = pt_get(ns, net_ns, ns.inum);
	out->ns[PT_NS_UTS] = pt_get(ns, uts_ns, ns.inum);
	out->ns[PT_NS_IPC] = pt_get(ns, ipc_ns, ns.inum);
	out->ns[PT_NS_CGROUP] = pt_get(ns, cgroup_ns, ns.inum);
}

/* The account that its events are charged to (fair.bpf.h). */
static __always_inline void pt_note_account(struct pt_task *out, struct task_struct *t,
					    struct task_struct *leader, const bool typed);

/*
 * `t` is a living thread of the group: what each thread holds for itself (credentials,
 * namespaces) is taken from it, for the leader's may be gone already when it exited first.
 * Identity and name are the leader's, as ps shows them.
 */
static __always_inline void pt_fill_task(struct pt_task *out, struct task_struct *t,
					 struct task_struct *leader, __u64 cgroup_nr, const bool typed)
{
	struct task_struct *parent = pt_get(leader, real_parent);
	struct task_struct *untrusted = typed ? pt_untrusted(t) : t;
	struct signal_struct *signal = pt_get(untrusted, signal);
	struct tty_struct *tty = pt_get(signal, tty);

	out->pid = pt_get(t, tgid);
	out->start_ns = pt_get(leader, start_boottime);
	out->exec_seq = pt_get(t, self_exec_id);
	if (PT_READS(PT_FACT_PARENT)) {
		out->ppid = pt_get(parent, tgid);
		out->parent_start_ns = pt_get(parent, group_leader, start_boottime);
	}
	out->cgroup_nr = cgroup_nr;
	if (PT_READS(PT_FACT_SESSION)) {
		out->sid = pt_get(signal, pids[PIDTYPE_SID], numbers[0].nr);
		out->pgid = pt_get(signal, pids[PIDTYPE_PGID], numbers[0].nr);
	}
	out->flags = pt_get(t, flags) & PF_KTHREAD ? PT_TASK_KTHREAD : 0;
	pt_note_account(out, t, leader, typed);
	if (PT_READS(PT_FACT_IDS))
		pt_fill_ids(out, t, (struct cred *)pt_get(untrusted, real_cred), typed);
	if (PT_READS(PT_FACT_NAMESPACES)) {
		pt_fill_namespaces(out, leader, pt_get(untrusted, nsproxy), typed);
	}
	if (PT_READS(PT_FACT_COMM))
		pt_get_16(out->comm, leader->comm);
	__builtin_memset(out->tty, 0, sizeof(out->tty));
	if (PT_READS(PT_FACT_TTY) && tty) {
		pt_get_16(out->tty, tty->name);
		out->tty[PT_TTY_LEN - 1] = 0;
	}
}

#endif
