// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/hashing.hpp"

#include <linux/capability.h>

#include <utility>

#include "base/try.hpp"
#include "cli/notice.hpp"
#include "cli/privileges.hpp"
#include "hash/hash_helper.hpp"

namespace proctree {

namespace {

// To follow other users' exe links, and to read what has no rights for us.
constexpr std::uint64_t kNeeded = std::uint64_t{1} << CAP_SYS_PTRACE | std::uint64_t{1}
                                                                           << CAP_DAC_READ_SEARCH;

}  // namespace

Result<std::unique_ptr<Hashes>> start_hashing(const std::optional<Account>& account) {
  if (!holds_capabilities(kNeeded)) {
    print_notice(
        "--hash: without CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH only what this user may read is hashed");
  }
  auto helper = PROCTREE_TRY(start_hash_helper([&account] {
    return reduce_privileges({.always = kNeeded, .on_demand = 0, .suffices = {}}, account);
  }));
  return std::make_unique<Hashes>(std::move(helper));
}

void add_hashes(LoopOptions& loop, Engine& engine, const Hashes& hashes) {
  loop.waker = [&hashes] { return hashes.fd(); };
  loop.chores.emplace_back([&engine, &hashes, reported = false](std::uint64_t) mutable -> Result<ChoreDone> {
    PROCTREE_CHECK(engine.report_hashes());
    if (hashes.fd() < 0 && !std::exchange(reported, true))
      print_notice("--hash: the helper has ended, nothing is hashed from here on");
    return ChoreDone{};
  });
}

}  // namespace proctree
