/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/* Where a record of unknown length is put together. */
#ifndef PROCTREE_SCRATCH_BPF_H
#define PROCTREE_SCRATCH_BPF_H

#define PAGE_BYTES 4096 /* the step of reading arguments; any power of two up to the page size */

#define PT_STDIO_BYTES (PT_STDIO_COUNT * sizeof(struct pt_stdio))
#define PT_FIXED_BYTES (PT_STDIO_BYTES + sizeof(struct pt_exe_state))

/* The parts of a tail, in the order they are written; each may end where the next begins. */
#define PT_PATHS_BYTES (PT_FIXED_BYTES + 5 * PT_PATH_MAX) /* executable, directory, descriptors 0 to 2 */
#define PT_STRINGS_BYTES (PT_PATHS_BYTES + (PT_TEXTS - PT_TEXT_FILENAME) * PT_PATH_MAX) /* or the cgroup */
#define PT_TAIL_BYTES (PT_STRINGS_BYTES + PT_ARGS_LIMIT)

#define PT_RECORD_BYTES (sizeof(struct pt_exec) + PT_TAIL_BYTES + PAGE_BYTES)

/* Of the path that is being walked, kernel addresses as plain numbers (path.bpf.h). */
struct walk {
	volatile __u64 dentry, mount;
	volatile __u64 mount_above, mountpoint, root; /* as they stand in struct mount */
	volatile __u64 namespace;		      /* of that mount */
	volatile __u64 parent; /* as they stand in struct dentry, and in struct qstr there */
	volatile __u32 name_hash, name_length;
	volatile __u64 name;
	volatile __u32 sequence; /* of that dentry, when it was begun with */
	volatile __u32 walked;
	volatile bool reached;	/* the root */
	volatile bool detached; /* its top mount is in no namespace that counts */
	volatile __u64 home;	/* the process's mount namespace */
};

struct scratch {
	volatile __u64 plain;
	volatile __u64 files[PT_STDIO_COUNT]; /* kernel addresses */
	struct walk walk;
	struct pt_cgroup cgroup; /* the iterator's */
	union {			 /* each is sent together with what of the bytes behind it is used */
		struct {
			struct pt_exec record;
			__u8 tail[PT_TAIL_BYTES + PAGE_BYTES];
		};
		struct {
			struct pt_failed_exec failed;
			__u8 filename[PT_PATH_MAX + 1];
		};
	};
};

/* A slot a cpu, and a last one for the iterator; a per-cpu map's values end at 32 KiB. Of the programs that a
 * cpu runs only those of execs use its slot, and none gives up its cpu midway (preempt.bpf.h): or else each
 * has a slot of its own there, which is enough, for the kernel never runs one twice at a time on a cpu. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2); /* userspace: possible cpus * slots_a_cpu + 1 */
	__type(key, __u32);
	__type(value, struct scratch);
} scratch SEC(".maps");

const volatile __u32 iterator_slot = 1;

/* Userspace: PT_SLOTS_A_CPU where programs may be preempted and can't hold that off. */
const volatile __u32 slots_a_cpu = 1;

#define PT_FAILED_EXEC_SLOT 3 /* behind those of the three programs of an exec */
_Static_assert(PT_FAILED_EXEC_SLOT < PT_SLOTS_A_CPU, "each has its own");

/* That of the program which runs: the `turn`-th of an exec, or one of failed execs'. */
static __always_inline __u32 pt_slot(__u32 turn)
{
	__u32 cpu = bpf_get_smp_processor_id();

	return slots_a_cpu > 1 ? cpu * slots_a_cpu + turn : cpu;
}

/* A kernel pointer as the plain number that a global function takes: what has been in a map has no type. */
static __always_inline __u64 pt_plain(struct scratch *s, const void *pointer)
{
	s->plain = (__u64)pointer;
	return s->plain;
}

#endif
