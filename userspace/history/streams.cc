// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/streams.hpp"

#include <algorithm>
#include <utility>

#include "base/try.hpp"

namespace proctree {

Result<void> Streams::prepare(const Database& database) {
  database_ = &database;
  add_boot_ = PROCTREE_TRY(database.prepare("INSERT INTO boot(prefix) VALUES(?1) ON CONFLICT DO NOTHING"));
  find_boot_ = PROCTREE_TRY(database.prepare("SELECT id FROM boot WHERE prefix = ?1"));
  add_stream_ =
      PROCTREE_TRY(database.prepare("INSERT INTO stream(name, boot) VALUES(?1, ?2) ON CONFLICT DO NOTHING"));
  find_stream_ = PROCTREE_TRY(database.prepare("SELECT id FROM stream WHERE name = ?1"));
  find_ranges_ = PROCTREE_TRY(database.prepare("SELECT seq_from, seq_to FROM ingested WHERE stream = ?1"));
  remove_range_ = PROCTREE_TRY(database.prepare("DELETE FROM ingested WHERE stream = ?1 AND seq_from = ?2"));
  put_range_ =
      PROCTREE_TRY(database.prepare("INSERT INTO ingested VALUES(?1, ?2, ?3) ON CONFLICT(stream, seq_from) DO"
                                    " UPDATE SET seq_to = excluded.seq_to"));
  add_block_ = PROCTREE_TRY(
      database.prepare("INSERT INTO line_block(stream, seq_from, seq_to, first_ns, last_ns, lines)"
                       " VALUES(?1, ?2, ?3, ?4, ?5, ?6) RETURNING id"));
  remove_block_ = PROCTREE_TRY(database.prepare("DELETE FROM line_block WHERE id = ?1 AND stream = ?2"));
  set_stream_ = PROCTREE_TRY(database.prepare(
      "UPDATE stream SET first_ns = CASE WHEN first_ns <= ?2 THEN first_ns ELSE ?2 END, last_ns = CASE WHEN"
      " last_ns >= ?3 THEN last_ns ELSE ?3 END, snapshot = CASE WHEN snapshot >= ?4 THEN snapshot ELSE ?4 END"
      " WHERE id = ?1"));
  find_lost_ = PROCTREE_TRY(
      database.prepare("SELECT seq, seq_to, place, until_ns, ktime_ns, line FROM loss WHERE stream = ?1 AND"
                       " place IN ('disk', 'spool')"));
  remove_lost_ =
      PROCTREE_TRY(database.prepare("DELETE FROM loss WHERE stream = ?1 AND seq = ?2 AND place = ?3"));
  put_lost_ = PROCTREE_TRY(database.prepare(
      "INSERT INTO loss(stream, seq, seq_to, place, until_ns, ktime_ns, count, line)"
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT(stream, seq, place) DO UPDATE SET seq_to ="
      " excluded.seq_to, until_ns = excluded.until_ns, ktime_ns = excluded.ktime_ns, count = excluded.count,"
      " line = excluded.line"));
  return {};
}

Result<Streams::Stream*> Streams::at(std::string_view name) {
  if (const auto found = streams_.find(name); found != streams_.end()) return &found->second;
  Stream stream;
  const std::string_view prefix = name.substr(0, kBootDigits);
  PROCTREE_CHECK(add_boot_.bind(prefix).run());
  stream.boot = PROCTREE_TRY(find_boot_.bind(prefix).one()).value_or(0);
  PROCTREE_CHECK(add_stream_.bind(name, stream.boot).run());
  stream.id = PROCTREE_TRY(find_stream_.bind(name).one()).value_or(0);
  PROCTREE_CHECK(load_ranges(stream));
  return &streams_.emplace(std::string(name), std::move(stream)).first->second;
}

Result<void> Streams::load_ranges(Stream& stream) {
  stream.ranges.clear();
  find_ranges_.bind(stream.id);
  while (PROCTREE_TRY(find_ranges_.step()))
    stream.ranges[static_cast<std::uint64_t>(find_ranges_.number(0))] =
        static_cast<std::uint64_t>(find_ranges_.number(1));
  find_ranges_.reset();
  stream.stored_ranges = stream.ranges;
  return load_lost(stream);
}

Result<void> Streams::load_lost(Stream& stream) {
  stream.lost.clear();
  find_lost_.bind(stream.id);
  while (PROCTREE_TRY(find_lost_.step())) {
    const LossReport report{find_lost_.text(2) == kLostBySpool, find_lost_.number(3),
                            static_cast<std::uint64_t>(find_lost_.number(4))};
    stream.lost.add(
        static_cast<std::uint64_t>(find_lost_.number(0)),
        {static_cast<std::uint64_t>(find_lost_.number(1)), report, std::string(find_lost_.text(5))});
  }
  find_lost_.reset();
  stream.stored_lost = stream.lost.ranges();
  return {};
}

Result<void> Streams::reload() {
  for (auto& [name, stream] : streams_) PROCTREE_CHECK(load_ranges(stream));
  return {};
}

const Streams::Stream* Streams::find(std::string_view name) const {
  const auto found = streams_.find(name);
  return found == streams_.end() ? nullptr : &found->second;
}

Result<bool> Streams::add(Stream& stream, std::uint64_t seq, std::int64_t time_ns, std::string_view text) {
  if (add_number(stream.ranges, seq) == Added::not_new) return false;
  stream.first_ns = stream.is_changed ? std::min(stream.first_ns, time_ns) : time_ns;
  stream.last_ns = stream.is_changed ? std::max(stream.last_ns, time_ns) : time_ns;
  stream.is_changed = true;
  stream.block.add(seq, time_ns, text);
  if (stream.block.is_full()) PROCTREE_CHECK(store_full_block(stream));
  return true;
}

void Streams::add_lost(Stream& stream, std::uint64_t from, LostRange range) {
  stream.lost.add(from, std::move(range));
  stream.has_new_losses = true;
}

Result<std::int64_t> Streams::store_block(const Stream& stream, const PackedLines& packed) {
  PROCTREE_CHECK(database_->expect_rows_of(packed.first_ns));
  add_block_.bind(stream.id, packed.seq_from, packed.seq_to, packed.first_ns, packed.last_ns);
  add_block_.bind_blob(6, packed.bytes);
  return PROCTREE_TRY(add_block_.one()).value_or(0);
}

// It takes the place of the small ones that its lines are in. These go first: retention may have dropped one,
// and its number then is the next block's, of this stream or of another.
Result<void> Streams::store_full_block(Stream& stream) {
  for (const std::int64_t id : stream.small_blocks) PROCTREE_CHECK(remove_block_.bind(id, stream.id).run());
  stream.small_blocks.clear();
  PROCTREE_TRY(store_block(stream, PROCTREE_TRY(stream.block.take(compressor_))));
  return {};
}

Result<void> Streams::store_small_block(Stream& stream) {
  if (!stream.block.has_new()) return {};
  stream.small_blocks.push_back(
      PROCTREE_TRY(store_block(stream, PROCTREE_TRY(stream.block.pack_new(compressor_)))));
  return {};
}

// Only what has changed since the last time.
Result<void> Streams::store_ranges(Stream& stream) {
  for (const auto& [from, to] : stream.stored_ranges) {
    if (!stream.ranges.contains(from)) PROCTREE_CHECK(remove_range_.bind(stream.id, from).run());
  }
  for (const auto& [from, to] : stream.ranges) {
    const auto stored = stream.stored_ranges.find(from);
    if (stored != stream.stored_ranges.end() && stored->second == to) continue;
    PROCTREE_CHECK(put_range_.bind(stream.id, from, to).run());
  }
  stream.stored_ranges = stream.ranges;
  return {};
}

Result<void> Streams::store_lines(Stream& stream) {
  PROCTREE_CHECK(store_small_block(stream));
  PROCTREE_CHECK(store_ranges(stream));
  return set_stream_.bind(stream.id, stream.first_ns, stream.last_ns, std::int64_t{stream.has_snapshot})
      .run();
}

// Likewise.
Result<void> Streams::store_lost(Stream& stream) {
  stream.lost.subtract(stream.ranges);
  const auto& lost = stream.lost.ranges();
  if (lost == stream.stored_lost) return {};
  const auto place_of = [](const LostRange& range) {
    return range.report.is_of_follower ? kLostBySpool : kLostByTracer;
  };
  for (const auto& [from, range] : stream.stored_lost) {
    const auto found = lost.find(from);
    if (found == lost.end() || place_of(found->second) != place_of(range))
      PROCTREE_CHECK(remove_lost_.bind(stream.id, from, place_of(range)).run());
  }
  for (const auto& [from, range] : lost) {
    const auto stored = stream.stored_lost.find(from);
    if (stored != stream.stored_lost.end() && stored->second == range) continue;
    std::optional<std::string_view> line;
    if (!range.line.empty()) line = range.line;
    PROCTREE_CHECK(put_lost_
                       .bind(stream.id, from, range.to, place_of(range), range.report.until_ns,
                             range.report.ktime_ns, range.to - from + 1, line)
                       .run());
  }
  stream.stored_lost = lost;
  return {};
}

Result<void> Streams::flush() {
  for (auto& [name, stream] : streams_) {
    if (stream.is_changed) PROCTREE_CHECK(store_lines(stream));
    if (stream.is_changed || stream.has_new_losses) PROCTREE_CHECK(store_lost(stream));
    stream.is_changed = stream.has_new_losses = false;
  }
  const bool is_too_much = streams_.size() > most_.streams || gathered_bytes() > most_.gathered_bytes;
  return is_too_much ? forget() : Result<void>();
}

std::size_t Streams::gathered_bytes() const {
  std::size_t bytes = 0;
  for (const auto& [name, stream] : streams_) bytes += stream.block.size();
  return bytes;
}

// What was gathered of each becomes one block.
Result<void> Streams::forget() {
  for (auto& [name, stream] : streams_) {
    if (stream.block.size() != 0) PROCTREE_CHECK(store_full_block(stream));
  }
  streams_.clear();
  return {};
}

}  // namespace proctree
