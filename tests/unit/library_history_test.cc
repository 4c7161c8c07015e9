// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Random histories of nodes: DefaultTree answers as the plainest of stores does, and bears what such a store
// never sees: parents that have ended, pids used again, little room.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include "library/locked_table.hpp"
#include "library_fixture.hpp"

namespace proctree {
namespace {

class LibraryHistory : public testing::TestWithParam<std::uint32_t> {
 protected:
  static constexpr std::uint32_t kPids = 40;

  std::uint32_t pick(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }
  // Pids that no process of this host has, so that nothing is looked up.
  std::uint32_t pid() { return kA + pick(kPids); }
  PidNode node() {
    std::string name = "p";
    name += static_cast<char>('0' + pick(4));
    return {pick(8) == 0 ? 0 : pid(), name};
  }

  std::mt19937 random_{GetParam()};
};

TEST_P(LibraryHistory, AllTreesAnswerAlike) {
  const DefaultTree tree;
  PlainTree plain;
  for (int i = 0; i < 300; ++i) {
    const std::uint32_t at = pid();
    const PidNode added = node();
    tree.insert_node(at, added);
    plain.insert_node(at, added);
    const std::uint32_t asked = pid();
    ASSERT_EQ(tree.get_node(asked), plain.get_node(asked)) << i;
    ASSERT_EQ(tree_len(tree), tree_len(plain)) << i;
    ASSERT_EQ(children(tree, asked), children(plain, asked)) << i;
    ASSERT_EQ(descendants(tree, asked), descendants(plain, asked)) << i;
    ASSERT_EQ(siblings(tree, asked), siblings(plain, asked)) << i;
    ASSERT_EQ(find_by_cmd(tree, added.cmd), find_by_cmd(plain, added.cmd)) << i;
    ASSERT_EQ(is_descendant(tree, asked, added.cmd), is_descendant(plain, asked, added.cmd)) << i;
    ASSERT_EQ(display(tree, asked), display(plain, asked)) << i;
  }
}

TEST_P(LibraryHistory, AnythingMayHappen) {
  const DefaultTree tree(pick(3) == 0 ? 8 : 1000);
  const DefaultCache cache(pick(3) == 0 ? 8 : 1000);
  for (std::uint64_t i = 0; i < 1000; ++i) {
    const std::uint32_t at = pid();
    switch (pick(6)) {
      case 0:
        tree.insert_node(at, node());
        break;
      case 1:
        cache.insert_info(at, {.cmd = "c", .user = "u", .ppid = pid(), .tgid = at, .start_time_ns = i});
        break;
      case 2:
        handle_events(tree, cache, {Exec{at, i}});
        break;
      case 3:
        handle_events(tree, cache, {Exit{at}});
        break;
      default:
        handle_events(tree, cache, {Fork{at, pid(), i}});
    }
    const std::uint32_t asked = pid();
    const Pids below = descendants(tree, asked);
    ASSERT_LE(below.size(), kPids);
    for (const std::uint32_t child : children(tree, asked)) {
      ASSERT_EQ(tree.get_node(child)->ppid, asked) << i;
      ASSERT_EQ(std::count(below.begin(), below.end(), child), child == asked ? 0 : 1) << i;
    }
    const std::vector<ProcessLink> chain = build_chain(tree, cache, asked);
    ASSERT_FALSE(chain.empty());
    ASSERT_EQ(chain.front().pid, asked);
    ASSERT_FALSE(display(tree, asked).empty());
  }
}

// What is to be retained, by the rule and nothing else: looks through everything each time.
class RuledTree {
 public:
  RuledTree(std::size_t capacity, std::uint32_t ttl_ds, const std::set<std::uint32_t>& runs)
      : capacity_(capacity), ttl_ds_(ttl_ds), runs_(runs) {}

  void insert(std::uint32_t pid, std::uint32_t ppid, bool reported, std::uint32_t now) {
    const auto [entry, is_new] = entries_.try_emplace(pid);
    entry->second.reported |= reported;
    entry->second.ppid = ppid;
    be_young(entry->second, now);
    evict(now, pid);
  }
  void exit(std::uint32_t pid, std::uint32_t now) {
    const auto entry = entries_.find(pid);
    if (entry == entries_.end() || entry->second.exited) return;
    entry->second.exited = true;
    be_young(entry->second, now);
    evict(now, 0);
  }
  Pids pids(std::uint32_t now) {
    if (ttl_ds_ != 0) evict(now, 0);
    Pids pids;
    for (const auto& [pid, entry] : entries_) pids.push_back(pid);
    return pids;
  }
  [[nodiscard]] bool lives(std::uint32_t pid) const {
    const auto entry = entries_.find(pid);
    return entry != entries_.end() && !entry->second.exited;
  }
  [[nodiscard]] std::uint64_t evicted_living() const { return evicted_living_; }

 private:
  struct Entry {
    std::uint32_t ppid = 0;
    std::uint32_t time = 0;
    std::uint64_t order = 0;
    bool reported = false;
    bool exited = false;
  };
  void be_young(Entry& entry, std::uint32_t now) {
    entry.time = now;
    entry.order = ++orders_;
  }
  bool is_needed(std::uint32_t pid) const {
    return std::ranges::any_of(entries_, [&](const auto& other) {
      if (other.first == pid || other.second.exited) return false;
      for (auto up = entries_.find(other.second.ppid); up != entries_.end();
           up = entries_.find(up->second.ppid)) {
        if (up->first == pid) return true;
      }
      return false;
    });
  }
  // The oldest that nothing needs, of those that pass.
  template <class Pass>
  auto oldest(Pass pass) {
    auto found = entries_.end();
    for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
      if (!pass(*entry) || is_needed(entry->first)) continue;
      if (found == entries_.end() || entry->second.order < found->second.order) found = entry;
    }
    return found;
  }
  void evict(std::uint32_t now, std::uint32_t spared) {
    const std::uint64_t begin = orders_;
    const auto may_have_ended = [&](const auto& entry) {
      return entry.second.exited ||
             (!entry.second.reported && entry.first != spared && entry.second.order <= begin);
    };
    for (auto entry = oldest(may_have_ended); entry != entries_.end(); entry = oldest(may_have_ended)) {
      const bool too_old = ttl_ds_ != 0 && now - entry->second.time > ttl_ds_;
      if (entries_.size() <= capacity_ && !too_old) break;
      if (!entry->second.exited && runs_.contains(entry->first))
        be_young(entry->second, now);
      else
        entries_.erase(entry);
    }
    if (spared != 0) evict_living(spared);
  }
  void evict_living(std::uint32_t spared) {
    const auto lives = [&](const auto& entry) { return !entry.second.exited && entry.first != spared; };
    for (auto entry = oldest(lives); entries_.size() > capacity_ && entry != entries_.end();
         entry = oldest(lives)) {
      if (!entries_[spared].reported && !runs_.contains(spared) && !is_needed(spared)) {
        entries_.erase(spared);
        return;
      }
      entries_.erase(entry);
      ++evicted_living_;
    }
  }

  std::size_t capacity_;
  std::uint32_t ttl_ds_;
  const std::set<std::uint32_t>& runs_;
  std::map<std::uint32_t, Entry> entries_;
  std::uint64_t orders_ = 0;
  std::uint64_t evicted_living_ = 0;
};

std::uint32_t history_now = 0;
std::uint32_t history_clock() { return history_now; }

// Forks, inserts and exits of processes, some of which run, with little room or little time.
TEST_P(LibraryHistory, KeepsWhatTheRuleSays) {
  const bool by_age = pick(2) == 0;
  const std::size_t capacity = by_age ? 100'000 : 60;
  const std::uint32_t ttl_s = by_age ? 5 : 0;
  const TempTree proc;
  std::set<std::uint32_t> runs;
  history_now = 1000;
  detail::LockedTable tree(capacity, std::chrono::seconds(ttl_s), history_clock);
  tree.set_proc_root(proc.root());
  RuledTree ruled(capacity, ttl_s * 10, runs);
  std::uint32_t pids = 0;
  for (int i = 0; i < 400; ++i) {
    history_now += 1 + pick(3);
    const std::uint32_t parent = pids != 0 ? 1 + pick(pids) : 0;
    const std::uint32_t ppid = ruled.lives(parent) ? parent : 0;
    switch (pick(4)) {
      case 0:
        if (runs.size() < 20) {
          FakeProcess{.pid = pids + 1, .comm = "x", .ppid = ppid, .start_ticks = 5}.write_to(proc);
          runs.insert(pids + 1);
        }
        [[fallthrough]];
      case 1:
        tree.insert_node(++pids, {ppid, "x"});
        ruled.insert(pids, ppid, false, history_now);
        break;
      case 2:
        tree.fork({++pids, ppid, 0});
        ruled.insert(pids, ppid, true, history_now);
        break;
      default:
        if (pids == 0) break;
        const std::uint32_t ended = 1 + pick(pids);
        if (runs.erase(ended) != 0) proc.remove(std::to_string(ended));
        if (pick(3) == 0) break;  // and no event reports it
        tree.mark_exited(ended);
        ruled.exit(ended, history_now);
    }
    Pids retained = tree.all_pids();
    std::ranges::sort(retained);
    ASSERT_EQ(retained, ruled.pids(history_now)) << i << (by_age ? " by age" : " by number");
    ASSERT_EQ(tree.evicted_living(), ruled.evicted_living()) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Histories, LibraryHistory, testing::Range(1U, 31U));

}  // namespace
}  // namespace proctree
