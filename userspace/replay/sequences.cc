// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/sequences.hpp"

#include <algorithm>
#include <iterator>

#include "base/hash_index.hpp"

namespace proctree {

bool Sequences::take(const Line& line, std::string_view text, LinePlace place) {
  if (line.seq == 0) return true;
  if (line.stream.empty() || line.stream.size() > kNameMost) return take_unnamed(line, text, place);
  return take(stream_of(line.stream), line.seq, place);
}

bool Sequences::take_unnamed(const Line& line, std::string_view text, LinePlace place) {
  const std::uint64_t beside = line.seq * 31 + text.size();  // the hash alone has half of the bits
  const std::uint64_t fingerprint = std::uint64_t{hash_of(text)} << 32U | (beside & 0xffff'ffffU);
  Unnamed& stream = unnamed_;
  if (!stream.lines.insert(fingerprint)) return false;
  if (line.begins) {
    stream.lines.clear();
    stream.lines.insert(fingerprint);
  } else if (stream.seq != 0 && line.seq != stream.seq + 1) {
    add(stream.gaps, {line.seq > stream.seq ? line.seq - stream.seq - 1 : 0, 1, place});
  }
  stream.seq = line.seq;
  return true;
}

bool Sequences::take(Stream& stream, std::uint64_t seq, LinePlace place) {
  auto& ranges = stream.ranges;
  // Before all that is known, where something has been forgotten.
  if (stream.forgotten.count != 0 && ranges.upper_bound(seq) == ranges.begin()) return true;
  const Added added = add_number(ranges, seq);
  if (added != Added::apart) return added == Added::joined;
  if (ranges.size() > 1 && !stream.first_gap) stream.first_gap = place;
  if (ranges.size() <= kRangesMost) return true;
  const auto first = ranges.begin();
  add(stream.forgotten, gap(stream, first->second + 1, std::next(first)->first - 1));
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
  to.first = to.count == 0 ? gaps.first : std::min(to.first, gaps.first);
  to.missing += gaps.missing;
  to.count += gaps.count;
}

// Lines from one number to another are missing, but for those that are accounted for.
Sequences::Gaps Sequences::gap(const Stream& stream, std::uint64_t from, std::uint64_t to) {
  std::uint64_t missing = to - from + 1;
  auto at = stream.accounted.upper_bound(from);
  if (at != stream.accounted.begin()) --at;
  for (; at != stream.accounted.end() && at->first <= to; ++at) {
    const std::uint64_t begin = std::max(from, at->first);
    const std::uint64_t end = std::min(to, at->second);
    if (begin <= end) missing -= end - begin + 1;
  }
  if (missing == 0) return {};
  return {missing, 1, stream.first_gap.value_or(LinePlace{})};
}

void Sequences::account_for(std::string_view stream, std::uint64_t seq_from, std::uint64_t seq_to) {
  if (stream.empty() || stream.size() > kNameMost || seq_from == 0 || seq_to < seq_from) return;
  auto& accounted = stream_of(stream).accounted;
  add_range(accounted, seq_from, seq_to);
  if (accounted.size() > kRangesMost) accounted.erase(accounted.begin());
}

Sequences::Gaps Sequences::gaps_of(const Stream& stream) {
  Gaps gaps = stream.forgotten;
  for (auto at = stream.ranges.begin(); at != stream.ranges.end() && std::next(at) != stream.ranges.end();
       ++at)
    add(gaps, gap(stream, at->second + 1, std::next(at)->first - 1));
  return gaps;
}

Sequences::Gaps Sequences::gaps() const {
  Gaps all = unnamed_.gaps;
  add(all, forgotten_);
  for (const auto& [name, stream] : streams_) add(all, gaps_of(stream));
  return all;
}

}  // namespace proctree
