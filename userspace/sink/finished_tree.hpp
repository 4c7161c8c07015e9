// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// All processes of a run or a recording as a tree that is drawn at its end: those that the filters let
// through, each with its ancestors, its time and how it ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/record.hpp"
#include "sink/output.hpp"
#include "sink/text_style.hpp"

namespace proctree {

struct FinishedTreeOptions {
  TextStyle style{false};
  std::size_t width = 0;                // columns of the terminal; 0: lines are not cut
  std::size_t processes_max = 262'144;  // those beyond are counted, not drawn
};

class FinishedTree final : public Sink {
 public:
  FinishedTree(Output& output, FinishedTreeOptions options) : output_(output), options_(options) {}

  // The root of what is drawn, which waited for its first exec.
  void set_top(const ProcKey& top) { top_ = top; }

  Result<void> on_start(const StartRecord&) override { return {}; }
  Result<void> on_process(const ProcessRecord& record) override { return note(record, true); }
  Result<void> on_filtered(const ProcessRecord& record) override { return note(record, false); }
  Result<void> on_resynced(const ProcessRecord& record, Resynced) override { return note(record, true); }
  [[nodiscard]] bool takes_resynced() const override { return true; }
  Result<void> on_lost(const LostRecord&) override { return {}; }
  Result<void> on_repeat(const RepeatRecord& record) override;
  Result<void> on_resync(const ResyncRecord&) override { return {}; }
  Result<void> on_stop(const StopRecord& record) override;
  Result<void> flush() override { return output_.flush(); }

 private:
  using Index = std::uint32_t;
  static constexpr Index kNone = 0xffffffff;

  struct Process {
    ProcKey key;
    std::string name;
    Index creator = kNone;
    ExitFacts exit;
    std::uint64_t began_ns = 0;
    std::uint64_t lived_ns = 0;
    std::uint64_t repeats = 0;  // lives like it that were counted, not written
    bool shown = false;
    bool ended = false;
    bool exit_known = false;
  };
  class Drawing;

  Result<void> note(const ProcessRecord& record, bool shown);
  Index find(const ProcKey& key) const;
  Index add(const ProcKey& key, std::string_view name);
  Index add_with_ancestors(const ProcessTable& table, Slot slot);
  void append_label(std::string& out, const Process& process) const;

  Output& output_;
  FinishedTreeOptions options_;
  ProcKey top_{};
  std::vector<Process> processes_;
  std::unordered_map<std::uint32_t, Index> newest_;  // by pid
  std::uint64_t left_out_ = 0;
  bool lacks_exits_ = false;
};

}  // namespace proctree
