// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/runs.hpp"

namespace proctree {

void SingleChildRuns::join(Nodes& nodes, Slot slot) {
  Node& node = nodes[slot];
  node.in_run = true;
  ++total_;
  Slot oldest = slot;
  Slot newest = slot;
  std::uint32_t length = 1;
  if (const Slot next = above(nodes, slot); next != kNoSlot) {
    length += nodes[next].run_length;
    oldest = nodes[next].run_end;
  }
  if (const Slot next = node.live_children_xor; nodes[next].in_run) {
    length += nodes[next].run_length;
    newest = nodes[next].run_end;
  }
  set(nodes, newest, oldest, length);
}

void SingleChildRuns::leave(Nodes& nodes, Slot slot) {
  const Position at = position(nodes, slot);
  Node& node = nodes[slot];
  drop(node);
  if (at.below != 0) set(nodes, at.newest, node.live_children_xor, at.below);
  if (at.above != 0) set(nodes, node.creator, at.oldest, at.above);
}

// Both ends know each other and the length, so the nearer one is enough: walks both ways at a time.
SingleChildRuns::Position SingleChildRuns::position(const Nodes& nodes, Slot slot) {
  Slot up = slot;
  Slot down = slot;
  for (std::uint32_t steps = 0;; ++steps) {
    const Slot next_up = above(nodes, up);
    const Slot next_down = nodes[down].live_children_xor;
    if (next_up == kNoSlot) return {nodes[up].run_end, up, steps, nodes[up].run_length - 1 - steps};
    if (!nodes[next_down].in_run)
      return {down, nodes[down].run_end, nodes[down].run_length - 1 - steps, steps};
    up = next_up;
    down = next_down;
  }
}

Slot SingleChildRuns::next_long(const Nodes& nodes) {
  while (!long_runs_.empty()) {
    const Slot newest = long_runs_.back();
    long_runs_.pop_back();
    // It may have grown, been compacted or ended since; where it has grown, its new end was put here too.
    if (ends_long_run(nodes, newest)) return newest;
  }
  return kNoSlot;
}

}  // namespace proctree
