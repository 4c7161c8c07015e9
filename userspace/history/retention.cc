// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/retention.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/duration.hpp"
#include "base/host_clock.hpp"
#include "base/parse_text.hpp"
#include "base/try.hpp"
#include "history/schema.hpp"

namespace proctree {

namespace {

constexpr std::int64_t kBlocksASlice = 64;
constexpr std::int64_t kRowsASlice = 4096;
// With an age alone a sweep is worthwhile once this much has become too old.
constexpr std::int64_t kSweepNs = 600'000'000'000;

std::optional<std::uint64_t> parse_size(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> kUnits = {
      {{"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}, {"TiB", 1ULL << 40}, {"KiB", 1ULL << 10}}};
  for (const auto& [unit, bytes] : kUnits) {
    if (!text.ends_with(unit)) continue;
    const auto number = parse_number<std::uint64_t>(text.substr(0, text.size() - unit.size()));
    constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
    if (!number || *number == 0 || *number > kMost / bytes) return std::nullopt;
    return *number * bytes;
  }
  return std::nullopt;
}

// What a query says of each number that it looks at.
Result<std::vector<std::pair<std::int64_t, bool>>> numbers_of(Statement& query) {
  std::vector<std::pair<std::int64_t, bool>> found;
  while (PROCTREE_TRY(query.step())) found.emplace_back(query.number(0), query.number(1) != 0);
  query.reset();
  return found;
}

}  // namespace

Result<HistoryBounds> parse_history_bounds(std::string_view text) {
  HistoryBounds bounds;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view bound = take_until(rest, ',');
    if (const auto size = parse_size(bound); size && !bounds.bytes) {
      bounds.bytes = size;
    } else if (const auto age = parse_duration(bound); age && *age != 0 && !bounds.age_ns) {
      bounds.age_ns = age;
    } else {
      return fail(ErrorCode::invalid_argument, "--keep " + std::string(text) + " is no age or size",
                  "write for example 30d, 20GiB or 30d,20GiB");
    }
  }
  return bounds;
}

Result<void> HistoryRetention::prepare(const Database& database) {
  database_ = &database;
  PROCTREE_CHECK(database.prepare_dropping());
  drop_blocks_ = PROCTREE_TRY(
      database.prepare("DELETE FROM line_block WHERE id IN (SELECT id FROM line_block WHERE last_ns < ?1"
                       " ORDER BY last_ns LIMIT ?2)"));
  oldest_block_ =
      PROCTREE_TRY(database.prepare("SELECT last_ns FROM line_block ORDER BY last_ns LIMIT 1 OFFSET ?1"));
  // The younger first: descendants are removed before their ancestor where they can be.
  older_ = PROCTREE_TRY(database.prepare(
      "SELECT id, CASE WHEN lived_ns IS NOT NULL THEN id + lived_ns < ?2 ELSE clock IN (SELECT"
      " k.id FROM clock k WHERE (SELECT max(last_ns) FROM stream s WHERE s.boot = k.boot) < ?2)"
      " END FROM process WHERE id < ?1 ORDER BY id DESC LIMIT ?3"));
  has_child_ = PROCTREE_TRY(database.prepare("SELECT 1 FROM process WHERE creator = ?1 LIMIT 1"));
  drop_images_ = PROCTREE_TRY(database.prepare("DELETE FROM image WHERE process = ?1"));
  drop_process_ = PROCTREE_TRY(database.prepare("DELETE FROM process WHERE id = ?1"));
  next_program_ = PROCTREE_TRY(database.prepare("SELECT min(id) FROM program WHERE id > ?1"));
  uses_ = PROCTREE_TRY(database.prepare(
      "SELECT second, NOT EXISTS (SELECT 1 FROM process WHERE id BETWEEN second * 1000000000 AND"
      " second * 1000000000 + 999999999) FROM program_use WHERE program = ?1 AND second > ?2 AND second < ?3"
      " ORDER BY second LIMIT ?4"));
  drop_use_ = PROCTREE_TRY(database.prepare("DELETE FROM program_use WHERE program = ?1 AND second = ?2"));
  return {};
}

Result<bool> HistoryRetention::begin_sweep(std::int64_t now_ns) {
  std::int64_t until = until_ns_;
  const std::int64_t part_ns = database_->part_ns();
  const auto begin_of_part = [part_ns](std::int64_t time_ns) { return time_ns - time_ns % part_ns; };
  if (bounds_.age_ns) {
    const std::int64_t aged = begin_of_part(now_ns - static_cast<std::int64_t>(*bounds_.age_ns));
    if (until_ns_ == std::numeric_limits<std::int64_t>::min() || aged - until_ns_ >= kSweepNs) until = aged;
  }
  const std::int64_t used = bounds_.bytes ? PROCTREE_TRY(database_->used_bytes()) : 0;
  const std::int64_t most = bounds_.bytes ? static_cast<std::int64_t>(*bounds_.bytes) : used;
  if (used > most) {
    // The same share of the blocks as of the bytes that are too many, and a little more.
    const std::int64_t blocks = PROCTREE_TRY(database_->number("SELECT count(*) FROM line_block"));
    const double share = static_cast<double>(used - most) / static_cast<double>(used);
    const auto at = std::min(static_cast<std::int64_t>(static_cast<double>(blocks) * share) + 1, blocks - 1);
    // Nothing is dropped from a part that is being filled.
    const std::int64_t latest = part_ns == 1 ? INT64_MAX : begin_of_part(now_ns);
    if (const auto oldest = PROCTREE_TRY(oldest_block_.bind(std::max<std::int64_t>(at, 0)).one()))
      until = std::max(until, std::min(begin_of_part(*oldest + part_ns - 1), latest));
  }
  if (until == until_ns_) return false;
  until_ns_ = at_ = until;
  step_ = Step::parts;
  return true;
}

Result<HistoryRetention::Swept> HistoryRetention::sweep(std::int64_t now_ns) {
  Swept swept;
  const std::uint64_t end_ns = boot_now_ns() + span_ns_;
  do {
    swept.has_more = PROCTREE_TRY(slice(now_ns, swept));
  } while (swept.has_more && boot_now_ns() < end_ns);
  return swept;
}

Result<bool> HistoryRetention::slice(std::int64_t now_ns, Swept& swept) {
  if (step_ == Step::none && !PROCTREE_TRY(begin_sweep(now_ns))) return false;
  bool has_more = false;
  switch (step_) {
    case Step::none:
      break;
    case Step::parts: {
      const PartDrop part = PROCTREE_TRY(database_->drop_part(until_ns_));
      if (part == PartDrop::busy) return false;
      swept.processes |= part == PartDrop::dropped;
      if (part == PartDrop::none) step_ = Step::blocks;
      break;
    }
    case Step::blocks:
      has_more = PROCTREE_TRY(drop_blocks());
      if (!has_more) step_ = Step::processes;
      break;
    case Step::processes:
      swept.processes = true;
      has_more = PROCTREE_TRY(drop_processes());
      if (!has_more) step_ = Step::uses;
      break;
    case Step::uses:
      swept.programs = true;
      has_more = PROCTREE_TRY(drop_uses());
      if (!has_more) step_ = Step::rest;
      break;
    case Step::rest:
      swept.programs = true;
      PROCTREE_CHECK(drop_the_rest());
      step_ = Step::none;
      break;
  }
  PROCTREE_CHECK(database_->give_back());
  return true;
}

Result<bool> HistoryRetention::drop_blocks() {
  PROCTREE_CHECK(drop_blocks_.bind(until_ns_, kBlocksASlice).run());
  return PROCTREE_TRY(database_->changes()) == kBlocksASlice;
}

Result<bool> HistoryRetention::drop_processes() {
  const auto looked_at = PROCTREE_TRY(numbers_of(older_.bind(at_, until_ns_, kRowsASlice)));
  for (const auto& [id, has_ended] : looked_at) {
    at_ = id;
    if (!has_ended) continue;
    if (PROCTREE_TRY(has_child_.bind(id).one())) continue;
    PROCTREE_CHECK(drop_images_.bind(id).run());
    PROCTREE_CHECK(drop_process_.bind(id).run());
  }
  if (static_cast<std::int64_t>(looked_at.size()) == kRowsASlice) return true;
  at_ = 0;
  use_at_ = std::numeric_limits<std::int64_t>::min();
  return false;
}

// One program after the other, each by its seconds.
Result<bool> HistoryRetention::drop_uses() {
  for (std::int64_t left = kRowsASlice; left > 0; --left) {
    const auto looked_at = PROCTREE_TRY(numbers_of(uses_.bind(at_, use_at_, second_of(until_ns_), left)));
    for (const auto& [second, is_unreferenced] : looked_at) {
      use_at_ = second;
      if (is_unreferenced) PROCTREE_CHECK(drop_use_.bind(at_, second).run());
    }
    left -= static_cast<std::int64_t>(looked_at.size());
    if (left <= 0) break;
    const auto program = PROCTREE_TRY(next_program_.bind(at_).one());
    if (!program) return false;
    at_ = *program;
    use_at_ = std::numeric_limits<std::int64_t>::min();
  }
  return true;
}

// Unused programs and words go too: processes may have any names.
Result<void> HistoryRetention::drop_the_rest() {
  for (const char* sql : {"DELETE FROM loss WHERE until_ns < ?1", "DELETE FROM resync WHERE at_ns < ?1"}) {
    auto statement = PROCTREE_TRY(database_->prepare(sql));
    PROCTREE_CHECK(statement.bind(until_ns_).run());
  }
  PROCTREE_CHECK(database_->execute(
      "DELETE FROM repeat WHERE seq < coalesce((SELECT min(seq_from) FROM line_block b WHERE b.stream ="
      " repeat.stream), 9223372036854775807);"
      "DELETE FROM program WHERE NOT EXISTS (SELECT 1 FROM program_use u WHERE u.program = program.id);"
      "DELETE FROM string WHERE id NOT IN (SELECT comm FROM program WHERE comm IS NOT NULL UNION"
      " SELECT exe FROM program WHERE exe IS NOT NULL UNION SELECT \"user\" FROM program WHERE \"user\" IS "
      "NOT NULL"
      " UNION SELECT container FROM program WHERE container IS NOT NULL UNION"
      " SELECT entry FROM program WHERE entry IS NOT NULL)"));
  return {};
}

}  // namespace proctree
