/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * --fair: no user can fill the ring by what he does himself.
 *
 * Each event is charged to one account. Once an account has used its share its events get no record, and
 * nothing is gathered for one. An account is the time up to which what it has used is paid for: each byte
 * moves that on, and an event passes while it is no further ahead than a burst. (So two words are touched, no
 * tick is needed, and a race of two cpus leaves at most one record uncharged.)
 *
 * A user can't choose the account that pays. It is his real uid, which only privileges change; in a user
 * namespace the creator of the outermost one, so that subordinate uids and nesting gain nothing. The host's
 * root isn't held back, except in containers, where the cgroup pays. Whoever makes many cgroups is bounded by
 * an account of his whole outermost pid namespace.
 */
#ifndef PROCTREE_FAIR_BPF_H
#define PROCTREE_FAIR_BPF_H

/* Written by userspace before the load. Nanoseconds that 1024 bytes take to be paid for; 0: off, and nothing
 * of this is in the programs. */
const volatile __u64 fair_ns_a_kib = 0;
const volatile __u64 fair_burst_ns = 0;

#define PT_CONTAINER_SHARES 4 /* of a cgroup's, for all cgroups of one container together */
#define PT_USER_NAMESPACES 33 /* levels, the initial one's too */
#define PT_RING_HEADER 8      /* what the ring puts before each record */

/* Events lost this way, over all accounts; and accounts that lost their first one in this epoch, which
 * userspace begins with each snapshot. */
volatile __u64 fair_lost = 0;
volatile __u64 fair_losers = 0;
volatile __u64 fair_epoch = 0;

struct {
	__uint(type, BPF_MAP_TYPE_HASH); /* none evicts another: userspace removes idle ones */
	__uint(max_entries, 1);		 /* userspace: 16384, where fair */
	__type(key, __u64);
	__type(value, struct pt_account);
} accounts SEC(".maps");

/* Asked before anything else here, so that none of this is left in the programs where --fair is off. */
static __always_inline bool pt_fair(void)
{
	return fair_ns_a_kib != 0;
}

/* Who created the outermost user namespace around this one, the initial one left aside. */
__noinline int pt_outermost_owner(__u64 namespace)
{
	struct user_namespace *ns = (void *)namespace;

	for (int i = 0; i < PT_USER_NAMESPACES && BPF_CORE_READ(ns, level) > 1; i++)
		ns = BPF_CORE_READ(ns, parent);
	return BPF_CORE_READ(ns, owner.val);
}

/* The key of the account; 0: nobody's. `t` is a living thread of the group. */
static __always_inline __u64 pt_account_of(struct task_struct *t, struct task_struct *leader,
					   const bool typed)
{
	const struct cred *cred;
	struct user_namespace *ns;
	bool contained;
	__u32 uid;

	cred = pt_get(t, real_cred);
	ns = pt_get(cred, user_ns);
	uid = pt_get(cred, uid.val);
	contained = pt_get(leader, thread_pid, level) > 0;
	if (pt_get(ns, level) > 0) {
		__u32 owner = pt_outermost_owner((__u64)BPF_CORE_READ(cred, user_ns));

		if (owner || contained) /* one made by root has many uids of its own: its container pays */
			uid = owner;
	}
	if (uid)
		return PT_ACCOUNT(PT_ACCOUNT_UID, (__u64)uid);
	return contained ? PT_ACCOUNT(PT_ACCOUNT_CGROUP, pt_cgroup_nr(t, typed)) : 0;
}

/* The outermost pid namespace, where the cgroup pays: what is made within is within this one too. */
static __noinline __u64 pt_container_of(struct pid *pid)
{
	struct upid outermost = {};

	bpf_probe_read_kernel(&outermost, sizeof(outermost), (struct upid *)&pid->numbers[0] + 1);
	return PT_ACCOUNT(PT_ACCOUNT_CONTAINER, (__u64)outermost.ns);
}

static __always_inline void pt_note_account(struct pt_task *out, struct task_struct *t,
					    struct task_struct *leader, const bool typed)
{
	__u64 key;

	out->charged_uid = 0;
	if (!pt_fair())
		return;
	key = pt_account_of(t, leader, typed);
	if (key >> 60 == PT_ACCOUNT_UID) {
		out->flags |= PT_TASK_CHARGED_UID;
		out->charged_uid = key;
	} else if (key) {
		out->flags |= PT_TASK_CHARGED_CGROUP;
	}
}

static __always_inline struct pt_account *pt_find_account(__u64 key)
{
	struct pt_account *account = bpf_map_lookup_elem(&accounts, &key);
	struct pt_account fresh = {};

	if (account)
		return account;
	bpf_map_update_elem(&accounts, &key, &fresh, BPF_NOEXIST);
	account = bpf_map_lookup_elem(&accounts, &key);
	if (account)
		return account;
	key = PT_ACCOUNT_CROWD;
	return bpf_map_lookup_elem(&accounts, &key);
}

static __always_inline void pt_pay(struct pt_account *account, __u64 now, __u64 cost)
{
	volatile __u64 *due = &account->due_ns;

	if (*due < now)
		*due = now + cost;
	else
		pt_add(due, cost);
}

static __always_inline void pt_refuse(struct pt_account *account, __u64 now, enum pt_counter what)
{
	__u64 epoch = fair_epoch + 1; /* an account begins with 0 */

	if (what == PT_LOST_FAILED_EXEC)
		pt_add_one(&account->failed_lost);
	else
		pt_add_one(&account->lost);
	account->lost_until_ns = now;
	if (account->epoch != epoch) {
		account->epoch = epoch;
		pt_add_one(&fair_losers);
	}
	pt_add_one(&fair_lost);
	pt_count(what);
}

/* Beyond what it may use at once; where nothing of it is outstanding, one record of any size may. */
static __always_inline bool pt_exceeds(const struct pt_account *account, __u64 now, __u64 cost)
{
	return account->due_ns > now && account->due_ns + cost > now + fair_burst_ns;
}

/* Returns 0 where an event of `bytes` bytes is lost. */
static __noinline int pt_admit_or_count(__u64 key, __u64 container, __u32 bytes, __u32 what)
{
	__u64 now = bpf_ktime_get_boot_ns(), cost = (bytes + PT_RING_HEADER) * fair_ns_a_kib >> 10;
	struct pt_account *account = pt_find_account(key), *whole;

	if (!account)
		return 1;
	whole = container ? pt_find_account(container) : account;
	if (!whole)
		return 1;
	if (pt_exceeds(account, now, cost) ||
	    (container && pt_exceeds(whole, now, cost / PT_CONTAINER_SHARES))) {
		pt_refuse(account, now, what);
		return 0;
	}
	pt_pay(account, now, cost);
	if (container)
		pt_pay(whole, now, cost / PT_CONTAINER_SHARES);
	return 1;
}

/* Whether this event of that size may have a record. If so it is charged, else it is counted as lost. */
static __always_inline bool pt_admit(struct task_struct *t, struct task_struct *leader, __u32 bytes,
				     enum pt_counter what, const bool typed)
{
	__u64 key = pt_account_of(t, leader, typed), container = 0;

	if (!key)
		return true;
	if (key >> 60 == PT_ACCOUNT_CGROUP)
		container = pt_container_of(pt_get(leader, thread_pid));
	return pt_admit_or_count(key, container, bytes, what);
}

/* What an event that has been let through takes beyond that. */
static __always_inline void pt_charge(__u64 key, __u32 bytes)
{
	struct pt_account *account;

	account = key ? bpf_map_lookup_elem(&accounts, &key) : NULL;
	if (account)
		pt_pay(account, bpf_ktime_get_boot_ns(), bytes * fair_ns_a_kib >> 10);
}

#endif
