// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "spool/spool_reader.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/host_clock.hpp"
#include "base/timestamp.hpp"
#include "base/try.hpp"
#include "sink/missing_line.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kListEveryNs = 1'000'000'000;  // where notifications say nothing

LineTotals difference(const LineTotals& to, const LineTotals& from) {
  const auto less = [](std::uint64_t a, std::uint64_t b) { return a - std::min(a, b); };
  return {less(to.forks, from.forks), less(to.execs, from.execs), less(to.exits, from.exits),
          less(to.lost, from.lost)};
}

std::string object_or_none(std::string_view json) { return json.empty() ? "{}" : std::string(json); }

}  // namespace

SpoolItem item_of(std::string_view text, std::string_view stream, const LineHead& line,
                  const LineMoment& moment, const LineTotals& before) {
  return {text,   stream,      line.seq, line.first_number(), line.last_number(), moment,
          before, line.totals, line.type};
}

StreamHead head_of(const LineHead& line) {
  return {std::string(line.stream), object_or_none(line.host), object_or_none(line.tracer)};
}

Result<std::unique_ptr<SpoolReader>> SpoolReader::open(std::string path, StreamPositions from) {
  std::unique_ptr<SpoolReader> reader(new SpoolReader(std::move(path), std::move(from)));
  const std::string& shown = reader->path_;
  reader->folder_ = FileDescriptor(::open(shown.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!reader->folder_.valid())
    return fail_errno("cannot open the spool " + shown, errno,
                      "name a spool's folder that this user may read");
  reader->moment_ = {boot_now_ns(), realtime_now_ns()};
  PROCTREE_CHECK(reader->watch());
  const auto account = PROCTREE_TRY(reader->list());
  const auto& positions = reader->positions_;
  const bool knows_one =
      std::ranges::any_of(reader->segments_,
                          [&](const Segment& segment) { return positions.contains(segment.name.stream); }) ||
      std::ranges::any_of(account.streams(),
                          [&](const StreamAccount& stream) { return positions.contains(stream.stream); });
  if (!positions.empty() && !knows_one) {
    return fail(ErrorCode::not_found, "the spool " + shown + " has none of the cursor's streams",
                "name the spool that the cursor is of, or another cursor");
  }
  reader->take_account(account);
  return reader;
}

// Where there is no inotify (its limits are used up) a poll each second is all there is.
Result<void> SpoolReader::watch() {
  notify_ = FileDescriptor(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!notify_.valid()) return {};
  const std::uint32_t events = IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_DELETE;
  const std::string path = "/proc/self/fd/" + std::to_string(folder_.get());
  if (::inotify_add_watch(notify_.get(), path.c_str(), events) < 0) notify_ = FileDescriptor();
  return {};
}

// Whether the folder may hold other files than when it was listed. That a segment grew says nothing of the
// kind, and is what nearly all notifications are about.
bool SpoolReader::drain_notifications() {
  bool has_changed = !notify_.valid() || boot_now_ns() - listed_ns_ >= kListEveryNs;
  alignas(inotify_event) std::array<char, 4096> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  for (ssize_t got = 0; notify_.valid() && (got = ::read(notify_.get(), buffer.data(), buffer.size())) > 0;) {
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event;  // NOLINT(cppcoreguidelines-pro-type-member-init)
      std::memcpy(&event, buffer.data() + at, sizeof event);
      has_changed |= event.mask != IN_MODIFY;
      at += sizeof event + event.len;
    }
  }
  return has_changed;
}

// The segments that are there; returns the account of those that are gone.
Result<SpoolAccount> SpoolReader::list() {
  listed_ns_ = boot_now_ns();
  auto contents = PROCTREE_TRY(list_folder(folder_.get(), path_));
  segments_ = std::move(contents.segments);
  // A line may have come before the newer one: the end of the open one is looked at once more.
  is_closed_ = !segments_.empty() && is_before(current_, segments_.back().name);
  return SpoolAccount::read(folder_.get(), path_);
}

// Of streams of which no segment is left to be read.
void SpoolReader::take_account(const SpoolAccount& account) {
  for (const StreamAccount& gone : account.streams()) {
    const bool has_more = std::ranges::any_of(segments_, [&](const Segment& segment) {
      return segment.name.stream == gone.stream && !is_before(segment.name, current_);
    });
    if (has_more) continue;
    const auto realtime = parse_time(gone.time);
    const LineMoment last{gone.ktime_ns, realtime.value_or(0)};
    miss({gone.stream, object_or_none(gone.host), object_or_none(gone.tracer)}, realtime ? last : moment_,
         gone.last_seq, gone.totals);
  }
}

// Lines up to `seq_to` won't come any more, those from the position on.
void SpoolReader::miss(StreamHead head, const LineMoment& moment, std::uint64_t seq_to,
                       const std::optional<LineTotals>& totals_to) {
  StreamPosition& position = positions_[head.stream];
  if (position.seq >= seq_to) return;
  const StreamPosition to{seq_to, totals_to.value_or(position.totals)};
  std::optional<LineTotals> totals;
  if (totals_to) totals = difference(*totals_to, position.totals);
  const bool with_head = position.seq == 0 && head.host != "{}";
  std::string text = missing_line(head, moment, position.seq + 1, seq_to, totals, with_head);
  missed_.push_back({std::move(head), moment, std::move(text), position, to});
  position = to;
}

bool SpoolReader::give_missed() {
  if (missed_.empty()) return false;
  Missed& missed = missed_.front();
  missed_text_ = std::move(missed.text);
  stream_ = missed.head.stream;
  item_ = {missed_text_,
           stream_,
           0,
           missed.from.seq + 1,
           missed.to.seq,
           missed.moment,
           missed.from.totals,
           difference(missed.to.totals, missed.from.totals),
           "lost"};
  head_ = std::move(missed.head);
  missed_.pop_front();
  return true;
}

// A later segment of its stream begins at the position or before: this one ends before it. A copy of one,
// which begins as early, says nothing.
bool SpoolReader::is_read(std::size_t index) const {
  const SegmentName& name = segments_[index].name;
  const auto position = positions_.find(name.stream);
  if (position == positions_.end()) return false;
  for (std::size_t i = index + 1; i < segments_.size(); ++i) {
    const SegmentName& later = segments_[i].name;
    if (later.stream == name.stream && later.first_seq > name.first_seq &&
        later.first_seq <= position->second.seq + 1)
      return true;
  }
  return false;
}

// False: there is none.
Result<bool> SpoolReader::open_next() {
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    if (!is_before(current_, segments_[i].name) || is_read(i)) continue;
    const SegmentName name = segments_[i].name;
    is_closed_ = i + 1 < segments_.size();
    const bool opened = PROCTREE_TRY(open_segment(name));
    if (opened) return true;
  }
  return false;
}

// False: it has been dropped meanwhile.
Result<bool> SpoolReader::open_segment(const SegmentName& name) {
  auto lines = SegmentLines::open(path_, name);
  if (!lines && lines.error().system_errno == ENOENT) return false;
  if (!lines) return tl::make_unexpected(std::move(lines.error()));
  lines_.emplace(std::move(*lines));
  current_ = name;
  return true;
}

Result<const SpoolItem*> SpoolReader::next() {
  for (bool looked = false;;) {
    if (give_missed()) return &item_;
    if (has_deferred_line_) {
      has_deferred_line_ = false;
      const bool is_item = PROCTREE_TRY(take_line(deferred_line_));
      if (is_item) return &item_;
      continue;
    }
    if (lines_) {
      auto text = lines_->next();
      if (!text && text.error().code != ErrorCode::corrupt)
        return tl::make_unexpected(std::move(text.error()));
      if (text && *text) {
        const bool is_item = PROCTREE_TRY(take_line(**text));
        if (is_item) return &item_;
        continue;
      }
      // A damaged one ends where its damage begins: what is missing then is known by the next.
      if (is_closed_ || !text) {
        lines_.reset();
        continue;
      }
    } else {
      const bool opened = PROCTREE_TRY(open_next());
      if (opened) continue;
    }
    if (looked) return nullptr;
    looked = true;
    if (drain_notifications()) take_account(PROCTREE_TRY(list()));
  }
}

// False: there is nothing to hand out of it, or what was missed before it comes first.
Result<bool> SpoolReader::take_line(std::string_view text) {
  if (!parser_.parse(text, line_)) return false;
  if (line_.version != kLineVersion) return newer_version(line_.version, path_ + ": ");
  moment_ = {line_.ktime_ns, parse_time(line_.time).value_or(moment_.realtime_ns)};
  if (line_.type == "segment") {
    begin_segment();
    return false;
  }
  const std::size_t before = missed_.size();
  if (line_.type == "start" && !line_.previous_stream.empty()) {
    const std::string previous(line_.previous_stream);
    if (positions_.contains(previous))
      miss({previous, "{}", "{}"}, moment_, line_.previous_seq, std::nullopt);
  }
  if (missed_.size() != before) {
    deferred_line_ = text;
    has_deferred_line_ = true;
    return false;
  }
  if (line_.stream.empty() || !line_.is_of_stream()) return false;
  if (stream_ != line_.stream) stream_ = line_.stream;
  if (line_.type == "start") {
    head_ = segment_head_ = head_of(line_);
  } else if (head_.stream != stream_) {
    head_ = segment_head_.stream == stream_ ? segment_head_ : StreamHead{stream_, "{}", "{}"};
  }
  StreamPosition& position = positions_[stream_];
  if (line_.last_number() <= position.seq) return false;
  item_ = item_of(text, stream_, line_, moment_, position.totals);
  position.seq = item_.seq_to;
  position.totals += line_.totals;
  return true;
}

void SpoolReader::begin_segment() {
  head_ = segment_head_ = head_of(line_);
  if (line_.first_seq > 1) miss(head_, moment_, line_.first_seq - 1, line_.before);
}

}  // namespace proctree
