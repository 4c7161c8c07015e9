// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Where a replay's records go. A `timeline` beside gets all that the filter lets through, processes that ran
// before too, and what it holds back.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "replay/replay.hpp"
#include "schema/translator.hpp"
#include "sink/output.hpp"

namespace proctree {

// To a sink, as the tracer would have handed them over. Processes that ran before are no events: where lines
// are for those, the live trace wrote none for them either.
Result<void> play(Replay& replay, Sink& sink, Sink* timeline = nullptr);

// The lines themselves, as in the recording, whatever a newer writer has put into them: stream and number
// too, by which a line is known anywhere. `ancestors` are cut to `ancestors_max`, where that
// is given.
struct CopyOptions {
  std::optional<std::size_t> ancestors_max = {};
  std::optional<std::size_t> line_max = {};
  // Writes each in the words of a schema, and cuts it; null: as it stands.
  schema::Translator* translator = nullptr;
};
Result<void> copy(Replay& replay, Output& output, const CopyOptions& options, Sink* timeline = nullptr);

// Only beside: to a sink that takes what a timeline takes, or to none, and then the tree is what remains.
Result<void> drain(Replay& replay, Sink* beside = nullptr);

// Replays to the end; `drawn` is what `draw` returns at the requested time (ReplayOptions). A wall clock may
// be set back: then that time comes more than once, and the last one counts. Where it is later than all of
// the recording, it is its end; where it is earlier, `drawn` stays empty. What was written before an error is
// valid.
struct DrawnMoment {
  std::optional<std::string> drawn;
  Result<void> done;
};
DrawnMoment draw_at_moment(Replay& replay, const std::function<std::string(Replay&)>& draw);

}  // namespace proctree
