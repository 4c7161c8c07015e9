// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/stored_ranges.hpp"

#include "base/json.hpp"
#include "base/json_cursor.hpp"

namespace proctree {

void StoredRanges::add(std::uint64_t from, std::uint64_t to) {
  if (from != 0 && from <= to) add_range(ranges_, from, to);
}

void StoredRanges::add(const StoredRanges& others) {
  for (const auto& [from, to] : others.ranges_) add(from, to);
}

std::uint64_t StoredRanges::contiguous(std::uint64_t first) const {
  return last_of_range(ranges_, first).value_or(first - 1);
}

std::vector<StoredRanges::Range> StoredRanges::gaps() const {
  std::vector<Range> found;
  std::uint64_t next = 1;
  for (const auto& [from, to] : ranges_) {
    if (from > next) found.emplace_back(next, from - 1);
    next = to + 1;
  }
  return found;
}

std::string StoredRanges::json() const {
  JsonWriter json;
  json.begin_object();
  json.field("v", 1);
  json.field("seq", contiguous());
  json.key("ranges");
  json.begin_array();
  std::size_t count = 0;
  for (const auto& [from, to] : ranges_) {
    if (count++ == kMost) break;
    json.begin_array();
    json.value(from);
    json.value(to);
    json.end_array();
  }
  json.end_array();
  json.end_object();
  return std::string(json.text());
}

std::optional<StoredRanges> StoredRanges::parse(std::string_view text) {
  StoredRanges stored;
  JsonCursor json;
  json.start(text);
  if (!json.begin_object()) return std::nullopt;
  for (std::string_view key; json.next_key(key);) {
    if (key != "ranges") {
      if (!json.skip()) return std::nullopt;
      continue;
    }
    if (!json.begin_array()) return std::nullopt;
    while (json.next_element()) {
      std::uint64_t ends[2] = {0, 0};
      std::size_t count = 0;
      if (!json.begin_array()) return std::nullopt;
      for (std::uint64_t number = 0; json.next_element(); ++count) {
        if (count == 2 || !json.number(number)) return std::nullopt;
        ends[count] = number;
      }
      if (count != 2) return std::nullopt;
      stored.add(ends[0], ends[1]);
    }
  }
  if (json.failed() || !json.end()) return std::nullopt;
  return stored;
}

}  // namespace proctree
