// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/replay_output.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "base/try.hpp"
#include "sink/line_cutter.hpp"

namespace proctree {

namespace {

bool is_of_resync(const RecordedLine& line) {
  return line.resynced && (line.kind == RecordKind::process || line.kind == RecordKind::exit);
}

Result<void> begin(Replay& replay, Sink& sink) {
  const RecordedLine& line = replay.line();
  StartRecord record;
  record.head = replay.head();
  record.version = line.tracer_version;
  record.tracer_pid = static_cast<std::uint32_t>(line.tracer_pid);
  record.source = line.source;
  record.processes = line.processes;
  record.failed_execs = line.has_failed_execs;
  record.fair_kib = line.fair_kib;
  record.ring = line.ring;
  return sink.on_start(record);
}

Result<void> hand_over(Replay& replay, Sink& sink) {
  const RecordedLine& line = replay.line();
  if (is_of_resync(line)) return sink.on_resynced(replay.record(), *line.resynced);
  if (line.is_of_process()) return sink.on_process(replay.record());
  if (replay.is_repeat()) {
    return sink.on_repeat({replay.head(), replay.repeated(), line.totals.forks, line.totals.execs,
                           line.totals.exits, line.failures});
  }
  if (line.kind == RecordKind::lost && !line.where.empty()) {
    return sink.on_gap(
        {replay.head(), line.where, line.seq_from, line.seq_to, line.lost.since_ns, line.lost.until_ns});
  }
  if (line.kind == RecordKind::lost) return sink.on_lost({replay.head(), line.lost});
  if (line.kind != RecordKind::resync) return {};
  return sink.on_resync({replay.head(), line.mending});
}

// What a timeline gets: records of all kinds, each start, and what the filter holds back.
Result<void> hand_to_timeline(Replay& replay, Sink& timeline) {
  if (replay.line().kind == RecordKind::start) return begin(replay, timeline);
  if (replay.matches()) return hand_over(replay, timeline);
  if (!replay.line().is_of_process()) return {};
  return timeline.on_filtered(replay.record());
}

Result<void> end(Replay& replay, Sink& sink) {
  if (replay.records() == 0) return {};
  const bool lacks_exits = replay.lacks_exits() || replay.coverage().missing_exits() != 0;
  return sink.on_stop({replay.head(), replay.totals(), {}, replay.failed_execs(), lacks_exits});
}

// On to the next record, or the end, which the timeline, where there is one, has by then.
Result<bool> next(Replay& replay, Sink* timeline) {
  auto more = replay.next();
  if (!more || timeline == nullptr) return more;
  PROCTREE_CHECK(*more ? hand_to_timeline(replay, *timeline) : end(replay, *timeline));
  return more;
}

}  // namespace

Result<void> play(Replay& replay, Sink& sink, Sink* timeline) {
  while (true) {
    const auto more = PROCTREE_TRY(next(replay, timeline));
    if (!more) return end(replay, sink);
    if (replay.records() == 1) {
      if (auto begun = begin(replay, sink); !begun) return begun;
    }
    if (replay.line().kind == RecordKind::process || !replay.chosen()) continue;
    if (auto taken = hand_over(replay, sink); !taken) return taken;
  }
}

Result<void> copy(Replay& replay, Output& output, const CopyOptions& options, Sink* timeline) {
  const std::optional<std::size_t> ancestors_max = options.ancestors_max;
  if (ancestors_max) replay.mark_ancestors(*ancestors_max);
  LineCutter cutter;
  std::string shortened;
  while (true) {
    const auto more = PROCTREE_TRY(next(replay, timeline));
    if (!more) return output.flush();
    if (!replay.chosen()) continue;
    std::string_view text = replay.text();
    const RecordedLine& line = replay.line();
    if (ancestors_max && line.ancestors.size() > *ancestors_max) {
      shortened = text.substr(0, line.first_ancestors_end);
      shortened += line.ancestors_truncated ? "]" : "],\"ancestors_truncated\":true";
      shortened += text.substr(line.ancestors_place.end + 1);
      text = shortened;
    }
    if (options.translator != nullptr) {
      text = options.translator->translate(text, {line.ktime_ns, line.realtime_ns});
    } else if (options.line_max && text.size() > *options.line_max) {
      text = cutter.cut(text, *options.line_max);
    }
    if (auto written = output.append(text); !written) return written;
  }
}

// Streams that were merged line by line may pass that time thousands of times, within little time: drawing it
// each time would take as long as they are many. Then the first of these do.
DrawnMoment draw_at_moment(Replay& replay, const std::function<std::string(Replay&)>& draw) {
  constexpr std::uint64_t kDrawnFreely = 64;
  DrawnMoment moment;
  bool here = false;  // the record before was not later than that time
  std::uint64_t drawn = 0;
  std::uint64_t records = 0;  // since it was drawn
  while (true) {
    const auto more = replay.read();
    if (!more) {
      moment.done = tl::make_unexpected(more.error());
      return moment;
    }
    if (!*more) break;
    const bool passes = here && replay.is_later();
    if (passes && (drawn < kDrawnFreely || records > replay.tree().table().size())) {
      moment.drawn = draw(replay);
      ++drawn;
      records = 0;
    }
    here = !replay.is_later();
    ++records;
    replay.apply();
  }
  if (here && !moment.drawn) moment.drawn = draw(replay);
  return moment;
}

Result<void> drain(Replay& replay, Sink* beside) {
  while (true) {
    const auto more = PROCTREE_TRY(next(replay, beside));
    if (!more) return {};
  }
}

}  // namespace proctree
