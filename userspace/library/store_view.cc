// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "library/store_view.hpp"

#include <algorithm>

#include "tree/display.hpp"

namespace proctree::detail {

namespace {

std::vector<std::uint32_t> sorted_once(std::vector<std::uint32_t> pids) {
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  return pids;
}

}  // namespace

StoreView::StoreView(TreeAccess& store, Needs needs) : store_(store) {
  if (needs == Needs::children && !store_.has_child_pids()) index();
}

void StoreView::index() {
  indexed_ = true;
  const std::vector<std::uint32_t> pids = sorted_once(store_.all_pids());
  entries_.reserve(pids.size());
  // From the highest pid down, so that each list of children begins with the lowest.
  for (std::size_t i = pids.size(); i-- > 0;) {
    const auto node = store_.get_node(pids[i]);
    if (!node) continue;
    const auto entry = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back({pids[i], node->ppid, first_child_.find(node->ppid)});
    first_child_.set(node->ppid, entry);
  }
}

std::optional<std::uint32_t> StoreView::parent(std::uint32_t pid) const {
  const auto node = store_.get_node(pid);
  if (!node || node->ppid == 0) return std::nullopt;
  return node->ppid;
}

void StoreView::append_children(std::uint32_t pid, std::vector<std::uint32_t>& out) const {
  if (pid == 0) return;  // no creator: 0 means that there is none
  if (indexed_) {
    for (std::uint32_t at = first_child_.find(pid); at != PidIndex::kNone; at = entries_[at].next) {
      out.push_back(entries_[at].pid);
    }
    return;
  }
  for (const std::uint32_t child : sorted_once(store_.child_pids(pid))) {
    if (met_.insert(child).second) out.push_back(child);
  }
}

void StoreView::append_all(std::vector<std::uint32_t>& out) const {
  const std::vector<std::uint32_t> pids = sorted_once(store_.living_pids());
  out.insert(out.end(), pids.begin(), pids.end());
}

std::string StoreView::comm(std::uint32_t pid) const {
  std::vector<std::uint32_t> nameless;
  std::string name;
  // What was met on the way is in `inherited_` with no name yet, which ends a cycle.
  for (std::uint32_t at = pid;;) {
    if (const auto known = inherited_.find(at); known != inherited_.end()) {
      name = known->second;
      break;
    }
    auto node = store_.get_node(at);
    if (!node || !node->cmd.empty()) {
      if (node) name = std::move(node->cmd);
      break;
    }
    nameless.push_back(at);
    inherited_.emplace(at, std::string());
    at = node->ppid;
  }
  for (const std::uint32_t below : nameless) inherited_[below] = name;
  return name;
}

void StoreView::append_label(std::string& out, std::uint32_t pid) const {
  const std::string name = comm(pid);
  append_name_and_pid(out, name.empty() ? std::string_view("unknown") : name, pid);
}

}  // namespace proctree::detail
