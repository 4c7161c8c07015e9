// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/process_rows.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/try.hpp"
#include "history/schema.hpp"
#include "tree/process_id.hpp"

namespace proctree {

namespace {

// Processes that were born at one time take numbers one after the other: as many are looked through at once.
constexpr std::int64_t kWindow = 64;
// As load() takes them and write() binds them.
constexpr std::string_view kColumns =
    "id, pid, clock, shift_ns, born_ns, known, reported_ns, creator, creator_pid, edge, program, seen_ns,"
    " lived_ns, exit_code, signal, end_inferred, user_ns, system_ns, max_rss_kb, stream, seq, exit_stream,"
    " exit_seq";

// A start that is known to the clock tick only may be that of many: the pid distinguishes them.
std::int64_t shift_of(const ProcKey& key) {
  return key.start_ns % kTickNs == 0 ? static_cast<std::int64_t>(key.pid) : 0;
}

// A fork is reported when it happens.
std::int64_t usual_report(const ProcessRow& row) {
  return row.known == 3 ? row.id - row.shift_ns : ProcessRow::kNever;
}

std::optional<std::int64_t> unless_zero(std::int64_t number) {
  return number == 0 ? std::nullopt : std::optional(number);
}

}  // namespace

std::size_t ProcessRows::KeyHash::operator()(const Key& key) const {
  std::uint64_t mixed = key.start_ns ^ std::uint64_t{key.pid} << 40 ^ static_cast<std::uint64_t>(key.boot);
  mixed *= 0x9e3779b97f4a7c15U;
  return static_cast<std::size_t>(mixed ^ mixed >> 32);
}

Result<void> ProcessRows::prepare(const Database& database) {
  database_ = &database;
  near_ = PROCTREE_TRY(database.prepare("SELECT " + std::string(kColumns) +
                                        " FROM process WHERE id BETWEEN ?1 AND ?2 ORDER BY id"));
  own_ = PROCTREE_TRY(
      database.prepare("SELECT " + std::string(kColumns) +
                       " FROM process WHERE pid = ?1 AND id >= ?2 AND clock = ?3 AND id - shift_ns = ?4"));
  taken_near_ = PROCTREE_TRY(database.prepare("SELECT id FROM process WHERE id BETWEEN ?1 AND ?2"));
  insert_ = PROCTREE_TRY(database.prepare_insertion({.table = "process", .columns = kColumns}));
  update_ = PROCTREE_TRY(database.prepare(
      "UPDATE process SET born_ns = ?2, known = ?3, reported_ns = ?4, program = ?5, seen_ns = ?6, lived_ns ="
      " ?7, exit_code = ?8, signal = ?9, end_inferred = ?10, user_ns = ?11, system_ns = ?12, max_rss_kb = "
      "?13,"
      " stream = ?14, seq = ?15, exit_stream = ?16, exit_seq = ?17 WHERE id = ?1"));
  set_creator_ = PROCTREE_TRY(
      database.prepare("UPDATE process SET creator = ?2, creator_pid = ?3, edge = ?4 WHERE id = ?1"));
  move_ = PROCTREE_TRY(database.prepare(
      "UPDATE process SET id = ?2, clock = ?3, shift_ns = ?4, born_ns = CASE WHEN born_ns NOT BETWEEN ?7 AND"
      " ?8 THEN born_ns END, reported_ns = reported_ns + ?5, seen_ns = seen_ns + ?5, lived_ns = lived_ns + "
      "?6 WHERE id = ?1"));
  move_images_ = PROCTREE_TRY(
      database.prepare("UPDATE image SET process = ?2, after_ns = after_ns + ?3 WHERE process = ?1"));
  move_below_ = PROCTREE_TRY(database.prepare("UPDATE process SET creator = ?2 WHERE creator = ?1"));
  note_uses_ = PROCTREE_TRY(database.prepare(
      "INSERT INTO program_use(program, second) SELECT program, CAST(?2 AS BIGINT) FROM process WHERE id = ?1"
      " AND program IS NOT NULL UNION SELECT program, CAST(?2 AS BIGINT) FROM image WHERE process = ?1"
      " ON CONFLICT DO NOTHING"));
  latest_ = PROCTREE_TRY(database.prepare("SELECT max(id) FROM process"));
  return reload();
}

Result<ProcessRow*> ProcessRows::at(std::int64_t boot, const std::vector<ClockSetting>& clocks,
                                    const ProcKey& key) {
  const auto [found, is_new] = rows_.try_emplace({boot, key.pid, key.start_ns});
  ProcessRow& row = found->second;
  if (!is_new) return &row;
  for (const ClockSetting& clock : clocks) {
    auto loaded = load(clock, key, row);
    if (!loaded) rows_.erase(found);
    if (PROCTREE_TRY(std::move(loaded))) return &row;
  }
  row = {};
  row.key = key;
  row.clock = clocks.back().id;
  const std::int64_t start = clocks.back().began_ns + static_cast<std::int64_t>(key.start_ns);
  auto id = free_id(start + shift_of(key));
  if (!id) rows_.erase(found);
  row.id = PROCTREE_TRY(std::move(id));
  row.shift_ns = row.id - start;
  PROCTREE_CHECK(database_->expect_rows_of(row.id));
  set_changed(row);
  return &row;
}

Result<void> ProcessRows::reload() {
  forget();
  latest_id_ = PROCTREE_TRY(latest_.one()).value_or(std::numeric_limits<std::int64_t>::min());
  return {};
}

const ProcessRow* ProcessRows::find(std::int64_t boot, const ProcKey& key) const {
  const auto found = rows_.find({boot, key.pid, key.start_ns});
  return found == rows_.end() ? nullptr : &found->second;
}

ProcessRow ProcessRows::read_row(const Statement& found, const ProcKey& key) {
  ProcessRow row;
  row.id = found.number(0);
  row.clock = found.number(2);
  row.key = key;
  row.shift_ns = found.number(3);
  row.born_ns = found.maybe_number(4);
  row.known = static_cast<int>(found.number(5));
  row.reported_ns = found.maybe_number(6).value_or(usual_report(row));
  row.creator = found.maybe_number(7);
  row.creator_pid = found.maybe_number(8);
  row.edge = static_cast<int>(found.maybe_number(9).value_or(ProcessRow::kNoEdge));
  row.program = found.maybe_number(10);
  row.seen_ns = found.maybe_number(11);
  row.lived_ns = found.maybe_number(12);
  row.exit_code = found.maybe_number(13);
  row.signal = found.maybe_number(14);
  row.end_inferred = found.number(15) != 0;
  row.user_ns = found.maybe_number(16);
  row.system_ns = found.maybe_number(17);
  row.max_rss_kb = found.maybe_number(18);
  row.stream = found.maybe_number(19);
  row.seq = found.maybe_number(20);
  row.exit_stream = found.maybe_number(21);
  row.exit_seq = found.maybe_number(22);
  row.is_stored = true;
  return row;
}

// A number that was taken made it take a later one: mostly one of the next, but where many boots have the
// same births (copies of a machine, recordings of a test) it may be far, and is looked for by its pid.
Result<bool> ProcessRows::load(const ClockSetting& clock, const ProcKey& key, ProcessRow& row) {
  const std::int64_t start = clock.began_ns + static_cast<std::int64_t>(key.start_ns);
  const std::int64_t from = start + shift_of(key);
  if (from > latest_id_) return false;
  std::int64_t looked = 0;
  bool is_found = false;
  for (near_.bind(from, from + kWindow - 1); !is_found && PROCTREE_TRY(near_.step()); ++looked) {
    is_found = near_.number(1) == std::int64_t{key.pid} && near_.number(2) == clock.id &&
               near_.number(0) - near_.number(3) == start;
    if (is_found) row = read_row(near_, key);
  }
  near_.reset();
  if (is_found || looked < kWindow) return is_found;
  own_.bind(std::int64_t{key.pid}, from, clock.id, start);
  is_found = PROCTREE_TRY(own_.step());
  if (is_found) row = read_row(own_, key);
  own_.reset();
  return is_found;
}

Result<std::int64_t> ProcessRows::free_id(std::int64_t wanted) {
  while (true) {
    // Before 1970 numbers wrap round, and then follow one another as well.
    const auto number = static_cast<std::uint64_t>(wanted);
    if (const auto last = last_of_range(taken_, number)) {
      wanted = static_cast<std::int64_t>(*last + 1);
      continue;
    }
    bool is_taken = false;
    if (wanted <= latest_id_) {
      taken_near_.bind(wanted, wanted + kWindow - 1);
      while (PROCTREE_TRY(taken_near_.step())) {
        is_taken |= taken_near_.number(0) == wanted;
        add_number(taken_, static_cast<std::uint64_t>(taken_near_.number(0)));
      }
      taken_near_.reset();
    }
    if (is_taken) continue;
    add_number(taken_, number);
    return wanted;
  }
}

void ProcessRows::set_changed(ProcessRow& row) {
  if (!row.is_changed) changed_.push_back(&row);
  row.is_changed = true;
}

Result<void> ProcessRows::write(const ProcessRow& row) {
  const bool is_usual = row.reported_ns == usual_report(row) || row.reported_ns == ProcessRow::kNever;
  const auto reported = is_usual ? std::nullopt : std::optional(row.reported_ns);
  const auto edge = row.edge == ProcessRow::kNoEdge ? std::nullopt : std::optional(std::int64_t{row.edge});
  const auto inferred = unless_zero(std::int64_t{row.end_inferred});
  if (!row.is_stored) {
    return insert_
        .bind(row.id, std::int64_t{row.key.pid}, row.clock, row.shift_ns, row.born_ns,
              std::int64_t{row.known}, reported, row.creator, row.creator_pid, edge, row.program, row.seen_ns,
              row.lived_ns, row.exit_code, row.signal, inferred, row.user_ns, row.system_ns, row.max_rss_kb,
              row.stream, row.seq, row.exit_stream, row.exit_seq)
        .run();
  }
  if (row.has_new_creator)
    PROCTREE_CHECK(set_creator_.bind(row.id, row.creator, row.creator_pid, edge).run());
  return update_
      .bind(row.id, row.born_ns, std::int64_t{row.known}, reported, row.program, row.seen_ns, row.lived_ns,
            row.exit_code, row.signal, inferred, row.user_ns, row.system_ns, row.max_rss_kb, row.stream,
            row.seq, row.exit_stream, row.exit_seq)
      .run();
}

void ProcessRows::set_clock(const ProcessRow& row, const ClockSetting& clock) {
  if (clock.id == row.clock) {
    moves_.erase(row.id);
  } else {
    moves_.insert_or_assign(row.id, Move{row.key, row.shift_ns, row.id - row.shift_ns, clock});
  }
}

// All that counts from its birth goes on doing so.
Result<void> ProcessRows::move(std::int64_t id, const Move& move) {
  const std::int64_t start = move.clock.began_ns + static_cast<std::int64_t>(move.key.start_ns);
  const std::int64_t to = PROCTREE_TRY(free_id(start + shift_of(move.key)));
  const std::int64_t shift = to - start;
  const std::int64_t nearer = move.shift_ns - shift;
  PROCTREE_CHECK(database_->expect_rows_of(to));
  PROCTREE_CHECK(move_
                     .bind(id, to, move.clock.id, shift, start - move.start, nearer,
                           start - ProcessRow::kBornNearNs, start + ProcessRow::kBornNearNs)
                     .run());
  PROCTREE_CHECK(move_images_.bind(id, to, nearer).run());
  PROCTREE_CHECK(move_below_.bind(id, to).run());
  PROCTREE_CHECK(note_uses_.bind(to, second_of(to)).run());
  latest_id_ = std::max(latest_id_, to);
  return {};
}

Result<void> ProcessRows::flush() {
  // New ones first, since these go together.
  std::ranges::sort(changed_, {}, [](const ProcessRow* row) { return std::pair(row->is_stored, row->id); });
  for (ProcessRow* row : changed_) {
    PROCTREE_CHECK(write(*row));
    latest_id_ = std::max(latest_id_, row->id);
    row->is_stored = true;
    row->is_changed = row->has_new_creator = false;
  }
  changed_.clear();
  for (const auto& [id, to] : moves_) PROCTREE_CHECK(move(id, to));
  if (!moves_.empty()) rows_.clear();  // others may be below those
  moves_.clear();
  if (taken_.size() > kMost) taken_.clear();  // the file has them now
  if (is_full()) rows_.clear();
  return {};
}

}  // namespace proctree
