// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The process table: every process that lives or that something living descends from, and for a
// while those that have ended.
//
// A node is a slot number; slots are used again after a node is removed, so a slot is good until the
// next call of expire(). Not safe for use from several threads at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "proctree/facts.hpp"
#include "tree/crowds.hpp"
#include "tree/images.hpp"
#include "tree/node.hpp"
#include "tree/node_links.hpp"
#include "tree/payer.hpp"
#include "tree/pid_index.hpp"

namespace proctree {

struct Retention {
  std::size_t exited_max = 65536;  // ended nodes kept beyond those that something living descends from
  std::uint64_t ttl_s = 600;       // and for how long; 0: for ever
  // A process that forks and ends, again and again, leaves a line of ended ancestors without end: past
  // this length its middle is folded into one node. 0: never.
  std::uint32_t line_max = 1024;
  std::size_t links_max = 65536;  // in all such lines together; with more, short lines are folded too
  // What the table may take in memory, about; 0: as much as it needs. What gives way, in this order: history
  // (ended processes that nothing living descends from), the length of lines of ended ancestors, details (the
  // executables of what has ended, the images that processes were forked as), all ended ancestors, and last
  // living processes without children.
  std::size_t bytes_max = 0;
  // true: who owns the table says of each process on what it rests that it lives (set_standing), gives the
  // living an age too (touch), and removes what is too old or too much. The rules above are then not in
  // force.
  bool externally_managed = false;
};

// How much gave way to Retention::bytes_max, in processes.
struct EvictionCounts {
  std::uint64_t history = 0;
  std::uint64_t folded = 0;
  std::uint64_t details = 0;
  std::uint64_t ancestors = 0;
  std::uint64_t living = 0;
};

class ProcessTable {
 public:
  explicit ProcessTable(Retention retention = {}) : retention_(retention) {
    nodes_.set_line_limit(retention.line_max, retention.links_max);
  }

  // Begins to bring into the cache what finding this pid will touch.
  void prefetch(std::uint32_t pid) const { index_.prefetch(pid); }
  // The newest holder of the pid, alive or not; kNoSlot where there's none.
  [[nodiscard]] Slot find(std::uint32_t pid) const { return index_.find(pid); }
  [[nodiscard]] Slot find(const ProcKey& key) const;
  // Start times compared at /proc's grain: the newest that fits and began at `latest_ns` or before.
  [[nodiscard]] Slot find_at_tick(const ProcKey& key, std::uint64_t latest_ns = ~std::uint64_t{0}) const;
  // The newest holder of the pid that began at start_ns or before.
  [[nodiscard]] Slot find_holder(const ProcKey& key) const;
  // As find(key); one known at that grain so far is found too, and its start time made exact.
  Slot find_and_refine(const ProcKey& key);
  [[nodiscard]] const Node& operator[](Slot slot) const { return nodes_[slot]; }
  [[nodiscard]] ProcKey key(Slot slot) const { return {nodes_[slot].pid, nodes_[slot].start_ns}; }
  [[nodiscard]] const Image& image(ImageId id) const { return images_[id]; }  // kNoImage: empty strings
  [[nodiscard]] std::uint64_t image_generation(ImageId id) const { return images_.generation(id); }
  [[nodiscard]] std::string_view comm(Slot slot) const { return images_[nodes_[slot].image].comm; }
  [[nodiscard]] std::string_view exe(Slot slot) const { return images_[nodes_[slot].image].exe; }
  [[nodiscard]] Slot first_child(Slot slot) const { return nodes_.brief(slot).first_child; }  // the newest
  [[nodiscard]] Slot next_sibling(Slot slot) const { return nodes_.brief(slot).next_sibling; }
  [[nodiscard]] const HotNode& brief(Slot slot) const { return nodes_.brief(slot); }

  // The real uid that the image began with.
  [[nodiscard]] std::uint32_t uid(Slot slot) const { return images_[nodes_[slot].image].uid; }
  // The real uid that its creator had when it forked it; where nobody has seen that, the creator's present
  // image's.
  [[nodiscard]] std::uint32_t creator_uid(Slot slot) const {
    const Node& node = nodes_[slot];
    return node.uid_at_fork != kUnsetId || node.creator == kNoSlot ? node.uid_at_fork : uid(node.creator);
  }

  // Adds a process that is not in the table, with its creator's image and uid where there is one. Who
  // held the pid before has ended; where a newer holder is known already, this one has.
  Slot insert(const ProcKey& key, Slot creator, Edge edge);
  // Does nothing where it would make a cycle, or where that is not told within the steps that there are:
  // those who bring a creator for a process that has another, again and again, would make us walk without
  // end.
  void set_creator(Slot slot, Slot creator, Edge edge);
  // A start time known at /proc's grain, made exact.
  void refine_start(Slot slot, std::uint64_t start_ns);
  void set_root(Slot slot) { nodes_[slot].root = true; }
  // Of its image, which it has; one shared with others is theirs no more.
  void set_uid(Slot slot, std::uint32_t uid);
  void set_uid_at_fork(Slot slot, std::uint32_t uid) { nodes_[slot].uid_at_fork = uid; }
  // Who its events are charged to; a child's as its creator's. Kept only once there is any.
  void set_payer(Slot slot, Payer payer) {
    if (payer == kNoPayer && slot >= payers_.size()) return;
    if (slot >= payers_.size()) payers_.resize(nodes_.slot_end(), kNoPayer);
    payers_[slot] = payer;
  }
  [[nodiscard]] Payer payer(Slot slot) const { return slot < payers_.size() ? payers_[slot] : kNoPayer; }
  void set_image(Slot slot, const Image& image);
  void set_image_at_fork(Slot slot, ImageId image);
  void set_unnamed(Slot slot, bool unnamed) { nodes_[slot].unnamed = unnamed; }
  void set_exit_event_seen(Slot slot) { nodes_[slot].exit_event_seen = true; }
  void set_folded(Slot slot, std::uint32_t count) { nodes_[slot].folded = count; }
  void set_unverified(Slot slot) { nodes_[slot].unverified = true; }
  // Idempotent.
  void mark_exited(Slot slot, std::uint64_t ktime_ns);
  // Removes what retention no longer keeps; never an ancestor of what lives.
  void expire(std::uint64_t ktime_ns);
  // Brings what it takes below bytes_max, where it is above. To be called after each event.
  void keep_to_budget() {
    if (retention_.bytes_max != 0 && bytes() > std::max(retention_.bytes_max, next_try_bytes_))
      shrink_to_budget();
  }
  [[nodiscard]] std::size_t bytes() const {
    const std::size_t payer = payers_.empty() ? 0 : sizeof(Payer);
    return nodes_.size() * (kNodeBytes + payer) + images_.bytes() + crowds_.bytes();
  }
  [[nodiscard]] const EvictionCounts& given_way() const { return given_way_; }
  // A part of expire(): folds the lines that have become too long.
  void fold_lines();

  // A process of which nothing but the key is known, there because others name it as their creator. It
  // goes with the last of them, unless resurrect() is called: it does live.
  Slot insert_placeholder(const ProcKey& key);
  void resurrect(Slot slot) {
    if (!nodes_[slot].exited) return;
    nodes_.revive(slot);
    if (retention_.externally_managed) nodes_.stand(slot, Standing::unlooked);
    update_brief(slot);
  }
  // For a table kept by its owner (the library's DefaultTree). Ages are the owner's; what ends gets now's.
  void set_now(std::uint32_t age_ds) { now_ds_ = age_ds; }
  [[nodiscard]] std::uint32_t now() const { return now_ds_; }
  // Adds the pid's next owner whatever its start time, which may be unknown (0). Nobody has looked at it.
  Slot insert_next(const ProcKey& key);
  // Takes a creator that descends from `slot`, too: who brings the data may bring a cycle.
  void set_any_creator(Slot slot, Slot creator, std::uint32_t creator_pid);
  void set_standing(Slot slot, Standing standing) { nodes_.stand(slot, standing); }
  void touch(Slot slot) { nodes_.list(slot, now_ds_); }  // as the youngest of its standing
  [[nodiscard]] Slot oldest(Standing standing) { return nodes_.oldest(standing); }
  void remove(Slot slot);  // not pinned

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] std::size_t named() const { return named_; }  // those with an image
  [[nodiscard]] std::size_t live() const { return nodes_.size() - nodes_.exited(); }
  // Names by number, which compare faster. Of a name that no process has: a number that none has.
  [[nodiscard]] Interner::Id comm_id(std::string_view comm) const { return images_.comm_id(comm); }
  [[nodiscard]] bool has_comm(Slot slot, Interner::Id id) const {
    const ImageId image = nodes_[slot].image;
    return image != kNoImage && images_.has_comm(image, id);
  }
  // Calls visit(slot) for all that live with this comm.
  template <class Visit>
  void for_each_with_comm(std::string_view comm, Visit visit) const {
    const Interner::Id id = comm_id(comm);
    if (id == Interner::kNone) return;
    for (Slot slot = 0; slot < nodes_.slot_end(); ++slot) {
      const ImageId image = nodes_.brief(slot).image;
      if (image != kNoImage && images_.has_comm(image, id)) visit(slot);
    }
  }
  // Every slot is below this; not every number below is `used`.
  [[nodiscard]] Slot slot_end() const { return nodes_.slot_end(); }

 private:
  void link_holder(Slot slot);
  void link_newest_holder(Slot slot);
  void link_behind(Slot slot, Slot newer);
  void count_holder(Slot slot, Slot newest);
  void unlink_holder(Slot slot);
  void drop_placeholder(Slot slot);
  void fold(Slot newest);
  void shrink_to_budget();
  template <class Step>
  void sweep(Step step, std::uint64_t& counter);
  bool drop_details(Slot slot);
  bool cut_from_ended(Slot slot);
  bool forget_living(Slot slot);
  [[nodiscard]] bool fits() const { return bytes() <= retention_.bytes_max / 8 * 7; }
  void update_brief(Slot slot) {
    const Node& node = nodes_[slot];
    nodes_.brief(slot).image = node.exited ? kNoImage : node.image;
  }

  // Trees that are joined in whatever order take some 20 steps a process at most.
  static constexpr std::uint64_t kStepsEach = 64;
  static constexpr std::uint64_t kStepsAtFirst = 65536;
  // With its part of the index by pids.
  static constexpr std::size_t kNodeBytes = sizeof(Node) + sizeof(HotNode) + 12;

  Retention retention_;
  EvictionCounts given_way_;
  Images images_;
  PidIndex index_;
  Crowds crowds_;
  NodeLinks nodes_;
  std::size_t named_ = 0;
  std::size_t next_try_bytes_ =
      0;  // where nothing more could give way: only a table larger than this tries anew
  std::uint64_t steps_ = kStepsAtFirst;  // that set_creator() may walk
  std::uint32_t now_ds_ = 0;
  std::vector<Payer> payers_;  // by slot
};

}  // namespace proctree
