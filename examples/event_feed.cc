// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A tree kept right by events, from whatever reports them: here lines of text on standard input.
//   fork CHILD PARENT    exec PID    exit PID
// For each exec the chain of its process is printed, and at the end who of the forked still lives.
#include <algorithm>
#include <iostream>
#include <optional>
#include <proctree/proctree.hpp>
#include <set>
#include <sstream>
#include <string>

namespace {

std::optional<proctree::ProcEvent> parse(const std::string& line) {
  std::istringstream words(line);
  std::string what;
  std::uint32_t pid = 0;
  if (!(words >> what >> pid)) return std::nullopt;
  if (what == "exec") return proctree::Exec{pid, 0};
  if (what == "exit") return proctree::Exit{pid};
  std::uint32_t parent = 0;
  if (what == "fork" && words >> parent) return proctree::Fork{pid, parent, 0};
  return std::nullopt;
}

}  // namespace

int main() {
  // What runs already when the events begin: first the source is opened, then the snapshot taken.
  const proctree::DefaultTree tree(65536, std::chrono::seconds(600));
  const proctree::DefaultCache cache(65536, std::chrono::seconds(600));
  proctree::snapshot(tree, cache);

  std::set<std::uint32_t> forked;
  std::string text;
  for (std::string line; std::getline(std::cin, line);) {
    const auto event = parse(line);
    if (!event) continue;
    proctree::handle_events(tree, cache, {*event});
    if (const auto* fork = std::get_if<proctree::Fork>(&*event)) forked.insert(fork->child_pid);
    if (const auto* exec = std::get_if<proctree::Exec>(&*event)) {
      text.clear();  // and its memory is used again
      proctree::append_chain_string(text, tree, cache, exec->pid);
      std::cout << text << '\n';
    }
  }
  const auto living = tree.living_pids();
  for (const std::uint32_t pid : forked) {
    const bool lives = std::find(living.begin(), living.end(), pid) != living.end();
    std::cout << pid << (lives ? " lives\n" : " has ended\n");
  }
}
