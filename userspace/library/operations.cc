// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lists and display: each one implementation (tree/queries.hpp, tree/display.hpp), over a table or over
// a store of the user's.
#include <algorithm>

#include "library/locked_table.hpp"
#include "library/proc.hpp"
#include "library/store_view.hpp"
#include "proctree/proctree.hpp"
#include "proctree/trace_view.hpp"
#include "tree/display.hpp"
#include "tree/queries.hpp"
#include "tree/table_forest.hpp"

namespace proctree::detail {

namespace {

using Needs = StoreView::Needs;

constexpr ForestOptions kLiving{.scope = ForestOptions::Scope::living, .order = ForestOptions::Order::by_pid};

std::vector<std::uint32_t> living_pids(const ProcessTable& table, const std::vector<Slot>& slots) {
  std::vector<std::uint32_t> pids;
  pids.reserve(slots.size());
  for (const Slot slot : slots) {
    const HotNode& hot = table.hot(slot);
    if (hot.image != kNoImage) pids.push_back(hot.pid);
  }
  return pids;
}

// Runs `use(table, slot of pid)` where the tree is a process table; the slot may be kNoSlot. False: it is a
// store of another kind.
template <class Use>
bool with_table(TreeAccess& tree, std::uint32_t pid, Use use) {
  if (const LockedTable* locked = tree.table()) {
    locked->with(pid, use);
  } else if (const TraceView* trace = tree.trace()) {
    use(trace->table(), trace->table().find(pid));
  } else {
    return false;
  }
  return true;
}

// Returns the pids that `query` finds, over the table or the store.
template <class Query>
std::vector<std::uint32_t> pids(TreeAccess& tree, std::uint32_t pid, Query query) {
  std::vector<std::uint32_t> found;
  if (pid == 0) return found;
  const bool is_table = with_table(tree, pid, [&](const ProcessTable& table, Slot slot) {
    // A process that is no entry itself may be named by its children.
    if (slot == kNoSlot) slot = table.find(pid);
    if (slot != kNoSlot) found = living_pids(table, query(TableForest(table, kLiving), slot));
  });
  return is_table ? found : query(StoreView(tree, Needs::children), pid);
}

}  // namespace

std::vector<std::uint32_t> children(TreeAccess& tree, std::uint32_t pid) {
  return pids(tree, pid, [](const auto& view, auto process) { return proctree::children(view, process); });
}

std::vector<std::uint32_t> descendants(TreeAccess& tree, std::uint32_t pid) {
  return pids(tree, pid, [](const auto& view, auto process) { return proctree::descendants(view, process); });
}

std::vector<std::uint32_t> siblings(TreeAccess& tree, std::uint32_t pid) {
  return pids(tree, pid, [](const auto& view, auto process) { return proctree::siblings(view, process); });
}

std::vector<std::uint32_t> find_by_cmd(TreeAccess& tree, std::string_view cmd) {
  std::vector<std::uint32_t> found;
  const bool is_table = with_table(tree, 0, [&](const ProcessTable& table, Slot) {
    found = living_pids(table, proctree::find_by_comm(TableForest(table, kLiving), cmd));
  });
  if (!is_table && tree.has_pids_of_cmd()) {
    found = tree.pids_of_cmd(cmd);
  } else if (!is_table) {
    found = proctree::find_by_comm(StoreView(tree, Needs::parents), cmd);
  }
  if (!std::is_sorted(found.begin(), found.end())) std::sort(found.begin(), found.end());
  return found;
}

bool is_descendant(TreeAccess& tree, std::uint32_t pid, std::string_view cmd) {
  bool found = false;
  const bool is_table = with_table(tree, pid, [&](const ProcessTable& table, Slot slot) {
    found = slot != kNoSlot && proctree::is_descendant(TableForest(table), slot, cmd);
  });
  return is_table ? found : proctree::is_descendant(StoreView(tree, Needs::parents), pid, cmd);
}

std::string display(TreeAccess& tree, std::uint32_t pid) {
  std::string text;
  const bool is_table = with_table(tree, pid, [&text](const ProcessTable& table, Slot slot) {
    if (slot != kNoSlot) append_tree(text, TableForest(table, kLiving), slot);
  });
  if (!is_table && tree.get_node(pid)) append_tree(text, StoreView(tree, Needs::children), pid);
  if (text.empty()) return kUnknown;
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace proctree::detail
