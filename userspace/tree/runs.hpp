// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Runs of single-child ancestors: ended processes in a row, each retained for one live child only.
//
// A process that forks and exits, again and again, would leave an endless run. Nothing else in the table
// grows unless living processes grow in number too: any other retained ended process has two living branches
// below it. So runs are measured as they grow, at their two ends only, and next_long() returns one that is to
// be compacted (tree/retention.cc).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tree/node.hpp"

namespace proctree {

class SingleChildRuns {
 public:
  // Runs longer than `length_max` are to be compacted, and those longer than kShortRun where all runs
  // together have more than `total_max` members. length_max 0: never.
  void set_limit(std::uint32_t length_max, std::size_t total_max) {
    length_max_ = length_max == 0 ? 0 : std::max(length_max, kShortestRun);
    total_max_ = total_max;
  }
  [[nodiscard]] std::uint32_t length_max() const {
    return total_ > total_max_ && length_max_ > kShortRun ? kShortRun : length_max_;
  }

  // `slot` has ended and has one live child from now on. Joins the runs above and below it.
  void join(Nodes& nodes, Slot slot);
  // It has a second live child from now on, or lives after all. Splits its run in two.
  void leave(Nodes& nodes, Slot slot);
  // It has no live child any more, and so neither has the rest of its run above, whose nodes the caller
  // drops.
  void drop(Node& node) {
    node.in_run = false;
    --total_;
  }

  // The next member upwards in the same run; kNoSlot: `slot` is its oldest.
  [[nodiscard]] static Slot above(const Nodes& nodes, Slot slot) {
    const Node& node = nodes[slot];
    return node.creator != kNoSlot && !node.closes_cycle && nodes[node.creator].in_run ? node.creator
                                                                                       : kNoSlot;
  }
  // Of the run that a member is in: its ends, and how many members are above and below that one.
  struct Position {
    Slot newest = kNoSlot;
    Slot oldest = kNoSlot;
    std::uint32_t above = 0;
    std::uint32_t below = 0;
  };
  [[nodiscard]] static Position position(const Nodes& nodes, Slot slot);
  void set(Nodes& nodes, Slot newest, Slot oldest, std::uint32_t length) {
    nodes[newest].run_length = nodes[oldest].run_length = length;
    nodes[newest].run_end = oldest;
    nodes[oldest].run_end = newest;
    if (length >= length_max() + kSlack && length_max_ != 0) long_runs_.push_back(newest);
  }

  // It is the newest of a run longer than length_max().
  [[nodiscard]] bool ends_long_run(const Nodes& nodes, Slot slot) const {
    const Node& node = nodes[slot];
    return node.in_run && !nodes[node.live_children_xor].in_run && node.run_length > length_max();
  }
  // The newest of a run that is to be compacted; kNoSlot: there is none.
  [[nodiscard]] Slot next_long(const Nodes& nodes);

 private:
  static constexpr std::uint32_t kShortRun = 32;
  static constexpr std::uint32_t kShortestRun = 4;  // with two ends that stay
  // How much a run may grow before it is compacted: the walk along it is then paid for by many exits.
  static constexpr std::uint32_t kSlack = 128;

  std::size_t total_ = 0;  // members of all runs
  std::size_t total_max_ = 0;
  std::uint32_t length_max_ = 0;
  std::vector<Slot> long_runs_;  // the newest of each, when it was put here
};

}  // namespace proctree
