// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/reported_states.hpp"

namespace proctree {

void ReportedStates::note(const ProcessTable& table, Slot slot) {
  if (slot == kNoSlot) return;
  if (slot >= states_.size()) states_.resize(table.slot_end());
  const Node& node = table[slot];
  states_[slot] = {table.image_generation(node.image), node.creator_pid, node.exited};
}

void ReportedStates::note_all(const ProcessTable& table) {
  for (Slot slot = 0; slot < table.slot_end(); ++slot) {
    if (table[slot].used) note(table, slot);
  }
}

std::optional<Resynced> ReportedStates::difference(const ProcessTable& table, Slot slot) const {
  const Node& node = table[slot];
  if (!node.used || node.image == kNoImage) return std::nullopt;
  const State reported = slot < states_.size() ? states_[slot] : State{};
  if (reported.image == 0) {
    if (node.exited) return std::nullopt;
    return Resynced::added;
  }
  if (node.exited) return reported.exited ? std::nullopt : std::optional(Resynced::ended);
  const bool same_creator = node.creator == kNoSlot || node.creator_pid == reported.creator_pid;
  if (reported.exited || reported.image != table.image_generation(node.image) || !same_creator)
    return Resynced::corrected;
  return std::nullopt;
}

}  // namespace proctree
