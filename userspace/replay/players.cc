// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/players.hpp"

#include <array>
#include <string>
#include <utility>

#include "tree/append_number.hpp"

namespace proctree {

namespace {

using Type = RecordedLine::Type;
using Kind = ProcessRecord::Kind;

Result<void> begin(Replay& replay, Sink& sink) {
  const RecordedLine& line = replay.line();
  StartRecord record;
  record.head = replay.head();
  record.version = line.tracer_version;
  record.tracer_pid = static_cast<std::uint32_t>(line.tracer_pid);
  record.source = line.source;
  record.processes = line.processes;
  return sink.on_start(record);
}

Result<void> hand_over(Replay& replay, Sink& sink) {
  const RecordedLine& line = replay.line();
  ProcessRecord record;
  switch (line.type) {
    case Type::lost:
      return sink.on_lost({replay.head(), line.lost});
    case Type::resync: {
      ResyncRecord resync = line.resync;
      resync.head = replay.head();
      return sink.on_resync(resync);
    }
    case Type::fork:
      record.kind = Kind::fork;
      break;
    case Type::exec:
      record.kind = Kind::exec;
      record.image = &line.image;
      record.previous = line.previous;
      break;
    case Type::exit:
      record.kind = Kind::exit;
      record.exit = &line.exit;
      break;
    case Type::process:
    case Type::start:
    case Type::stop:
    case Type::unknown:
      return {};
  }
  record.head = replay.head();
  record.slot = replay.slot();
  record.task = &line.task;
  return sink.on_process(record);
}

// A part of a line, and what is to stand there instead.
struct Edit {
  RecordedLine::Place place;
  std::string text;
};

void append_edited(std::string& out, std::string_view text, std::array<Edit, 2> edits) {
  if (edits[0].place.begin > edits[1].place.begin) std::swap(edits[0], edits[1]);
  std::size_t at = 0;
  for (const Edit& edit : edits) {
    out += text.substr(at, edit.place.begin - at);
    out += edit.text;
    at = edit.place.end;
  }
  out += text.substr(at);
}

}  // namespace

Result<void> play(Replay& replay, Sink& sink) {
  Totals totals;
  while (true) {
    const auto more = replay.next();
    if (!more) return tl::make_unexpected(more.error());
    if (!*more) break;
    if (replay.records() == 1) {
      if (auto begun = begin(replay, sink); !begun) return begun;
    }
    if (replay.line().type == Type::stop) totals = replay.line().totals;
    if (!replay.chosen()) continue;
    if (auto taken = hand_over(replay, sink); !taken) return taken;
  }
  if (replay.records() == 0) return {};
  return sink.on_stop({replay.head(), totals, {}});
}

Result<void> copy(Replay& replay, Output& output, std::optional<std::size_t> ancestors_max) {
  if (ancestors_max) replay.mark_ancestors(*ancestors_max);
  std::uint64_t seq = 0;
  std::string edited;
  while (true) {
    const auto more = replay.next();
    if (!more) return tl::make_unexpected(more.error());
    if (!*more) return output.flush();
    if (!replay.chosen()) continue;
    const RecordedLine& line = replay.line();
    seq = line.type == Type::start ? 1 : seq + 1;
    const bool renumber = replay.narrowed() && line.seq != seq;
    const bool shorten = ancestors_max && line.ancestors.size() > *ancestors_max;
    Result<void> written;
    if (!renumber && !shorten) {
      written = output.append(replay.text());
    } else {
      std::array<Edit, 2> edits;
      if (renumber) {
        edits[0].place = line.seq_place;
        append_number(edits[0].text, seq);
      }
      if (shorten) {
        edits[1] = {{line.first_ancestors_end, line.ancestors_place.end + 1},
                    line.ancestors_truncated ? "]" : "],\"ancestors_truncated\":true"};
      }
      edited.clear();
      append_edited(edited, replay.text(), std::move(edits));
      written = output.append(edited);
    }
    if (!written) return written;
  }
}

Result<void> drain(Replay& replay) {
  while (true) {
    const auto more = replay.next();
    if (!more) return tl::make_unexpected(more.error());
    if (!*more) return {};
  }
}

}  // namespace proctree
