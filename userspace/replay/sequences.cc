// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/sequences.hpp"

#include <algorithm>
#include <iterator>

#include "base/hash_index.hpp"

namespace proctree {

bool Sequences::take(const RecordedLine& line, std::string_view text, std::uint64_t number) {
  if (line.seq == 0) return true;
  if (line.stream.empty() || line.stream.size() > kNameMost) return take_unnamed(line, text, number);
  return take(stream_of(line.stream), line.seq, number);
}

bool Sequences::take_unnamed(const RecordedLine& line, std::string_view text, std::uint64_t number) {
  const std::uint32_t hash = hash_of(text);
  Unnamed& last = unnamed_;
  if (line.seq == last.seq && text.size() == last.size && hash == last.hash) return false;
  const bool begins = line.kind == RecordKind::start || last.seq == 0;
  if (!begins && line.seq != last.seq + 1)
    add(last.gaps, {line.seq > last.seq ? line.seq - last.seq - 1 : 0, 1, number});
  last.seq = line.seq;
  last.size = text.size();
  last.hash = hash;
  return true;
}

bool Sequences::take(Stream& stream, std::uint64_t seq, std::uint64_t number) {
  auto& ranges = stream.ranges;
  const auto after = ranges.upper_bound(seq);
  if (after == ranges.begin()) {
    // Before all that is known, where nothing has been forgotten.
    if (stream.forgotten.count != 0) return true;
  } else if (const auto before = std::prev(after); seq <= before->second) {
    return false;
  } else if (before->second + 1 == seq) {
    before->second = seq;
    if (after == ranges.end() || after->first != seq + 1) return true;
    before->second = after->second;
    ranges.erase(after);
    return true;
  }
  if (after != ranges.end() && after->first == seq + 1) {
    const std::uint64_t last = after->second;
    ranges.erase(after);
    ranges.emplace(seq, last);
    return true;
  }
  if (!ranges.empty() && stream.gap_line == 0) stream.gap_line = number;
  ranges.emplace(seq, seq);
  if (ranges.size() <= kRangesMost) return true;
  const auto first = ranges.begin();
  add(stream.forgotten, {std::next(first)->first - first->second - 1, 1, stream.gap_line});
  ranges.erase(first);
  return true;
}

Sequences::Stream& Sequences::stream_of(std::string_view name) {
  if (last_ != nullptr && name == last_name_) return *last_;
  auto found = streams_.find(name);
  if (found == streams_.end()) {
    if (oldest_.size() == kStreamsMost) {
      add(forgotten_, gaps_of(oldest_.front()->second));
      streams_.erase(oldest_.front());
      oldest_.pop_front();
    }
    found = streams_.emplace(name, Stream{}).first;
    oldest_.push_back(found);
  }
  last_name_ = name;
  last_ = &found->second;
  return *last_;
}

void Sequences::add(Gaps& to, const Gaps& gaps) {
  if (gaps.count == 0) return;
  to.first_line = to.count == 0 ? gaps.first_line : std::min(to.first_line, gaps.first_line);
  to.missing += gaps.missing;
  to.count += gaps.count;
}

Sequences::Gaps Sequences::gaps_of(const Stream& stream) {
  Gaps gaps = stream.forgotten;
  for (auto at = stream.ranges.begin(); at != stream.ranges.end() && std::next(at) != stream.ranges.end();
       ++at)
    add(gaps, {std::next(at)->first - at->second - 1, 1, stream.gap_line});
  return gaps;
}

Sequences::Gaps Sequences::gaps() const {
  Gaps all = unnamed_.gaps;
  add(all, forgotten_);
  for (const auto& [name, stream] : streams_) add(all, gaps_of(stream));
  return all;
}

}  // namespace proctree
