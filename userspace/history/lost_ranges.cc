// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/lost_ranges.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/json_cursor.hpp"
#include "sink/missing_line.hpp"

namespace proctree {

namespace {

// One range may go on where the other ends: the same is said of both, and neither has a line of its own.
bool are_one(const LostRanges::Map::value_type& left, const LostRanges::Map::value_type& right) {
  return left.second.to + 1 == right.first && left.second.line.empty() && right.second.line.empty() &&
         left.second.report == right.second.report;
}

}  // namespace

LostRanges::Map::iterator LostRanges::first_reaching(std::uint64_t number) {
  auto at = ranges_.upper_bound(number);
  if (at != ranges_.begin() && std::prev(at)->second.to >= number) --at;
  return at;
}

// Joined with what they meet, and with each other.
void LostRanges::put(const std::vector<Piece>& pieces) {
  for (const auto& [from, range] : pieces) {
    auto at = ranges_.insert_or_assign(from, range).first;
    if (at != ranges_.begin() && are_one(*std::prev(at), *at)) {
      std::prev(at)->second.to = at->second.to;
      at = std::prev(ranges_.erase(at));
    }
    const auto after = std::next(at);
    if (after == ranges_.end() || !are_one(*at, *after)) continue;
    at->second.to = after->second.to;
    ranges_.erase(after);
  }
}

void LostRanges::add(std::uint64_t from, LostRange range) {
  auto at = first_reaching(from);
  if (at != ranges_.end() && at->first == from && at->second.to == range.to && !range.line.empty() &&
      !at->second.line.empty()) {
    // The same report again, or one of the same range by another follower.
    if (std::tie(range.report, range.line) < std::tie(at->second.report, at->second.line))
      at->second = std::move(range);
    return;
  }
  if (at != ranges_.end() && at->first <= range.to) range.line.clear();
  const std::uint64_t to = range.to;
  const auto piece = [](std::uint64_t first, std::uint64_t last, const LossReport& report) {
    return Piece(first, {last, report, {}});
  };
  std::vector<Piece> pieces;
  std::uint64_t next = from;  // nothing below is left to be said
  while (at != ranges_.end() && at->first <= to) {
    const auto [first, last, report] = std::tuple(at->first, at->second.to, at->second.report);
    const std::uint64_t both_from = std::max(first, from);
    const std::uint64_t both_to = std::min(last, to);
    if (first < from) pieces.push_back(piece(first, from - 1, report));
    if (next < both_from) pieces.push_back(piece(next, both_from - 1, range.report));
    pieces.push_back(piece(both_from, both_to, std::min(report, range.report)));
    if (last > to) pieces.push_back(piece(to + 1, last, report));
    next = both_to + 1;
    at = ranges_.erase(at);
  }
  if (next <= to) pieces.emplace_back(next, std::move(range));
  put(pieces);
}

void LostRanges::subtract(const NumberRanges& come) {
  std::vector<Piece> left;
  for (auto at = ranges_.begin(); at != ranges_.end();) {
    const std::uint64_t last = at->second.to;
    std::uint64_t next = at->first;
    auto cut = come.upper_bound(next);
    if (cut != come.begin() && std::prev(cut)->second >= next) --cut;
    if (cut == come.end() || cut->first > last) {
      ++at;
      continue;
    }
    for (; cut != come.end() && cut->first <= last; ++cut) {
      if (next < cut->first) left.emplace_back(next, LostRange{cut->first - 1, at->second.report, {}});
      next = cut->second + 1;
      if (cut->second >= last) break;
    }
    if (next <= last && next != 0) left.emplace_back(next, LostRange{last, at->second.report, {}});
    at = ranges_.erase(at);
  }
  put(left);
}

bool has_differences(std::string_view line) {
  JsonCursor cursor;
  cursor.start(line);
  if (!cursor.begin_object()) return false;
  LineTotals totals;
  for (std::string_view key; cursor.next_key(key) && cursor.skip();) {
    if (find_total(totals, key) != nullptr) return true;
  }
  return false;
}

std::string touched_line(const StreamHead& head, std::uint64_t from, const LostRange& range) {
  const LineMoment until{range.report.ktime_ns, range.report.until_ns};
  return missing_line(head, until, from, range.to, std::nullopt, from == 1 && !head.host.empty());
}

}  // namespace proctree
