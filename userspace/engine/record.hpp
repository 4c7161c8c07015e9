// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the engine hands to a sink: one event, with the table as it is right after it.
//
// Everything here is valid until the sink's function returns.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "proctree/entry.hpp"
#include "proctree/error.hpp"
#include "proctree/record.hpp"
#include "source/source.hpp"
#include "tree/container_names.hpp"
#include "tree/event.hpp"
#include "tree/leaders.hpp"
#include "tree/table.hpp"
#include "tree/unit.hpp"
#include "tree/users.hpp"

namespace proctree {

namespace entry {
class Entries;
}

// The same for every record of one run.
struct Host {
  std::string name;
  std::string boot_id;      // as /proc/sys/kernel/random/boot_id has it, with dashes
  std::string id_prefix;    // the first 16 hex digits of it
  std::string kernel;       // release
  std::string arch;         // machine
  std::string stream = {};  // the tracing process's own id: with a line's number it names the line for good
  // We run in a pid namespace of a container's: our /proc has other pids than the kernel's events, and what
  // ran before us outside of it can't be seen.
  bool nested_pid_namespace = false;
  std::string id = {};  // of the machine, whatever it is called; empty: it has no /etc/machine-id
};

struct RecordHead {
  std::uint64_t ktime_ns = 0;
  std::int64_t realtime_ns = 0;  // the same time on CLOCK_REALTIME, since 1970
  const ProcessTable* table = nullptr;
  Users* users = nullptr;
  const Host* host = nullptr;
  LossScope lost = {};  // events were lost and no resync was done since: which lineages aren't sure
  entry::Entries* entries = nullptr;  // where ancestors have their entries, too
};

struct StartRecord {
  RecordHead head;
  std::string_view version;
  std::uint32_t tracer_pid = 0;
  std::string_view source;  // "bpf"
  std::uint32_t args_max = 0;
  std::uint64_t ring_bytes = 0;
  std::uint64_t processes = 0;
  bool failed_execs = false;   // they are reported
  std::uint32_t fair_kib = 0;  // what each account may have recorded in a second; 0: no bound
  std::string_view ring = {};  // "percpu" or "kernel"; empty: the source has none
  std::uint64_t ancestor_args = kAncestorArgsDefault;  // bytes of arguments in each ancestor
};

// What a recording says of a process beyond the tree that it makes.
struct RecordedFacts {
  Leader session_leader;
  Leader group_leader;
  ContainerFacts container;
};

// process, fork, exec, exit and failed_exec: `slot` is the process in the table.
struct ProcessRecord {
  RecordKind kind = RecordKind::exec;
  RecordHead head;
  Slot slot = kNoSlot;
  const TaskFacts* task = nullptr;
  const ImageFacts* image = nullptr;        // process and exec
  const ExitEvent* exit = nullptr;          // exit
  const FailedExec* failed = nullptr;       // failed_exec
  std::optional<PreviousImage> previous;    // exec: the image it replaced, where known
  const EntryFacts* entry = nullptr;        // where its line came in; null: none, or not reported
  const StandardFiles* stdio = nullptr;     // exec, where asked for
  bool entry_sure = true;                   // of this process: no inferred edge lies between
  const RecordedFacts* recorded = nullptr;  // of a replay

  // The leaders of its session and of its group; pid 0: not known.
  [[nodiscard]] Leader session_leader() const {
    return recorded != nullptr ? recorded->session_leader : leader_of(task->sid, Led::session);
  }
  [[nodiscard]] Leader group_leader() const {
    return recorded != nullptr ? recorded->group_leader : leader_of(task->pgid, Led::group);
  }
  // Of the container that it is in, whose id is `id`.
  [[nodiscard]] ContainerNames container_names(std::string_view id) const {
    if (recorded != nullptr) return {recorded->container.name, recorded->container.image};
    return proctree::container_names(*head.table, slot, id);
  }
  [[nodiscard]] Units units() const { return units_of(task->cgroup, task->cgroup_truncated); }

 private:
  [[nodiscard]] Leader leader_of(std::uint32_t id, Led led) const {
    if (!has_proc_facts(*task)) return {};
    return proctree::leader_of(*head.table, slot, id, led, head.lost);
  }
};

struct LostRecord {
  RecordHead head;
  LostEvent lost;
};

// Lines are missing from a recorded stream, or no tracer ran: a `lost` line with `where`. No engine has one.
struct GapRecord {
  RecordHead head;
  std::string_view where;      // "disk", "spool" or "restart"
  std::uint64_t seq_from = 0;  // of the missing lines; 0: not known
  std::uint64_t seq_to = 0;
  std::uint64_t since_ns = 0;  // boot time; 0 of a restart: of the host too
  std::uint64_t until_ns = 0;
};

// Processes that were counted instead of written, since their lives were like that of `of`. No engine has
// one.
struct RepeatRecord {
  RecordHead head;
  ProcKey of;  // pid 0: it is not known any more
  std::uint64_t forks = 0;
  std::uint64_t execs = 0;
  std::uint64_t exits = 0;
  std::uint64_t failures = 0;
};

// The hash of an executable, or of a script, that was not known when the line of its exec was written.
struct HashRecord {
  RecordHead head;
  ProcKey process;
  std::uint64_t exec_seq = kUnknownSeq;
  ImageFacts image;  // of which one hash is known, and nothing else
};

struct ResyncRecord {
  RecordHead head;
  Mending mending;
};

struct StopRecord {
  RecordHead head;
  Totals totals;
  std::span<const Counter> counters;
  std::optional<std::uint64_t> failed_execs = {};  // where they are reported
  bool lacks_exits = false;  // of a recording: processes ended of which it doesn't hold the end
};

// Takes records, in order. An error ends the run.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Result<void> on_start(const StartRecord& record) = 0;
  virtual Result<void> on_process(const ProcessRecord& record) = 0;
  // A record that the filters hold back: for a sink whose marks last until the next record of the process.
  virtual Result<void> on_filtered(const ProcessRecord&) { return {}; }
  // After a resync, for each process that it changed: as `process` where it runs, as `exit` (without `exit`)
  // where it has ended. None comes where takes_resynced() is false.
  virtual Result<void> on_resynced(const ProcessRecord&, Resynced) { return {}; }
  [[nodiscard]] virtual bool takes_resynced() const { return false; }
  // Its reader maintains a table by its records: on_resynced() is also called for whatever else the tree
  // learnt without a record.
  [[nodiscard]] virtual bool keeps_table() const { return false; }
  // Whether records of this kind, and of what the filters let through, are handed on.
  [[nodiscard]] virtual bool takes(RecordKind) const { return true; }
  // The process is about to leave the table: after Engine::observe_removals().
  virtual Result<void> on_removal(const ProcessRecord&) { return {}; }
  virtual Result<void> on_lost(const LostRecord& record) = 0;
  virtual Result<void> on_repeat(const RepeatRecord&) { return {}; }
  virtual Result<void> on_gap(const GapRecord&) { return {}; }
  virtual Result<void> on_hash(const HashRecord&) { return {}; }
  virtual Result<void> on_resync(const ResyncRecord& record) = 0;
  virtual Result<void> on_stop(const StopRecord& record) = 0;
  // Everything taken so far is to reach its reader now. Called before the engine sleeps.
  virtual Result<void> flush() = 0;
};

}  // namespace proctree
