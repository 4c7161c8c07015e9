// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "library/locked_table.hpp"

#include <unordered_set>

namespace proctree::detail {

namespace {

// An ended process is bounded by the capacity as the living are, and its line is never folded: what a
// user of the library puts in can be asked for by pid.
constexpr Retention kByCapacity = {.exited_max = 0, .ttl_s = 0, .line_max = 0, .by_owner = true};

// A fork's time is taken some microseconds after the child's start time, perhaps in the next tick.
bool same_start(std::uint64_t a_ns, std::uint64_t b_ns) {
  if (a_ns == 0 || b_ns == 0) return false;
  const std::uint64_t a = a_ns / kTickNs;
  const std::uint64_t b = b_ns / kTickNs;
  return a == b || a + 1 == b || b + 1 == a;
}

}  // namespace

LockedTable::LockedTable(std::size_t capacity, std::chrono::seconds ttl)
    : capacity_(capacity),
      ttl_ds_(ttl.count() > 0 ? static_cast<std::uint64_t>(ttl.count()) * 10 : 0),
      table_(kByCapacity) {}

std::uint32_t LockedTable::now_ds() const {
  if (ttl_ds_ == 0) return 0;
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count() / 100);
}

bool LockedTable::expired(Slot slot) const {
  if (ttl_ds_ == 0) return false;
  const Node& node = table_[slot];
  return node.pins == 0 && now_ds() - node.age_ds > ttl_ds_;
}

Slot LockedTable::seen(std::uint32_t pid) const {
  const Slot slot = table_.find(pid);
  return slot == kNoSlot || table_[slot].image == kNoImage || expired(slot) ? kNoSlot : slot;
}

std::optional<PidNode> LockedTable::get_node(std::uint32_t pid) {
  const std::lock_guard lock(lock_);
  const Slot slot = seen(pid);
  if (slot == kNoSlot) return std::nullopt;
  const Node& node = table_[slot];
  return PidNode{node.creator_pid, node.unnamed ? std::string() : std::string(table_.comm(slot))};
}

// Who is named as the creator: whoever holds the pid now, or a place for whoever it was.
Slot LockedTable::creator_slot(std::uint32_t pid) {
  if (pid == 0) return kNoSlot;
  const Slot slot = table_.find(pid);
  return slot != kNoSlot ? slot : table_.insert_unseen({pid, 0});
}

// A living node of the pid for a process with this start time (0: not known): the present owner, if it
// may be the same, or the next one.
Slot LockedTable::next_owner(std::uint32_t pid, std::uint64_t start_ns) {
  const Slot slot = table_.find(pid);
  if (slot == kNoSlot) return table_.insert_next({pid, start_ns});
  const Node& node = table_[slot];
  if (node.image == kNoImage) {
    table_.see(slot);
    table_.refine_start(slot, start_ns);
    return slot;
  }
  const bool another =
      node.exited || (start_ns != 0 && node.start_ns != 0 && !same_start(start_ns, node.start_ns));
  if (another) return table_.insert_next({pid, start_ns});
  if (start_ns != 0) table_.refine_start(slot, start_ns);
  return slot;
}

void LockedTable::set(Slot slot, std::uint32_t ppid, std::string_view cmd) {
  const Node& node = table_[slot];
  if (node.image == kNoImage || node.unnamed || table_.comm(slot) != cmd)
    table_.set_image(slot, {cmd, {}, 0});
  table_.set_unnamed(slot, false);
  // The creator that is known stays where only its pid is told anew: its next owner is another process.
  const bool same = node.creator != kNoSlot && node.creator_pid == ppid;
  if (!same) table_.set_any_creator(slot, ppid == node.pid ? slot : creator_slot(ppid), ppid);
  table_.touch(slot, now_ds());
  evict(slot);
}

void LockedTable::insert_node(std::uint32_t pid, const PidNode& node) {
  const std::lock_guard lock(lock_);
  set(next_owner(pid, 0), node.ppid, node.cmd);
}

void LockedTable::insert_process(std::uint32_t pid, const PidNode& node, std::uint64_t start_ns) {
  const std::lock_guard lock(lock_);
  set(next_owner(pid, start_ns), node.ppid, node.cmd);
}

void LockedTable::fork(const Fork& event) {
  const std::lock_guard lock(lock_);
  const Slot owner = table_.find(event.child_pid);
  if (owner != kNoSlot && table_[owner].image != kNoImage && !table_[owner].exited &&
      same_start(event.timestamp_ns, table_[owner].start_ns)) {
    // Its event comes late: it is in the tree already, and may have executed a program since.
    table_.set_any_creator(owner, creator_slot(event.parent_pid), event.parent_pid);
    return;
  }
  const Slot creator = event.parent_pid == event.child_pid ? kNoSlot : creator_slot(event.parent_pid);
  Slot slot = owner;
  if (owner == kNoSlot || table_[owner].image != kNoImage) {
    slot = table_.insert_next({event.child_pid, event.timestamp_ns});
  } else {
    table_.see(slot);
    table_.refine_start(slot, event.timestamp_ns);
  }
  table_.set_any_creator(slot, creator, event.parent_pid);
  table_.set_image(slot, {creator == kNoSlot ? std::string_view() : table_.comm(creator), {}, 0});
  table_.set_unnamed(slot, true);
  table_.touch(slot, now_ds());
  evict(slot);
}

void LockedTable::mark_exited(std::uint32_t pid) {
  const std::lock_guard lock(lock_);
  const Slot slot = table_.find(pid);
  if (slot != kNoSlot && table_[slot].image != kNoImage) table_.mark_exited(slot, 0);
}

// `spared` has just been put in: what would go at once need not have come.
void LockedTable::evict(Slot spared) {
  while (table_.named() > capacity_) {
    const Slot oldest = table_.oldest();
    if (oldest == kNoSlot || oldest == spared) break;
    table_.remove(oldest);
  }
  for (Slot oldest = table_.oldest(); ttl_ds_ != 0 && oldest != kNoSlot && expired(oldest);
       oldest = table_.oldest()) {
    table_.remove(oldest);
  }
}

std::vector<std::uint32_t> LockedTable::all_pids() {
  const std::lock_guard lock(lock_);
  std::vector<std::uint32_t> pids;
  pids.reserve(table_.named());
  for (Slot slot = 0; slot < table_.slot_end(); ++slot) {
    const Node& node = table_[slot];
    if (node.used && node.image != kNoImage && node.newer_holder == kNoSlot && !expired(slot))
      pids.push_back(node.pid);
  }
  return pids;
}

std::size_t LockedTable::size() {
  const std::lock_guard lock(lock_);
  return table_.named();
}

bool LockedTable::contains(std::uint32_t pid) {
  const std::lock_guard lock(lock_);
  return seen(pid) != kNoSlot;
}

std::vector<LockedTable::Ancestor> LockedTable::line(std::uint32_t pid) {
  const std::lock_guard lock(lock_);
  std::vector<Ancestor> line;
  std::vector<Slot> slots;
  std::unordered_set<Slot> passed;  // filled where the line turns back into itself, to end it there
  for (Slot slot = seen(pid); slot != kNoSlot && table_[slot].image != kNoImage;
       slot = table_[slot].creator) {
    if (passed.contains(slot)) break;
    slots.push_back(slot);
    const Node& node = table_[slot];
    if (node.closes_cycle && passed.empty()) passed.insert(slots.begin(), slots.end());
    line.push_back({node.pid, node.creator_pid, node.start_ns, std::string(table_.comm(slot)), node.unnamed,
                    node.exited, node.newer_holder == kNoSlot});
  }
  return line;
}

}  // namespace proctree::detail
