// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the watched tree shows of processes beyond the table: all facts of those that live, and for a short
// while what has just happened to them.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/record.hpp"
#include "engine/running_tasks.hpp"
#include "tree/table.hpp"

namespace proctree::watch {

enum class Mark : std::uint8_t { none, born, executed, ended };

struct ProcessState {
  struct End : ExitFacts {
    std::uint64_t ktime_ns = 0;
  };

  ProcKey key;
  Mark mark = Mark::none;
  std::uint64_t marked_until_ns = 0;
  bool chosen = false;  // the filters let it through
  std::shared_ptr<const OwnedTask> task;
  std::shared_ptr<const OwnedTask> image;  // of one that was forked and executed nothing: its creator's
  std::optional<End> end;
};

// The sink of --watch. The engine is to give it a record of each process that runs already.
class ProcessMarks final : public Sink {
 public:
  static constexpr std::uint64_t kMarkedNs = 3'000'000'000;
  // In a storm, marks beyond this number end early: they could not all be read, and what is remembered of
  // ended processes must not grow with their rate.
  static constexpr std::size_t kMarkedMost = 16384;
  static constexpr std::uint8_t kEndedShown = 5;

  // `filtered`: the engine withholds some. A process that became known without a record (after a loss) isn't
  // shown then.
  explicit ProcessMarks(bool filtered) : filtered_(filtered) {}

  Result<void> on_start(const StartRecord&) override { return {}; }
  Result<void> on_process(const ProcessRecord& record) override { return take(record, true); }
  // It may have been shown, and have become another since.
  Result<void> on_filtered(const ProcessRecord& record) override { return take(record, false); }
  Result<void> on_lost(const LostRecord&) override { return note_change(); }
  Result<void> on_resync(const ResyncRecord&) override { return note_change(); }
  Result<void> on_stop(const StopRecord&) override { return {}; }
  Result<void> flush() override { return {}; }

  // Ends the marks whose time is over, and drops the processes that had ended.
  void expire(std::uint64_t now_ns);
  // When the next one is over; std::nullopt: there is none.
  [[nodiscard]] std::optional<std::uint64_t> due_ns() const;
  // Whether anything happened, or a mark ended, since this was asked last.
  [[nodiscard]] bool take_change() { return std::exchange(changed_, false); }

  // Of the process that is now in the slot; nullptr: no record has named it.
  [[nodiscard]] const ProcessState* find(const ProcessTable& table, Slot slot) const;
  // By slot, whether to show the process: it lives, or ended a short while ago, and passes the filter. Of
  // those that ended, the newest few of each creator: a storm must not push everything else off the screen.
  [[nodiscard]] std::vector<bool> shown(const ProcessTable& table) const;
  [[nodiscard]] bool filtered() const { return filtered_; }

 private:
  struct Due {
    std::uint64_t at_ns = 0;
    Slot slot = kNoSlot;
    ProcKey key;
  };
  Result<void> note_change() {
    changed_ = true;
    return {};
  }
  Result<void> take(const ProcessRecord& record, bool chosen);
  ProcessState& state_of(const ProcessRecord& record);
  void mark(ProcessState& state, Slot slot, Mark mark, std::uint64_t ktime_ns);
  void end_oldest_mark(std::uint64_t now_ns);

  bool filtered_;
  std::vector<std::unique_ptr<ProcessState>> by_slot_;  // each good for as long as its key is the slot's
  std::deque<Due> due_;
  bool changed_ = false;
};

}  // namespace proctree::watch
