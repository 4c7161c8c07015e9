// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the accounts of --fair have lost (bpf/fair.bpf.h), read from their map.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>

#include "proctree_event.h"
#include "source/source.hpp"

namespace proctree {

inline constexpr std::uint32_t kFairAccounts = 16384;

class FairAccounts {
 public:
  explicit FairAccounts(int map) : map_(map) {}

  // The path of the cgroup with this number; empty: not known.
  using PathOf = std::function<std::string_view(std::uint64_t nr)>;
  // Reports what each account has lost since the last time. `since_ns`: all losses until then are reported.
  // `lost`: the sum of all, read before this. Losses of an account that is gone are reported as nobody's.
  Result<void> report(std::uint64_t lost, std::uint64_t since_ns, const PathOf& path_of,
                      const Source::EventHandler& handler);
  // Removes those that owe nothing and whose losses are reported, once there are many: they come back as they
  // were.
  void remove_idle(std::uint64_t now_ns);

 private:
  struct Reported {
    std::uint64_t events = 0;
    std::uint64_t failed_execs = 0;
  };
  Result<void> report(std::uint64_t key, const pt_account& account, std::uint64_t since_ns,
                      const PathOf& path_of, const Source::EventHandler& handler);
  [[nodiscard]] bool is_idle(std::uint64_t key, const pt_account& account, std::uint64_t now_ns) const;
  template <class Visit>
  void for_each(Visit visit) const;

  int map_;
  std::uint64_t accounts_ = 0;  // when they were last counted
  std::uint64_t reported_ = 0;  // the sum of all that follow, and of what is gone
  std::unordered_map<std::uint64_t, Reported> reported_of_;
};

}  // namespace proctree
