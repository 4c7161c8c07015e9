// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Who events are charged to, where each account has its share (--fair).
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_set>

#include "proctree/facts.hpp"

namespace proctree {

using Payer = std::uint64_t;
inline constexpr Payer kNoPayer = 0;
inline constexpr std::string_view kUnknownCgroup = "unknown";  // charged before its path was told
using Payers = std::unordered_set<Payer>;

[[nodiscard]] inline Payer payer_of_uid(std::uint32_t uid) { return std::uint64_t{1} << 63 | uid; }

// By a hash that nobody outside can steer; two that meet would only be doubted together.
[[nodiscard]] inline Payer payer_of_cgroup(std::string_view path) {
  return std::uint64_t{1} << 62 | std::hash<std::string_view>{}(path) >> 2;
}

[[nodiscard]] inline Payer payer_of(const TaskFacts& task) {
  if (task.charged_uid != kUnsetId) return payer_of_uid(task.charged_uid);
  if (!task.charged_cgroup) return kNoPayer;
  return payer_of_cgroup(task.cgroup.empty() ? kUnknownCgroup : task.cgroup);
}

[[nodiscard]] inline Payer payer_of(const Loss& lost) {
  if (lost.uid != kUnsetId) return payer_of_uid(lost.uid);
  return lost.cgroup.empty() ? kNoPayer : payer_of_cgroup(lost.cgroup);
}

// What isn't sure of the tree, since events were lost and it isn't mended yet.
struct Doubt {
  bool all = false;
  const Payers* payers = nullptr;  // else whose processes aren't

  [[nodiscard]] bool covers(Payer payer) const {
    return payers != nullptr && payer != kNoPayer && payers->contains(payer);
  }
};

}  // namespace proctree
