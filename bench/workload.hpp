// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The same processes in every run: trees and names from a fixed seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace proctree::bench {

class Random {
 public:
  // In [0, below).
  std::uint32_t operator()(std::size_t below) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint32_t>((state_ >> 33) % below);
  }

 private:
  std::uint64_t state_ = 42;
};

// This many command names are in use at a time.
inline constexpr std::uint32_t kCommands = 1000;

inline const std::vector<std::string>& commands() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (std::uint32_t i = 0; i < kCommands; ++i) made.push_back("command-" + std::to_string(i));
    return made;
  }();
  return names;
}

struct PlannedProcess {
  std::uint32_t pid;
  std::uint32_t ppid;
  const std::string* cmd;
};

// Pids 1 to `count`, each below a random earlier one.
inline std::vector<PlannedProcess> random_tree(std::uint32_t count) {
  Random random;
  std::vector<PlannedProcess> plan = {{1, 0, commands().data()}};
  plan.reserve(count);
  for (std::uint32_t pid = 2; pid <= count; ++pid) {
    plan.push_back({pid, 1 + random(pid - 1), &commands()[random(kCommands)]});
  }
  return plan;
}

// Pids 1 to `count`, each with ten children as long as there are some.
inline std::vector<PlannedProcess> even_tree(std::uint32_t count) {
  Random random;
  std::vector<PlannedProcess> plan;
  plan.reserve(count);
  for (std::uint32_t pid = 1; pid <= count; ++pid) {
    plan.push_back({pid, (pid + 8) / 10, &commands()[random(kCommands)]});
  }
  return plan;
}

// Pids 1 to `depth`, each the child of the one before.
inline std::vector<PlannedProcess> line(std::uint32_t depth) {
  Random random;
  std::vector<PlannedProcess> plan;
  for (std::uint32_t pid = 1; pid <= depth; ++pid) {
    plan.push_back({pid, pid - 1, &commands()[random(kCommands)]});
  }
  return plan;
}

}  // namespace proctree::bench
