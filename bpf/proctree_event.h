/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * The wire format between the BPF programs and userspace: the only file that both sides include.
 *
 * Every record starts with a pt_header. Fixed parts are naturally aligned and free of hidden
 * padding (asserted below), what is of variable length follows. All numbers are in host byte
 * order; ktime_ns and start_ns are CLOCK_BOOTTIME.
 *
 * Paths are sent leaf first, each component followed by one NUL ("true\0bin\0usr\0"): the kernel
 * side walks dentries upwards, userspace has the time to reverse them. "/" alone has length 0.
 */
#ifndef PROCTREE_EVENT_H
#define PROCTREE_EVENT_H

#ifndef __VMLINUX_H__ /* userspace; the BPF side has these from vmlinux.h */
#include <linux/types.h>
#endif

#define PT_COMM_LEN 16
#define PT_TTY_LEN 16
#define PT_NAME_MAX 255		  /* NAME_MAX: one path component, without its NUL */
#define PT_PATH_MAX 4096	  /* bytes that one leaf-first path may take */
#define PT_ARGS_LIMIT (64 * 1024) /* upper bound for the args_max setting */
#define PT_SLOTS_A_CPU 4	  /* of scratch, where programs may be preempted and can't hold that off */
#define PT_LAUNCHER_FILES 8
#define PT_ENV_LIMIT (16 * 1024) /* of each environment; upper bound for the env_max setting */
#define PT_CGROUP_HALF 1024	 /* bytes of each half of a leaf-first cgroup path */

enum pt_kind {
	PT_FORK = 1,
	PT_EXEC = 2,
	PT_EXIT = 3,
	PT_CGROUP = 4,	    /* the path of a cgroup, sent before the first event that names its number */
	PT_TASK = 5,	    /* one process of the task iterator; never in the ring buffer */
	PT_FAILED_EXEC = 6, /* only where asked for */
};

struct pt_header {
	__u32 size; /* of the whole record, strings included */
	__u16 kind;
	__u16 cpu;
	__u64 ktime_ns;
	__u64 lost; /* fork, exec and exit events lost on any cpu before this record */
};

enum pt_ns { PT_NS_PID, PT_NS_MNT, PT_NS_NET, PT_NS_USER, PT_NS_UTS, PT_NS_IPC, PT_NS_CGROUP, PT_NS_COUNT };

enum pt_task_flags {
	PT_TASK_KTHREAD = 1 << 0,	 /* PF_KTHREAD */
	PT_TASK_DEAD = 1 << 1,		 /* all its threads have ended: a zombie */
	PT_TASK_CHARGED_UID = 1 << 2,	 /* with --fair: its events are charged to charged_uid, */
	PT_TASK_CHARGED_CGROUP = 1 << 3, /* or to its cgroup; else to nobody */
};

/* What is known of a process (a thread group) at any event. Numbers are those of the initial
 * namespaces; unset login uids and audit sessions are 0xffffffff, an unread inode is 0. */
struct pt_task {
	__u64 start_ns;	       /* group leader's start_boottime */
	__u64 exec_seq;	       /* self_exec_id */
	__u64 parent_start_ns; /* of the kernel's parent now */
	__u64 cgroup_nr;       /* PT_CGROUP has its path; 0 for none */
	__u32 pid;
	__u32 ppid; /* the kernel's parent now, 0 for none */
	__u32 ns_pid;
	__u32 uid;
	__u32 gid;
	__u32 euid;
	__u32 egid;
	__u32 loginuid;
	__u32 audit_session;
	__u32 sid;
	__u32 pgid;
	__u32 flags; /* pt_task_flags */
	__u32 ns[PT_NS_COUNT];
	__u32 charged_uid; /* where its flag is set */
	char comm[PT_COMM_LEN];
	char tty[PT_TTY_LEN]; /* the kernel's name ("pts0"), empty for none */
};

enum pt_image_flags {
	PT_EXE_DELETED = 1 << 0,
	PT_EXE_MEMFD = 1 << 1,
	PT_EXE_UPPER_LAYER = 1 << 2,
	PT_EXE_TRUNCATED = 1 << 3, /* the root side of the path is missing */
	PT_CWD_TRUNCATED = 1 << 4,
	PT_CGROUP_TRUNCATED = 1 << 5, /* its leaf side is missing */
	PT_ARGS_UNREADABLE = 1 << 6,  /* a page of the arguments could not be read */
	PT_SETUID = 1 << 7,	      /* credentials rose by this exec */
	PT_NO_EXE = 1 << 8,	      /* kernel threads, and tasks whose memory is gone */
	PT_NO_CWD = 1 << 9,
	PT_STRING_TRUNCATED = 1 << 10, /* filename or interpreter */
	PT_ARGS_UNSURE = 1 << 11,      /* another process may have written them */
	PT_EXE_DETACHED =
	    1 << 12, /* its mount is in no namespace that counts: up to the file system's root */
	PT_CWD_DETACHED = 1 << 13,
	PT_NO_CGROUP_ROOT = 1 << 14, /* the root side of the cgroup's path is missing */
	PT_NAME_BEFORE = 1 << 15,    /* name_before is known */
	PT_ENV_TRUNCATED = 1 << 16,  /* what was sent of the environment is not all of it */
	PT_BELOW_LAUNCHER = 1 << 17, /* the kernel's parent runs one of launcher_files */
	PT_STDIO = 1 << 18,	     /* what follows begins with pt_stdio of the descriptors 0, 1 and 2 */
	PT_EXE_STATE = 1 << 19,	     /* then comes pt_exe_state */
};

/* The texts of an image, in the order in which they follow the fixed part. Ahead of them come the structs
 * that flags name, behind the directory the paths of pt_stdio, and last the arguments and the environment. */
enum pt_text {
	PT_TEXT_EXE,
	PT_TEXT_CWD,
	PT_TEXT_CGROUP,
	PT_TEXT_FILENAME,    /* from here on kernel strings of at most PT_PATH_MAX bytes */
	PT_TEXT_INTERPRETER, /* empty: no script */
	PT_TEXTS,
};
#define PT_TEXT_ROOM ((PT_TEXTS + 2) / 4 * 4 + 1) /* so many leave no hidden padding */

/* What is known of the program in a process. */
struct pt_image {
	__u64 caps_effective;
	__u64 caps_permitted;
	__u64 exe_inode;
	__u32 exe_dev;	 /* kernel encoding: major << 20 | minor */
	__u32 flags;	 /* pt_image_flags */
	__u32 args_size; /* bytes as the kernel holds them */
	__u32 argc;
	__u16 text_len[PT_TEXT_ROOM]; /* by pt_text */
	__u16 env_len;		      /* the beginning of the environment, behind the arguments */
	__u32 args_len;
};

/* A file by its superblock's device, in the kernel's encoding, and its inode. */
struct pt_file {
	__u64 inode;
	__u64 dev;
};

#define PT_STDIO_COUNT 3

enum pt_stdio_flags {
	PT_STDIO_OPEN = 1 << 0,
	PT_STDIO_ROOT =
	    1 << 1, /* its dentry has no parent: a memfd, an unnamed pipe, or a file system's root */
	PT_STDIO_UNLINKED = 1 << 2,
	PT_STDIO_TRUNCATED = 1 << 3, /* the root side of the path is missing */
	PT_STDIO_READS = 1 << 4,
	PT_STDIO_WRITES = 1 << 5,
};

/* One descriptor. Where another number's file is `same_as` its own, all else is as of that one. */
struct pt_stdio {
	__u64 inode;
	__u64 peer_start_ns; /* of a UNIX socket's peer that has not ended */
	__u32 mode;	     /* i_mode */
	__u32 rdev;	     /* of a device, in the kernel's encoding */
	__u32 peer_pid;	     /* of a UNIX socket, 0 for none */
	__u16 family;	     /* of a socket */
	__u16 peer_port;     /* big endian */
	__u8 peer_address[16];
	__u16 path_len;
	__u8 same_as;
	__u8 flags; /* pt_stdio_flags */
	__u32 dev;  /* of the file system that the inode is of, in the kernel's encoding */
};

/* Of the executable, with --hash: what shows whether its contents are still those that were executed. */
struct pt_exe_state {
	__u64 size;
	__s64 ctime_ns; /* since 1970 */
	__u64 magic;	/* of its file system, as in statfs(2) */
};

struct pt_fork {
	struct pt_header header;
	struct pt_task child;
	__u64 creator_start_ns;
	__u64 creator_exec_seq;
	__u32 creator_pid;
	__u32 reserved;
	char creator_comm[PT_COMM_LEN];
};

struct pt_exec { /* PT_EXEC and PT_TASK */
	struct pt_header header;
	struct pt_task task;
	struct pt_image image;
	char name_before[PT_COMM_LEN]; /* what the process was called when it was replaced */
};

#define PT_RSS_UNKNOWN (~0ULL)

struct pt_exit {
	struct pt_header header;
	struct pt_task task;
	__u64 user_ns; /* as sampled by the kernel's tick; total_ns is exact */
	__u64 system_ns;
	__u64 total_ns;
	__u64 max_rss_pages; /* the image's own, or PT_RSS_UNKNOWN */
	__u32 status;	     /* as wait(2) reports it */
	__u32 reserved;
};

enum pt_cgroup_flags {
	PT_CGROUP_CUT = 1 << 0,	     /* the leaf side of the path is missing */
	PT_CGROUP_ROOTLESS = 1 << 1, /* its root side is missing */
};

/* The path leaf first, in two halves: first comes what is used of the older one. */
struct pt_cgroup {
	struct pt_header header;
	__u64 nr;
	__u16 len[2]; /* of each half */
	__u16 newer;  /* 0 or 1 */
	__u16 flags;  /* pt_cgroup_flags */
	char path[2 * PT_CGROUP_HALF];
};

enum pt_failed_exec_flags {
	PT_BY_EXECVEAT = 1 << 0,
	PT_NO_FILENAME = 1 << 1, /* it could not be read */
	PT_FILENAME_TRUNCATED = 1 << 2,
	PT_FATAL = 1 << 3, /* the kernel had given up the caller's program already: it kills the process */
};

struct pt_failed_exec {
	struct pt_header header;
	struct pt_task task;
	__u64 lost;  /* failed execs lost on any cpu before this one; they are not in the header's count */
	__s32 dirfd; /* these two of execveat, as passed */
	__u32 at_flags;
	__u16 error; /* an errno */
	__u16 flags; /* pt_failed_exec_flags */
	__u16 filename_len;
	__u16 reserved;
};

/* Counters per cpu; nothing is lost that does not count here (or as a recursion miss of the
 * program, which the kernel counts). */
enum pt_counter {
	PT_LOST_FORK, /* the ring was full */
	PT_LOST_EXEC,
	PT_LOST_EXIT,
	PT_LOST_CGROUP,	   /* not an event: the next event in that cgroup sends it again */
	PT_FAILED_SCRATCH, /* an exec, or a failed one, lost because its cpu has no scratch slot */
	PT_FAILED_ARGS,	   /* a page of arguments unreadable */
	PT_FAILED_PATH,	   /* a component unreadable, or path cut at its bound */
	PT_FAILED_STRING,  /* filename or interpreter unreadable */
	PT_FAILED_CGROUP_MAP,
	PT_LOST_FAILED_EXEC, /* leaves the tree as it is */
	PT_COUNTERS,
};

struct pt_counters {
	__u64 count[PT_COUNTERS];
};

/* With --fair, the account that pays for an event: a key's kind is above its number (bpf/fair.bpf.h). */
enum pt_account_kind {
	PT_ACCOUNT_UID = 1,
	PT_ACCOUNT_CGROUP,    /* by its number (cgroup_nr) */
	PT_ACCOUNT_CONTAINER, /* a bound of its own for all of the cgroups in one pid namespace; loses nothing
			       */
};
#define PT_ACCOUNT(kind, number) ((__u64)(kind) << 60 | ((number) & ((1ULL << 60) - 1)))
#define PT_ACCOUNT_CROWD 0ULL /* all those together for which there is no room */

struct pt_account {
	__u64 due_ns;	     /* the boot time by which what it has used is paid for */
	__u64 lost;	     /* its events that could not be paid for, */
	__u64 failed_lost;   /* and its failed execs */
	__u64 lost_until_ns; /* when the last one was */
	__u64 epoch;	     /* of that one (fair_epoch + 1); 0: none */
};

#define PT_ASSERT_SIZE(type, size) _Static_assert(sizeof(struct type) == (size), "wire format of " #type)
#ifdef __cplusplus
#define _Static_assert static_assert
#endif
PT_ASSERT_SIZE(pt_header, 24);
PT_ASSERT_SIZE(pt_task, 144);
PT_ASSERT_SIZE(pt_image, 40 + 2 * PT_TEXT_ROOM + 6);
PT_ASSERT_SIZE(pt_fork, 24 + 144 + 40);
PT_ASSERT_SIZE(pt_stdio, 56);
PT_ASSERT_SIZE(pt_exe_state, 24);
PT_ASSERT_SIZE(pt_exec, 24 + 144 + sizeof(struct pt_image) + 16);
PT_ASSERT_SIZE(pt_exit, 24 + 144 + 40);
PT_ASSERT_SIZE(pt_cgroup, 24 + 16 + 2 * PT_CGROUP_HALF);
PT_ASSERT_SIZE(pt_failed_exec, 24 + 144 + 24);
PT_ASSERT_SIZE(pt_account, 40);
#ifdef __cplusplus
#undef _Static_assert
#endif
#undef PT_ASSERT_SIZE

#endif
