// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Chains: the line upwards from the tree, names and users from the cache and /proc.
#include "tree/chain.hpp"

#include <algorithm>
#include <unordered_set>

#include "library/locked_table.hpp"
#include "library/proc.hpp"
#include "proctree/proctree.hpp"
#include "tree/facts.hpp"

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

constexpr const char* kUnknown = "unknown";

// The line upwards in a store of the user's, which may hold cycles.
std::vector<Ancestor> line_of(TreeAccess& tree, std::uint32_t pid) {
  if (LockedTable* locked = tree.table()) return locked->line(pid);
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

class ChainBuilder {
 public:
  ChainBuilder(CacheAccess& cache, const std::string& proc_root) : cache_(cache), proc_root_(proc_root) {}

  std::vector<ProcessLink> build(std::vector<Ancestor> line, std::uint32_t pid) {
    std::vector<ProcessLink> above = beyond(line, pid);
    std::vector<ProcessLink> chain(line.size());
    // From the top, for what is known of a process by its fork alone is its creator's.
    for (std::size_t i = line.size(); i-- > 0;) {
      const ProcessLink* creator = i + 1 < line.size() ? &chain[i + 1]
                                   : above.empty()     ? nullptr
                                                       : &above.front();
      chain[i] = link(line[i], creator);
    }
    chain.insert(chain.end(), std::make_move_iterator(above.begin()), std::make_move_iterator(above.end()));
    return chain;
  }

 private:
  // What stands above the last that the tree knows: as far as /proc and the cache tell of living
  // processes, and of the first other one its pid alone.
  std::vector<ProcessLink> beyond(const std::vector<Ancestor>& line, std::uint32_t pid) {
    std::vector<ProcessLink> links;
    std::unordered_set<std::uint32_t> passed;
    for (const Ancestor& known : line) passed.insert(known.pid);
    std::uint32_t next = line.empty() ? pid : line.back().ppid;
    std::uint64_t below_start = line.empty() ? 0 : line.back().start_ns;
    const bool root = !line.empty() && next == 0;
    while (!root && passed.insert(next).second) {
      const auto info = resolve(cache_, next, proc_root_);
      // A creator is older than its child: one that is younger has taken the pid.
      const bool fits = info && (below_start == 0 || info->start_time_ns <= below_start);
      if (!fits) {
        links.push_back({next, kUnknown, kUnknown});
        break;
      }
      links.push_back({next, info->cmd, info->user});
      if (info->ppid == 0) break;
      next = info->ppid;
      below_start = info->start_time_ns;
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

  // Facts of this very process: the cache knows pids, and a pid may be another's by now.
  std::optional<ProcInfo> info_of(const Ancestor& process) {
    if (!process.newest || process.exited) {
      auto cached = cache_.get_info(process.pid);
      if (!cached) return std::nullopt;
      const bool both_known = process.start_ns != 0 && cached->start_time_ns != 0;
      if (both_known) {
        const bool same = process.start_ns / kTickNs == cached->start_time_ns / kTickNs;
        return same ? cached : std::nullopt;
      }
      return process.newest ? cached : std::nullopt;
    }
    auto info = resolve(cache_, process.pid, proc_root_);
    const bool another = info && process.start_ns != 0 && info->start_time_ns > process.start_ns + kTickNs;
    return another ? std::nullopt : info;
  }

  CacheAccess& cache_;
  const std::string& proc_root_;
};

}  // namespace

std::vector<ProcessLink> build_chain(TreeAccess& tree, CacheAccess& cache, std::uint32_t pid,
                                     const std::string& proc_root) {
  return ChainBuilder(cache, proc_root).build(line_of(tree, pid), pid);
}

std::string to_chain_string(std::span<const ProcessLink> chain) {
  std::string text;
  for (const ProcessLink& link : chain) {
    if (!text.empty()) text += ';';
    append_link(text, {link.pid, link.cmd, link.user, true});
  }
  return text;
}

}  // namespace detail

}  // namespace proctree
