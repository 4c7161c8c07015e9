// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The process table: every process that lives or that something living descends from, and for a
// while those that have ended.
//
// A node is a slot number; slots are used again after a node is removed, so a slot is good until the
// next call of expire(). Not safe for use from several threads at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tree/chunked.hpp"
#include "tree/facts.hpp"
#include "tree/images.hpp"
#include "tree/pid_index.hpp"

namespace proctree {

using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = 0xffffffff;

struct Node {
  std::uint64_t start_ns = 0;
  std::uint32_t pid = 0;
  std::uint32_t uid = 0;        // real uid when the image was set
  ImageId image = kNoImage;     // the present one; kNoImage: nothing but the key is known
  ImageId birth = kNoImage;     // the creator's image that did the fork
  Slot creator = kNoSlot;       // kNoSlot: none (see `root`) or not known
  Slot first_child = kNoSlot;   // newest first
  Slot next_sibling = kNoSlot;
  Slot prev_sibling = kNoSlot;
  Slot older_holder = kNoSlot;  // the process that held this pid before
  Slot newer_holder = kNoSlot;
  Slot queue_next = kNoSlot;    // among ended nodes without a child, longest there first
  Slot queue_prev = kNoSlot;
  std::uint32_t exited_at_s = 0;  // boot time in seconds, for the ttl
  Edge edge = Edge::inferred;     // how `creator` was learnt
  bool exited : 1 = false;
  bool root : 1 = false;  // has no creator at all: pid 1, kthreadd
  bool queued : 1 = false;
  bool used : 1 = false;  // false: a free slot
};

struct Retention {
  std::size_t exited_max = 65536;  // ended nodes kept beyond those that something living descends from
  std::uint32_t ttl_s = 600;       // and for how long; 0: for ever
};

class ProcessTable {
 public:
  explicit ProcessTable(Retention retention = {}) : retention_(retention) {}

  // The newest holder of the pid, alive or not; kNoSlot where there's none.
  [[nodiscard]] Slot find(std::uint32_t pid) const { return index_.find(pid); }
  [[nodiscard]] Slot find(const ProcKey& key) const;
  [[nodiscard]] Slot find_at_tick(const ProcKey& key) const;  // start times compared at /proc's grain
  [[nodiscard]] const Node& operator[](Slot slot) const { return nodes_[slot]; }
  [[nodiscard]] ProcKey key(Slot slot) const { return {nodes_[slot].pid, nodes_[slot].start_ns}; }
  [[nodiscard]] const Image& image(ImageId id) const { return images_[id]; }  // kNoImage: empty strings
  [[nodiscard]] std::string_view comm(Slot slot) const { return images_[nodes_[slot].image].comm; }
  [[nodiscard]] std::string_view exe(Slot slot) const { return images_[nodes_[slot].image].exe; }

  // Adds a process that is not in the table, with its creator's image and uid where there is one. Who
  // held the pid before has ended; where a newer holder is known already, this one has.
  Slot insert(const ProcKey& key, Slot creator, Edge edge);
  // Does nothing where it would make a cycle.
  void set_creator(Slot slot, Slot creator, Edge edge);
  // A start time known at /proc's grain, made exact.
  void refine_start(Slot slot, std::uint64_t start_ns) { nodes_[slot].start_ns = start_ns; }
  void set_root(Slot slot) { nodes_[slot].root = true; }
  void set_uid(Slot slot, std::uint32_t uid) { nodes_[slot].uid = uid; }
  void set_image(Slot slot, const Image& image);
  void set_birth(Slot slot, ImageId image);
  // Idempotent.
  void mark_exited(Slot slot, std::uint64_t ktime_ns);
  // Removes what retention no longer keeps; never an ancestor of what lives.
  void expire(std::uint64_t ktime_ns);

  [[nodiscard]] std::size_t size() const { return live_ + exited_; }
  [[nodiscard]] std::size_t live() const { return live_; }
  // Every slot is below this; not every number below is `used`.
  [[nodiscard]] Slot slot_end() const { return static_cast<Slot>(nodes_.size()); }

 private:
  [[nodiscard]] bool descends_from(Slot slot, Slot ancestor) const;
  [[nodiscard]] Slot take_slot();
  void link_holder(Slot slot);
  void unlink_holder(Slot slot);
  void link_child(Slot creator, Slot child);
  void unlink_child(Slot child);
  void enqueue(Slot slot);
  void dequeue(Slot slot);
  void remove(Slot slot);

  Retention retention_;
  Images images_;
  PidIndex index_;
  Chunked<Node> nodes_;
  std::vector<Slot> free_;
  std::size_t live_ = 0;
  std::size_t exited_ = 0;
  Slot queue_head_ = kNoSlot;
  Slot queue_tail_ = kNoSlot;
};

}  // namespace proctree
