// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "library/store_view.hpp"

#include <algorithm>

#include "tree/escape.hpp"

namespace proctree::detail {

StoreView::StoreView(TreeAccess& store, Needs needs) : store_(store) {
  if (needs == Needs::children && !store_.child_pids(0)) index();
}

void StoreView::index() {
  indexed_ = true;
  std::vector<std::uint32_t> pids = store_.all_pids();
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
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
  if (pid == 0) return;  // nobody's creator: where 0 stands, there is none
  if (!indexed_) {
    std::vector<std::uint32_t> found = *store_.child_pids(pid);
    std::sort(found.begin(), found.end());
    out.insert(out.end(), found.begin(), found.end());
    return;
  }
  for (std::uint32_t at = first_child_.find(pid); at != PidIndex::kNone; at = entries_[at].next) {
    out.push_back(entries_[at].pid);
  }
}

void StoreView::append_all(std::vector<std::uint32_t>& out) const {
  std::vector<std::uint32_t> pids = store_.all_pids();
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  out.insert(out.end(), pids.begin(), pids.end());
}

std::string StoreView::comm(std::uint32_t pid) const {
  auto node = store_.get_node(pid);
  return node ? std::move(node->cmd) : std::string();
}

void StoreView::append_label(std::string& out, std::uint32_t pid) const {
  const auto node = store_.get_node(pid);
  append_visible(out, node ? std::string_view(node->cmd) : std::string_view("unknown"));
  out += '(';
  out += std::to_string(pid);
  out += ')';
}

}  // namespace proctree::detail
