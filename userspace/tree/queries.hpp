// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Queries over any forest of processes: the process table is one model, a store of the library's user is
// another. All are linear in what they visit, and none recurses: a hostile workload decides how deep and how
// wide its tree is.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace proctree {

// A handle names a process and is cheap to copy. Each process is among the children of its parent and of no
// other. Nothing else is required: a store may hold cycles, and processes that are their own parent (`parent`
// and `append_children` return those too), and no query fails on them.
template <class F>
concept Forest = std::copyable<typename F::Handle> && std::equality_comparable<typename F::Handle> &&
    requires(const F& forest, typename F::Handle process, std::vector<typename F::Handle>& out) {
  { forest.parent(process) } -> std::same_as<std::optional<typename F::Handle>>;
  forest.append_children(process, out);  // in display order
  forest.append_all(out);
  { forest.comm(process) } -> std::convertible_to<std::string_view>;
};

// One that can be drawn: a process's label is safe for a terminal.
template <class F>
concept LabelledForest = Forest<F> &&
    requires(const F& forest, typename F::Handle process, std::string& out) {
  forest.append_label(out, process);
};

template <Forest F>
using HandlesOf = std::vector<typename F::Handle>;

namespace detail {

// Appends the children of `process`, without `root`: as each process has one parent, all that a walk down
// from `root` can meet again, in a cycle, is `root` itself.
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

// Breadth first, without `process`.
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
  if constexpr (requires { forest.append_all_with(comm, found); }) {  // has an index, or a faster search
    forest.append_all_with(comm, found);
  } else {
    forest.append_all(found);
    std::erase_if(found, [&](const auto& process) { return std::string_view(forest.comm(process)) != comm; });
  }
  return found;
}

// Whether `predicate` holds for an ancestor. A process is not its own ancestor.
template <Forest F, std::predicate<typename F::Handle> P>
[[nodiscard]] bool has_ancestor(const F& forest, typename F::Handle process, P predicate) {
  // Brent's cycle detection: `mark` stays at the last power of two.
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
  if constexpr (requires { forest.is_called(comm); }) {  // compares something shorter
    return has_ancestor(forest, process, forest.is_called(comm));
  } else {
    return has_ancestor(forest, process,
                        [&](const auto& above) { return std::string_view(forest.comm(above)) == comm; });
  }
}

// All descendants of any of `ancestors`, each process once, also where one ancestor descends from another.
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
