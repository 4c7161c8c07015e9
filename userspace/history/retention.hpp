// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a store drops: what ended before a time, or as much as is above a size. It is done in slices, as many
// as fit into a part of the time between two transactions. Ancestors of anything retained stay.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

#include "history/database.hpp"
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
  static constexpr std::uint64_t kSpanNs = 200'000'000;
  explicit HistoryRetention(const HistoryBounds& bounds, std::uint64_t span_ns = kSpanNs)
      : bounds_(bounds), span_ns_(span_ns) {}
  Result<void> prepare(const Database& database);

  struct Swept {
    bool has_more = false;
    // Such rows may have gone: what is remembered of them is void.
    bool processes = false;
    bool programs = false;  // their words and uses too
  };
  // Within a transaction: one slice, and more of them until `span_ns` is over.
  Result<Swept> sweep(std::int64_t now_ns);

 private:
  Result<bool> slice(std::int64_t now_ns, Swept& swept);
  Result<bool> begin_sweep(std::int64_t now_ns);
  Result<bool> drop_blocks();
  Result<bool> drop_processes();
  Result<bool> drop_uses();
  Result<void> drop_the_rest();

  enum class Step : std::uint8_t { none, parts, blocks, processes, uses, rest };

  HistoryBounds bounds_;
  std::uint64_t span_ns_;
  const Database* database_ = nullptr;
  Step step_ = Step::none;
  std::int64_t until_ns_ = std::numeric_limits<std::int64_t>::min();  // what ended before goes
  std::int64_t at_ = 0;                                               // how far the step has come
  std::int64_t use_at_ = 0;                                           // of program `at_`: the second

  Statement drop_blocks_, older_, has_child_, drop_images_, drop_process_, next_program_, uses_, drop_use_,
      oldest_block_;
};

}  // namespace proctree
