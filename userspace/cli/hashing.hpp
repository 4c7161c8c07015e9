// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// --hash: the helper, and what the loop has to do for it.
#pragma once

#include <memory>
#include <optional>

#include "cli/trace_loop.hpp"
#include "hash/hashes.hpp"
#include "procfs/account.hpp"
#include "proctree/error.hpp"

namespace proctree {

// Starts the helper, as `account` where there is one: before privileges are reduced, and while there is one
// thread. Reports on standard error what it will not be able to read.
[[nodiscard]] Result<std::unique_ptr<Hashes>> start_hashing(const std::optional<Account>& account);

// Writes hashes as they come. Both outlive the loop.
void add_hashes(LoopOptions& loop, Engine& engine, const Hashes& hashes);

}  // namespace proctree
