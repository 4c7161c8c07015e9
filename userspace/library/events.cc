// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// How stores are filled: snapshot, resolve, and the events between.
#include <algorithm>
#include <unordered_set>
#include <vector>

#include "library/bounded_table.hpp"
#include "library/locked_cache.hpp"
#include "library/locked_table.hpp"
#include "library/proc.hpp"
#include "proctree/proctree.hpp"

namespace proctree::detail {

namespace {

// A process has the pid, and isn't about to end.
bool is_living(const Result<const SnapshotTask*>& read) {
  return read && !(*read)->task.dead && !(*read)->task.exiting;
}

// Facts just read from /proc, or of a process that events report (`reported`).
void insert_info(CacheAccess& cache, std::uint32_t pid, ProcInfo&& info, bool reported = false) {
  if (LockedCache* locked = cache.table()) {
    locked->insert_info(pid, info, reported ? Evidence::events : Evidence::proc);
  } else {
    cache.insert_info(pid, std::move(info));
  }
}

// The /proc in which our own stores look whether an entry lives before it is evicted.
void set_proc_root(TreeAccess& tree, CacheAccess& cache, const std::string& proc_root) {
  if (LockedTable* locked = tree.table()) locked->set_proc_root(proc_root);
  if (LockedCache* locked = cache.table()) locked->set_proc_root(proc_root);
}

// Puts one process of /proc's into both stores, or several.
class Filler {
 public:
  Filler(TreeAccess& tree, CacheAccess& cache, ProcReader& reader)
      : tree_(tree), cache_(cache), reader_(reader) {}

  // An orphan's creator was reported before it became one; /proc only has its reaper.
  void add(std::uint32_t pid, ProcEntry&& entry) {
    const auto known = tree_.get_node(pid);
    if (known && known->ppid != entry.node.ppid && has_ended(known->ppid, entry.info.start_time_ns)) {
      entry.node.ppid = known->ppid;
    }
    entries_.push_back(std::move(entry));
  }
  // `executed`: the process that an event reported.
  void insert(std::uint32_t executed = 0) {
    if (LockedTable* locked = tree_.table()) {
      std::vector<LockedTable::Process> processes;
      processes.reserve(entries_.size());
      for (const ProcEntry& entry : entries_) {
        processes.push_back({entry.info.tgid, entry.node.ppid, entry.node.cmd, entry.info.start_time_ns,
                             entry.info.tgid == executed});
      }
      locked->insert_processes(processes);
    } else {
      for (ProcEntry& entry : entries_) tree_.insert_node(entry.info.tgid, std::move(entry.node));
    }
    for (ProcEntry& entry : entries_) {
      const std::uint32_t pid = entry.info.tgid;
      insert_info(cache_, pid, std::move(entry.info), pid == executed);
      if (!entry.dead) continue;
      tree_.mark_exited(pid);
      cache_.mark_exited(pid);
    }
    entries_.clear();
  }

 private:
  // Whether the tree's creator is gone, or its pid another's, younger than the child. One that the tree
  // doesn't know may never have existed.
  bool has_ended(std::uint32_t creator, std::uint64_t child_start_ns) {
    if (creator == 0 || !tree_.get_node(creator)) return false;
    const auto read = reader_.read(creator, kProcStat);
    return !read || (*read)->task.dead || (*read)->task.self.start_ns > child_start_ns;
  }

  TreeAccess& tree_;
  CacheAccess& cache_;
  ProcReader& reader_;
  std::vector<ProcEntry> entries_;
};

class Events {
 public:
  Events(TreeAccess& tree, CacheAccess& cache, const std::string& proc_root)
      : tree_(tree), cache_(cache), reader_(proc_reader(proc_root)) {}

  void operator()(const Fork& fork) {
    if (fork.child_pid == 0) return;
    if (LockedTable* locked = tree_.table()) {
      locked->fork(fork);
    } else {
      tree_.insert_node(fork.child_pid, {fork.parent_pid, {}});
    }
    // What the cache has of the pid is its former owner's, unless this is a late event on the present
    // one. Until it is looked at, a child has its parent's facts.
    const auto former = cache_.get_info(fork.child_pid);
    if (former && !same_start(former->start_time_ns, fork.timestamp_ns)) {
      const auto parent = cache_.get_info(fork.parent_pid);
      insert_info(cache_, fork.child_pid,
                  {parent ? parent->cmd : kUnknown, parent ? parent->user : kUnknown, fork.parent_pid,
                   fork.child_pid, 0},
                  true);
    } else {
      set_reported(fork.child_pid);
    }
  }

  void operator()(const Exec& exec) {
    if (exec.pid == 0) return;
    auto entry = reader_ == nullptr ? std::nullopt : read_entry(*reader_, exec.pid);
    if (!entry) {
      // A thread is no process, even if an event says that it executed something.
      if (reader_ == nullptr || !reader_->read(exec.pid, kProcStat)) set_unknown(exec.pid);
      return;
    }
    Filler filler(tree_, cache_, *reader_);
    if (auto parent = stale_parent(*entry)) filler.add(entry->node.ppid, std::move(*parent));
    filler.add(exec.pid, std::move(*entry));
    filler.insert(exec.pid);
  }

  void operator()(const Exit& exit) {
    if (exit.pid == 0) return;
    std::uint64_t start_ns = 0;
    if (reader_ != nullptr) {
      if (const auto read = reader_->read(exit.pid, kProcStat); is_living(read))
        start_ns = (*read)->task.self.start_ns;
    }
    if (start_ns == 0) {
      tree_.mark_exited(exit.pid);
      cache_.mark_exited(exit.pid);
      return;
    }
    // A late event, which must not end the pid's next owner.
    if (LockedTable* locked = tree_.table()) locked->mark_exited_before(exit.pid, start_ns);
    if (LockedCache* locked = cache_.table()) locked->mark_exited_before(exit.pid, start_ns);
  }

 private:
  void set_reported(std::uint32_t pid) {
    if (LockedCache* locked = cache_.table()) locked->set_reported(pid);
  }
  void set_unknown(std::uint32_t pid) {
    set_reported(pid);
    if (LockedTable* locked = tree_.table()) {
      locked->set_unknown(pid);
    } else {
      const auto known = tree_.get_node(pid);
      tree_.insert_node(pid, {known ? known->ppid : 0, kUnknown});
    }
  }

  // The parent again, where the tree has a former owner of its pid.
  std::optional<ProcEntry> stale_parent(const ProcEntry& child) {
    const LockedTable* locked = tree_.table();
    const std::uint64_t known_ns = locked == nullptr ? 0 : locked->start_ns(child.node.ppid);
    if (known_ns == 0) return std::nullopt;
    const auto read = reader_->read(child.node.ppid, kProcStat);
    if (!read || same_start((*read)->task.self.start_ns, known_ns)) return std::nullopt;
    return read_entry(*reader_, child.node.ppid);
  }

  TreeAccess& tree_;
  CacheAccess& cache_;
  ProcReader* reader_;
};

}  // namespace

void snapshot(TreeAccess& tree, CacheAccess& cache, const std::string& proc_root) {
  ProcReader* reader = proc_reader(proc_root);
  if (reader == nullptr) return;
  set_proc_root(tree, cache, proc_root);
  // Before /proc is listed: what another thread inserts from here on is not taken for gone.
  const std::vector<std::uint32_t> before = tree.living_pids();
  std::vector<std::uint32_t> pids;
  if (!reader->list(pids)) return;
  std::unordered_set<std::uint32_t> here;
  Filler filler(tree, cache, *reader);
  for (const std::uint32_t pid : pids) {
    bool hidden = false;
    auto entry = read_entry(*reader, pid, &hidden);
    if (entry || hidden) here.insert(pid);
    if (entry) filler.add(pid, std::move(*entry));
  }
  filler.insert();
  for (const std::uint32_t pid : before) {
    if (here.contains(pid) || is_living(reader->read(pid, kProcStat))) continue;
    tree.mark_exited(pid);
    cache.mark_exited(pid);
  }
}

std::optional<ProcInfo> resolve(CacheAccess& cache, std::uint32_t pid, const std::string& proc_root) {
  auto cached = cache.get_info(pid);
  ProcReader* reader = pid == 0 ? nullptr : proc_reader(proc_root);
  if (reader == nullptr) return cached;
  if (cached) {
    const auto present = reader->read(pid, kProcStat);
    if (!present) return cached;
    if ((*present)->task.self.start_ns / kTickNs == cached->start_time_ns / kTickNs) return cached;
  }
  auto entry = read_entry(*reader, pid);
  if (!entry) return cached;
  if (LockedCache* locked = cache.table()) locked->set_proc_root(proc_root);
  insert_info(cache, pid, ProcInfo(entry->info));
  if (entry->dead) cache.mark_exited(pid);
  return std::move(entry->info);
}

void handle_events(TreeAccess& tree, CacheAccess& cache, std::span<const ProcEvent> events,
                   const std::string& proc_root) {
  set_proc_root(tree, cache, proc_root);
  Events apply(tree, cache, proc_root);
  for (const ProcEvent& event : events) std::visit(apply, event);
}

std::vector<std::uint32_t> find_by_user(TreeAccess& tree, CacheAccess& cache, std::string_view user,
                                        const std::string& proc_root) {
  std::vector<std::uint32_t> found = tree.living_pids();
  std::erase_if(found, [&](std::uint32_t pid) {
    const auto info = resolve(cache, pid, proc_root);
    return !info || info->user != user;
  });
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace proctree::detail
