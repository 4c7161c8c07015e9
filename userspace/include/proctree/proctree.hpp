// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
//
// proctree: the process tree as a library.
//
// Usable without BPF and without root: filled from /proc, updated by any stream of fork, exec and exit
// events, and queried for ancestors, descendants and chains. docs/library.md is the guide.
//
//   proctree::DefaultTree tree(65536, std::chrono::seconds(600));
//   proctree::DefaultCache cache(65536, std::chrono::seconds(600));
//   proctree::snapshot(tree, cache);
//   std::string chain = proctree::build_chain_string(tree, cache, pid);  // "200|bash|root;100|sshd|root;…"
//
// Every operation takes any store that models TreeStore and CacheStore; DefaultTree and DefaultCache
// are two. No operation recurses or loops endlessly on a cycle, whatever a store holds.
//
// Errors: what can't be known is returned as empty, std::nullopt or "unknown"; nothing is printed, and
// nothing throws but std::bad_alloc and what the methods of your own store throw.
//
// Threads: everything here may be called from any thread at any time. DefaultTree and DefaultCache lock
// themselves for each operation, so a reader sees either all of an event or nothing of it, and blocks a
// writer for no longer than one operation takes. The operations have no state of their own; with a store of
// yours they are as safe as it is. Each thread that reads /proc has one descriptor open, and so does each
// store that has looked there.
//
// Names and other bytes of processes are an attacker's: they are stored unchanged (any bytes, of any length)
// and escaped where text is made of them.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "proctree/cxx20.hpp"  // first: what follows takes it
#include "proctree/export.h"

namespace proctree {

// One process in a tree. Its creator's pid (0: none), and its command name: the kernel's, at most 15
// bytes of any kind; empty as long as nothing but its fork is known.
struct PidNode {
  std::uint32_t ppid = 0;
  std::string cmd;

  friend bool operator==(const PidNode&, const PidNode&) = default;
};

// What is known of a process. start_time_ns: nanoseconds since boot, from /proc at the grain of its clock
// tick (10 ms); 0 where it isn't known.
struct ProcInfo {
  std::string cmd;
  std::string user;  // the real uid's name, or the number where it has none
  std::uint32_t ppid = 0;
  std::uint32_t tgid = 0;  // as every pid here is that of a process: its own pid
  std::uint64_t start_time_ns = 0;

  friend bool operator==(const ProcInfo&, const ProcInfo&) = default;
};

// One link of a chain. What isn't known is "unknown".
struct ProcessLink {
  std::uint32_t pid = 0;
  std::string cmd;
  std::string user;

  friend bool operator==(const ProcessLink&, const ProcessLink&) = default;
};

// "pid|cmd|user". In cmd and user each byte that is '|', ';', '\', of a control character or not part of
// valid UTF-8 is written \xHH, lower-case hex: a split at ';' and '|' is always right, and no process can
// forge a link or a terminal's escape sequence.
[[nodiscard]] PROCTREE_EXPORT std::string to_string(const ProcessLink& link);
PROCTREE_EXPORT std::ostream& operator<<(std::ostream& out, const ProcessLink& link);

// Events, from any source, of processes: a source that reports threads too must leave them out.
// timestamp_ns: nanoseconds since boot (CLOCK_BOOTTIME), 0 where it isn't known. A fork's distinguishes a
// late event, on a process that is in the tree already, from a new process with the same pid.
struct Fork {
  std::uint32_t child_pid = 0;
  std::uint32_t parent_pid = 0;  // the process that called fork or clone
  std::uint64_t timestamp_ns = 0;
};
struct Exec {
  std::uint32_t pid = 0;
  std::uint64_t timestamp_ns = 0;
};
struct Exit {
  std::uint32_t pid = 0;  // its last thread has ended
};
using ProcEvent = std::variant<Fork, Exec, Exit>;

// A store of nodes by pid. insert_node replaces what the pid had. all_pids: each once, in any order.
template <class T>
concept TreeStore = requires(std::remove_reference_t<T>& store, std::uint32_t pid, PidNode node) {
  { store.get_node(pid) } -> std::same_as<std::optional<PidNode>>;
  store.insert_node(pid, std::move(node));
  { store.all_pids() } -> std::same_as<std::vector<std::uint32_t>>;
};

// A store of facts by pid. insert_info replaces what the pid had.
template <class T>
concept CacheStore = requires(std::remove_reference_t<T>& store, std::uint32_t pid, ProcInfo info) {
  { store.get_info(pid) } -> std::same_as<std::optional<ProcInfo>>;
  store.insert_info(pid, std::move(info));
};

// What a store may offer beyond that, and what it is then used for:
//  child_pids(pid)   the living processes whose ppid is `pid`   children, descendants, siblings, display:
//                                                               else they read all nodes
//  pids_of_cmd(cmd)  the living ones with exactly that cmd      find_by_cmd: else it reads all nodes
//  living_pids()     those of all_pids() that have not ended    find_by_cmd, find_by_user, snapshot
//  mark_exited(pid)  the process has ended; its entry stays     Exit events, a second snapshot; for a
//                                                               CacheStore too
//  size()            how many entries it has                    tree_len
template <class T>
concept ChildIndexed = requires(std::remove_reference_t<T>& store, std::uint32_t pid) {
  { store.child_pids(pid) } -> std::same_as<std::vector<std::uint32_t>>;
};
template <class T>
concept CmdIndexed = requires(std::remove_reference_t<T>& store, std::string_view cmd) {
  { store.pids_of_cmd(cmd) } -> std::same_as<std::vector<std::uint32_t>>;
};
template <class T>
concept ListsLiving = requires(std::remove_reference_t<T>& store) {
  { store.living_pids() } -> std::same_as<std::vector<std::uint32_t>>;
};
template <class T>
concept MarksExits = requires(std::remove_reference_t<T>& store, std::uint32_t pid) {
  store.mark_exited(pid);
};

class TraceView;  // a running trace as a store

namespace detail {
class LockedTable;
class LockedCache;
class TreeAccess;
class CacheAccess;
}  // namespace detail

// The most complete tree: a pid's next owner is another process and never the ancestor of its predecessor's
// children, what has ended stays as an ancestor, and children and names are indexed.
//
// What it retains: living processes and their ancestors never go by age. An entry lives if a Fork or Exec of
// its process was handled and no Exit since, or if /proc shows that process (the pid with the entry's start
// time, or, where the entry has none, with any before its insert): /proc is asked when the entry is the
// oldest and would be evicted. If it lives it is then as young as if it had just been inserted. Everything
// else has ended, and is remembered for `ttl` (0: indefinitely) from its end, or from its last insert where
// no event reported an end; reads don't count. `capacity` (at least 1) bounds the store: the oldest ended
// entry with no living child goes first, a child counting as living until it comes up itself. The living go,
// oldest first, only where nothing else is left: evicted_living() counts them. A process that forks and
// exits, again and again, leaves a run of ended ancestors: past 1,024 of them (past 32, once such runs fill
// half of `capacity`) the middle is folded into one entry, shown as "(N folded)". So memory is bounded by
// what lives and `capacity`. An ancestor that stays counts too.
//
// The operations that fill the store say where /proc is (`proc_root`). A store full of living processes looks
// again at those that it has checked at most a thousand times a second.
//
// An entry takes about 100 bytes, its name shared with all that have the same. Copies share one store.
// Safe from any thread. n: entries.
class PROCTREE_EXPORT DefaultTree {
 public:
  explicit DefaultTree(std::size_t capacity = 65536, std::chrono::seconds ttl = std::chrono::seconds(0));

  // Of the pid's newest owner, living or ended. O(1).
  [[nodiscard]] std::optional<PidNode> get_node(std::uint32_t pid) const;
  // The present owner's node, or the next owner's where that one has ended. O(1) amortised; O(depth) where
  // it gives a process with children another parent. A cycle or a self-parent is accepted.
  void insert_node(std::uint32_t pid, const PidNode& node) const;
  // O(n), in any order; with ended processes, as long as they are retained.
  [[nodiscard]] std::vector<std::uint32_t> all_pids() const;
  [[nodiscard]] std::vector<std::uint32_t> living_pids() const;

  // Entries. A pid's former owners count too, as long as they are retained. O(1).
  [[nodiscard]] std::size_t size() const;
  // Evicts nothing, unlike all others. O(1).
  [[nodiscard]] bool contains(std::uint32_t pid) const;
  // How many entries of living processes `capacity` has removed since the store was made.
  [[nodiscard]] std::uint64_t evicted_living() const;

  // As children() and find_by_cmd() below.
  [[nodiscard]] std::vector<std::uint32_t> child_pids(std::uint32_t pid) const;
  [[nodiscard]] std::vector<std::uint32_t> pids_of_cmd(std::string_view cmd) const;
  // The pid's newest owner has ended; no effect where there is none. O(1) amortised.
  void mark_exited(std::uint32_t pid) const;

  [[nodiscard]] detail::LockedTable& table() const { return *table_; }  // for the operations

 private:
  std::shared_ptr<detail::LockedTable> table_;
};

// Facts by pid; capacity, ttl, copies and threads as with DefaultTree. An entry's ppid is its parent. A pid
// has one entry: a new one replaces the old, whichever process that was of.
class PROCTREE_EXPORT DefaultCache {
 public:
  explicit DefaultCache(std::size_t capacity = 65536, std::chrono::seconds ttl = std::chrono::seconds(0));

  // O(1). resolve() checks whether the facts are those of the pid's present owner.
  [[nodiscard]] std::optional<ProcInfo> get_info(std::uint32_t pid) const;
  // O(1) amortised; O(depth) where it gives a process with children another parent.
  void insert_info(std::uint32_t pid, const ProcInfo& info) const;

  [[nodiscard]] std::size_t size() const;                // O(1)
  [[nodiscard]] bool contains(std::uint32_t pid) const;  // evicts nothing; O(1)
  [[nodiscard]] std::uint64_t evicted_living() const;    // as DefaultTree's
  void mark_exited(std::uint32_t pid) const;             // its facts stay; O(1) amortised

  [[nodiscard]] detail::LockedCache& table() const { return *cache_; }  // for the operations

 private:
  std::shared_ptr<detail::LockedCache> cache_;
};

// Where /proc is. Tests give a tree of files of the same shape; a program in a container may give the
// host's, mounted elsewhere.
inline constexpr const char* kProcRoot = "/proc";

}  // namespace proctree

#include "proctree/store_access.hpp"

namespace proctree {

// Fills the stores with the processes that run. A second one adds what is new and marks what is gone as
// exited (where the store has mark_exited()), and preserves known creators of orphans: /proc only names their
// reapers. Processes that may not be read (hidepid) stay unchanged. A /proc that can't be read as a whole
// leaves the stores unchanged. O(processes), some microseconds each.
template <TreeStore T, CacheStore C>
void snapshot(T&& tree, C&& cache, const std::string& proc_root = kProcRoot) {
  detail::TreeAdapter trees(tree);
  detail::CacheAdapter caches(cache);
  detail::snapshot(trees, caches, proc_root);
}

// The facts of a process: from the cache, or from /proc, and then put into the cache. A cached entry
// whose start time isn't that of the pid's present owner (at the clock tick's grain) is another process's:
// facts are read again. A process that has ended is returned from the cache as long as that has it.
// std::nullopt: neither knows it. One look into /proc in any case.
template <CacheStore C>
[[nodiscard]] std::optional<ProcInfo> resolve(C&& cache, std::uint32_t pid,
                                              const std::string& proc_root = kProcRoot) {
  detail::CacheAdapter caches(cache);
  return detail::resolve(caches, pid, proc_root);
}

// Applies events in their order.
//   Fork  The child gets its parent, and an empty cmd; until more is known chains, display and searches
//         show it with its parent's. A late one (by its timestamp) never touches the pid's present owner.
//   Exec  /proc is read again, for tree and cache. Of a process that is gone already the node keeps its
//         parent, with cmd "unknown". A creator that has ended stays the creator.
//   Exit  The node stays for later chains, and its children keep it as their creator. One that comes
//         late, when the pid has its next owner, leaves that one alone.
// Events on pid 0, and execs and exits that /proc knows to be of threads, are passed over. O(1) amortised
// each, and for Exec and Exit a look into /proc.
template <TreeStore T, CacheStore C>
void handle_events(T&& tree, C&& cache, std::span<const ProcEvent> events,
                   const std::string& proc_root = kProcRoot) {
  detail::TreeAdapter trees(tree);
  detail::CacheAdapter caches(cache);
  detail::handle_events(trees, caches, events, proc_root);
}
template <TreeStore T, CacheStore C>
void handle_events(T&& tree, C&& cache, std::initializer_list<ProcEvent> events,
                   const std::string& proc_root = kProcRoot) {
  handle_events(tree, cache, std::span<const ProcEvent>(events.begin(), events.size()), proc_root);
}

// The processes that `pid` created, by pid, ascending. Here as in all lists: what has ended is left out,
// where the store knows it; an unknown pid has none. O(children), and of a store without child_pids
// O(all nodes); so too for descendants and siblings.
template <TreeStore T>
[[nodiscard]] std::vector<std::uint32_t> children(T&& tree, std::uint32_t pid) {
  detail::TreeAdapter trees(tree);
  return detail::children(trees, pid);
}

// All that descends from it, breadth first, each once; also those behind a process that has ended.
// O(descendants).
template <TreeStore T>
[[nodiscard]] std::vector<std::uint32_t> descendants(T&& tree, std::uint32_t pid) {
  detail::TreeAdapter trees(tree);
  return detail::descendants(trees, pid);
}

// The other children of its parent, ascending. O(siblings).
template <TreeStore T>
[[nodiscard]] std::vector<std::uint32_t> siblings(T&& tree, std::uint32_t pid) {
  detail::TreeAdapter trees(tree);
  return detail::siblings(trees, pid);
}

// The processes with exactly this command name, ascending. O(all nodes), of DefaultTree about a nanosecond
// each.
template <TreeStore T>
[[nodiscard]] std::vector<std::uint32_t> find_by_cmd(T&& tree, std::string_view cmd) {
  detail::TreeAdapter trees(tree);
  return detail::find_by_cmd(trees, cmd);
}

// The processes of exactly this user (a name, or the number of a uid without one), ascending. Each is
// resolved: O(all nodes), and a look into /proc each.
template <TreeStore T, CacheStore C>
[[nodiscard]] std::vector<std::uint32_t> find_by_user(T&& tree, C&& cache, std::string_view user,
                                                      const std::string& proc_root = kProcRoot) {
  detail::TreeAdapter trees(tree);
  detail::CacheAdapter caches(cache);
  return detail::find_by_user(trees, caches, user, proc_root);
}

// Whether it has an ancestor with this command name, living or ended. A process is not its own descendant;
// one that isn't in the tree is no descendant. O(depth).
template <TreeStore T>
[[nodiscard]] bool is_descendant(T&& tree, std::uint32_t pid, std::string_view cmd) {
  detail::TreeAdapter trees(tree);
  return detail::is_descendant(trees, pid, cmd);
}

// From the process up its creators to the first known one, child first; each process once, also in a
// cycle. An ancestor that isn't known is a link with cmd and user "unknown", and the last one; an unknown
// pid has that one link. Above what the tree knows the chain goes on through the cache and /proc, as long as
// they show a process older than its child. O(depth). Of DefaultTree and DefaultCache as snapshot()
// and Exec events fill them, /proc isn't looked into; else where facts of a link aren't certain.
template <TreeStore T, CacheStore C>
[[nodiscard]] std::vector<ProcessLink> build_chain(T&& tree, C&& cache, std::uint32_t pid,
                                                   const std::string& proc_root = kProcRoot) {
  detail::TreeAdapter trees(tree);
  detail::CacheAdapter caches(cache);
  return detail::build_chain(trees, caches, pid, proc_root);
}

// The same as text: the links (see to_string) joined by ';', appended to `out`.
template <TreeStore T, CacheStore C>
void append_chain_string(std::string& out, T&& tree, C&& cache, std::uint32_t pid,
                         const std::string& proc_root = kProcRoot) {
  detail::TreeAdapter trees(tree);
  detail::CacheAdapter caches(cache);
  detail::append_chain_string(out, trees, caches, pid, proc_root);
}
template <TreeStore T, CacheStore C>
[[nodiscard]] std::string build_chain_string(T&& tree, C&& cache, std::uint32_t pid,
                                             const std::string& proc_root = kProcRoot) {
  std::string text;
  append_chain_string(text, tree, cache, pid, proc_root);
  return text;
}

// The tree below a process as text, a line each, without a newline at the end:
//   sshd(100)
//   ├─bash(200)
//   └─bash(300)
// What has ended stands there only between living ones, marked <exited>. Names are made safe for a terminal
// (as in a chain, but for '|' and ';'; what shows nothing or turns the order is escaped too), and below 64
// levels the depth is a number instead of indentation. "unknown" for a pid that isn't in the
// tree. O(descendants).
template <TreeStore T>
[[nodiscard]] std::string display(T&& tree, std::uint32_t pid) {
  detail::TreeAdapter trees(tree);
  return detail::display(trees, pid);
}

// How many entries the store has.
template <TreeStore T>
[[nodiscard]] std::size_t tree_len(T&& tree) {
  if constexpr (requires {
                  { tree.size() } -> std::convertible_to<std::size_t>;
                })
    return tree.size();
  else
    return tree.all_pids().size();
}

// Single facts from /proc. std::nullopt for a pid that no process has or that may not be read, and for the
// id of a mere thread. Each reads two small files.
namespace proc {

[[nodiscard]] PROCTREE_EXPORT std::optional<std::pair<PidNode, ProcInfo>> parse_proc_entry(
    std::uint32_t pid, const std::string& proc_root = kProcRoot);

// The command name as the kernel has it, any bytes.
[[nodiscard]] PROCTREE_EXPORT std::optional<std::string> read_proc_comm(
    std::uint32_t pid, const std::string& proc_root = kProcRoot);

// Nanoseconds since boot, as the host counts them whatever the reader's time namespace; a multiple of the
// clock tick (10 ms).
[[nodiscard]] PROCTREE_EXPORT std::optional<std::uint64_t> read_proc_start_time_ns(
    std::uint32_t pid, const std::string& proc_root = kProcRoot);

// From /etc/passwd, looked at again once a second and read again when it has changed; waits for nothing.
// std::nullopt for a uid without a name there.
[[nodiscard]] PROCTREE_EXPORT std::optional<std::string> uid_to_username(std::uint32_t uid);

// From the system's name service (getpwuid_r(3)), which knows users of a directory too and may wait for a
// network. No operation asks it.
[[nodiscard]] PROCTREE_EXPORT std::optional<std::string> uid_to_username_nss(std::uint32_t uid);

}  // namespace proc

}  // namespace proctree
