// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "library/locked_table.hpp"

#include <string>
#include <unordered_set>

#include "tree/lineage.hpp"

namespace proctree::detail {

std::optional<PidNode> LockedTable::get_node(std::uint32_t pid) const {
  const std::lock_guard lock(lock_);
  const Slot slot = seen(pid);
  if (slot == kNoSlot) return std::nullopt;
  const Node& node = table_[slot];
  return PidNode{node.creator_pid, node.unnamed ? std::string() : std::string(table_.comm(slot))};
}

std::uint64_t LockedTable::start_ns(std::uint32_t pid) const {
  const std::lock_guard lock(lock_);
  const Slot slot = seen(pid);
  return slot == kNoSlot ? 0 : table_[slot].start_ns;
}

// Whether a process that began then (0: not known) can be the one that is here by its pid alone. A creator is
// older than its children, and any of them will do to check.
bool LockedTable::may_be(Slot placeholder, std::uint64_t start_ns) const {
  if (start_ns == 0) return true;
  std::uint64_t latest_ns = table_[placeholder].start_ns;
  for (Slot child = table_.first_child(placeholder); latest_ns == 0 && child != kNoSlot;
       child = table_.next_sibling(child)) {
    latest_ns = table_[child].start_ns;
  }
  return latest_ns == 0 || start_ns <= latest_ns + kTickNs;
}

// A living entry of the pid for a process with this start time (0: not known): the present owner, if it
// may be the same, or the next one.
Slot LockedTable::next_owner(std::uint32_t pid, std::uint64_t start_ns) {
  const Slot slot = table_.find(pid);
  if (slot == kNoSlot) return table_.insert_next({pid, start_ns});
  const Node& node = table_[slot];
  if (node.image == kNoImage) {
    if (!may_be(slot, start_ns)) return table_.insert_next({pid, start_ns});
    table_.resurrect(slot);
    table_.refine_start(slot, start_ns);
    return slot;
  }
  const bool another =
      node.exited || (start_ns != 0 && node.start_ns != 0 && !same_start(start_ns, node.start_ns));
  if (another) return table_.insert_next({pid, start_ns});
  if (start_ns != 0) table_.refine_start(slot, start_ns);
  return slot;
}

void LockedTable::set(Slot slot, std::uint32_t ppid, std::string_view cmd, Evidence evidence) {
  const Node& node = table_[slot];
  if (node.image == kNoImage || table_.comm(slot) != cmd) table_.set_image(slot, {cmd, {}, 0});
  table_.set_unnamed(slot, false);
  // The known creator stays where only its pid is given again: the pid's next owner is another process.
  const bool same = node.creator != kNoSlot && node.creator_pid == ppid;
  if (!same) table_.set_any_creator(slot, ppid == node.pid ? slot : creator_slot(ppid), ppid);
  insert(slot, evidence);
}

void LockedTable::insert_node(std::uint32_t pid, const PidNode& node) {
  const std::lock_guard lock(lock_);
  tick();
  const Slot slot = next_owner(pid, 0);
  set(slot, node.ppid, node.cmd, Evidence::unchecked);
  evict(slot);
}

void LockedTable::insert_processes(std::span<const Process> processes) {
  const std::lock_guard lock(lock_);
  // First all of them by start time, so that none is linked to the former owner of its parent's pid.
  std::vector<Slot> slots;
  slots.reserve(processes.size());
  tick();
  for (const Process& process : processes) slots.push_back(next_owner(process.pid, process.start_ns));
  for (std::size_t i = 0; i < slots.size(); ++i) {
    tick();
    set(slots[i], processes[i].ppid, processes[i].cmd,
        processes[i].executed ? Evidence::events : Evidence::proc);
  }
  if (!slots.empty()) evict(slots.back());
}

// The process that had the creator's pid at that time (0: that has it now), or a placeholder.
Slot LockedTable::creator_at(std::uint32_t pid, std::uint64_t time_ns) {
  const Slot newest = creator_slot(pid);
  if (newest == kNoSlot || time_ns == 0) return newest;
  Slot slot = newest;
  while (slot != kNoSlot && table_[slot].start_ns > time_ns + kTickNs) slot = table_[slot].previous_with_pid;
  return slot != kNoSlot ? slot : table_.insert_placeholder({pid, time_ns});
}

void LockedTable::fork(const Fork& event) {
  const std::lock_guard lock(lock_);
  tick();
  const std::uint64_t time_ns = event.timestamp_ns;
  const bool is_own_parent = event.parent_pid == event.child_pid;
  const Slot creator = is_own_parent ? kNoSlot : creator_at(event.parent_pid, time_ns);
  Slot slot = holder_since(event.child_pid, time_ns);
  if (slot == kNoSlot) {
    slot = new_holder(event.child_pid, time_ns);
    table_.set_image(slot, {creator == kNoSlot ? std::string_view() : table_.comm(creator), {}, 0});
    table_.set_unnamed(slot, true);
  }
  table_.set_any_creator(slot, is_own_parent ? slot : creator, event.parent_pid);
  insert(slot, Evidence::events);
  evict(slot);
}

// A process that is in the tree already when its fork event comes late; it may have executed a program or
// ended since.
Slot LockedTable::holder_since(std::uint32_t pid, std::uint64_t start_ns) const {
  for (Slot slot = table_.find(pid); slot != kNoSlot; slot = table_[slot].previous_with_pid) {
    const Node& node = table_[slot];
    if (same_start(start_ns, node.start_ns)) {
      if (node.image != kNoImage) return slot;
    } else if (node.start_ns != 0 && node.start_ns < start_ns) {
      break;  // as all that come after it
    }
  }
  return kNoSlot;
}

// The pid's next owner, or a former one where its present one is younger.
Slot LockedTable::new_holder(std::uint32_t pid, std::uint64_t start_ns) {
  const Slot owner = table_.find(pid);
  if (owner == kNoSlot) return table_.insert_next({pid, start_ns});
  const Node& node = table_[owner];
  if (node.image == kNoImage) return next_owner(pid, start_ns);
  const bool late = start_ns != 0 && start_ns < node.start_ns;
  return late ? table_.insert({pid, start_ns}, kNoSlot, Edge::observed) : table_.insert_next({pid, start_ns});
}

void LockedTable::set_unknown(std::uint32_t pid) {
  const std::lock_guard lock(lock_);
  tick();
  Slot slot = table_.find(pid);
  if (slot == kNoSlot || table_[slot].image == kNoImage) slot = next_owner(pid, 0);
  set(slot, table_[slot].creator_pid, "unknown", Evidence::events);
  evict(slot);
}

std::vector<LockedTable::Ancestor> LockedTable::line(std::uint32_t pid) const {
  const std::lock_guard lock(lock_);
  evict_aged();
  std::vector<Ancestor> line;
  std::vector<Slot> slots;
  std::unordered_set<Slot> passed;  // is filled where the line may turn back into itself, to end it there
  std::size_t filled = 0;
  for (Slot slot = seen(pid); slot != kNoSlot && table_[slot].image != kNoImage;
       slot = table_[slot].creator) {
    if (passed.contains(slot)) break;
    slots.push_back(slot);
    const Node& node = table_[slot];
    if (node.closes_cycle) {
      for (; filled < slots.size(); ++filled) passed.insert(slots[filled]);
    }
    Ancestor& above = line.emplace_back(Ancestor{node.pid,
                                                 node.creator_pid,
                                                 node.start_ns,
                                                 {},
                                                 node.unnamed,
                                                 node.exited,
                                                 node.next_with_pid == kNoSlot});
    above.cmd = node.folded != 0 ? folded_name(node.folded) : std::string(table_.comm(slot));
  }
  return line;
}

}  // namespace proctree::detail
