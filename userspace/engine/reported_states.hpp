// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the records handed out so far say of each process: for a sink whose reader maintains a table by them.
// What the tree learnt without a record of its own (a creator whose fork was lost, an end that only a reused
// pid shows) differs from that, and gets one.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/record.hpp"
#include "tree/table.hpp"

namespace proctree {

class ReportedStates {
 public:
  // From here on the reader has the process as the table does.
  void note(const ProcessTable& table, Slot slot);
  void note_all(const ProcessTable& table);
  // It is no longer in the table.
  void forget(Slot slot) {
    if (slot < states_.size()) states_[slot] = {};
  }
  // What a record has to say so that the reader has the process as the table does; none: nothing.
  [[nodiscard]] std::optional<Resynced> difference(const ProcessTable& table, Slot slot) const;

 private:
  struct State {
    std::uint64_t image = 0;  // its generation; 0: no record has shown the process
    std::uint32_t creator_pid = 0;
    bool exited = false;
  };
  std::vector<State> states_;  // by slot
};

}  // namespace proctree
