// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Applies what a source reports to the process table: snapshot and stream become one tree.
//
// Three rules make it right whatever comes first. A process is (pid, start time), so a reused pid is
// another process. An image is (process, exec_seq), so an older event never overwrites what a later
// one or the snapshot said. An edge is only ever replaced by a better one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/running_tasks.hpp"
#include "engine/unreported.hpp"
#include "tree/event.hpp"
#include "tree/table.hpp"

namespace proctree {

class Merger {
 public:
  // At most `ancestor_args` bytes of each image's arguments are retained for what descends from it.
  // `keep` says what else (kKeepCwd and so on).
  explicit Merger(ProcessTable& table, std::size_t ancestor_args = kAncestorArgsDefault,
                  std::uint32_t keep = 0)
      : table_(table), ancestor_args_(ancestor_args), keep_(keep) {}

  // Edges to creators that no fork event has reported are of this quality: snapshot while tracing begins,
  // inferred afterwards.
  void set_unobserved_edge(Edge edge) { unobserved_edge_ = edge; }

  // Returns the process's slot.
  Slot add_snapshot(const SnapshotTask& snapshot);
  // The same with what /proc says, for a process that the source's snapshot lacks: start times are at /proc's
  // grain there, and made exact by the first event that names the process. kNoSlot: it is known.
  Slot add_from_proc(const SnapshotTask& snapshot);
  // The arguments of a process, which the snapshot's own source can't read.
  void set_arguments(Slot slot, const TaskFacts& task, const ImageFacts& image);
  // Links the snapshot's processes to the parents that the kernel reported: once all of them, and the
  // events up to the snapshot's end, are in. At most `most` of them; true: none is left.
  bool link_snapshot(std::size_t most = ~std::size_t{0});

  Slot apply(const ForkEvent& fork);

  struct ExecResult {
    Slot slot = kNoSlot;
    bool previous_known = false;  // then previous_comm() and previous_exe() are the image replaced
    bool is_newest = true;        // else what is known of the process is newer
  };
  ExecResult apply(const ExecEvent& exec);
  [[nodiscard]] std::string_view previous_comm() const { return previous_comm_; }
  [[nodiscard]] std::string_view previous_exe() const { return previous_exe_; }

  struct ExitResult {
    Slot slot = kNoSlot;
    bool repeated = false;  // this exit was reported before
  };
  ExitResult apply(const ExitEvent& exit);
  // The caller. It stays as it was, but for its name, which is taken again from each event.
  Slot apply(const FailedExecEvent& failed);

  // The table matches what runs.
  [[nodiscard]] bool knows(const SnapshotTask& running);

  // After a gap: compares the table with what ran at some time since. `tasks` began to be collected
  // at `began_ns`, and every event collected until their end has been applied. `is_alive` is asked of
  // processes that should run but are not among the tasks; `changed` is called for each that differed.
  using Changed = std::function<void(const Unreported::Item&)>;
  Mending resync(const RunningTasks& tasks, std::uint64_t began_ns,
                 const std::function<bool(const ProcKey&)>& is_alive, const Changed& changed = {});

 private:
  [[nodiscard]] bool is_whole(Slot slot, const SnapshotTask& running) const;
  void link_to_parent(Slot slot, const ProcKey& parent);
  Slot creator_of(const ForkEvent& fork);
  Slot find_by_pid_alone(const ProcKey& key);
  Slot find_or_add(const TaskFacts& task);
  Slot find_parent(const TaskFacts& task);
  void end(Slot slot, const TaskFacts& task, std::uint64_t ktime_ns);
  void refresh_comm(Slot slot, std::string_view comm);
  void set_image(Slot slot, const TaskFacts& task, const ImageFacts& image);
  void set_invocation(Slot slot, const TaskFacts& task, const ImageFacts& image);
  void set_retained(Slot slot, const TaskFacts& task);
  void set_tty(Slot slot, std::string_view tty);

  ProcessTable& table_;
  std::size_t ancestor_args_;
  std::uint32_t keep_;
  RetainedOfTask retained_;
  Edge unobserved_edge_ = Edge::snapshot;
  std::vector<std::pair<ProcKey, ProcKey>> unlinked_;  // process, parent
  std::size_t next_unlinked_ = 0;
  std::string previous_comm_;
  std::string previous_exe_;
};

}  // namespace proctree
