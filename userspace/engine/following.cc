// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/following.hpp"

#include <algorithm>

namespace proctree {

bool Following::has(Slot slot) const {
  return std::ranges::any_of(roots_,
                             [&](const ProcKey& root) { return table_.find_exact_or_at_tick(root) == slot; });
}

bool Following::remove(std::uint32_t pid) {
  if (std::erase_if(roots_, [pid](const ProcKey& root) { return root.pid == pid; }) == 0) return false;
  include();
  return true;
}

void Following::on_fork(Slot slot) {
  if (roots_.empty()) return;
  if (slot >= included_.size()) included_.resize(table_.slot_end());
  const Slot creator = table_[slot].creator;
  included_[slot] = creator != kNoSlot && creator < included_.size() && included_[creator];
}

void Following::include() {
  included_.assign(table_.slot_end(), false);
  std::vector<Slot> pending;
  for (const ProcKey& root : roots_) {
    if (const Slot slot = table_.find_exact_or_at_tick(root); slot != kNoSlot) pending.push_back(slot);
  }
  while (!pending.empty()) {
    const Slot slot = pending.back();
    pending.pop_back();
    if (included_[slot]) continue;
    included_[slot] = true;
    for (Slot child = table_.first_child(slot); child != kNoSlot; child = table_.next_sibling(child))
      pending.push_back(child);
  }
}

bool Following::mark() {
  include();
  bool changed = false;
  for (Slot slot = 0; slot < table_.slot_end(); ++slot) {
    const Node& node = table_[slot];
    if (!node.used || node.exited || source_.is_followed(node.pid) == included_[slot]) continue;
    source_.set_followed(node.pid, included_[slot]);
    changed = true;
  }
  return changed;
}

}  // namespace proctree
