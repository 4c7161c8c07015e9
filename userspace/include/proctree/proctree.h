/* SPDX-License-Identifier: GPL-2.0 OR Apache-2.0 */
/*
 * proctree in C: following the processes of a live host from within your own program.
 *
 * Your thread, your loop, your output: the library starts no thread, installs no signal handler, prints
 * nothing and never exits; no exception leaves it; all state is in the handle, so several in one process
 * work. docs/embedding.md is the guide, examples/minimal.c a whole program.
 *
 *   struct proctree_tracer *tracer = proctree_new(NULL);
 *   if (tracer == NULL || proctree_open(tracer) < 0) ...    proctree_last_error(tracer) says why
 *   while (running && proctree_poll(tracer, 1000, on_record, NULL) >= 0) {}
 *   proctree_free(tracer);
 *
 * Errors: functions that can fail return a negative errno, and proctree_last_error() then has the reason and
 * a remedy, proctree_last_error_code() the kind. -EINVAL: wrong use; -EPERM: a capability is missing;
 * -ENOTSUP: the kernel or this build lacks something; -ENOENT: no such process; -ENOMEM; -EIO and others:
 * what the system returned.
 *
 * Strings are any bytes, NUL among them perhaps: they have a length, and no NUL at the end unless it says so.
 *
 * Threads: a handle is used by one thread at a time. Fork: a child's copy of the handle is unusable, so that
 * it takes nothing from its parent: proctree_poll(), proctree_close() and proctree_counters() return -EINVAL
 * there. The child frees it, or executes another program, and opens a tracer of its own if it needs one.
 *
 * ABI: what has a `size` member may grow; you set it to the size that you were compiled with, and the library
 * reads and writes no more. What the library hands out by pointer grows at its end; a newer library fills
 * members that you don't know of, an older one is one with an older SONAME. Enumerations may get new values:
 * ignore those that you don't know.
 */
#ifndef PROCTREE_PROCTREE_H
#define PROCTREE_PROCTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "proctree/export.h"

#ifdef __cplusplus
extern "C" {
#endif

struct proctree_tracer; /* a tracer */

struct proctree_string {
  const char* data; /* may be NULL where size is 0 */
  size_t size;
};

/* Names one process; a pid alone is reused. start_ns: since boot (CLOCK_BOOTTIME); 0: not known. */
struct proctree_key {
  uint64_t start_ns;
  uint32_t pid;
  uint32_t reserved;
};

enum proctree_source {
  PROCTREE_SOURCE_BPF = 0,    /* CAP_BPF and CAP_PERFMON, or root */
  PROCTREE_SOURCE_NETLINK = 1 /* CAP_NET_ADMIN before Linux 6.6; fewer facts, and lineage is never sure */
};

/* What carries events from the BPF programs: PROCTREE_RING_AUTOMATIC is per-cpu rings where they load
   (Linux 5.12 and newer), else the kernel's ring buffer. */
enum proctree_ring { PROCTREE_RING_AUTOMATIC = 0, PROCTREE_RING_PERCPU = 1, PROCTREE_RING_KERNEL = 2 };

/* Which records are handed out; start, lost, resync and stop always are. */
#define PROCTREE_FORKS 1u
#define PROCTREE_EXECS 2u
#define PROCTREE_EXITS 4u
#define PROCTREE_RUNNING 8u /* a PROCTREE_PROCESS record for each that ran already */
/* And, with PROCTREE_EXECS, a PROCTREE_FAILED_EXEC record for each exec that failed. Costs every system call
   of the host some 55 ns meanwhile; BPF alone can do it. */
#define PROCTREE_FAILED_EXECS 16u
/* For a table of your own, maintained by the records (with PROCTREE_RUNNING, or from proctree_list() right
   after proctree_open()): PROCTREE_RESYNCED (32) and PROCTREE_FORGOTTEN (64) of enum proctree_kind ask for
   the records of these kinds. */

/* What is retained of each image, in proctree_info, proctree_ancestor, and as `image` of exits (its arguments
   and working directory). Counts towards memory_max, and goes before lineage. */
#define PROCTREE_KEEP_ARGS 1u /* ancestor_args bytes of them, and a title over them */
#define PROCTREE_KEEP_CWD 2u
#define PROCTREE_KEEP_CONTAINER 4u
#define PROCTREE_KEEP_CREDENTIALS 8u
#define PROCTREE_KEEP_TTY 16u
#define PROCTREE_KEEP_ENTRY 32u
#define PROCTREE_KEEP_ALL 63u

/* Lists are arrays of strings with NULL behind the last, or NULL for none. */
struct proctree_options {
  size_t size;           /* sizeof(struct proctree_options) */
  uint32_t source;       /* enum proctree_source */
  uint32_t records;      /* PROCTREE_FORKS | ... */
  uint64_t ring_bytes;   /* rounded up to a power of two of at least a page */
  uint64_t memory_max;   /* what the tree may take, bytes, about; at least a MiB; 0: whatever it needs */
  uint32_t args_max;     /* bytes of arguments reported of an exec */
  uint32_t exited_ttl_s; /* how long ended processes are remembered; 0: indefinitely ... */
  uint64_t exited_max;   /* ... and how many of them, beside the ancestors of what lives */
  /* Filters. Of one kind any may match, of different kinds all must. */
  const char* const* comms;       /* command names */
  const char* const* users;       /* names, or numbers */
  const char* const* containers;  /* ids, or the beginning of one */
  const char* const* under_comms; /* descendants of processes of this name ... */
  const uint32_t* under_pids;     /* ... or of those that have these pids now; 0 behind the last */
  const char* proc_root;          /* "/proc" */
  uint32_t fair_kib;      /* KiB a second that the events of one account may take of the ring; 0: no bound */
  uint32_t ring;          /* enum proctree_ring: one kind and no other; BPF alone has a choice */
  uint32_t ancestor_args; /* bytes of arguments retained for the records of descendants; 0: none, no titles */
  uint32_t keep;          /* PROCTREE_KEEP_ARGS | ... */
  /* Exclusion: no records of these, whatever else matches; the tree follows them all the same. */
  const char* const* exclude_exes;       /* paths, or their last components; fnmatch(3) patterns */
  const char* const* exclude_containers; /* ids, or the beginning of one */
  const char* const* exclude_users;      /* names, or numbers */
  bool exclude_own;                      /* this process and what descends from it */
  /* proctree_follow() may be called: costs each fork of the host a look at a table, and 4 MiB; BPF alone. */
  bool followable;
  uint32_t env_max;       /* bytes of each environment that are searched for `env`; at most 16384 */
  const char* const* env; /* environment variables to report of each exec: "NAME", or "PREFIX*"; BPF alone */
  bool stdio;             /* report of each exec what its descriptors 0, 1 and 2 are; BPF alone */
};

enum proctree_kind {
  PROCTREE_START = 0,   /* the first record */
  PROCTREE_PROCESS = 1, /* a process that ran already */
  PROCTREE_FORK = 2,
  PROCTREE_EXEC = 3,
  PROCTREE_EXIT = 4,
  PROCTREE_LOST = 5,   /* events were lost: here is the gap */
  PROCTREE_RESYNC = 6, /* the tree was resynchronised */
  PROCTREE_STOP = 7,   /* the last one */
  PROCTREE_FAILED_EXEC = 8,
  /* These two are also the bits that ask for them (proctree_options.records). */
  PROCTREE_RESYNCED = 32, /* a process that a resync added, corrected, or found ended, or that an event showed
                             to be other than was reported */
  PROCTREE_FORGOTTEN = 64 /* a process leaves the tree: an ended one that is not remembered any longer, a
                             living one that memory_max took, or at proctree_close() one with user data */
};

/* What a PROCTREE_RESYNCED record says of its process. */
enum proctree_resynced {
  PROCTREE_RESYNC_ADDED = 0,     /* it runs, and its birth was not observed */
  PROCTREE_RESYNC_CORRECTED = 1, /* it runs, and what was known of it has changed unobserved */
  PROCTREE_RESYNC_ENDED = 2      /* it has ended unobserved */
};

enum proctree_edge { PROCTREE_OBSERVED = 0, PROCTREE_SNAPSHOT = 1, PROCTREE_INFERRED = 2 };

#define PROCTREE_UNSET UINT32_MAX       /* loginuid, audit_session, or any id of an unobserved process */
#define PROCTREE_UNKNOWN_SEQ UINT64_MAX /* exec_seq */

/* The leader of a session or group; the key's pid is 0 where it isn't known. */
struct proctree_leader {
  struct proctree_key key;
  struct proctree_string comm, exe; /* of its present image; empty: not known */
};

/* Which container a process is in; `id` is empty where it is in none. */
struct proctree_container {
  struct proctree_string id, runtime; /* by the cgroup's path */
  struct proctree_string name, image; /* where an ancestor's arguments say them */
};

/* A process. Numbers that aren't known are 0, ids PROCTREE_UNSET, strings empty. */
struct proctree_process {
  struct proctree_key key;
  struct proctree_key parent;  /* the kernel's parent now (ppid) */
  struct proctree_key creator; /* who called fork or clone; pid 0: none */
  bool creator_known;
  uint64_t exec_seq; /* (process, exec_seq) names one image */
  uint32_t ns_pid;   /* its pid in its own pid namespace */
  uint32_t uid, gid, euid, egid;
  uint32_t loginuid, audit_session;
  uint32_t sid, pgid;
  uint32_t ns_pid_inode, ns_mnt_inode, ns_net_inode, ns_user_inode, ns_uts_inode, ns_ipc_inode,
      ns_cgroup_inode;
  struct proctree_string comm; /* at most 15 bytes */
  struct proctree_string exe;  /* the program it runs: an absolute path */
  struct proctree_string user; /* the real uid's name, or its number */
  struct proctree_string tty;  /* "pts/0"; empty: none */
  struct proctree_string cgroup;
  struct proctree_string container_id;
  struct proctree_string id; /* BOOT-PID-TICKS, the same in every tracer on this host */
  bool cgroup_truncated;     /* the side away from the root is missing */
  struct proctree_leader session_leader, group_leader; /* of sid and pgid */
  struct proctree_container container;
  struct proctree_string unit, user_unit; /* systemd's, that the cgroup's path names */
};

enum proctree_file_kind {
  PROCTREE_FILE_CLOSED = 0,
  PROCTREE_FILE_FILE = 1,
  PROCTREE_FILE_PIPE = 2,
  PROCTREE_FILE_SOCKET = 3,
  PROCTREE_FILE_TTY = 4,
  PROCTREE_FILE_NULL = 5, /* /dev/null */
  PROCTREE_FILE_MEMFD = 6,
  PROCTREE_FILE_OTHER = 7
};

/* A descriptor that a program began with. */
struct proctree_file {
  uint32_t kind;       /* enum proctree_file_kind */
  bool path_truncated; /* the root side is missing */
  uint64_t inode;
  struct proctree_string path; /* empty: it has none */
  struct proctree_string peer; /* of an internet socket: "10.0.0.9:4444", "[2001:db8::1]:22" */
  /* The process at the other end: of a UNIX socket the one that connected it, of a pipe one that has executed
     something with that end. pid 0: not known; start_ns 0: it has ended. */
  struct proctree_key peer_process;
};

/* The program that an exec began. */
struct proctree_image {
  struct proctree_string filename;    /* as passed to execve */
  struct proctree_string interpreter; /* of a script */
  struct proctree_string cwd;
  struct proctree_string args; /* each ended by NUL, unless cut: fewer bytes than args_size then */
  uint32_t args_size;          /* as the kernel holds them */
  uint32_t argc;
  uint64_t exe_inode, exe_dev;
  uint64_t caps_effective, caps_permitted;
  bool args_known, caps_known;
  bool exe_deleted, exe_memfd, exe_upper_layer;
  bool exe_truncated, cwd_truncated, filename_truncated;
  bool setuid;         /* credentials rose by this exec */
  bool previous_known; /* the image it replaced: */
  struct proctree_string previous_comm, previous_exe;
  bool args_unsure; /* another process may have written them */
  /* In a mount that is neither in the process's mount namespace nor in that of pid 1. */
  bool exe_detached, cwd_detached;
  struct proctree_string env;        /* the variables that were asked for, each NAME=VALUE ended by NUL */
  bool env_truncated;                /* there may be more of them */
  const struct proctree_file* stdio; /* three, of 0, 1 and 2, where asked for; else NULL */
};

struct proctree_exit {
  uint32_t status; /* as wait(2) has it: WIFEXITED() and the like take it */
  bool usage_known;
  uint64_t runtime_ns, user_ns, system_ns, max_rss_kb;
  bool max_rss_known; /* max_rss_kb, the image's own: the kernel doesn't always know it */
};

struct proctree_start {
  struct proctree_string host, boot_id, kernel, arch, version, source;
  uint64_t processes;             /* known when tracing began */
  bool nested_pid_namespace;      /* in a container: what runs outside of it can't be seen */
  uint32_t fair_kib;              /* as in proctree_options */
  struct proctree_string host_id; /* of the machine, whatever its name; empty: it has no /etc/machine-id */
  struct proctree_string ring;    /* "percpu" or "kernel", whichever was taken; empty: the source has none */
};

struct proctree_failed_exec {
  uint32_t error; /* an errno */
  int32_t dirfd;  /* of execveat, as passed; AT_FDCWD for execve */
  uint32_t at_flags;
  bool by_execveat, filename_known, filename_truncated;
  bool fatal; /* the caller's program was given up already: the call does not return, the process dies */
  struct proctree_string filename; /* as the caller's memory had it when the call returned */
};

struct proctree_lost {
  uint64_t count, since_ns, until_ns;
  uint64_t failed_execs; /* of count; they leave the tree as it is */
  bool bad_record;       /* one record of the kernel's that could not be used; then also, where known: */
  uint32_t pid;          /* of its process; 0: not known */
  struct proctree_string kind;   /* "fork", "exec", "exit", "exec_failed", "cgroup", "task" */
  uint32_t uid;                  /* of this account alone (fair_kib), or PROCTREE_UNSET, */
  struct proctree_string cgroup; /* or of this one's; else of anybody */
};

struct proctree_resync {
  uint64_t added, exited, corrected, took_ns;
};

struct proctree_totals {
  uint64_t forks, execs, exits, lost, resyncs;
};

enum proctree_entry_type {
  PROCTREE_ENTRY_UNKNOWN = 0, /* the line isn't known up to any of these */
  PROCTREE_ENTRY_SSH = 1,
  PROCTREE_ENTRY_LOGIN = 2,
  PROCTREE_ENTRY_TERMINAL = 3,
  PROCTREE_ENTRY_CRON = 4,
  PROCTREE_ENTRY_AT = 5,
  PROCTREE_ENTRY_SERVICE = 6,
  PROCTREE_ENTRY_SOCKET = 7,
  PROCTREE_ENTRY_DBUS = 8,
  PROCTREE_ENTRY_CONTAINER = 9,
  PROCTREE_ENTRY_KERNEL = 10,
  PROCTREE_ENTRY_SUPERVISOR = 11,
  PROCTREE_ENTRY_INIT = 12 /* what pid 1, or a fork of it, executes else */
};

/* Where a process's line of creators came into this host's own hands. Numbers that aren't known, or that the
   type doesn't have, are 0, strings empty. */
struct proctree_entry {
  uint32_t type; /* enum proctree_entry_type */
  uint32_t uid;  /* of the entry process as it began, as all that follows; PROCTREE_UNSET where unknown */
  struct proctree_key process; /* pid 0: not known */
  struct proctree_string comm, exe, user;
  struct proctree_string args; /* each ended by NUL, unless cut: 1024 bytes at most */
  uint32_t args_size;
  uint32_t source_port;
  struct proctree_string source_ip;
  struct proctree_string tty;
  struct proctree_key server; /* TERMINAL: the process at its other end */
  struct proctree_string server_comm;
  struct proctree_string job;             /* CRON, AT */
  struct proctree_string unit, user_unit; /* SERVICE, SOCKET */
  struct proctree_string bus_name;        /* DBUS */
  struct proctree_string service;         /* SUPERVISOR */
  struct proctree_string container_id, container_runtime, container_name, container_image;
  uint32_t asked_by_pid; /* SERVICE: who had it started, where the unit's name says so */
  uint32_t crashed_pid;  /* KERNEL: of a core handler */
  bool args_known;
  bool into; /* CONTAINER: executed into one that ran */
  bool sure; /* no inferred edge lies between */
};

/* Valid until the callback returns; proctree_record_copy() keeps one. What a kind doesn't have is NULL. */
struct proctree_record {
  uint32_t kind; /* enum proctree_kind */
  uint32_t reserved;
  uint64_t seq;                           /* 1, 2, 3, ... of what this tracer handed out */
  uint64_t ktime_ns;                      /* boot time */
  int64_t realtime_ns;                    /* the same time since 1970 */
  const struct proctree_process* process; /* PROCESS, FORK, EXEC, EXIT, FAILED_EXEC, RESYNCED, FORGOTTEN */
  const struct proctree_image* image;     /* PROCESS, EXEC, RESYNCED (unless it has ended); EXIT, with keep */
  const struct proctree_exit* exit;       /* EXIT */
  const struct proctree_start* start;
  const struct proctree_lost* lost;
  const struct proctree_resync* resync;
  const struct proctree_totals* totals;           /* STOP */
  const void* details;                            /* the library's own */
  const struct proctree_failed_exec* failed_exec; /* FAILED_EXEC */
  const struct proctree_entry* entry; /* as `process`; NULL for pid 1, kernel threads and what they fork */
  uint32_t resynced;                  /* RESYNCED: enum proctree_resynced */
  bool lives;                         /* FORGOTTEN: it still runs, and comes back with its next event */
  void* user_data; /* as `process`: what proctree_set_user_data() set; a copy holds the pointer, too */
};

/* One ancestor. The strings are valid until the next proctree_poll(), those of a record's copy as long as it.
 */
struct proctree_ancestor {
  struct proctree_key key;
  uint32_t edge; /* enum proctree_edge: how the link that leads here was learnt */
  uint32_t uid;
  uint32_t folded; /* it stands for this many ended ones of a long line of forks; 0: for itself */
  bool known;      /* else nothing but the key, and it is the last one */
  bool exited;
  bool forked_as_known; /* the image that did the fork, where that is not the present one: */
  struct proctree_string comm, exe, user;
  struct proctree_string forked_as_comm, forked_as_exe;
  uint32_t image_uid; /* real uid that its present image began with; `uid` is what it acted as */
  uint32_t reserved;
  struct proctree_string image_user; /* empty where that is `user` */
  /* The first bytes of its arguments, as executed (ancestor_args), each ended by NUL; what it has put over
     them, or empty; its terminal, or empty. */
  struct proctree_string args, title, tty;
  bool args_known, args_truncated, title_truncated;
  bool entry_known;
  /* As far as `keep` asks for them; else empty, or PROCTREE_UNSET. */
  struct proctree_string cwd, container_id, container_runtime;
  uint32_t gid, euid, egid, loginuid, audit_session;
  uint32_t entry_type; /* where entry_known: enum proctree_entry_type; proctree_get_entry() has all of it */
  struct proctree_key entry_process;
};

/* A process as the trace knows it between two polls; strings as with proctree_ancestor. */
struct proctree_info {
  size_t size; /* sizeof(struct proctree_info), set by you */
  struct proctree_key key, creator;
  uint32_t edge;
  uint32_t uid;
  bool creator_known, exited, known;
  uint64_t exec_seq;
  struct proctree_string comm, exe, user;
  void* user_data; /* proctree_set_user_data() */
  /* As far as `keep` asks for them; else empty, or PROCTREE_UNSET. */
  struct proctree_string cwd, container_id, container_runtime;
  uint32_t gid, euid, egid, loginuid, audit_session;
  uint32_t entry_type; /* where entry_known: enum proctree_entry_type; proctree_get_entry() has all of it */
  struct proctree_key entry_process;
  struct proctree_string args, title, tty; /* as those of proctree_ancestor */
  uint32_t args_size;                      /* as executed */
  bool args_known, args_truncated, title_truncated, entry_known;
};

/* Which processes proctree_list() fills in: all of the tree, the children of one, or all that descend from
   it; those that live, or with ENDED those that are remembered too. */
#define PROCTREE_LIST_ENDED 1u
#define PROCTREE_LIST_CHILDREN 2u
#define PROCTREE_LIST_DESCENDANTS 4u

/* What kind of error it was. */
enum proctree_error {
  PROCTREE_ERROR_NONE = 0,
  PROCTREE_ERROR_INVALID_ARGUMENT = 1,
  PROCTREE_ERROR_NOT_FOUND = 2,
  PROCTREE_ERROR_PERMISSION = 3,  /* a capability or root is missing */
  PROCTREE_ERROR_UNSUPPORTED = 4, /* the kernel or this build lacks something */
  PROCTREE_ERROR_IO = 5,
  PROCTREE_ERROR_NO_MEMORY = 6,
  PROCTREE_ERROR_CORRUPT = 7 /* bytes that make no sense */
};

struct proctree_counter {
  const char* name; /* NUL at its end; stays */
  uint64_t value;
};

/* Lookups are fine; proctree_poll(), proctree_close() and proctree_open() are -EINVAL. proctree_free() takes
   effect when the call that called back returns, without further records. */
typedef void (*proctree_callback)(const struct proctree_record* record, void* user);

PROCTREE_EXPORT const char* proctree_version(void);

/* "start", "exec", ... of enum proctree_kind, "ssh", ... of enum proctree_entry_type, "invalid_argument", ...
   of enum proctree_error, "observed", ... of enum proctree_edge: with NUL at the end; they stay. "" for a
   number that this library doesn't know. */
PROCTREE_EXPORT const char* proctree_kind_name(uint32_t kind);
PROCTREE_EXPORT const char* proctree_entry_type_name(uint32_t type);
PROCTREE_EXPORT const char* proctree_error_name(uint32_t error);
PROCTREE_EXPORT const char* proctree_edge_name(uint32_t edge);

/* The next one of `args`, those of an image, an ancestor or an entry: `argument` is the one before, or has
   NULL as its data for the first. false: there is none. An argument that was cut has no NUL behind it. struct
   proctree_string argument = {NULL, 0}; while (proctree_next_argument(image->args, &argument)) ... */
PROCTREE_EXPORT bool proctree_next_argument(struct proctree_string args, struct proctree_string* argument);

/* Fills in the defaults, of as much of the options as there is: call it with sizeof(struct proctree_options).
 */
PROCTREE_EXPORT void proctree_options_init(struct proctree_options* options, size_t size);

/* A tracer that is not open yet. NULL options: the defaults. NULL: no memory. Copies what it needs. An option
   out of its range, or without a size, makes proctree_open() fail with -EINVAL. */
PROCTREE_EXPORT struct proctree_tracer* proctree_new(const struct proctree_options* options);
/* Takes NULL, and a tracer in any state; in its own callback, too. */
PROCTREE_EXPORT void proctree_free(struct proctree_tracer* tracer);
/* Why the last call on this handle failed, and what to do; "" where none did. Valid until the next call. */
PROCTREE_EXPORT const char* proctree_last_error(const struct proctree_tracer* tracer);
/* Its kind (enum proctree_error); PROCTREE_ERROR_NONE where the last call succeeded. */
PROCTREE_EXPORT uint32_t proctree_last_error_code(const struct proctree_tracer* tracer);

/* Attaches, and learns of all that runs: from here on nothing is missed. 0, or a negative errno. Once: a
   tracer that was closed stays so. */
PROCTREE_EXPORT int proctree_open(struct proctree_tracer* tracer);
/* proctree_open() in steps, for a loop that may not block. proctree_begin_open() loads and attaches, which
   takes some tens of milliseconds whatever runs (proctree_load_ns() has how long it took): 0, or a negative
   errno, and from here on nothing is missed. Then each proctree_open_step() learns of what runs, for
   budget_us microseconds and hardly longer: it looks at the clock after each 32 processes at most, and with a
   budget of 0 does no more than those. 1: the tracer is open; 0: there is more to do, and proctree_fd() is
   readable; or a negative errno, after which it can't be opened any more, and each call has that error again.
   Before it is open lookups know nothing, proctree_close() gives up without records, and all that needs an
   open tracer is -EINVAL. */
PROCTREE_EXPORT int proctree_begin_open(struct proctree_tracer* tracer);
PROCTREE_EXPORT int proctree_open_step(struct proctree_tracer* tracer, uint32_t budget_us);
/* 1: it is open; 0: not yet, or closed. */
PROCTREE_EXPORT int proctree_is_open(const struct proctree_tracer* tracer);
/* Nanoseconds; 0: it wasn't begun. */
PROCTREE_EXPORT int64_t proctree_load_ns(const struct proctree_tracer* tracer);
/* For poll, epoll or any other loop: readable (level-triggered) when proctree_poll() has something to do;
   never after proctree_close(). */
PROCTREE_EXPORT int proctree_fd(const struct proctree_tracer* tracer);
/* Waits for something to do, at most timeout_ms (0: not at all; negative: no limit), and does it: all that
   had been collected when it was called. Returns how many records were handed out, or a negative errno. */
PROCTREE_EXPORT int proctree_poll(struct proctree_tracer* tracer, int timeout_ms, proctree_callback callback,
                                  void* user);
/* The same for a loop that has more to do, or that stores what it gets: takes at most events_max events (0:
   as proctree_poll()). The descriptor stays readable while more wait. One event may have several records; one
   PROCTREE_PROCESS record counts as one event. */
PROCTREE_EXPORT int proctree_poll_some(struct proctree_tracer* tracer, int timeout_ms, uint64_t events_max,
                                       proctree_callback callback, void* user);
/* Applies the records and the filters of `options` from here on, and ignores the rest. Not within the
   callback. PROCTREE_FAILED_EXECS only if the tracer was opened with it; turning it on again takes the
   privileges of proctree_open(). Loses no event. Fails without a change where a filter makes no sense. */
PROCTREE_EXPORT int proctree_configure(struct proctree_tracer* tracer,
                                       const struct proctree_options* options);
/* Follows only this process and what descends from it, from the next proctree_poll() on: the kernel leaves
   out all others, which then cost nothing and whose facts in the tree become stale. Several may be followed;
   until the first proctree_follow() and, after a resync, after the last proctree_unfollow() all are reported.
   One that has ended stays followed, for its descendants, until proctree_unfollow(). 0; -ENOTSUP without
   `followable`; -ENOENT. */
PROCTREE_EXPORT int proctree_follow(struct proctree_tracer* tracer, uint32_t pid);
PROCTREE_EXPORT int proctree_unfollow(struct proctree_tracer* tracer, uint32_t pid);
/* Compares the tree with what runs now, as proctree_poll() does by itself after a loss, and hands out what
   has been collected meanwhile, a PROCTREE_RESYNC and, where asked for, PROCTREE_RESYNCED records. Returns
   how many, or a negative errno: -EPERM where privileges were dropped and the kernel is older than 5.19. */
PROCTREE_EXPORT int proctree_resync_now(struct proctree_tracer* tracer, proctree_callback callback,
                                        void* user);
/* Hands out what has been collected by now, and the last record. Returns how many, or a negative errno. */
PROCTREE_EXPORT int proctree_close(struct proctree_tracer* tracer, proctree_callback callback, void* user);

/* Of a record: its chain, with NUL at its end, as long as the record; "" where it has none. */
PROCTREE_EXPORT const char* proctree_record_chain(const struct proctree_record* record);
/* Fills `out` with its ancestors, nearest first, at most `capacity`; element_size is
   sizeof(struct proctree_ancestor). Returns how many there are in all. *complete (may be NULL): they reach
   pid 1 or kthreadd, and all of it is sure. */
PROCTREE_EXPORT size_t proctree_record_ancestors(const struct proctree_record* record,
                                                 struct proctree_ancestor* out, size_t capacity,
                                                 size_t element_size, bool* complete);
/* A copy that stays, with its chain and at most 64 ancestors. NULL: no memory. */
PROCTREE_EXPORT struct proctree_record* proctree_record_copy(const struct proctree_record* record);
PROCTREE_EXPORT void proctree_record_free(struct proctree_record* copy); /* NULL is fine */

/* The process by pid (the newest that had it), by pid and start time (that of /proc's grain will do), and by
   id. 0, or -ENOENT. */
PROCTREE_EXPORT int proctree_find(struct proctree_tracer* tracer, uint32_t pid, struct proctree_key* out);
PROCTREE_EXPORT int proctree_find_started(struct proctree_tracer* tracer, uint32_t pid, uint64_t start_ns,
                                          struct proctree_key* out);
PROCTREE_EXPORT int proctree_find_id(struct proctree_tracer* tracer, const char* id,
                                     struct proctree_key* out);
/* 0, or -ENOENT; set out->size before. */
PROCTREE_EXPORT int proctree_get_info(struct proctree_tracer* tracer, struct proctree_key process,
                                      struct proctree_info* out);
/* Where its line came in: writes `size` bytes, sizeof(struct proctree_entry); strings as with
   proctree_ancestor. 0, or -ENOENT where it isn't known, or there is none. Of an ended process only with
   PROCTREE_KEEP_ENTRY. */
PROCTREE_EXPORT int proctree_get_entry(struct proctree_tracer* tracer, struct proctree_key process,
                                       struct proctree_entry* out, size_t size);
/* As snprintf(3): writes at most size - 1 bytes and NUL, and returns how long the whole is. "" of what isn't
   known. */
PROCTREE_EXPORT ssize_t proctree_chain(struct proctree_tracer* tracer, struct proctree_key process, char* out,
                                       size_t size);
PROCTREE_EXPORT ssize_t proctree_id(struct proctree_tracer* tracer, struct proctree_key process, char* out,
                                    size_t size);
/* As proctree_record_ancestors(), or a negative errno. */
PROCTREE_EXPORT ssize_t proctree_ancestors(struct proctree_tracer* tracer, struct proctree_key process,
                                           struct proctree_ancestor* out, size_t capacity,
                                           size_t element_size, bool* complete);
/* Its living children, oldest first: fills at most `capacity` and returns how many there are. */
PROCTREE_EXPORT ssize_t proctree_children(struct proctree_tracer* tracer, struct proctree_key process,
                                          struct proctree_key* out, size_t capacity);
/* All living ones that descend from it, breadth first; likewise. */
PROCTREE_EXPORT ssize_t proctree_descendants(struct proctree_tracer* tracer, struct proctree_key process,
                                             struct proctree_key* out, size_t capacity);
/* Fills `out` with at most `capacity` processes of those that `which` says (PROCTREE_LIST_ENDED and those
   beside it; 0: all that live), and returns how many there are. `of` is the process whose children or
   descendants are meant; else it isn't looked at. element_size is sizeof(struct proctree_info); each
   element's `size` becomes that. Children come oldest first, descendants breadth first, all in no order. With
   a capacity of 0 it counts: until the next proctree_poll() the count stays. */
PROCTREE_EXPORT ssize_t proctree_list(struct proctree_tracer* tracer, uint32_t which, struct proctree_key of,
                                      struct proctree_info* out, size_t capacity, size_t element_size);
/* Is `ancestor` among the creators of `process`? 1, 0, or a negative errno. Nothing descends from itself. */
PROCTREE_EXPORT int proctree_descends_from(struct proctree_tracer* tracer, struct proctree_key process,
                                           struct proctree_key ancestor);
PROCTREE_EXPORT int proctree_descends_from_comm(struct proctree_tracer* tracer, struct proctree_key process,
                                                const char* comm);

/* One pointer a process, of yours: handed back in each record of it, and for good in its PROCTREE_FORGOTTEN
   record; for those still set at proctree_close() such a record comes before PROCTREE_STOP. (Only with that
   bit.) The library never looks at what it points to. NULL: none. 0, or -ENOENT. */
PROCTREE_EXPORT int proctree_set_user_data(struct proctree_tracer* tracer, struct proctree_key process,
                                           void* data);
/* NULL: none is set. */
PROCTREE_EXPORT void* proctree_user_data(struct proctree_tracer* tracer, struct proctree_key process);

PROCTREE_EXPORT int proctree_get_totals(struct proctree_tracer* tracer, struct proctree_totals* out);
/* The same for a struct of any version: writes `size` bytes, sizeof(struct proctree_totals). */
PROCTREE_EXPORT int proctree_read_totals(struct proctree_tracer* tracer, struct proctree_totals* out,
                                         size_t size);
/* How many processes live; what the tree takes, bytes, about. Or a negative errno. */
PROCTREE_EXPORT int64_t proctree_processes(struct proctree_tracer* tracer);
PROCTREE_EXPORT int64_t proctree_tree_bytes(struct proctree_tracer* tracer);
/* How many execs failed, where they were asked for; or a negative errno. */
PROCTREE_EXPORT int64_t proctree_failed_execs(struct proctree_tracer* tracer);
/* 1: events were lost and the tree is not resynchronised yet, so that no lineage is sure; else 0, or a
 * negative errno. */
PROCTREE_EXPORT int proctree_has_gap(struct proctree_tracer* tracer);
/* What could not be delivered or read, and what gave way to memory_max, by kind: fills at most `capacity` and
   returns how many there are, or a negative errno. */
PROCTREE_EXPORT ssize_t proctree_counters(struct proctree_tracer* tracer, struct proctree_counter* out,
                                          size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
