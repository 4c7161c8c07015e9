// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/until_stored.hpp"

#include <algorithm>
#include <utility>

#include "ship/nats_words.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kPollNs = 1'000'000'000;
constexpr std::uint64_t kGapNs = 60 * kPollNs;  // a gap may be a collector's that has not committed yet
constexpr std::size_t kWaitingMost = 4096;
constexpr int kLinesAtATime = 512;

}  // namespace

ShipProgress& UntilStored::acknowledged(const ShipProgress& done) {
  if (!has_begun_) {
    has_begun_ = true;
    acknowledged_ = done;
    begin_ = done.positions;
  }
  return acknowledged_;
}

void UntilStored::advance(const NatsStored* bucket, std::uint64_t now_ns, ShipProgress& done) {
  remember();
  if (bucket != nullptr && now_ns >= due_ns_) poll(*bucket, now_ns);
  for (; !waiting_.empty() && is_stored(waiting_.front()); waiting_.pop_front())
    done = std::move(waiting_.front());
}

// A day without a collector is a place each second: of many every other one goes, and never the last.
void UntilStored::remember() {
  if (acknowledged_.lines == remembered_) return;
  remembered_ = acknowledged_.lines;
  waiting_.push_back(acknowledged_);
  if (waiting_.size() <= kWaitingMost) return;
  std::deque<ShipProgress> fewer;
  for (std::size_t i = 1; i < waiting_.size(); i += 2) fewer.push_back(std::move(waiting_[i]));
  if (waiting_.size() % 2 != 0) fewer.push_back(std::move(waiting_.back()));
  waiting_ = std::move(fewer);
}

std::uint64_t UntilStored::first_of(const std::string& stream) const {
  const auto at = begin_.find(stream);
  return at == begin_.end() ? 1 : at->second.seq + 1;
}

bool UntilStored::is_stored(const ShipProgress& progress) const {
  return std::ranges::all_of(progress.positions, [this](const auto& entry) {
    const std::uint64_t first = first_of(entry.first);
    if (entry.second.seq < first) return true;
    const auto stored = stored_.find(entry.first);
    return stored != stored_.end() && stored->second.contiguous(first) >= entry.second.seq;
  });
}

void UntilStored::poll(const NatsStored& bucket, std::uint64_t now_ns) {
  due_ns_ = now_ns + kPollNs;
  std::map<GapKey, Gap> gaps;
  for (const auto& [stream, position] : acknowledged_.positions) {
    StoredRanges& stored = stored_[stream];
    if (position.seq < first_of(stream) || stored.contiguous(first_of(stream)) >= position.seq) continue;
    auto found = bucket.read(stream_key(stream));
    if (!found) return notice_(found.error().to_string());
    stored = std::move(*found);
    find_gaps(stream, stored, now_ns, gaps);
  }
  gaps_ = std::move(gaps);
}

void UntilStored::find_gaps(const std::string& stream, const StoredRanges& stored, std::uint64_t now_ns,
                            std::map<GapKey, Gap>& into) {
  for (const auto& [from, to] : stored.gaps()) {
    if (to < first_of(stream)) continue;
    const GapKey key(stream, std::max(from, first_of(stream)));
    const auto known = gaps_.find(key);
    Gap gap = known == gaps_.end() ? Gap{to, now_ns, 0} : known->second;
    gap.to = to;
    into.emplace(key, gap);
  }
}

void UntilStored::send_gaps(std::uint64_t now_ns, const Send& send) {
  if (!again_) {
    const auto due = std::ranges::find_if(
        gaps_, [&](const auto& entry) { return now_ns >= entry.second.since_ns + kGapNs; });
    if (due == gaps_.end()) return;
    due->second.since_ns = now_ns;
    ++due->second.times;
    reading_ = due->first;
    StreamPositions positions = acknowledged_.positions;
    positions[reading_.first] = {reading_.second - 1, {}};
    auto source = reopen_(std::move(positions));
    if (!source) return notice_(source.error().to_string());
    notice_("lines from " + std::to_string(reading_.second) + " of " + reading_.first +
            " are not stored: they go again");
    again_ = std::move(*source);
  }
  const auto gap = gaps_.find(reading_);
  for (int i = 0; gap != gaps_.end() && i < kLinesAtATime; ++i) {
    const auto item = again_->next();
    const bool is_over = !item || *item == nullptr ||
                         ((*item)->stream == reading_.first && (*item)->seq_from > gap->second.to);
    if (is_over) break;
    if ((*item)->stream == reading_.first)
      send(**item, again_->head(), line_key(**item) + "-r" + std::to_string(gap->second.times));
    if (i + 1 == kLinesAtATime) return;
  }
  again_.reset();
}

}  // namespace proctree
