// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// How stores are filled: snapshot, resolve, and the events between.
#include <algorithm>
#include <unordered_set>

#include "library/locked_table.hpp"
#include "library/proc.hpp"
#include "proctree/proctree.hpp"
#include "tree/facts.hpp"

namespace proctree::detail {

namespace {

constexpr const char* kUnknown = "unknown";

bool same_tick(std::uint64_t a_ns, std::uint64_t b_ns) { return a_ns / kTickNs == b_ns / kTickNs; }

void insert_process(TreeAccess& tree, std::uint32_t pid, const PidNode& node, std::uint64_t start_ns) {
  if (LockedTable* locked = tree.table()) {
    locked->insert_process(pid, node, start_ns);
  } else {
    tree.insert_node(pid, node);
  }
}

class Events {
 public:
  Events(TreeAccess& tree, CacheAccess& cache, const std::string& proc_root)
      : tree_(tree), cache_(cache), reader_(proc_reader(proc_root)) {}

  void operator()(const Fork& fork) {
    if (LockedTable* locked = tree_.table()) {
      locked->fork(fork);
    } else {
      tree_.insert_node(fork.child_pid, {fork.parent_pid, {}});
    }
    // What the cache has of the pid is its former owner's, unless this is a late event on the present
    // one. A child begins with its parent's facts.
    const auto former = cache_.get_info(fork.child_pid);
    if (former && started_with(*former, fork)) return;
    const auto parent = cache_.get_info(fork.parent_pid);
    if (!former && !parent) return;
    cache_.insert_info(fork.child_pid, {parent ? parent->cmd : kUnknown, parent ? parent->user : kUnknown,
                                        fork.parent_pid, fork.child_pid, 0});
  }

  void operator()(const Exec& exec) {
    const auto known = tree_.get_node(exec.pid);
    auto entry = reader_ == nullptr ? std::nullopt : read_entry(*reader_, exec.pid);
    if (!entry) {
      tree_.insert_node(exec.pid, {known ? known->ppid : 0, kUnknown});
      return;
    }
    if (known && has_ended(known->ppid, entry->info.start_time_ns)) entry->node.ppid = known->ppid;
    insert_process(tree_, exec.pid, entry->node, entry->info.start_time_ns);
    cache_.insert_info(exec.pid, std::move(entry->info));
  }

  void operator()(const Exit& exit) {
    // A late event must not end the pid's next owner.
    if (reader_ != nullptr) {
      const auto now = reader_->read(exit.pid, kProcStat);
      if (now && !(*now)->task.dead) return;
    }
    tree_.mark_exited(exit.pid);
  }

 private:
  static bool started_with(const ProcInfo& info, const Fork& fork) {
    if (info.start_time_ns == 0 || fork.timestamp_ns == 0) return false;
    const std::uint64_t start = info.start_time_ns / kTickNs;
    const std::uint64_t event = fork.timestamp_ns / kTickNs;
    return start == event || start + 1 == event;
  }

  // Is the creator that the tree tells gone (or its pid another's, younger than the child)? Then the
  // kernel's parent is only who took the orphan.
  bool has_ended(std::uint32_t creator, std::uint64_t child_start_ns) {
    if (creator == 0 || !tree_.get_node(creator)) return false;
    const auto read = reader_->read(creator, kProcStat);
    return !read || (*read)->task.dead || (*read)->task.self.start_ns > child_start_ns;
  }

  TreeAccess& tree_;
  CacheAccess& cache_;
  ProcReader* reader_;
};

}  // namespace

void snapshot(TreeAccess& tree, CacheAccess& cache, const std::string& proc_root) {
  ProcReader* reader = proc_reader(proc_root);
  std::vector<std::uint32_t> pids;
  if (reader == nullptr || !reader->list(pids)) return;
  std::unordered_set<std::uint32_t> living;
  for (const std::uint32_t pid : pids) {
    auto entry = read_entry(*reader, pid);
    if (!entry) continue;
    // Who created an orphan was told before it became one; /proc only knows who took it.
    const auto known = tree.get_node(pid);
    const auto cached = known ? cache.get_info(pid) : std::nullopt;
    if (cached && same_tick(cached->start_time_ns, entry->info.start_time_ns) &&
        known->ppid != entry->node.ppid && tree.get_node(known->ppid)) {
      entry->node.ppid = known->ppid;
    }
    insert_process(tree, pid, entry->node, entry->info.start_time_ns);
    cache.insert_info(pid, std::move(entry->info));
    if (entry->dead) {
      tree.mark_exited(pid);
    } else {
      living.insert(pid);
    }
  }
  for (const std::uint32_t pid : tree.all_pids()) {
    if (!living.contains(pid)) tree.mark_exited(pid);
  }
}

std::optional<ProcInfo> resolve(CacheAccess& cache, std::uint32_t pid, const std::string& proc_root) {
  auto cached = cache.get_info(pid);
  ProcReader* reader = pid == 0 ? nullptr : proc_reader(proc_root);
  if (reader == nullptr) return cached;
  if (cached) {
    const auto present = reader->read(pid, kProcStat);
    if (!present || same_tick((*present)->task.self.start_ns, cached->start_time_ns)) return cached;
  }
  auto entry = read_entry(*reader, pid);
  if (!entry) return cached;
  cache.insert_info(pid, entry->info);
  return std::move(entry->info);
}

void handle_events(TreeAccess& tree, CacheAccess& cache, std::span<const ProcEvent> events,
                   const std::string& proc_root) {
  Events apply(tree, cache, proc_root);
  for (const ProcEvent& event : events) std::visit(apply, event);
}

std::vector<std::uint32_t> find_by_user(TreeAccess& tree, CacheAccess& cache, std::string_view user) {
  std::vector<std::uint32_t> found;
  for (const std::uint32_t pid : tree.all_pids()) {
    auto info = cache.get_info(pid);
    if (!info) info = resolve(cache, pid, kProcRoot);
    if (info && info->user == user) found.push_back(pid);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace proctree::detail
