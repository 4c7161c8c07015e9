// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/coverage.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/counted.hpp"
#include "base/time_of_day.hpp"
#include "base/timestamp.hpp"

namespace proctree {

namespace {

std::string from_until(std::int64_t from_ns, std::int64_t until_ns) {
  return "from " + local_time_text(from_ns) + " to " + local_time_text(until_ns);
}

std::string duration_of(std::uint64_t ns) {
  std::string text;
  append_duration(text, ns);
  return text;
}

}  // namespace

void Coverage::note(const RecordedLine& line) {
  // A follower that missed lines writes of them later, and elsewhere.
  if (line.realtime_ns == 0 || line.where == "spool") return note_loss(line);
  Stream& stream = stream_of(line);
  if (stream.first_ns == 0) stream.first_ns = line.realtime_ns;
  stream.first_ns = std::min(stream.first_ns, line.realtime_ns);
  stream.last_ns = std::max(stream.last_ns, line.realtime_ns);
  note_exits(stream, line);
  if (line.type_name == "segment") return;
  if (!first_ns_) first_ns_ = line.realtime_ns;
  last_ns_ = line.realtime_ns;
  note_asked(line);
  note_loss(line);
}

void Coverage::note_exits(Stream& stream, const RecordedLine& line) {
  stream.has_start |= line.kind == RecordKind::start;
  if (line.kind == RecordKind::exit && !line.resynced) ++stream.exits;
  if (line.type_name == "repeat") stream.exits += line.totals.exits;
  if (line.kind != RecordKind::stop) return;
  stream.has_stop = true;
  stream.exits_reported = line.totals.exits;
}

std::uint64_t Coverage::missing_exits() const {
  std::uint64_t missing = 0;
  for (const auto& [name, stream] : streams_) {
    if (stream.has_start && stream.has_stop && stream.exits < stream.exits_reported)
      missing += stream.exits_reported - stream.exits;
  }
  return missing;
}

Coverage::Stream& Coverage::stream_of(const RecordedLine& line) {
  const bool begins = line.kind == RecordKind::start || line.type_name == "segment";
  if (!begins && last_stream_ != nullptr && line.stream == last_name_) return *last_stream_;
  if (line.stream.empty() && line.kind == RecordKind::start) ++unnamed_;
  std::string name(line.stream.substr(0, kNameMost));
  if (name.empty()) name = ' ' + std::to_string(unnamed_);
  auto found = streams_.find(name);
  if (found == streams_.end()) {
    if (oldest_.size() == kStreamsMost) {
      streams_.erase(oldest_.front());
      oldest_.pop_front();
    }
    found = streams_.emplace(std::move(name), Stream{}).first;
    oldest_.push_back(found);
  }
  last_name_ = line.stream;
  last_stream_ = &found->second;
  if (begins && !last_stream_->has_begin) {
    last_stream_->host = (line.host_id.empty() ? line.host_name : line.host_id).substr(0, kNameMost);
    last_stream_->has_begin = true;
  }
  return *last_stream_;
}

void Coverage::note_asked(const RecordedLine& line) {
  const bool since = !asked_.since || !asked_.since->is_after(line);
  const bool until = !asked_.until || !asked_.until->is_before(line);
  reaches_since_ |= since;
  reaches_until_ |= until;
  between_ |= since && until;
  reaches_at_ |= !asked_.at || !asked_.at->is_after(line);
}

void Coverage::note_loss(const RecordedLine& line) {
  if (line.kind != RecordKind::lost || line.where == "restart") return;
  if (asked_.at && asked_.at->is_before(line)) return;
  const std::uint64_t count =
      line.lost.count - (line.where.empty() ? std::min(line.lost.count, line.lost.failed_execs) : 0);
  if (count == 0 && !line.lost.bad_record) return;
  (line.where.empty() ? losses_.events : losses_.lines) += count;
  ++losses_.places;
}

// Streams of one host may overlap.
std::vector<Coverage::Hole> Coverage::holes() const {
  std::vector<const Stream*> streams;
  for (const auto& [name, stream] : streams_) {
    if (stream.has_begin) streams.push_back(&stream);
  }
  std::ranges::sort(streams, [](const Stream* a, const Stream* b) {
    return std::tie(a->host, a->first_ns) < std::tie(b->host, b->first_ns);
  });
  std::vector<Hole> holes;
  const Stream* before = nullptr;
  std::int64_t covered_ns = 0;
  for (const Stream* stream : streams) {
    const bool same_host = before != nullptr && before->host == stream->host;
    if (same_host && stream->first_ns > covered_ns) holes.push_back({covered_ns, stream->first_ns});
    covered_ns = same_host ? std::max(covered_ns, stream->last_ns) : stream->last_ns;
    before = stream;
  }
  return holes;
}

std::vector<std::string> Coverage::texts(bool losses) const {
  std::vector<std::string> texts;
  add_streams_without_stop(texts);
  add_holes(texts);
  if (losses) add_losses(texts);
  add_asked(texts);
  return texts;
}

void Coverage::add_streams_without_stop(std::vector<std::string>& to) const {
  std::uint64_t count = 0;
  const Streams::value_type* last = nullptr;
  for (const auto& entry : streams_) {
    if (!entry.second.has_begin || entry.second.has_stop) continue;
    ++count;
    if (last == nullptr || entry.second.last_ns > last->second.last_ns) last = &entry;
  }
  if (last == nullptr) return;
  const std::string name = last->first.starts_with(' ') ? "" : ' ' + last->first;
  to.push_back((count == 1 ? "stream" + name + " has no stop line"
                           : std::to_string(count) + " streams have no stop line, the latest is" + name) +
               ": its tracer was killed or still runs; its last line is of " +
               local_time_text(last->second.last_ns));
}

void Coverage::add_holes(std::vector<std::string>& to) const {
  const auto all = holes();
  if (all.empty()) return;
  std::uint64_t total_ns = 0;
  const auto length = [](const Hole& hole) {
    return static_cast<std::uint64_t>(hole.until_ns - hole.from_ns);
  };
  for (const Hole& hole : all) total_ns += length(hole);
  const Hole& longest = *std::ranges::max_element(all, {}, length);
  std::string text = "no tracer ran ";
  if (all.size() == 1) {
    text += "for " + duration_of(total_ns) + ", " + from_until(longest.from_ns, longest.until_ns);
  } else {
    text += std::to_string(all.size()) + " times, " + duration_of(total_ns) + " in all; the longest " +
            from_until(longest.from_ns, longest.until_ns);
  }
  to.push_back(text);
  if (!asked_.at || asked_.at->ktime_ns) return;
  const auto here = std::ranges::find_if(all, [this](const Hole& hole) {
    return hole.from_ns < asked_.at->realtime_ns && asked_.at->realtime_ns < hole.until_ns;
  });
  if (here != all.end())
    to.push_back("no tracer ran at that time: the tree is that of " + local_time_text(here->from_ns));
}

void Coverage::add_losses(std::vector<std::string>& to) const {
  if (losses_.places == 0) return;
  std::string text;
  if (losses_.events != 0) text = counted(losses_.events, "event");
  if (losses_.lines != 0) text += (text.empty() ? "" : " and ") + counted(losses_.lines, "line");
  if (text.empty()) text = "records of the kernel's";
  text += " lost, in " + counted(losses_.places, "place") + ": processes may be missing";
  to.push_back(text);
}

void Coverage::add_asked(std::vector<std::string>& to) const {
  if (!first_ns_) return;
  if (asked_.at && !reaches_at_)
    to.push_back("the recording ends at " + local_time_text(last_ns_) +
                 ", before --at: the tree is that of its end");
  if (between_) return;
  if (!reaches_since_) {
    to.push_back("nothing to show: the recording ends at " + local_time_text(last_ns_) + ", before --since");
  } else if (!reaches_until_) {
    to.push_back("nothing to show: the recording begins at " + local_time_text(*first_ns_) +
                 ", after --until");
  } else {
    to.push_back("nothing to show: the recording has no line between --since and --until");
  }
}

}  // namespace proctree
