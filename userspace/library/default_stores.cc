// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// DefaultTree and DefaultCache: handles on stores that their copies share.
#include "library/locked_cache.hpp"
#include "library/locked_table.hpp"
#include "proctree/proctree.hpp"

namespace proctree {

static_assert(TreeStore<DefaultTree> && TreeStore<const DefaultTree&>);
static_assert(ChildIndexed<DefaultTree> && CmdIndexed<DefaultTree> && ListsLiving<DefaultTree> &&
              MarksExits<DefaultTree>);
static_assert(CacheStore<DefaultCache> && CacheStore<const DefaultCache&> && MarksExits<DefaultCache>);

DefaultTree::DefaultTree(std::size_t capacity, std::chrono::seconds ttl)
    : table_(std::make_shared<detail::LockedTable>(capacity, ttl)) {}

std::optional<PidNode> DefaultTree::get_node(std::uint32_t pid) const { return table_->get_node(pid); }

void DefaultTree::insert_node(std::uint32_t pid, const PidNode& node) const {
  table_->insert_node(pid, node);
}

std::vector<std::uint32_t> DefaultTree::all_pids() const { return table_->all_pids(); }

std::vector<std::uint32_t> DefaultTree::living_pids() const { return table_->living_pids(); }

std::size_t DefaultTree::size() const { return table_->size(); }

bool DefaultTree::contains(std::uint32_t pid) const { return table_->contains(pid); }

std::uint64_t DefaultTree::evicted_living() const { return table_->evicted_living(); }

std::vector<std::uint32_t> DefaultTree::child_pids(std::uint32_t pid) const { return children(*this, pid); }

std::vector<std::uint32_t> DefaultTree::pids_of_cmd(std::string_view cmd) const {
  return find_by_cmd(*this, cmd);
}

void DefaultTree::mark_exited(std::uint32_t pid) const { table_->mark_exited(pid); }

DefaultCache::DefaultCache(std::size_t capacity, std::chrono::seconds ttl)
    : cache_(std::make_shared<detail::LockedCache>(capacity, ttl)) {}

std::optional<ProcInfo> DefaultCache::get_info(std::uint32_t pid) const { return cache_->get_info(pid); }

void DefaultCache::insert_info(std::uint32_t pid, const ProcInfo& info) const {
  cache_->insert_info(pid, info);
}

std::size_t DefaultCache::size() const { return cache_->size(); }

bool DefaultCache::contains(std::uint32_t pid) const { return cache_->contains(pid); }

std::uint64_t DefaultCache::evicted_living() const { return cache_->evicted_living(); }

void DefaultCache::mark_exited(std::uint32_t pid) const { cache_->mark_exited(pid); }

}  // namespace proctree
