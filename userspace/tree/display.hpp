// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A tree of processes as text.
//
//   systemd(1)
//   ├─sshd(100)
//   │ └─bash(200)
//   └─cron(101)
//
// (In ASCII `|-`, `| ` and "`-".)
//
// One process a line, unlike pstree's `a─┬─b───c`: `grep` then finds whole processes, `diff` and `head`
// make sense, a process with many children does not run off the right side, and the eye finds a parent
// straight above. The cost of a line must not grow with its depth without bound (a tree a million deep
// would be terabytes of indentation): below kIndentMax levels the depth is a number.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/charset.hpp"
#include "tree/queries.hpp"

namespace proctree {

// Draws what stands left of the labels, for lines given from the root down, each after its parent.
class TreeLines {
 public:
  static constexpr std::size_t kIndentMax = 64;

  explicit TreeLines(Charset charset = Charset::utf8) : charset_(charset) {}

  // `depth` 0 is the root; `last`: no sibling follows.
  void append_prefix(std::string& out, std::size_t depth, bool last);

 private:
  Charset charset_;
  std::string above_;                           // what the lines of all ancestors draw
  std::array<std::size_t, kIndentMax> ends_{};  // by depth: how much of it they draw up to there
};

// Appends "name(pid)", the name made safe for a terminal.
void append_name_and_pid(std::string& out, std::string_view name, std::uint32_t pid,
                         Charset charset = Charset::utf8);

// Calls visit(process, depth, last) for `root` and all below it, in the order of their lines.
template <Forest F, class Visit>
void for_each_line(const F& forest, typename F::Handle root, Visit visit) {
  struct Pending {
    typename F::Handle process;
    std::size_t depth;
    bool last;
  };
  std::vector<Pending> pending{{root, 0, true}};
  HandlesOf<F> below;
  while (!pending.empty()) {
    const Pending line = pending.back();
    pending.pop_back();
    if constexpr (requires { forest.prefetch(root, root); }) {
      forest.prefetch(line.process, pending.empty() ? line.process : pending.back().process);
    }
    visit(line.process, line.depth, line.last);

    below.clear();
    detail::append_children_but(forest, line.process, root, below);
    for (std::size_t i = below.size(); i-- > 0;) {
      pending.push_back({below[i], line.depth + 1, i + 1 == below.size()});
    }
  }
}

// Appends the tree below `root`, that too, each line ended by a newline.
template <LabelledForest F>
void append_tree(std::string& out, const F& forest, typename F::Handle root,
                 Charset charset = Charset::utf8) {
  TreeLines lines(charset);
  for_each_line(forest, root, [&](const auto& process, std::size_t depth, bool last) {
    lines.append_prefix(out, depth, last);
    forest.append_label(out, process);
    out += '\n';
  });
}

}  // namespace proctree
