// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the queries and the display need of a store of processes: the process table is one model, a
// store that a user of the library brings is another.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proctree {

// A handle names a process; it is cheap to copy. Each process stands in the children of its parent and
// of no other. That is all that is asked: a store may hold cycles and processes that are their own
// parent (then `parent` and `append_children` tell them all the same), and no operation fails on them.
template <class F>
concept Forest = std::copyable<typename F::Handle> && std::equality_comparable<typename F::Handle> &&
    requires(const F& forest, typename F::Handle process, std::vector<typename F::Handle>& out) {
  { forest.parent(process) } -> std::same_as<std::optional<typename F::Handle>>;
  forest.append_children(process, out);  // in the order in which they are shown
  forest.append_all(out);
  { forest.comm(process) } -> std::convertible_to<std::string_view>;
};

// One that can be drawn: what stands for a process in its line, made safe for a terminal.
template <class F>
concept LabelledForest = Forest<F> &&
    requires(const F& forest, typename F::Handle process, std::string& out) {
  forest.append_label(out, process);
};

}  // namespace proctree
