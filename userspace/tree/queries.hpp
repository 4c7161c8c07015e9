// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Questions about a forest of processes. All are linear in what they look at, and none recurses: a
// hostile workload decides how deep and how wide its tree is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "tree/forest.hpp"

namespace proctree {

template <Forest F>
using HandlesOf = std::vector<typename F::Handle>;

namespace detail {

// The children of `process` at the end of `out`, without `root`: as each process has one parent, a walk
// downwards from `root` can meet again only `root` itself, in a cycle.
template <Forest F>
void append_children_but(const F& forest, typename F::Handle process, typename F::Handle root,
                         HandlesOf<F>& out) {
  const std::size_t before = out.size();
  forest.append_children(process, out);
  if (out.size() == before) return;
  out.erase(std::remove(out.begin() + static_cast<std::ptrdiff_t>(before), out.end(), root), out.end());
}

}  // namespace detail

template <Forest F>
[[nodiscard]] HandlesOf<F> children(const F& forest, typename F::Handle process) {
  HandlesOf<F> found;
  detail::append_children_but(forest, process, process, found);
  return found;
}

// Breadth first, `process` not among them.
template <Forest F>
[[nodiscard]] HandlesOf<F> descendants(const F& forest, typename F::Handle process) {
  HandlesOf<F> found = children(forest, process);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if constexpr (requires { forest.prefetch(process, process); }) {
      constexpr std::size_t kAhead = 8;
      if (i + 2 * kAhead < found.size()) forest.prefetch(found[i + kAhead], found[i + 2 * kAhead]);
    }
    detail::append_children_but(forest, found[i], process, found);
  }
  return found;
}

// The other children of its parent.
template <Forest F>
[[nodiscard]] HandlesOf<F> siblings(const F& forest, typename F::Handle process) {
  HandlesOf<F> found;
  if (const auto parent = forest.parent(process); parent && *parent != process) {
    detail::append_children_but(forest, *parent, process, found);
    std::erase(found, *parent);
  }
  return found;
}

template <Forest F>
[[nodiscard]] HandlesOf<F> find_by_comm(const F& forest, std::string_view comm) {
  HandlesOf<F> found;
  if constexpr (requires { forest.append_all_with(comm, found); }) {  // it can search by itself
    forest.append_all_with(comm, found);
  } else {
    forest.append_all(found);
    std::erase_if(found, [&](const auto& process) { return std::string_view(forest.comm(process)) != comm; });
  }
  return found;
}

// Is there an ancestor for which `predicate` holds? A process is not its own ancestor.
template <Forest F, std::predicate<typename F::Handle> P>
[[nodiscard]] bool has_ancestor(const F& forest, typename F::Handle process, P predicate) {
  // Brent's way to find a cycle: `mark` waits at the last power of two.
  auto at = forest.parent(process);
  auto mark = process;
  for (std::size_t step = 1, turn = 1; at && *at != process && *at != mark; ++step) {
    if (predicate(*at)) return true;
    if (step == turn) {
      mark = *at;
      turn *= 2;
      step = 0;
    }
    at = forest.parent(*at);
  }
  return false;
}

template <Forest F>
[[nodiscard]] bool is_descendant(const F& forest, typename F::Handle process, std::string_view comm) {
  if constexpr (requires { forest.is_called(comm); }) {  // it can compare by something shorter
    return has_ancestor(forest, process, forest.is_called(comm));
  } else {
    return has_ancestor(forest, process,
                        [&](const auto& above) { return std::string_view(forest.comm(above)) == comm; });
  }
}

// All processes that descend from any of `ancestors`, each once: also where one of those descends from
// another.
template <Forest F>
[[nodiscard]] HandlesOf<F> descendants_of_any(const F& forest, const HandlesOf<F>& ancestors) {
  HandlesOf<F> found;
  std::unordered_set<typename F::Handle> expanded;
  const auto expand = [&](typename F::Handle process) {
    if (expanded.insert(process).second) detail::append_children_but(forest, process, process, found);
  };
  for (const auto& ancestor : ancestors) expand(ancestor);
  for (std::size_t i = 0; i < found.size(); ++i) expand(typename F::Handle(found[i]));
  return found;
}

}  // namespace proctree
