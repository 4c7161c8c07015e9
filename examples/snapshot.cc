// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Who started this program, and what else runs below whom: one look at /proc, no root.
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <proctree/proctree.hpp>

int main() {
  const proctree::DefaultTree tree(65536, std::chrono::seconds(600));
  const proctree::DefaultCache cache(65536, std::chrono::seconds(600));
  proctree::snapshot(tree, cache);

  const auto self = static_cast<std::uint32_t>(::getpid());
  std::cout << proctree::build_chain_string(tree, cache, self) << '\n';

  // One process by itself: from the cache, or from /proc.
  if (const auto init = proctree::resolve(cache, 1)) {
    std::cout << "pid 1 is " << proctree::to_string(proctree::ProcessLink{1, init->cmd, init->user}) << '\n';
    const bool ours = proctree::is_descendant(tree, self, init->cmd);
    std::cout << "1 with " << proctree::descendants(tree, 1).size() << " below it: this program "
              << (ours ? "descends" : "does not descend") << " from it\n";
  }
  for (const std::uint32_t pid : proctree::find_by_user(tree, cache, "root")) {
    if (proctree::children(tree, pid).size() > 5) std::cout << proctree::display(tree, pid) << '\n';
  }
}
