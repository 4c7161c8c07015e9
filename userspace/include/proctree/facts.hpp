// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What is known of a process at one time, from whichever source.
//
// Views point into memory of their source: inside the library the source's, valid until it is asked
// for the next event; in a Record (record.hpp) valid until the callback returns. Strings are any bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "proctree/cxx20.hpp"  // first: what follows takes it

namespace proctree {

// Nanoseconds of one clock tick as /proc counts them: USER_HZ is 100 on every Linux there is.
inline constexpr std::uint64_t kTickNs = 10'000'000;

// Names one process: a pid alone is reused. start_ns counts from boot (CLOCK_BOOTTIME); facts from
// /proc have it at tick grain only.
struct ProcKey {
  std::uint32_t pid = 0;
  std::uint64_t start_ns = 0;

  friend bool operator==(const ProcKey&, const ProcKey&) = default;
  // The same process, where one of the two may come from /proc.
  [[nodiscard]] bool same_at_tick(const ProcKey& other) const {
    return pid == other.pid && start_ns / kTickNs == other.start_ns / kTickNs;
  }
};

// The kernel keeps 15 bytes of a command name: a longer one that is looked for is cut likewise.
[[nodiscard]] constexpr std::string_view as_comm(std::string_view name) { return name.substr(0, 15); }

// How an edge to the creator was learnt.
enum class Edge : std::uint8_t {
  observed,  // a fork event
  snapshot,  // the kernel's parent when tracing began
  inferred,  // anything weaker, such as after a gap
};

inline constexpr std::uint32_t kUnsetId = 0xffffffff;  // login uid, audit session
inline constexpr std::uint64_t kUnknownSeq = ~std::uint64_t{0};

enum Namespace : std::uint8_t { kNsPid, kNsMnt, kNsNet, kNsUser, kNsUts, kNsIpc, kNsCgroup, kNsCount };

struct TaskFacts {
  ProcKey self;
  ProcKey parent;                        // the kernel's parent now; pid 0 for none
  std::uint64_t exec_seq = kUnknownSeq;  // self_exec_id
  std::uint32_t ns_pid = 0;              // pid in its own pid namespace; 0: not known
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t euid = 0;
  std::uint32_t egid = 0;
  std::uint32_t loginuid = kUnsetId;
  std::uint32_t audit_session = kUnsetId;
  std::uint32_t sid = 0;
  std::uint32_t pgid = 0;
  std::array<std::uint32_t, kNsCount> ns{};  // inode numbers; 0: not known
  std::string_view comm;
  std::string_view tty;           // "pts/0"; empty: none
  std::string_view cgroup;        // "/user.slice"; empty: not known
  bool cgroup_truncated = false;  // the side away from the root is missing
  bool kthread = false;
  bool dead = false;     // a zombie
  bool exiting = false;  // has begun to end; only /proc says so
  // The account that its events are charged to, where accounts are bounded (TracerOptions::fair_kib): this
  // uid, or its cgroup; or nobody.
  std::uint32_t charged_uid = kUnsetId;
  bool charged_cgroup = false;
};

// A source that looks a process up after its event (netlink) may find it gone: then only its key and what the
// event itself says are known. The user id that marks this is no process's: it means "no change" in system
// calls.
[[nodiscard]] inline bool has_proc_facts(const TaskFacts& task) { return task.uid != kUnsetId; }

// The name of an image that was replaced before it was read.
inline constexpr std::string_view kUnknownComm = "unknown";

struct ImageFacts {
  std::string_view exe;  // absolute path; empty: none (a kernel thread) or not known
  std::string_view cwd;
  std::string_view filename;     // as passed to execve
  std::string_view interpreter;  // of a script
  std::string_view args;         // as the kernel holds them: each argument ended by NUL, unless cut
  std::uint32_t args_size = 0;   // bytes as the kernel holds them; args may hold fewer
  std::uint32_t argc = 0;        // 0: not known
  std::uint64_t exe_inode = 0;
  std::uint64_t exe_dev = 0;  // as stat(2) has it in st_dev
  std::uint64_t caps_effective = 0;
  std::uint64_t caps_permitted = 0;
  bool exe_deleted = false;
  bool exe_memfd = false;
  bool exe_upper_layer = false;
  bool exe_truncated = false;  // the root side of the path is missing
  bool cwd_truncated = false;
  // The path's top mount is in neither the process's nor pid 1's mount namespace, or in none: all names up to
  // that file system's root.
  bool exe_detached = false;
  bool cwd_detached = false;
  bool string_truncated = false;  // filename or interpreter
  bool setuid = false;            // credentials rose by this exec
  bool args_known = false;
  bool args_unsure = false;  // another process may have written them
  bool caps_known = false;
  // The variables that were asked for (TracerOptions::env), each NAME=VALUE ended by NUL.
  std::string_view env;
  bool env_truncated = false;  // there may be more of them
  // Of the files' contents in hex digits: of `proctree trace --hash` and its recordings; a Tracer has none.
  std::string_view exe_sha256;
  std::string_view script_sha256;
};

// The arguments of an image, an ancestor, an entry: each is ended by NUL, the last one perhaps cut instead.
//   for (std::string_view argument : Arguments(record.image->args)) …
class Arguments {
 public:
  class Iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    explicit Iterator(std::string_view rest) : rest_(rest), at_end_(rest.empty()) {}

    [[nodiscard]] std::string_view operator*() const { return rest_.substr(0, rest_.find('\0')); }
    Iterator& operator++() {
      const std::size_t end = rest_.find('\0');
      rest_ = end == std::string_view::npos ? std::string_view{} : rest_.substr(end + 1);
      at_end_ = rest_.empty();
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.at_end_ == b.at_end_ && a.rest_.size() == b.rest_.size();
    }

   private:
    std::string_view rest_;
    bool at_end_ = true;
  };

  explicit Arguments(std::string_view args) : args_(args) {}
  [[nodiscard]] Iterator begin() const { return Iterator(args_); }
  [[nodiscard]] static Iterator end() { return {}; }

 private:
  std::string_view args_;
};

enum class FileKind : std::uint8_t { closed, file, pipe, socket, tty, null, memfd, other };

// A descriptor that a program began with.
struct StandardFile {
  FileKind kind = FileKind::closed;
  std::string_view path;        // empty: it has none
  bool path_truncated = false;  // the root side is missing
  std::uint64_t inode = 0;
  std::string_view peer;  // of an internet socket: "10.0.0.9:4444", "[2001:db8::1]:22"
  // The process at the other end: of a UNIX socket the one that connected it, of a pipe one that has executed
  // something with that end. pid 0: not known; start_ns 0: it has ended.
  ProcKey peer_process;
};
using StandardFiles = std::array<StandardFile, 3>;  // 0, 1 and 2

// The container that a process runs in.
struct ContainerFacts {
  std::string_view id;       // as its runtime's own tools have it; empty: none
  std::string_view runtime;  // "docker", "podman", ...; empty: the cgroup's path does not say
  std::string_view name;     // these two where an ancestor's arguments say them
  std::string_view image;
};

// What the library retains of each process beside lineage (TracerOptions::keep), for ProcessInfo, Ancestor
// and the records of exits; docs/performance.md has the price of each in bytes a process.
inline constexpr std::uint32_t kKeepArgs = 1;  // TracerOptions::ancestor_args bytes of them, and a title
inline constexpr std::uint32_t kKeepCwd = 2;
inline constexpr std::uint32_t kKeepContainer = 4;
inline constexpr std::uint32_t kKeepCredentials = 8;
inline constexpr std::uint32_t kKeepTty = 16;
inline constexpr std::uint32_t kKeepEntry = 32;
inline constexpr std::uint32_t kKeepAll = 63;

// How a process ended.
struct ExitFacts {
  std::uint32_t status = 0;  // as wait(2) reports it: WIFSIGNALED() and the like take it
  std::uint64_t user_ns = 0;
  std::uint64_t system_ns = 0;
  std::uint64_t max_rss_kb = 0;  // the image's own
  bool usage_known = true;       // the three above,
  bool max_rss_known = true;     // but for this one, which the kernel doesn't always know
};

// An exec that failed: what was passed, and why. The process continues unchanged.
struct FailedExec {
  std::uint32_t error = 0;         // an errno
  std::string_view filename = {};  // as the caller's memory had it when the call returned
  bool filename_known = false;     // else it could not be read
  bool filename_truncated = false;
  bool by_execveat = false;    // then also:
  std::int32_t dirfd = 0;      // as passed; AT_FDCWD: -100
  std::uint32_t at_flags = 0;  // as passed; AT_EMPTY_PATH: 0x1000
  bool fatal =
      false;  // the caller's program was given up already: the call does not return, the process dies
};

// Events were lost between the two times (boot time), or a record of the kernel's could not be used.
struct Loss {
  std::uint64_t count = 0;
  std::uint64_t since_ns = 0;
  std::uint64_t until_ns = 0;
  std::uint64_t failed_execs = 0;  // of `count`; they leave the tree as it is
  bool bad_record = false;         // one record that makes no sense; then also, as far as it can be read:
  std::string_view kind = {};      // what it was: "fork", "exec", "exit", "exec_failed", "cgroup", "task"
  std::uint32_t pid = 0;           // of its process; 0: not known
  // Of one account alone, which had used up its share (TracerOptions::fair_kib): this uid's, or this
  // cgroup's. Else of any.
  std::uint32_t uid = kUnsetId;
  std::string_view cgroup = {};

  [[nodiscard]] bool of_account() const { return uid != kUnsetId || !cgroup.empty(); }
};

// What a resync after a loss changed in the tree.
struct Mending {
  std::uint64_t added = 0;      // processes whose birth was lost
  std::uint64_t exited = 0;     // processes whose end was lost
  std::uint64_t corrected = 0;  // processes whose exec was lost
  std::uint64_t took_ns = 0;
};

// Of one trace, since it began.
struct Totals {
  std::uint64_t forks = 0;
  std::uint64_t execs = 0;
  std::uint64_t exits = 0;
  std::uint64_t lost = 0;
  std::uint64_t resyncs = 0;
};

// One count of what could not be delivered or read, or was evicted: names are those of `counters` in the
// audit stream's last line.
struct Counter {
  std::string_view name;
  std::uint64_t value = 0;
};

}  // namespace proctree
