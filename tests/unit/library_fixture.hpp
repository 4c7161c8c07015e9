// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the tests of the library share: stores as a user may bring them, and a /proc of files.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proc_fixture.hpp"
#include "proctree/proctree.hpp"
#include "temp_tree.hpp"

namespace proctree {

using Pids = std::vector<std::uint32_t>;

// Pids that no process of the host has: pid_max is 4,194,304 at most.
inline constexpr std::uint32_t kA = 5'000'001, kB = 5'000'002, kC = 5'000'003, kD = 5'000'004, kE = 5'000'005;
inline constexpr std::uint32_t kMaxPid = 4294967295U;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kUnderSanitizer = true;
#else
inline constexpr bool kUnderSanitizer = false;
#endif

// No more than a TreeStore must be, and its methods aren't const.
class PlainTree {
 public:
  std::optional<PidNode> get_node(std::uint32_t pid) {
    const auto found = nodes_.find(pid);
    return found == nodes_.end() ? std::nullopt : std::optional(found->second);
  }
  void insert_node(std::uint32_t pid, PidNode node) { nodes_[pid] = std::move(node); }
  std::vector<std::uint32_t> all_pids() {
    std::vector<std::uint32_t> pids;
    for (const auto& [pid, node] : nodes_) pids.push_back(pid);
    std::reverse(pids.begin(), pids.end());  // in no useful order
    return pids;
  }

 private:
  std::map<std::uint32_t, PidNode> nodes_;
};

// All that a TreeStore may offer; its methods are const, as those of a handle on a shared store are.
class RichTree {
 public:
  std::optional<PidNode> get_node(std::uint32_t pid) const {
    const auto found = nodes_.find(pid);
    return found == nodes_.end() ? std::nullopt : std::optional(found->second);
  }
  void insert_node(std::uint32_t pid, const PidNode& node) const {
    ended_.erase(pid);
    nodes_[pid] = node;
  }
  std::vector<std::uint32_t> all_pids() const {
    ++reads_of_all;
    return select([](std::uint32_t, const PidNode&) { return true; });
  }
  std::vector<std::uint32_t> living_pids() const {
    return select([this](std::uint32_t pid, const PidNode&) { return !ended_.contains(pid); });
  }
  std::vector<std::uint32_t> child_pids(std::uint32_t ppid) const {
    return select(
        [&](std::uint32_t pid, const PidNode& node) { return node.ppid == ppid && !ended_.contains(pid); });
  }
  std::vector<std::uint32_t> pids_of_cmd(std::string_view cmd) const {
    ++searches;
    return select(
        [&](std::uint32_t pid, const PidNode& node) { return node.cmd == cmd && !ended_.contains(pid); });
  }
  void mark_exited(std::uint32_t pid) const { ended_.insert(pid); }
  std::size_t size() const { return nodes_.size(); }

  mutable int reads_of_all = 0;
  mutable int searches = 0;

 private:
  template <class Predicate>
  std::vector<std::uint32_t> select(Predicate predicate) const {
    std::vector<std::uint32_t> pids;
    for (const auto& [pid, node] : nodes_) {
      if (predicate(pid, node)) pids.push_back(pid);
    }
    return pids;
  }
  mutable std::map<std::uint32_t, PidNode> nodes_;
  mutable std::set<std::uint32_t> ended_;
};

class PlainCache {
 public:
  std::optional<ProcInfo> get_info(std::uint32_t pid) {
    const auto found = infos_.find(pid);
    return found == infos_.end() ? std::nullopt : std::optional(found->second);
  }
  void insert_info(std::uint32_t pid, ProcInfo info) { infos_[pid] = std::move(info); }

 private:
  std::map<std::uint32_t, ProcInfo> infos_;
};

static_assert(TreeStore<PlainTree> && !TreeStore<const PlainTree> && CacheStore<PlainCache>);
static_assert(!ChildIndexed<PlainTree> && !MarksExits<PlainTree> && !ListsLiving<PlainTree>);
static_assert(TreeStore<const RichTree&> && ChildIndexed<RichTree> && CmdIndexed<RichTree>);

// A tree and a cache on a /proc of files, in which nobody runs but who is said to.
template <class Tree, class Cache>
class OnFakeProc : public testing::Test {
 protected:
  static std::uint64_t ns(std::uint64_t ticks) { return ticks * 10'000'000; }

  void runs(const FakeProcess& process) const { process.write_to(proc_); }
  void is_gone(std::uint32_t pid) const { proc_.remove(std::to_string(pid)); }
  void take_snapshot() { snapshot(tree_, cache_, proc_.root()); }
  void happens(std::initializer_list<ProcEvent> events) {
    handle_events(tree_, cache_, events, proc_.root());
  }
  std::optional<ProcInfo> resolved(std::uint32_t pid) { return resolve(cache_, pid, proc_.root()); }
  std::string chain(std::uint32_t pid) { return build_chain_string(tree_, cache_, pid, proc_.root()); }

  TempTree proc_;
  Tree tree_;
  Cache cache_;
};

}  // namespace proctree
