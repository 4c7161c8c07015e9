// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the process table holds of one process.
#pragma once

#include <cstdint>

#include "proctree/facts.hpp"
#include "tree/images.hpp"

namespace proctree {

using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = 0xffffffff;

// On what it rests that a process lives. A table that sees all events knows told and ended only; the others
// are of one that is kept by its owner (tree/table.hpp).
enum class Standing : std::uint8_t {
  told,      // events tell
  shown,     // /proc has shown it
  unlooked,  // neither, but nobody has looked into /proc since
  ended,
};

// Ages are of a clock of 32 bits that may come round.
[[nodiscard]] constexpr bool is_older(std::uint32_t a_ds, std::uint32_t b_ds) {
  return static_cast<std::int32_t>(a_ds - b_ds) < 0;
}

// The flags of a free slot are all false.
struct Node {
  Slot creator = kNoSlot;
  Slot prev_sibling = kNoSlot;
  std::uint32_t live_children = 0;  // children that are kept
  Slot live_children_xor = 0;       // their slots, each taken by exclusive or: of a single one, its slot
  Slot age_next = kNoSlot;          // in the list of those of its standing, oldest first
  Slot age_prev = kNoSlot;
  std::uint32_t age_ds = 0;  // since when, in tenths of a second (or in counts) of the owner's clock
  // Of a line of links, at its two ends only: how many they are, and the other end.
  std::uint32_t line = 0;
  Slot line_end = kNoSlot;
  std::uint32_t folded = 0;  // it stands for so many in such a line, of which it is the newest; 0: for itself
  std::uint64_t start_ns = 0;
  std::uint32_t pid = 0;
  std::uint32_t creator_pid = 0;         // stays when the creator is forgotten; 0: none, or not known
  std::uint32_t uid_at_fork = kUnsetId;  // the creator's real uid when it forked; kUnsetId: not known
  ImageId image = kNoImage;              // the present one; kNoImage: nothing but the key is known
  ImageId image_at_fork = kNoImage;      // the creator's image that did the fork
  Slot previous_with_pid = kNoSlot;      // the process that held this pid before
  Slot next_with_pid = kNoSlot;
  Edge edge = Edge::inferred;  // how `creator` was learnt
  std::uint8_t holders = 1;    // of the newest holder of a pid: how many they are at least, up to 255
  bool used : 1 = false;
  bool exited : 1 = false;
  bool listed : 1 = false;
  bool parked : 1 = false;           // it came to the front of the list while pinned
  bool returned : 1 = false;         // and may go since its last pin has gone
  bool closes_cycle : 1 = false;     // its creator descends from it: the edge is shown but retains nothing
  bool link : 1 = false;             // ended, and kept for one child alone
  bool root : 1 = false;             // has no creator at all: pid 1, kthreadd
  bool unnamed : 1 = false;          // forked, and nothing else is known yet: its image is its creator's
  bool exit_event_seen : 1 = false;  // an exit event told of its end
  bool unverified : 1 =
      false;  // its end was missed: an exec before it may have been too, its image be an older one
  Standing standing : 2 = Standing::told;

  [[nodiscard]] bool kept() const { return !exited || live_children != 0; }
};
static_assert(sizeof(Node) == 80);

// What ways downwards and searches look at, apart from the rest: four of them are one cache line.
struct HotNode {
  Slot first_child = kNoSlot;  // the newest; all children, ended ones too
  Slot next_sibling = kNoSlot;
  std::uint32_t pid = 0;
  ImageId image = kNoImage;  // kNoImage, too, for what has ended
};

}  // namespace proctree
