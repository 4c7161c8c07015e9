// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The entry of each process of a table. It is found once, when a process executes a program, and handed down
// to what that forks: a child's is its creator's unless it begins one itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "entry/candidate.hpp"
#include "entry/entry_store.hpp"
#include "entry/launcher_files.hpp"
#include "tree/event.hpp"
#include "tree/table.hpp"

namespace proctree::entry {

// What a running process's memory holds; empty where it is gone or may not be read.
class RunningTexts {
 public:
  virtual ~RunningTexts() = default;
  // Valid until the next call of either.
  [[nodiscard]] virtual std::string_view arguments(const TaskFacts& task) = 0;
  // Those of kLauncherVariables alone.
  [[nodiscard]] virtual std::string_view environment(const TaskFacts& task) = 0;

 protected:
  RunningTexts() = default;
  RunningTexts(const RunningTexts&) = default;
  RunningTexts(RunningTexts&&) = default;
  RunningTexts& operator=(const RunningTexts&) = default;
  RunningTexts& operator=(RunningTexts&&) = default;
};

class Entries {
 public:
  // `table` outlives it.
  Entries(const ProcessTable& table, std::unique_ptr<FileFinder> files)
      : table_(table), files_(std::move(files)) {}

  // After the event was applied to the table.
  void on_fork(Slot slot, const ForkEvent& fork);
  void on_exec(Slot slot, const ExecEvent& exec);
  // After all that is written of it.
  void on_exit(Slot slot);

  // What ran when tracing began, or what a resync found: each by what is known of it, nullptr where that is
  // no more than the table has. Creators are settled before what they created.
  using Facts = std::function<const SnapshotTask*(Slot)>;
  // At most `most` of them, from where the call before ended; true: none is left.
  bool settle(const Facts& facts, RunningTexts& texts, std::size_t most = ~std::size_t{0});
  // One that was found changed: what it executed was missed.
  void settle_again(Slot slot, const SnapshotTask& task, RunningTexts& texts);

  struct Found {
    const EntryFacts* facts =
        nullptr;  // nullptr: it has none (pid 1, kernel threads); good until the next event
    bool sure = true;
  };
  [[nodiscard]] Found find(Slot slot);

  [[nodiscard]] const LauncherFiles& files() const { return files_; }
  [[nodiscard]] const EntryStore& store() const { return store_; }

 private:
  struct State {
    std::uint32_t pid = 0;  // the process that this is of: slots are reused
    std::uint32_t start_ticks = 0;
    EntryId entry = kNoEntry;
    std::uint32_t pid_ns = 0;
    std::uint32_t birth_pts = 0;  // its creator's pseudo terminal when it forked; 0: none
    LauncherId launcher = kNoLauncher;
    bool by_birth : 1 =
        false;  // it has that launcher's image, or its next step's, since its creator forked it
    bool sure : 1 = true;
    bool began : 1 = false;     // it is its entry's process
    bool executed : 1 = false;  // something that isn't its launcher's own
    bool kthread : 1 = false;
    bool crossed : 1 = false;  // born into another pid namespace, or below a launcher's fork that was
  };
  static_assert(sizeof(State) == 24);

  [[nodiscard]] static std::uint32_t ticks_of(std::uint64_t start_ns) {
    return static_cast<std::uint32_t>(start_ns / kTickNs);
  }
  [[nodiscard]] bool is_of(const State& state, Slot slot) const {
    const Node& node = table_[slot];
    return state.pid == node.pid && state.start_ticks == ticks_of(node.start_ns);
  }
  // First of all, wherever a state is looked at: none moves until the table has more slots.
  void grow() {
    if (states_.size() < table_.slot_end()) states_.resize(table_.slot_end());
  }
  void find_unknown_above(Slot slot, std::vector<Slot>& found) const;
  // Of this process; what isn't known of it is its creator's.
  State& state_of(Slot slot) {
    grow();
    if (!is_of(states_[slot], slot)) inherit_line(slot);
    return states_[slot];
  }
  void inherit_line(Slot slot);
  State& inherit(Slot slot);  // the creator's state is there
  void find_home(const Facts& facts);
  void settle_one(Slot slot, const SnapshotTask& task, const Facts& facts, RunningTexts& texts);
  [[nodiscard]] bool may_begin(Slot slot, const State& state, const TaskFacts& task,
                               LauncherId becomes) const;
  [[nodiscard]] Candidate candidate(Slot slot, const State& state, const TaskFacts& task,
                                    const ImageFacts& image);
  void begin(Slot slot, State& state, const Candidate& candidate);
  void become(Slot slot, State& state, LauncherId id, std::string_view args);
  [[nodiscard]] LauncherId launcher_of(const State& state, const TaskFacts& task, const ImageFacts& image);
  [[nodiscard]] LauncherId running_launcher(Slot slot, const SnapshotTask& task, const Facts& facts);
  [[nodiscard]] bool is_reaper(Slot creator);
  [[nodiscard]] Slot last_to_execute(Slot creator) const;
  [[nodiscard]] bool is_user_manager(const State& state) const;
  [[nodiscard]] std::string_view note(Slot slot) const;

  const ProcessTable& table_;
  LauncherFiles files_;
  Places places_;
  EntryStore store_;
  std::vector<State> states_;                    // by slot
  std::unordered_map<Slot, std::string> notes_;  // of launchers, and of what they forked
  std::vector<Slot> path_;
  Slot next_to_settle_ = 0;
  std::vector<Slot> unsettled_above_;  // of that one, and itself
};

}  // namespace proctree::entry
