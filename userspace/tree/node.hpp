// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// One process in the table.
#pragma once

#include <cstdint>

#include "base/chunked.hpp"
#include "proctree/facts.hpp"
#include "tree/images.hpp"

namespace proctree {

using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = 0xffffffff;

// What shows that a process lives. A table that receives all events needs `events` and `ended` only; the
// others are for one whose owner decides what stays (Retention::externally_managed).
enum class Evidence : std::uint8_t {
  events,
  proc,       // /proc showed it
  unchecked,  // none: /proc has not been read since it was inserted
  ended,
};

// What a process leads.
enum class Led : std::uint8_t { session, group };

// Ages are read from a 32-bit clock, which may wrap.
[[nodiscard]] constexpr bool is_older(std::uint32_t a_ds, std::uint32_t b_ds) {
  return static_cast<std::int32_t>(a_ds - b_ds) < 0;
}

// All flags of a free slot are false.
struct Node {
  Slot creator = kNoSlot;
  Slot prev_sibling = kNoSlot;
  std::uint32_t live_children = 0;  // children that are retained
  Slot live_children_xor = 0;       // the exclusive or of their slots: of a single one, its slot
  Slot age_next = kNoSlot;          // in the age list of its evidence, oldest first
  Slot age_prev = kNoSlot;
  std::uint32_t age_ds = 0;  // since when: tenths of a second, or counts, of the owner's clock
  // Of a run of single-child ancestors (tree/runs.hpp), valid at its two ends only: its length, and the other
  // end.
  std::uint32_t run_length = 0;
  Slot run_end = kNoSlot;
  std::uint32_t folded = 0;  // how many compacted ancestors it stands for, of which it is the newest; 0: none
  std::uint64_t start_ns = 0;
  std::uint32_t pid = 0;
  std::uint32_t creator_pid = 0;         // stays when the creator is removed; 0: none, or unknown
  std::uint32_t uid_at_fork = kUnsetId;  // the creator's real uid when it forked; kUnsetId: unknown
  ImageId image = kNoImage;              // the current one; kNoImage: only the key is known
  ImageId image_at_fork = kNoImage;      // the creator's image that forked
  Slot previous_with_pid = kNoSlot;      // the process that had this pid before
  Slot next_with_pid = kNoSlot;
  Edge edge = Edge::inferred;  // how `creator` was learnt
  std::uint8_t with_pid = 1;   // of a pid's newest process: how many have had the pid, at least, up to 255
  bool used : 1 = false;
  bool exited : 1 = false;
  bool listed : 1 = false;
  bool deferred : 1 = false;         // it had live children when it came to the front of its age list
  bool requeued : 1 = false;         // it was deferred, and its last live child has gone since
  bool closes_cycle : 1 = false;     // its creator descends from it: the edge is shown but retains nothing
  bool misordered : 1 = false;       // its creator began after it (NodeLinks::is_ordered())
  bool in_run : 1 = false;           // ended, and retained for a single child
  bool root : 1 = false;             // has no creator at all: pid 1, kthreadd
  bool unnamed : 1 = false;          // forked, and nothing else is known yet: its image is its creator's
  bool exit_event_seen : 1 = false;  // ended by an exit event
  bool unverified : 1 = false;  // its exit event was missed, so an exec before it may have been missed too
  Evidence evidence : 2 = Evidence::events;
  bool led_session : 1 = false;  // as it ended; no event was lost since
  bool led_group : 1 = false;

  [[nodiscard]] bool retained() const { return !exited || live_children != 0; }
};
static_assert(sizeof(Node) == 80);

// A chunk is a whole number of huge pages.
using Nodes = Chunked<Node, 17>;

// What searches and walks downwards read, apart from the rest: four of them fill a cache line.
struct HotNode {
  Slot first_child = kNoSlot;  // the newest; ended ones are among the children
  Slot next_sibling = kNoSlot;
  std::uint32_t pid = 0;
  ImageId image = kNoImage;  // kNoImage also for what has ended
};

}  // namespace proctree
