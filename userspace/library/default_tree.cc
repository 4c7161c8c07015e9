// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include <algorithm>

#include "library/locked_table.hpp"
#include "library/table_view.hpp"
#include "proctree/proctree.hpp"

namespace proctree {

static_assert(TreeStore<DefaultTree> && TreeStore<const DefaultTree&>);
static_assert(ChildIndexed<DefaultTree> && CmdIndexed<DefaultTree> && MarksExits<DefaultTree>);

DefaultTree::DefaultTree(std::size_t capacity, std::chrono::seconds ttl)
    : table_(std::make_shared<detail::LockedTable>(capacity, ttl)) {}

std::optional<PidNode> DefaultTree::get_node(std::uint32_t pid) const { return table_->get_node(pid); }

void DefaultTree::insert_node(std::uint32_t pid,
                              PidNode node) const {  // NOLINT(performance-unnecessary-value-param)
  table_->insert_node(pid, node);
}

std::vector<std::uint32_t> DefaultTree::all_pids() const { return table_->all_pids(); }

std::size_t DefaultTree::size() const { return table_->size(); }

bool DefaultTree::contains(std::uint32_t pid) const { return table_->contains(pid); }

std::vector<std::uint32_t> DefaultTree::child_pids(std::uint32_t pid) const {
  detail::TreeAdapter tree(*this);
  return detail::children(tree, pid);
}

std::vector<std::uint32_t> DefaultTree::pids_of_cmd(std::string_view cmd) const {
  detail::TreeAdapter tree(*this);
  return detail::find_by_cmd(tree, cmd);
}

void DefaultTree::mark_exited(std::uint32_t pid) const { table_->mark_exited(pid); }

}  // namespace proctree
