// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a store forgets: what ended before a time, or so much that the file stays below a size. It is done in
// slices, each short beside a transaction. What anything retained descends from stays.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "history/sqlite.hpp"
#include "proctree/error.hpp"

namespace proctree {

struct HistoryBounds {
  std::optional<std::uint64_t> age_ns = {};
  std::optional<std::uint64_t> bytes = {};
};

// "30d", "20GiB", or both with a comma between.
[[nodiscard]] Result<HistoryBounds> parse_history_bounds(std::string_view text);

class HistoryRetention {
 public:
  explicit HistoryRetention(const HistoryBounds& bounds) : bounds_(bounds) {}
  Result<void> prepare(const Database& database);

  // Within a transaction. True: there is more to do.
  Result<bool> slice(std::int64_t now_ns);
  // Programs and their words have gone since the last time: numbers of them that are remembered are void.
  [[nodiscard]] bool take_forgot_programs();

 private:
  Result<bool> begin_sweep(std::int64_t now_ns);
  Result<bool> drop_blocks();
  Result<bool> drop_processes();
  Result<bool> drop_uses();
  Result<void> drop_the_rest();
  Result<std::int64_t> used_bytes();

  enum class Step : std::uint8_t { none, blocks, processes, uses, rest };

  HistoryBounds bounds_;
  const Database* database_ = nullptr;
  Step step_ = Step::none;
  std::int64_t until_ns_ = std::numeric_limits<std::int64_t>::min();  // what ended before goes
  std::int64_t at_ = 0;                                               // how far the step has come
  bool forgot_programs_ = false;

  Statement drop_blocks_, older_, has_child_, drop_images_, drop_process_, next_program_, drop_uses_,
      oldest_block_;
};

}  // namespace proctree
