// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lists and display: each one implementation (tree/queries.hpp, tree/display.hpp), over a table or over
// a store of the user's.
#include <algorithm>

#include "library/locked_table.hpp"
#include "library/proc.hpp"
#include "library/store_view.hpp"
#include "library/table_view.hpp"
#include "proctree/proctree.hpp"
#include "tree/display.hpp"
#include "tree/queries.hpp"

namespace proctree::detail {

namespace {

using Needs = StoreView::Needs;

// Runs `query` over whichever view of the tree fits, and answers pids.
template <class Query>
std::vector<std::uint32_t> pids(TreeAccess& tree, std::uint32_t pid, Query query) {
  if (pid == 0) return {};
  const LockedTable* locked = tree.table();
  if (locked == nullptr) return query(StoreView(tree, Needs::children), pid);
  return locked->with(pid, [&](const ProcessTable& table, Slot slot) {
    const TableView view(table);
    // Where the process itself isn't there, its children may name it all the same.
    if (slot == kNoSlot) slot = table.find(pid);
    return slot == kNoSlot ? std::vector<std::uint32_t>() : view.living_pids(query(view, slot));
  });
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
  if (const LockedTable* locked = tree.table()) {
    found = locked->with(0, [cmd](const ProcessTable& table, Slot) {
      const TableView view(table);
      return view.living_pids(proctree::find_by_comm(view, cmd));
    });
  } else if (tree.has_pids_of_cmd()) {
    found = tree.pids_of_cmd(cmd);
  } else {
    found = proctree::find_by_comm(StoreView(tree, Needs::parents), cmd);
  }
  if (!std::is_sorted(found.begin(), found.end())) std::sort(found.begin(), found.end());
  return found;
}

bool is_descendant(TreeAccess& tree, std::uint32_t pid, std::string_view cmd) {
  const LockedTable* locked = tree.table();
  if (locked == nullptr) return proctree::is_descendant(StoreView(tree, Needs::parents), pid, cmd);
  return locked->with(pid, [cmd](const ProcessTable& table, Slot slot) {
    return slot != kNoSlot && proctree::is_descendant(TableView(table), slot, cmd);
  });
}

std::string display(TreeAccess& tree, std::uint32_t pid) {
  std::string text;
  if (const LockedTable* locked = tree.table()) {
    locked->with(pid, [&text](const ProcessTable& table, Slot slot) {
      if (slot != kNoSlot) append_tree(text, TableView(table, TableView::Ended::kept), slot);
    });
  } else if (tree.get_node(pid)) {
    append_tree(text, StoreView(tree, Needs::children), pid);
  }
  if (text.empty()) return kUnknown;
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace proctree::detail
