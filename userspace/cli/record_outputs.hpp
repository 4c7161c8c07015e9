// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The destinations of records: the output, the timeline beside it, and the sink that fits the options.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>

#include "cli/caller.hpp"
#include "cli/record_options.hpp"
#include "engine/record.hpp"
#include "schema/translator.hpp"
#include "sink/jsonl_sink.hpp"
#include "sink/output.hpp"
#include "sink/stats_sink.hpp"
#include "sink/timeline_sink.hpp"

namespace proctree {

// What --output names, opened as the caller; else the standard descriptor.
[[nodiscard]] Result<Output> open_output(const RecordOptions& options, const Caller& caller, int standard_fd,
                                         StopRequest stop = {});

struct MadeSink {
  std::unique_ptr<Sink> sink = {};
  // Each may be empty.
  std::function<void()> on_resize = {};                   // the terminal has another size
  std::function<void(const ProcKey&)> end_lines_at = {};  // lines show no ancestors of this one
  JsonlSink* lines = nullptr;                             // the sink, where it writes JSON lines
};

// Of a format that is one of a schema.
[[nodiscard]] constexpr schema::Schema schema_of(Format format) {
  return format == Format::ecs ? schema::Schema::ecs : schema::Schema::ocsf;
}

// The sink for the format asked for, and those beside it that are not null; all outlive it.
[[nodiscard]] MadeSink make_sink(const RecordOptions& options, Output& output,
                                 std::initializer_list<Sink*> beside = {});

// The timeline asked for; null: none is. `others`: what its file must not be.
[[nodiscard]] Result<std::unique_ptr<TimelineSink>> open_timeline(const RecordOptions& options,
                                                                  const Caller& caller,
                                                                  std::initializer_list<int> others);
// Closes it; returns its failure, where the command itself had none.
[[nodiscard]] Result<void> close_timeline(TimelineSink* timeline, Result<void> so_far);

// The table of --stats, on standard error.
void print_stats(const StatsSink& stats);

}  // namespace proctree
