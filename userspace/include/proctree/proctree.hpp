// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
//
// proctree: the process tree as a library.
//
// Usable without BPF and without root: filled from /proc, kept true by any stream of fork, exec and
// exit events, and asked for ancestors, descendants and chains.
//
//   proctree::DefaultTree tree(65536, std::chrono::seconds(600));
//   proctree::DefaultCache cache(65536, std::chrono::seconds(600));
//   proctree::snapshot(tree, cache);
//   std::string chain = proctree::build_chain_string(tree, cache, pid);  // "200|bash|root;100|sshd|root;…"
//
// Every operation takes any store that models TreeStore and CacheStore; DefaultTree and DefaultCache
// are two. No operation recurses, loops for ever on a cycle or throws (but for std::bad_alloc): what
// can't be known is answered as empty, std::nullopt or "unknown".
//
// Threads: DefaultTree and DefaultCache may be used from any thread at a time, and each operation holds
// a store for no longer than itself. The operations keep nothing of their own; with a store of yours
// they are as safe as it is.
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

namespace proctree {

// One process in a tree: its creator's pid (0: none) and its command name, as the kernel has it, at
// most 15 bytes of any kind.
struct PidNode {
  std::uint32_t ppid = 0;
  std::string cmd;

  friend bool operator==(const PidNode&, const PidNode&) = default;
};

// What is known of a process. start_time_ns counts from boot, at the grain of /proc's clock tick
// (10 ms) when it comes from there; 0 where it isn't known.
struct ProcInfo {
  std::string cmd;
  std::string user;  // the real uid's name, or the number where it has none
  std::uint32_t ppid = 0;
  std::uint32_t tgid = 0;
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

// "pid|cmd|user". In cmd and user each byte that is '|', ';', '\\', of a control character or not part
// of valid UTF-8 is written \xHH, so that no process can forge a link or a terminal's escape sequence.
[[nodiscard]] std::string to_string(const ProcessLink& link);
std::ostream& operator<<(std::ostream& out, const ProcessLink& link);

// Events, from whatever tells them. timestamp_ns: nanoseconds since boot, 0 where not known; a fork's
// tells a late event on a process that is in the tree already from a new process with a reused pid.
struct Fork {
  std::uint32_t child_pid = 0;
  std::uint32_t parent_pid = 0;
  std::uint64_t timestamp_ns = 0;
};
struct Exec {
  std::uint32_t pid = 0;
  std::uint64_t timestamp_ns = 0;
};
struct Exit {
  std::uint32_t pid = 0;
};
using ProcEvent = std::variant<Fork, Exec, Exit>;

// A store of nodes by pid. insert_node replaces what the pid had. all_pids: each once, in any order.
template <class T>
concept TreeStore = requires(std::remove_reference_t<T>& store, std::uint32_t pid, PidNode node) {
  { store.get_node(pid) } -> std::same_as<std::optional<PidNode>>;
  store.insert_node(pid, std::move(node));
  { store.all_pids() } -> std::same_as<std::vector<std::uint32_t>>;
};

// A store of facts by pid.
template <class T>
concept CacheStore = requires(std::remove_reference_t<T>& store, std::uint32_t pid, ProcInfo info) {
  { store.get_info(pid) } -> std::same_as<std::optional<ProcInfo>>;
  store.insert_info(pid, std::move(info));
};

// What a TreeStore may offer beyond that, and what it is then used for:
//  child_pids(pid)      the pids whose ppid is `pid`, each once      children, descendants, siblings,
//                                                                     display: no pass over all pids
//  pids_of_cmd(cmd)     the pids with exactly that cmd                find_by_cmd
//  mark_exited(pid)     the process has ended; its node stays         Exit events, a second snapshot
template <class T>
concept ChildIndexed = requires(std::remove_reference_t<T>& store, std::uint32_t pid) {
  { store.child_pids(pid) } -> std::same_as<std::vector<std::uint32_t>>;
};
template <class T>
concept CmdIndexed = requires(std::remove_reference_t<T>& store, std::string_view cmd) {
  { store.pids_of_cmd(cmd) } -> std::same_as<std::vector<std::uint32_t>>;
};
template <class T>
concept MarksExits = requires(std::remove_reference_t<T>& store, std::uint32_t pid) {
  store.mark_exited(pid);
};

namespace detail {
class LockedTable;
class LockedCache;
class TreeAccess;
class CacheAccess;
}  // namespace detail

// The tree that knows most: a pid's next owner is another process and never the ancestor of its
// predecessor's children, what has ended stays as an ancestor, children and names are found at once.
//
// `capacity` bounds it, and an entry older than `ttl` is gone (0: never); age counts from the last
// insert. What goes first is the oldest entry with no live child; an ancestor of a living process
// never goes, so lines of living processes can hold more than `capacity`. Copies share one store.
class DefaultTree {
 public:
  explicit DefaultTree(std::size_t capacity = 65536, std::chrono::seconds ttl = std::chrono::seconds(0));

  // O(1) each; insert_node amortised, and O(depth) where it gives a process with children another parent.
  [[nodiscard]] std::optional<PidNode> get_node(std::uint32_t pid) const;
  void insert_node(std::uint32_t pid, PidNode node) const;
  // Ended processes among them, as long as they are kept.
  [[nodiscard]] std::vector<std::uint32_t> all_pids() const;

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool contains(std::uint32_t pid) const;  // evicts nothing, unlike an insert

  // Living ones only. O(children); O(processes).
  [[nodiscard]] std::vector<std::uint32_t> child_pids(std::uint32_t pid) const;
  [[nodiscard]] std::vector<std::uint32_t> pids_of_cmd(std::string_view cmd) const;
  void mark_exited(std::uint32_t pid) const;

  [[nodiscard]] detail::LockedTable& table() const { return *table_; }  // for the operations

 private:
  std::shared_ptr<detail::LockedTable> table_;
};

// Facts by pid, with capacity, ttl and sharing as DefaultTree has them: there too the oldest entry with
// no live child goes first, by the ppid of the entries, and an ancestor never goes.
class DefaultCache {
 public:
  explicit DefaultCache(std::size_t capacity = 65536, std::chrono::seconds ttl = std::chrono::seconds(0));

  [[nodiscard]] std::optional<ProcInfo> get_info(std::uint32_t pid) const;  // O(1)
  void insert_info(std::uint32_t pid, ProcInfo info) const;                 // O(1), amortised

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool contains(std::uint32_t pid) const;  // evicts nothing

 private:
  std::shared_ptr<detail::LockedCache> cache_;
};

namespace detail {

// A store of any type as the operations see it. LockedTable is the library's own.
class TreeAccess {
 public:
  virtual ~TreeAccess() = default;
  virtual std::optional<PidNode> get_node(std::uint32_t pid) = 0;
  virtual void insert_node(std::uint32_t pid, PidNode node) = 0;
  virtual std::vector<std::uint32_t> all_pids() = 0;
  virtual std::optional<std::vector<std::uint32_t>> child_pids(std::uint32_t pid) = 0;
  virtual std::optional<std::vector<std::uint32_t>> pids_of_cmd(std::string_view cmd) = 0;
  virtual void mark_exited(std::uint32_t pid) = 0;
  virtual LockedTable* table() { return nullptr; }
};

template <class T>
class TreeAdapter final : public TreeAccess {
 public:
  explicit TreeAdapter(T& store) : store_(store) {}
  std::optional<PidNode> get_node(std::uint32_t pid) override { return store_.get_node(pid); }
  void insert_node(std::uint32_t pid, PidNode node) override { store_.insert_node(pid, std::move(node)); }
  std::vector<std::uint32_t> all_pids() override { return store_.all_pids(); }
  std::optional<std::vector<std::uint32_t>> child_pids([[maybe_unused]] std::uint32_t pid) override {
    if constexpr (ChildIndexed<T>) return store_.child_pids(pid);
    return std::nullopt;
  }
  std::optional<std::vector<std::uint32_t>> pids_of_cmd([[maybe_unused]] std::string_view cmd) override {
    if constexpr (CmdIndexed<T>) return store_.pids_of_cmd(cmd);
    return std::nullopt;
  }
  void mark_exited([[maybe_unused]] std::uint32_t pid) override {
    if constexpr (MarksExits<T>) store_.mark_exited(pid);
  }
  LockedTable* table() override {
    if constexpr (std::same_as<std::remove_const_t<T>, DefaultTree>) return &store_.table();
    return nullptr;
  }

 private:
  T& store_;
};

class CacheAccess {
 public:
  virtual ~CacheAccess() = default;
  virtual std::optional<ProcInfo> get_info(std::uint32_t pid) = 0;
  virtual void insert_info(std::uint32_t pid, ProcInfo info) = 0;
};

template <class T>
class CacheAdapter final : public CacheAccess {
 public:
  explicit CacheAdapter(T& store) : store_(store) {}
  std::optional<ProcInfo> get_info(std::uint32_t pid) override { return store_.get_info(pid); }
  void insert_info(std::uint32_t pid, ProcInfo info) override { store_.insert_info(pid, std::move(info)); }

 private:
  T& store_;
};

void snapshot(TreeAccess& tree, CacheAccess& cache, const std::string& proc_root);
std::optional<ProcInfo> resolve(CacheAccess& cache, std::uint32_t pid, const std::string& proc_root);
void handle_events(TreeAccess& tree, CacheAccess& cache, std::span<const ProcEvent> events,
                   const std::string& proc_root);
std::vector<std::uint32_t> children(TreeAccess& tree, std::uint32_t pid);
std::vector<std::uint32_t> descendants(TreeAccess& tree, std::uint32_t pid);
std::vector<std::uint32_t> siblings(TreeAccess& tree, std::uint32_t pid);
std::vector<std::uint32_t> find_by_cmd(TreeAccess& tree, std::string_view cmd);
std::vector<std::uint32_t> find_by_user(TreeAccess& tree, CacheAccess& cache, std::string_view user);
bool is_descendant(TreeAccess& tree, std::uint32_t pid, std::string_view cmd);
std::vector<ProcessLink> build_chain(TreeAccess& tree, CacheAccess& cache, std::uint32_t pid,
                                     const std::string& proc_root);
std::string to_chain_string(std::span<const ProcessLink> chain);
std::string display(TreeAccess& tree, std::uint32_t pid);

}  // namespace detail

// Where /proc is. Tests give a tree of files of the same shape; a program in a container may give the
// host's, mounted elsewhere.
inline constexpr const char* kProcRoot = "/proc";

// Fills the stores with the processes that run. A second one adds what is new and takes what is gone for
// exited. A /proc that can't be read leaves the stores as they are. Linear in the processes.
template <TreeStore T, CacheStore C>
void snapshot(T&& tree, C&& cache, const std::string& proc_root = kProcRoot) {
  detail::TreeAdapter trees(tree);
  detail::CacheAdapter caches(cache);
  detail::snapshot(trees, caches, proc_root);
}

// The facts of a process: from the cache, or from /proc, and then put into the cache. A cached entry
// whose start time isn't that of the pid's present owner (at the clock tick's grain) is another process:
// it is read anew. A process that has ended is answered from the cache as long as that has it.
template <CacheStore C>
[[nodiscard]] std::optional<ProcInfo> resolve(C&& cache, std::uint32_t pid,
                                              const std::string& proc_root = kProcRoot) {
  detail::CacheAdapter caches(cache);
  return detail::resolve(caches, pid, proc_root);
}

// Applies events in their order. Fork: the child gets its parent and an empty cmd (it is shown with its
// parent's until more is known). Exec: /proc is read anew, for tree and cache; of a process that is gone
// already the node keeps its parent, with cmd "unknown"; a creator that has ended stays the creator.
// Exit: the node stays for later chains, and its children keep it as their creator.
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
  handle_events(tree, cache, std::span(events.begin(), events.size()), proc_root);
}

// The processes that `pid` created, in ascending order. What has ended is not listed (where the store
// knows it). O(children) with a ChildIndexed store, else O(processes); so for siblings.
template <TreeStore T>
[[nodiscard]] std::vector<std::uint32_t> children(T&& tree, std::uint32_t pid) {
  detail::TreeAdapter trees(tree);
  return detail::children(trees, pid);
}

// All that descends from it, breadth first; those behind an ancestor that has ended too.
template <TreeStore T>
[[nodiscard]] std::vector<std::uint32_t> descendants(T&& tree, std::uint32_t pid) {
  detail::TreeAdapter trees(tree);
  return detail::descendants(trees, pid);
}

// The other children of its parent, in ascending order.
template <TreeStore T>
[[nodiscard]] std::vector<std::uint32_t> siblings(T&& tree, std::uint32_t pid) {
  detail::TreeAdapter trees(tree);
  return detail::siblings(trees, pid);
}

// Processes with exactly this command name; of exactly this user. Ascending. O(processes); find_by_user
// looks into the cache, and into /proc for what that doesn't hold.
template <TreeStore T>
[[nodiscard]] std::vector<std::uint32_t> find_by_cmd(T&& tree, std::string_view cmd) {
  detail::TreeAdapter trees(tree);
  return detail::find_by_cmd(trees, cmd);
}
template <TreeStore T, CacheStore C>
[[nodiscard]] std::vector<std::uint32_t> find_by_user(T&& tree, C&& cache, std::string_view user) {
  detail::TreeAdapter trees(tree);
  detail::CacheAdapter caches(cache);
  return detail::find_by_user(trees, caches, user);
}

// Has it an ancestor with this command name? A process is not its own descendant. O(depth).
template <TreeStore T>
[[nodiscard]] bool is_descendant(T&& tree, std::uint32_t pid, std::string_view cmd) {
  detail::TreeAdapter trees(tree);
  return detail::is_descendant(trees, pid, cmd);
}

// From the process up its creators to the first known one, child first; each process once, also in a
// cycle. An ancestor that isn't known is a link with cmd and user "unknown", the last one. O(depth).
template <TreeStore T, CacheStore C>
[[nodiscard]] std::vector<ProcessLink> build_chain(T&& tree, C&& cache, std::uint32_t pid,
                                                   const std::string& proc_root = kProcRoot) {
  detail::TreeAdapter trees(tree);
  detail::CacheAdapter caches(cache);
  return detail::build_chain(trees, caches, pid, proc_root);
}

// The same as text, the links joined by ';'.
template <TreeStore T, CacheStore C>
[[nodiscard]] std::string build_chain_string(T&& tree, C&& cache, std::uint32_t pid,
                                             const std::string& proc_root = kProcRoot) {
  detail::TreeAdapter trees(tree);
  detail::CacheAdapter caches(cache);
  return detail::to_chain_string(detail::build_chain(trees, caches, pid, proc_root));
}

// The tree below a process as text, a line each, made safe for a terminal; "unknown" for one that isn't
// in the tree. Linear: deep lines are told by their depth, not by indentation.
template <TreeStore T>
[[nodiscard]] std::string display(T&& tree, std::uint32_t pid) {
  detail::TreeAdapter trees(tree);
  return detail::display(trees, pid);
}

template <TreeStore T>
[[nodiscard]] std::size_t tree_len(T&& tree) {
  if constexpr (requires {
                  { tree.size() } -> std::convertible_to<std::size_t>;
                })
    return tree.size();
  return tree.all_pids().size();
}

// Single facts from /proc. Nothing for a pid that nobody holds, and for the id of a mere thread.
namespace proc {

[[nodiscard]] std::optional<std::pair<PidNode, ProcInfo>> parse_proc_entry(
    std::uint32_t pid, const std::string& proc_root = kProcRoot);
[[nodiscard]] std::optional<std::string> read_proc_comm(std::uint32_t pid,
                                                        const std::string& proc_root = kProcRoot);
[[nodiscard]] std::optional<std::uint64_t> read_proc_start_time_ns(std::uint32_t pid,
                                                                   const std::string& proc_root = kProcRoot);
// From /etc/passwd, read again when it changes; nothing for a uid without a name.
[[nodiscard]] std::optional<std::string> uid_to_username(std::uint32_t uid);

}  // namespace proc

}  // namespace proctree
