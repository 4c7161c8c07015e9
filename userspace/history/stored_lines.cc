// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/stored_lines.hpp"

#include <algorithm>
#include <memory>
#include <queue>
#include <utility>

#include "base/timestamp.hpp"
#include "base/try.hpp"
#include "history/lost_ranges.hpp"

namespace proctree {

namespace {

// Lines of the blocks of one stream, which may lie across one another, in the order of their numbers.
struct OpenBlock {
  std::string text;
  std::vector<NumberedLine> lines;
  std::size_t next = 0;

  [[nodiscard]] std::uint64_t seq() const { return lines[next].seq; }
};

}  // namespace

Result<void> StoredLines::prepare(const Database& database) {
  holding_ = PROCTREE_TRY(database.prepare(
      "SELECT id, first_ns FROM line_block WHERE stream = ?1 AND seq_from <= ?2 AND seq_to >= ?2"
      " ORDER BY seq_from DESC LIMIT ?3"));
  block_ = PROCTREE_TRY(database.prepare("SELECT lines FROM line_block WHERE id = ?1 AND first_ns = ?2"));
  of_span_ = PROCTREE_TRY(database.prepare(
      "SELECT seq_from, lines, NULL, NULL, NULL, NULL FROM line_block WHERE stream = ?1 AND last_ns >= ?2 AND"
      " first_ns <= ?3 UNION ALL SELECT seq, NULL, line, seq_to, until_ns, ktime_ns FROM loss WHERE stream = "
      "?1"
      " AND place = 'spool' AND until_ns >= ?2 AND until_ns <= ?3 ORDER BY 1",
      Rows::many));
  return {};
}

Result<std::string_view> StoredLines::at(std::int64_t stream, std::int64_t seq) {
  // Of those that span the number mostly the latest holds it.
  constexpr std::int64_t kAll = INT64_MAX;
  for (const std::int64_t most : {std::int64_t{1}, kAll}) {
    const auto found = PROCTREE_TRY(find(holding_.bind(stream, seq, most), static_cast<std::uint64_t>(seq)));
    if (!found.empty()) return found;
  }
  return std::string_view();
}

Result<std::string_view> StoredLines::find(Statement& blocks, std::uint64_t seq) {
  std::vector<BlockKey> keys;
  while (PROCTREE_TRY(blocks.step())) keys.push_back({blocks.number(0), blocks.number(1)});
  blocks.reset();
  for (const BlockKey& key : keys) {
    const auto& lines = (PROCTREE_TRY(unpacked(key)))->lines;
    const auto found = std::ranges::lower_bound(lines, seq, {}, &NumberedLine::seq);
    if (found != lines.end() && found->seq == seq) return found->text;
  }
  return std::string_view();
}

Result<const StoredLines::Block*> StoredLines::unpacked(const BlockKey& key) {
  const auto found = std::ranges::find(blocks_, key.id, &Block::id);
  if (found != blocks_.end()) {
    blocks_.splice(blocks_.begin(), blocks_, found);
    return &blocks_.front();
  }
  if (blocks_.size() >= kBlocksMost) blocks_.pop_back();
  Block& block = blocks_.emplace_front();
  block_.bind(key.id, key.first_ns);
  if (PROCTREE_TRY(block_.step())) PROCTREE_CHECK(unpack_lines(block_.text(0), block.text, block.lines));
  block_.reset();
  block.id = key.id;
  return &block;
}

Result<void> StoredLines::each(std::int64_t stream, const StreamHead& head, const TimeSpan& span,
                               const std::function<Result<void>(std::string_view)>& take) {
  of_span_.bind(stream, span.since_ns, span.until_ns);
  const auto later = [](const auto& a, const auto& b) { return a->seq() > b->seq(); };
  std::priority_queue<std::shared_ptr<OpenBlock>, std::vector<std::shared_ptr<OpenBlock>>, decltype(later)>
      open(later);
  bool has_more = PROCTREE_TRY(of_span_.step());
  while (has_more || !open.empty()) {
    // All that may hold the next number are open.
    while (has_more &&
           (open.empty() || static_cast<std::uint64_t>(of_span_.number(0)) <= open.top()->seq())) {
      auto block = std::make_shared<OpenBlock>();
      if (of_span_.text(1).empty()) {
        const auto from = static_cast<std::uint64_t>(of_span_.number(0));
        const LostRange range{static_cast<std::uint64_t>(of_span_.number(3)),
                              {true, of_span_.number(4), static_cast<std::uint64_t>(of_span_.number(5))},
                              std::string(of_span_.text(2))};
        block->text = range.line.empty() ? touched_line(head, from, range) : range.line;
        block->lines.push_back({from, block->text});
      } else {
        PROCTREE_CHECK(unpack_lines(of_span_.text(1), block->text, block->lines));
      }
      if (!block->lines.empty()) open.push(std::move(block));
      has_more = PROCTREE_TRY(of_span_.step());
    }
    if (open.empty()) continue;
    const auto block = open.top();
    open.pop();
    const std::string_view text = block->lines[block->next].text;
    bool is_chosen = true;
    if (span.since_ns != INT64_MIN || span.until_ns != INT64_MAX) {
      heads_.parse(text, head_);
      const auto time = parse_time(head_.time);  // none: nothing says that it is of another time
      is_chosen = !time || (*time >= span.since_ns && *time <= span.until_ns);
    }
    if (is_chosen) PROCTREE_CHECK(take(text));
    if (++block->next < block->lines.size()) open.push(block);
  }
  of_span_.reset();
  return {};
}

}  // namespace proctree
