/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * What kernels since 6.4 can be asked by functions of their own: loads and loops that the verifier is through
 * with at once. Such a call, in a branch never taken too, makes the kernel ask for its JIT. So the programs
 * are built twice: without any, as kernels before and those without a JIT load them, and with them where
 * PT_KFUNCS is defined (proctree_kfuncs.bpf.c).
 */
#ifndef PROCTREE_KFUNCS_BPF_H
#define PROCTREE_KFUNCS_BPF_H

#ifdef PT_KFUNCS

#define pt_has_kfuncs() true

struct bpf_iter_num {
	__u64 opaque;
} __attribute__((preserve_access_index));

void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;		 /* since 6.2 */
int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym __weak; /* since 6.4 */
int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym __weak;
void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym __weak;
void bpf_preempt_disable(void) __ksym __weak; /* since 6.11 */
void bpf_preempt_enable(void) __ksym __weak;

/*
 * What a step has left in the registers of arguments is of no use to the next one. But some verifiers
 * (6.18's) take it for what the call is given, look for where it comes from, and give up with EFAULT at the
 * call before.
 */
static __always_inline int *pt_next_turn(struct bpf_iter_num *turns)
{
	asm volatile("r2 = 0\n\tr3 = 0\n\tr4 = 0\n\tr5 = 0" ::: "r2", "r3", "r4", "r5");
	return bpf_iter_num_next(turns);
}

#define PT_FIRST_TURNS 8

/*
 * Does `step` until it is false, at most `most` times. A loop that counts is walked by the verifier turn by
 * turn, one over an iterator until two turns look alike; but each of its turns is a call, so that it only
 * goes on where the first turns, which mostly are all, did not end it.
 */
#define pt_repeat(most, step)                                                                                \
	do {                                                                                                 \
		struct bpf_iter_num turns;                                                                   \
		int turn;                                                                                    \
                                                                                                             \
		for (turn = 0; turn < PT_FIRST_TURNS; turn++)                                                \
			if (!(step))                                                                         \
				break;                                                                       \
		if (turn < PT_FIRST_TURNS)                                                                   \
			break;                                                                               \
		bpf_iter_num_new(&turns, PT_FIRST_TURNS, (most));                                            \
		while (pt_next_turn(&turns))                                                                 \
			if (!(step))                                                                         \
				break;                                                                       \
		bpf_iter_num_destroy(&turns);                                                                \
	} while (0)

#else

#define pt_has_kfuncs() false
#define bpf_rdonly_cast(object, type) ((void *)(object))
#define bpf_preempt_disable() ((void)0)
#define bpf_preempt_enable() ((void)0)

#define pt_repeat(most, step)                                                                                \
	do {                                                                                                 \
		for (int turn = 0; turn < (most); turn++)                                                    \
			if (!(step))                                                                         \
				break;                                                                       \
	} while (0)

#endif

/* Pointers that come out of memory without a type: by plain loads where kfuncs give them one. */
#define pt_cast(type, address) ((type *)bpf_rdonly_cast((void *)(address), bpf_core_type_id_kernel(type)))

/* Up to 64 bytes of anything, to be loaded in words: any type with so much text at its beginning. */
static __always_inline const volatile __u64 *pt_words(const void *of)
{
	const struct new_utsname *text = pt_cast(struct new_utsname, of);

	return (const volatile void *)text->sysname;
}

/*
 * The same task without the verifier's trust, which is of no use to plain loads: for each pointer loaded
 * through a trusted one it goes through all of the kernel's types, to see whether that is to be trusted too.
 */
static __always_inline struct task_struct *pt_untrusted(struct task_struct *task)
{
	return pt_cast(struct task_struct, task);
}

#endif
