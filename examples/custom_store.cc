// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Stores of one's own: any type with these methods will do, over a database as well as over a map.
#include <cstdint>
#include <iostream>
#include <map>
#include <optional>
#include <proctree/proctree.hpp>
#include <string>
#include <vector>

// Three methods make a TreeStore.
class MapTree {
 public:
  std::optional<proctree::PidNode> get_node(std::uint32_t pid) const {
    const auto found = nodes_.find(pid);
    if (found == nodes_.end()) return std::nullopt;
    return found->second;
  }
  void insert_node(std::uint32_t pid, proctree::PidNode node) {
    nodes_.erase(pid);
    by_parent_.emplace(node.ppid, pid);
    nodes_.emplace(pid, std::move(node));
  }
  std::vector<std::uint32_t> all_pids() const {
    std::vector<std::uint32_t> pids;
    for (const auto& [pid, node] : nodes_) pids.push_back(pid);
    return pids;
  }

  // More than it must offer: children() and the like then read no more than these.
  std::vector<std::uint32_t> child_pids(std::uint32_t parent) const {
    std::vector<std::uint32_t> pids;
    const auto [begin, end] = by_parent_.equal_range(parent);
    for (auto entry = begin; entry != end; ++entry) {
      if (nodes_.at(entry->second).ppid == parent) pids.push_back(entry->second);
    }
    return pids;
  }

 private:
  std::map<std::uint32_t, proctree::PidNode> nodes_;
  std::multimap<std::uint32_t, std::uint32_t> by_parent_;  // may name a former parent, too
};

// Two make a CacheStore.
class MapCache {
 public:
  std::optional<proctree::ProcInfo> get_info(std::uint32_t pid) const {
    const auto found = infos_.find(pid);
    if (found == infos_.end()) return std::nullopt;
    return found->second;
  }
  void insert_info(std::uint32_t pid, proctree::ProcInfo info) { infos_[pid] = std::move(info); }

 private:
  std::map<std::uint32_t, proctree::ProcInfo> infos_;
};

static_assert(proctree::TreeStore<MapTree> && proctree::ChildIndexed<MapTree>);
static_assert(proctree::CacheStore<MapCache>);

int main() {
  MapTree tree;
  MapCache cache;
  const auto add = [&](std::uint32_t pid, std::uint32_t ppid, const char* cmd, const char* user) {
    tree.insert_node(pid, {ppid, cmd});
    cache.insert_info(pid, {cmd, user, ppid, pid, 0});
  };
  add(1, 0, "init", "root");
  add(100, 1, "sshd", "root");
  add(200, 100, "bash", "alice");

  // Below an empty folder instead of /proc: these processes run nowhere.
  const std::string nowhere = "/nonexistent";
  std::cout << proctree::display(tree, 1) << '\n';
  std::cout << proctree::build_chain_string(tree, cache, 200, nowhere) << '\n';
  std::cout << std::boolalpha << proctree::is_descendant(tree, 200, "sshd") << '\n';
}
