// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "library/locked_cache.hpp"

#include <string>

namespace proctree::detail {

std::optional<ProcInfo> LockedCache::get_info(std::uint32_t pid) const {
  const std::lock_guard lock(lock_);
  const Slot slot = seen(pid);
  if (slot == kNoSlot) return std::nullopt;
  const Node& node = table_[slot];
  const Image& image = table_.image(node.image);
  return ProcInfo{std::string(image.comm), std::string(image.exe), node.creator_pid, tgids_[slot],
                  node.start_ns};
}

void LockedCache::set_reported(std::uint32_t pid) {
  const std::lock_guard lock(lock_);
  const Slot slot = table_.find(pid);
  if (slot == kNoSlot || table_[slot].image == kNoImage) {
    if (reported_.size() < capacity()) reported_.set(pid, 0);
    return;
  }
  tick();
  insert(slot, Evidence::events);
}

void LockedCache::mark_exited(std::uint32_t pid) {
  {
    const std::lock_guard lock(lock_);
    reported_.erase(pid);
  }
  BoundedTable::mark_exited(pid);
}

void LockedCache::insert_info(std::uint32_t pid, const ProcInfo& info, Evidence evidence) {
  const std::lock_guard lock(lock_);
  tick();
  Slot slot = table_.find(pid);
  if (slot == kNoSlot) {
    slot = table_.insert_next({pid, info.start_time_ns});
  } else {
    table_.resurrect(slot);
    table_.refine_start(slot, info.start_time_ns);
  }
  const Image image{info.cmd, info.user, 0};
  if (table_[slot].image == kNoImage || table_.image(table_[slot].image) != image)
    table_.set_image(slot, image);
  const bool same = table_[slot].creator != kNoSlot && table_[slot].creator_pid == info.ppid;
  if (!same) table_.set_any_creator(slot, info.ppid == pid ? slot : creator_slot(info.ppid), info.ppid);
  while (tgids_.size() < table_.slot_end()) tgids_.grow();
  tgids_[slot] = info.tgid;
  if (reported_.find(pid) != PidIndex::kNone) {
    reported_.erase(pid);
    evidence = Evidence::events;
  }
  insert(slot, evidence);
  evict(slot);
}

}  // namespace proctree::detail
