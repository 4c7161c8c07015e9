// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a Tracer reports: one thing that happened, with all that was known of it then.
//
// A Record and whatever it gives is valid until the callback that took it returns; an OwnedRecord keeps
// all of it for as long as you like. Neither is to be used from two threads at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proctree/cxx20.hpp"  // first: what follows takes it
#include "proctree/entry.hpp"
#include "proctree/export.h"
#include "proctree/facts.hpp"
#include "proctree/lineage.hpp"

namespace proctree {

enum class RecordKind : std::uint8_t {
  start,        // the first
  process,      // a process that ran already when tracing began: only where asked for
  fork,         // a process was created
  exec,         // a program was executed
  exit,         // the last thread of a process has ended
  lost,         // events were lost: here is the gap
  resync,       // the tree was resynchronised after a loss
  stop,         // the last
  failed_exec,  // an exec failed: only where asked for
  resynced,     // a process that a resync added, corrected, or found ended: only where asked for
  forgotten,    // a process leaves the tree: only where asked for
};

// What a `resynced` record says of its process.
enum class Resynced : std::uint8_t {
  added,      // it runs, and its birth was not observed
  corrected,  // it runs, and what was known of it has changed unobserved
  ended,      // it has ended unobserved
};

// "start", "process", …, "exec_failed": as `type` in the audit stream.
[[nodiscard]] PROCTREE_EXPORT std::string_view name_of(RecordKind kind) noexcept;

// The image that an exec replaced.
struct PreviousImage {
  std::string_view comm;
  std::string_view exe;
};

// What `start` reports.
struct TraceFacts {
  std::string_view host;     // its name
  std::string_view boot_id;  // as /proc/sys/kernel/random/boot_id has it
  std::string_view kernel;   // release
  std::string_view arch;
  std::string_view version;     // of this library
  std::string_view source;      // "bpf" or "netlink"
  std::uint64_t processes = 0;  // known when tracing began
  // We run in a container's pid namespace: /proc has other pids than the events, and what ran outside of it
  // before can't be seen.
  bool nested_pid_namespace = false;
  std::uint32_t fair_kib = 0;  // TracerOptions::fair_kib
  std::string_view host_id;    // of the machine, whatever its name; empty: it has no /etc/machine-id
  std::string_view ring;       // "percpu" or "kernel", whichever was taken; empty: the source has none
};

// Counts of `stop`.
struct StopFacts {
  Totals totals;
  std::vector<Counter> counters;   // by kind, zeros too
  std::uint64_t failed_execs = 0;  // where they were asked for
};

namespace detail {
class RecordDetails;
}

class PROCTREE_EXPORT Record {
 public:
  RecordKind kind = RecordKind::exec;
  std::uint64_t seq = 0;         // 1, 2, 3, … of what this tracer handed out
  std::uint64_t ktime_ns = 0;    // boot time (CLOCK_BOOTTIME)
  std::int64_t realtime_ns = 0;  // the same time since 1970

  // Each is null where the kind has none, or where it isn't known.
  const TaskFacts* task = nullptr;          // all of one process: process, fork, exec, exit, failed_exec, …
  const ImageFacts* image = nullptr;        // process, exec, resynced (unless it has ended); exit, with keep
  const PreviousImage* previous = nullptr;  // exec
  const ExitFacts* exit = nullptr;          // exit
  const TraceFacts* trace = nullptr;        // start
  const Loss* loss = nullptr;               // lost
  const Mending* mending = nullptr;         // resync
  const StopFacts* stop = nullptr;          // stop
  // Of those that have a task: the process that called fork or clone. pid 0: it has none (pid 1,
  // kthreadd), or nothing is known of it; start_ns 0: only its pid is known.
  ProcKey creator;
  bool creator_known = false;

  // Of the same kinds; found out when asked for. For other kinds: empty.
  [[nodiscard]] std::string_view exe() const;           // the program it runs
  [[nodiscard]] std::string_view user() const;          // the real uid's name, or its number
  [[nodiscard]] std::string_view container_id() const;  // of its cgroup; empty: none
  [[nodiscard]] ContainerFacts container() const;       // the same with all that is known of it
  [[nodiscard]] std::string_view unit() const;          // systemd's, that its cgroup names: the outermost
  [[nodiscard]] std::string_view user_unit() const;     // of a user's manager: the innermost
  [[nodiscard]] Leader session_leader() const;          // of its sid
  [[nodiscard]] Leader group_leader() const;            // of its pgid
  [[nodiscard]] std::string id() const;                 // BOOT-PID-TICKS
  [[nodiscard]] std::string creator_id() const;         // empty where start_ns of `creator` is 0
  [[nodiscard]] std::string chain() const;              // "200|bash|root;100|sshd|root;1|systemd|root"
  void append_chain(std::string& out) const;            // the same, into memory that you use again
  [[nodiscard]] Lineage lineage(std::size_t ancestors_max = 64) const;
  void lineage(Lineage& out, std::size_t ancestors_max = 64) const;  // likewise

 private:
  friend class detail::RecordDetails;
  const detail::RecordDetails* details_ = nullptr;

 public:
  const FailedExec* failed_exec = nullptr;  // failed_exec; here, so that what stands above stays where it was
  // Of the same kinds as `task`: where its line came in. Null for pid 1, kernel threads and what they fork.
  const EntryFacts* entry = nullptr;
  Resynced resynced = Resynced::added;  // resynced
  // forgotten: it still runs; memory_max took it, or the tracer was closed. It comes back with its next
  // event.
  bool lives = false;
  // Of those that have a task: what Tracer::set_user_data() set for the process. A copy holds the pointer
  // too.
  void* user_data = nullptr;
  const StandardFiles* stdio = nullptr;  // exec, with TracerOptions::stdio
};

// A copy that stays: of the strings, the chain, and at most `ancestors_max` ancestors.
class PROCTREE_EXPORT OwnedRecord {
 public:
  explicit OwnedRecord(const Record& record, std::size_t ancestors_max = 64);
  OwnedRecord(OwnedRecord&& other) noexcept;
  OwnedRecord& operator=(OwnedRecord&& other) noexcept;
  OwnedRecord(const OwnedRecord&) = delete;
  OwnedRecord& operator=(const OwnedRecord&) = delete;
  ~OwnedRecord();

  [[nodiscard]] const Record& operator*() const;
  [[nodiscard]] const Record* operator->() const { return &**this; }

 private:
  class Copy;
  std::unique_ptr<Copy> copy_;
};

}  // namespace proctree
