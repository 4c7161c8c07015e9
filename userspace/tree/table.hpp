// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The process table: every process that lives or that a living one descends from, and for a while those that
// have ended (tree/retention.hpp).
//
// A process is named by its slot. Slots are reused, so one is valid until the next call of expire(),
// enforce_budget() or remove(). Not thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "proctree/facts.hpp"
#include "tree/event.hpp"
#include "tree/images.hpp"
#include "tree/invocation.hpp"
#include "tree/marks.hpp"
#include "tree/node.hpp"
#include "tree/node_links.hpp"
#include "tree/pid_index.hpp"
#include "tree/retention.hpp"

namespace proctree {

// Called for each process before it is removed.
class RemovalObserver {
 public:
  virtual void before_removal(Slot slot) = 0;

 protected:
  RemovalObserver() = default;
  RemovalObserver(const RemovalObserver&) = default;
  RemovalObserver& operator=(const RemovalObserver&) = default;
  ~RemovalObserver() = default;
};

class ProcessTable {
 public:
  explicit ProcessTable(Retention retention = {}) : retention_(retention) {
    nodes_.runs().set_limit(retention.run_max, retention.runs_total_max);
  }

  // --- Look-up ---

  // Starts to bring into the cache what finding this pid will touch.
  void prefetch(std::uint32_t pid) const { index_.prefetch(pid); }
  // The pid's newest process, alive or not; kNoSlot: none.
  [[nodiscard]] Slot find(std::uint32_t pid) const { return index_.find(pid); }
  [[nodiscard]] Slot find(const ProcKey& key) const;
  // Start times compared at /proc's grain: the newest that matches and began at `latest_ns` or before.
  [[nodiscard]] Slot find_at_tick(const ProcKey& key, std::uint64_t latest_ns = ~std::uint64_t{0}) const;
  // That of the exact start time, or else of its tick: a key doesn't say which of the two it has.
  [[nodiscard]] Slot find_exact_or_at_tick(const ProcKey& key) const {
    const Slot exact = find(key);
    return exact != kNoSlot ? exact : find_at_tick(key);
  }
  // The process that had the pid at key.start_ns: the newest that began then or before.
  [[nodiscard]] Slot find_at(const ProcKey& key) const;
  // As find(key), or one known at /proc's grain so far, whose start time is made exact.
  Slot find_and_refine(const ProcKey& key);

  // --- Facts ---

  [[nodiscard]] const Node& operator[](Slot slot) const { return nodes_[slot]; }
  [[nodiscard]] const HotNode& hot(Slot slot) const { return nodes_.hot(slot); }
  [[nodiscard]] ProcKey key(Slot slot) const { return {nodes_[slot].pid, nodes_[slot].start_ns}; }
  [[nodiscard]] const Image& image(ImageId id) const { return images_[id]; }  // kNoImage: empty strings
  [[nodiscard]] std::uint64_t image_generation(ImageId id) const { return images_.generation(id); }
  [[nodiscard]] std::string_view comm(Slot slot) const { return images_[nodes_[slot].image].comm; }
  [[nodiscard]] std::string_view exe(Slot slot) const { return images_[nodes_[slot].image].exe; }
  [[nodiscard]] Slot first_child(Slot slot) const { return nodes_.hot(slot).first_child; }  // the newest
  [[nodiscard]] Slot next_sibling(Slot slot) const { return nodes_.hot(slot).next_sibling; }
  // The real uid that the image began with.
  [[nodiscard]] std::uint32_t uid(Slot slot) const { return images_[nodes_[slot].image].uid; }
  // The real uid that its creator had at the fork; where that is unknown, of the creator's current image.
  [[nodiscard]] std::uint32_t creator_uid(Slot slot) const {
    const Node& node = nodes_[slot];
    return node.uid_at_fork != kUnsetId || node.creator == kNoSlot ? node.uid_at_fork : uid(node.creator);
  }
  // Retained while it lives or descendants do.
  [[nodiscard]] Invocation invocation(Slot slot) const { return invocations_[invocation_id(slot)]; }
  [[nodiscard]] std::string_view script(Slot slot) const { return invocations_.script(invocation_id(slot)); }
  [[nodiscard]] std::string_view tty(Slot slot) const { return invocations_.tty(invocation_id(slot)); }
  [[nodiscard]] std::uint64_t invocation_generation(Slot slot) const {
    return invocations_.generation(invocation_id(slot));
  }
  [[nodiscard]] bool any_names_container() const { return invocations_.any_names_container(); }
  // The account that its events are charged to.
  [[nodiscard]] ChargedAccount account(Slot slot) const {
    return slot < accounts_.size() ? accounts_[slot] : kNotCharged;
  }

  // --- Insertion ---

  // Adds a process that is not in the table, with its creator's image, invocation, user and account. The
  // process that had the pid before has ended; where a later one is known, this one has.
  Slot insert(const ProcKey& key, Slot creator, Edge edge);
  // Adds the pid's next process whatever its start time, which may be unknown (0). Its evidence is
  // `unchecked`.
  Slot insert_next(const ProcKey& key);
  // A process of which only the key is known, named by others as their creator. It is removed with the last
  // of them, unless resurrect() is called because it lives.
  Slot insert_placeholder(const ProcKey& key);
  void resurrect(Slot slot) {
    if (!nodes_[slot].exited) return;
    nodes_.revive(slot);
    if (retention_.externally_managed) nodes_.set_evidence(slot, Evidence::unchecked);
    update_hot(slot);
  }

  // --- Change ---

  // Does nothing where that would make a cycle. Creators begin before their children, which rules cycles out
  // at once. Where start times say otherwise (a damaged recording) it walks, with a budget of steps, and does
  // nothing once that is used up.
  void set_creator(Slot slot, Slot creator, Edge edge);
  // The same, but takes a creator that descends from `slot` too: data of the library's users may hold cycles.
  void set_any_creator(Slot slot, Slot creator, std::uint32_t creator_pid);
  // Replaces a start time known at /proc's grain, or unknown.
  void refine_start(Slot slot, std::uint64_t start_ns);
  void set_root(Slot slot) { nodes_[slot].root = true; }
  // Of its image, which it has; other processes that share the image keep theirs.
  void set_uid(Slot slot, std::uint32_t uid);
  void set_uid_at_fork(Slot slot, std::uint32_t uid) { nodes_[slot].uid_at_fork = uid; }
  // Takes no memory before the first account is set.
  void set_account(Slot slot, ChargedAccount account) {
    if (account == kNotCharged && slot >= accounts_.size()) return;
    if (slot >= accounts_.size()) accounts_.resize(nodes_.slot_end(), kNotCharged);
    accounts_[slot] = account;
  }
  void set_image(Slot slot, const Image& image);
  void set_invocation(Slot slot, const Invocation& invocation);
  // Marks are of processes that are added from then on. `marker` outlives the table, or its being set.
  void set_marker(const Marker* marker) { marker_ = marker; }
  [[nodiscard]] Marks marks(Slot slot) const { return slot < marks_.size() ? marks_[slot] : Marks{0}; }
  // Recomputes the marks of all processes, by another marker or none: each by its present image, and by those
  // with which it forked what is in the table. Other earlier images are not known.
  void mark_again(const Marker* marker);
  // The following only where there is a marker.
  void add_own_marks(Slot slot, Marks own);
  void set_mark(Slot slot, Marks mark, bool set) {  // kArgsMark or kEntryMark
    if (slot >= marks_.size()) return;
    marks_[slot] = static_cast<Marks>(set ? marks_[slot] | mark : marks_[slot] & ~mark);
  }
  void set_image_at_fork(Slot slot, ImageId image);
  void set_image_at_fork(Slot slot, const Image& image);
  void set_unnamed(Slot slot, bool unnamed) { nodes_[slot].unnamed = unnamed; }
  void set_exit_event_seen(Slot slot) { nodes_[slot].exit_event_seen = true; }
  // What it led as it ended.
  void set_led(Slot slot, bool session, bool group) {
    nodes_[slot].led_session = session;
    nodes_[slot].led_group = group;
  }
  [[nodiscard]] bool led(Slot slot, Led led) const {
    return led == Led::session ? nodes_[slot].led_session : nodes_[slot].led_group;
  }
  void set_folded(Slot slot, std::uint32_t count) { nodes_[slot].folded = count; }
  void set_unverified(Slot slot) { nodes_[slot].unverified = true; }
  void mark_exited(Slot slot, std::uint64_t ktime_ns);                                    // idempotent
  void set_removal_observer(RemovalObserver* observer) { removal_observer_ = observer; }  // null: none
  void remove(Slot slot);  // it has no live children

  // --- Retention ---

  // Removes what retention does not keep.
  void expire(std::uint64_t ktime_ns);
  // A part of expire(): compacts the runs that have become too long.
  void compact_runs();
  // To be called after each event: brings the table below bytes_max where it is above.
  void enforce_budget() {
    if (retention_.bytes_max != 0 && bytes() > std::max(retention_.bytes_max, next_try_bytes_))
      shrink_to_budget();
  }
  [[nodiscard]] std::size_t bytes() const {
    const std::size_t account = accounts_.empty() ? 0 : sizeof(ChargedAccount);
    const std::size_t marks = marks_.empty() ? 0 : sizeof(Marks);
    const std::size_t invocation = invocation_ids_.empty() ? 0 : sizeof(InvocationId);
    return nodes_.size() * (kNodeBytes + account + marks + invocation) + images_.bytes() +
           invocations_.bytes() + pid_history_.bytes();
  }
  [[nodiscard]] const EvictionCounts& evictions() const { return evictions_; }

  // For an externally managed table. Ages are the owner's; what ends gets now's.
  void set_now(std::uint32_t age_ds) { now_ds_ = age_ds; }
  [[nodiscard]] std::uint32_t now() const { return now_ds_; }
  void set_evidence(Slot slot, Evidence evidence) { nodes_.set_evidence(slot, evidence); }
  void touch(Slot slot) { nodes_.list(slot, now_ds_); }  // makes it the youngest of its evidence
  [[nodiscard]] Slot oldest(Evidence evidence) { return nodes_.oldest(evidence); }

  // --- All processes ---

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] std::size_t named() const { return named_; }  // those with an image
  [[nodiscard]] std::size_t live() const { return nodes_.size() - nodes_.exited(); }
  // In no order: the pids whose newest process is in the table with an image, and those of living processes.
  [[nodiscard]] std::vector<std::uint32_t> pids() const;
  [[nodiscard]] std::vector<std::uint32_t> living_pids() const;
  // Every slot is below this; not every number below is `used`.
  [[nodiscard]] Slot slot_end() const { return nodes_.slot_end(); }
  // Names by number, which compare faster. A name that no process has gets an unused number.
  [[nodiscard]] Interner::Id comm_id(std::string_view comm) const { return images_.comm_id(comm); }
  [[nodiscard]] bool has_comm(Slot slot, Interner::Id id) const {
    const ImageId image = nodes_[slot].image;
    return image != kNoImage && images_.has_comm(image, id);
  }
  // Calls visit(slot) for all living processes with this comm.
  template <class Visit>
  void for_each_with_comm(std::string_view comm, Visit visit) const {
    const Interner::Id id = comm_id(comm);
    if (id == Interner::kNone) return;
    for (Slot slot = 0; slot < nodes_.slot_end(); ++slot) {
      const ImageId image = nodes_.hot(slot).image;
      if (image != kNoImage && images_.has_comm(image, id)) visit(slot);
    }
  }

 private:
  // The order of a pid's processes (table.cc).
  void index_pid(Slot slot);
  void index_newest(Slot slot);
  void index_before(Slot slot, Slot next);
  void count_with_pid(Slot slot, Slot newest);
  void unindex_pid(Slot slot);
  void note_removal(Slot slot);
  void drop(Slot slot);
  void drop_placeholder(Slot slot);

  // Marks (table_marks.cc).
  void mark_born(Slot slot);
  void mark_image(Slot slot);
  void mark_lineage(Slot slot);
  void hand_down_marks(Slot slot);

  // Retention (retention.cc).
  void compact(Slot newest);
  void shrink_to_budget();
  void remove_history(std::uint64_t& count);
  template <class Step>
  void sweep(Step step, std::uint64_t& count);
  void drop_invocations(Slot slot);
  bool drop_details(Slot slot);
  bool cut_from_ended(Slot slot);
  void forget_living();
  [[nodiscard]] bool fits() const { return bytes() <= retention_.bytes_max / 8 * 7; }

  [[nodiscard]] InvocationId invocation_id(Slot slot) const {
    return slot < invocation_ids_.size() ? invocation_ids_[slot] : kNoInvocation;
  }
  // Takes over the count that `id` stands for.
  void set_invocation_id(Slot slot, InvocationId id) {
    if (id == kNoInvocation && slot >= invocation_ids_.size()) return;
    if (slot >= invocation_ids_.size()) invocation_ids_.resize(nodes_.slot_end(), kNoInvocation);
    invocations_.release(std::exchange(invocation_ids_[slot], id));
  }

  void update_hot(Slot slot) {
    const Node& node = nodes_[slot];
    nodes_.hot(slot).image = node.exited ? kNoImage : node.image;
  }

  // Joining trees in any order takes some 20 steps a process at most.
  static constexpr std::uint64_t kStepsEach = 64;
  static constexpr std::uint64_t kStepsAtFirst = 1 << 20;
  // With its part of the pid index.
  static constexpr std::size_t kNodeBytes = sizeof(Node) + sizeof(HotNode) + 12;

  Retention retention_;
  EvictionCounts evictions_;
  Images images_;
  PidIndex index_;
  PidHistory pid_history_;
  NodeLinks nodes_;
  std::size_t named_ = 0;
  std::size_t next_try_bytes_ = 0;       // set where nothing more could be evicted: try again above this only
  std::uint64_t steps_ = kStepsAtFirst;  // that set_creator() may walk
  std::uint32_t now_ds_ = 0;
  std::vector<ChargedAccount> accounts_;  // by slot
  Invocations invocations_;
  std::vector<InvocationId> invocation_ids_;  // by slot; empty before the first is set
  RemovalObserver* removal_observer_ = nullptr;
  const Marker* marker_ = nullptr;
  std::vector<Marks> marks_;  // by slot; empty without a marker
};

}  // namespace proctree
