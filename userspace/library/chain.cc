// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Chains: the line upwards from the tree, names and users from the cache and /proc.
#include <unordered_set>

#include "library/locked_cache.hpp"
#include "library/locked_table.hpp"
#include "library/proc.hpp"
#include "procfs/users.hpp"
#include "proctree/proctree.hpp"
#include "proctree/trace_view.hpp"
#include "tree/lineage.hpp"

namespace proctree {

std::string to_string(const ProcessLink& link) {
  std::string text;
  append_link(text, {link.pid, link.cmd, link.user, true});
  return text;
}

std::ostream& operator<<(std::ostream& out, const ProcessLink& link) { return out << to_string(link); }

namespace detail {

namespace {

using Ancestor = LockedTable::Ancestor;

// The whole chain, where both stores are the library's own and know each link by its start time: no
// memory is taken and no file read. False where that isn't so; then some links may have been handed out.
template <class Emit>
bool report_known(const LockedTable& tree, const LockedCache& cache, std::uint32_t pid, Emit emit) {
  return tree.with(pid, [&](const ProcessTable& table, Slot slot) {
    return cache.with([&](auto look_up) {
      while (slot != kNoSlot) {
        const Node& node = table[slot];
        LockedCache::View info;
        const bool plain = node.image != kNoImage && node.folded == 0 && !node.closes_cycle;
        if (!plain || !look_up(node.pid, info) || !same_start(info.start_ns, node.start_ns)) return false;
        const bool is_named_there = node.unnamed && !info.cmd.empty();
        emit(LinkView{node.pid, is_named_there ? info.cmd : table.comm(slot), info.user, true});
        if (node.creator == kNoSlot && node.creator_pid == 0) return true;
        slot = node.creator;
      }
      return false;
    });
  });
}

// A running trace has names, users and creators in one place.
template <class Emit>
void print_trace(const TraceView& trace, std::uint32_t pid, Emit emit) {
  const Slot slot = trace.table().find(pid);
  if (slot == kNoSlot) return emit(LinkView{pid, {}, {}, false});
  TableLineage lineage(trace.table(), trace.users(), slot);
  while (const auto link = lineage.next()) emit(*link);
}

// The line upwards in a store of the user's, which may hold cycles.
std::vector<Ancestor> line_of(TreeAccess& tree, std::uint32_t pid) {
  if (const LockedTable* locked = tree.table()) return locked->line(pid);
  std::vector<Ancestor> line;
  std::unordered_set<std::uint32_t> passed;
  while (pid != 0 && passed.insert(pid).second) {
    auto node = tree.get_node(pid);
    if (!node) break;
    const bool unnamed = node->cmd.empty();
    line.push_back({pid, node->ppid, 0, std::move(node->cmd), unnamed, false, true});
    pid = node->ppid;
  }
  return line;
}

// All other chains.
class ChainBuilder {
 public:
  ChainBuilder(CacheAccess& cache, const std::string& proc_root) : cache_(cache), proc_root_(proc_root) {}

  std::vector<ProcessLink> build(const std::vector<Ancestor>& line, std::uint32_t pid) {
    std::vector<ProcessLink> above = beyond(line, pid);
    std::vector<ProcessLink> chain(line.size());
    // From the top: a process known by its fork alone has its creator's name and user.
    const ProcessLink* creator = above.empty() ? nullptr : &above.front();
    for (std::size_t i = line.size(); i-- > 0;) {
      chain[i] = link(line[i], creator);
      creator = &chain[i];
    }
    chain.insert(chain.end(), std::make_move_iterator(above.begin()), std::make_move_iterator(above.end()));
    return chain;
  }

 private:
  // What is above the last that the tree knows: as far as /proc and the cache show living processes, and of
  // the first other one its pid alone.
  std::vector<ProcessLink> beyond(const std::vector<Ancestor>& line, std::uint32_t pid) {
    std::vector<ProcessLink> links;
    std::unordered_set<std::uint32_t> passed;
    for (const Ancestor& known : line) passed.insert(known.pid);
    std::uint32_t next = line.empty() ? pid : line.back().ppid;
    std::uint64_t below_ns = line.empty() ? 0 : line.back().start_ns;
    const bool is_whole = !line.empty() && next == 0;
    while (!is_whole && passed.insert(next).second) {
      const auto info = resolve(cache_, next, proc_root_);
      // A creator is older than its child: a younger one has the reused pid.
      if (!info || (below_ns != 0 && info->start_time_ns > below_ns + kTickNs)) {
        links.push_back({next, kUnknown, kUnknown});
        break;
      }
      links.push_back({next, info->cmd, info->user});
      if (info->ppid == 0) break;
      next = info->ppid;
      below_ns = info->start_time_ns;
    }
    return links;
  }

  ProcessLink link(const Ancestor& process, const ProcessLink* creator) {
    const auto info = info_of(process);
    ProcessLink made{process.pid, process.cmd, kUnknown};
    if (info) {
      made.user = info->user;
      if (process.unnamed && !info->cmd.empty()) made.cmd = info->cmd;
    } else if (process.unnamed && creator != nullptr) {
      made.user = creator->user;
    }
    if (made.cmd.empty()) made.cmd = creator != nullptr ? creator->cmd : kUnknown;
    return made;
  }

  // Facts of exactly this process: the cache goes by pids, and a pid may be another's by now.
  std::optional<ProcInfo> info_of(const Ancestor& process) {
    auto info = cache_.get_info(process.pid);
    if (info && same_start(info->start_time_ns, process.start_ns)) return info;
    if (process.newest && !process.exited) info = resolve(cache_, process.pid, proc_root_);
    if (!info) return std::nullopt;
    const bool both_known = info->start_time_ns != 0 && process.start_ns != 0;
    const bool fits = both_known ? same_start(info->start_time_ns, process.start_ns) : process.newest;
    return fits ? info : std::nullopt;
  }

  CacheAccess& cache_;
  const std::string& proc_root_;
};

}  // namespace

std::vector<ProcessLink> build_chain(TreeAccess& tree, CacheAccess& cache, std::uint32_t pid,
                                     const std::string& proc_root) {
  std::vector<ProcessLink> chain;
  const auto emit = [&chain](const LinkView& link) {
    chain.push_back({link.pid, std::string(link.known ? link.cmd : kUnknown),
                     std::string(link.known ? link.user : kUnknown)});
  };
  if (const TraceView* trace = tree.trace()) {
    print_trace(*trace, pid, emit);
    return chain;
  }
  if (tree.table() != nullptr && cache.table() != nullptr) {
    if (report_known(*tree.table(), *cache.table(), pid, emit)) return chain;
  }
  return ChainBuilder(cache, proc_root).build(line_of(tree, pid), pid);
}

void append_chain_string(std::string& out, TreeAccess& tree, CacheAccess& cache, std::uint32_t pid,
                         const std::string& proc_root) {
  const std::size_t before = out.size();
  const auto emit = [&out, before](const LinkView& link) {
    if (out.size() != before) out += ';';
    append_link(out, link);
  };
  if (const TraceView* trace = tree.trace()) return print_trace(*trace, pid, emit);
  if (tree.table() != nullptr && cache.table() != nullptr) {
    if (report_known(*tree.table(), *cache.table(), pid, emit)) return;
    out.resize(before);
  }
  for (const ProcessLink& link : ChainBuilder(cache, proc_root).build(line_of(tree, pid), pid)) {
    emit({link.pid, link.cmd, link.user, true});
  }
}

}  // namespace detail

}  // namespace proctree
