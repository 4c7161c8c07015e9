// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "proctree/trace_view.hpp"

#include <string>

#include "procfs/users.hpp"
#include "tree/table.hpp"

namespace proctree {

static_assert(TreeStore<TraceView> && CacheStore<TraceView> && ChildIndexed<TraceView> &&
              CmdIndexed<TraceView> && ListsLiving<TraceView>);

std::optional<PidNode> TraceView::get_node(std::uint32_t pid) const {
  const Slot slot = table_->find(pid);
  if (slot == kNoSlot || (*table_)[slot].image == kNoImage) return std::nullopt;
  return PidNode{(*table_)[slot].creator_pid, std::string(table_->comm(slot))};
}

std::optional<ProcInfo> TraceView::get_info(std::uint32_t pid) const {
  const Slot slot = table_->find(pid);
  if (slot == kNoSlot || (*table_)[slot].image == kNoImage) return std::nullopt;
  const Node& node = (*table_)[slot];
  return ProcInfo{std::string(table_->comm(slot)), std::string(users_->name(table_->uid(slot))),
                  node.creator_pid, pid, node.start_ns};
}

void TraceView::insert_node(std::uint32_t pid, const PidNode& node) const {
  Slot slot = table_->find(pid);
  if (slot != kNoSlot && (*table_)[slot].image != kNoImage) return;
  if (slot == kNoSlot) {
    slot = table_->insert_next({pid, 0});
  } else {
    table_->resurrect(slot);
  }
  table_->set_image(slot, {node.cmd, {}, kUnknownSeq});
  if (node.ppid == 0) return;
  Slot creator = table_->find(node.ppid);
  if (creator == kNoSlot) creator = table_->insert_placeholder({node.ppid, 0});
  table_->set_creator(slot, creator, Edge::inferred);
}

void TraceView::insert_info(std::uint32_t pid, const ProcInfo& info) const {
  insert_node(pid, {info.ppid, info.cmd});
  const Slot slot = table_->find(pid);
  if ((*table_)[slot].start_ns == 0) table_->refine_start(slot, info.start_time_ns);
}

std::vector<std::uint32_t> TraceView::all_pids() const { return table_->pids(); }

std::vector<std::uint32_t> TraceView::living_pids() const { return table_->living_pids(); }

std::vector<std::uint32_t> TraceView::child_pids(std::uint32_t pid) const { return children(*this, pid); }

std::vector<std::uint32_t> TraceView::pids_of_cmd(std::string_view cmd) const {
  return find_by_cmd(*this, cmd);
}

std::size_t TraceView::size() const { return table_->size(); }

}  // namespace proctree
