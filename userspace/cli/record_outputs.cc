// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/record_outputs.hpp"

#include <unistd.h>

#include <cstdio>
#include <utility>

#include "base/charset.hpp"
#include "base/host_clock.hpp"
#include "base/try.hpp"
#include "cli/terminal.hpp"
#include "schema/schema_lines.hpp"
#include "sink/chain_sink.hpp"
#include "sink/finished_tree.hpp"
#include "sink/jsonl_sink.hpp"
#include "sink/tee_sink.hpp"
#include "sink/text_sink.hpp"

namespace proctree {

namespace {

MadeSink make_output_sink(const RecordOptions& options, Output& output) {
  EventSet events = options.event_set();
  events.running = is_json(options.format) || options.format == Format::tree;
  JsonlOptions lines{.events = events,
                     .ancestors_max = options.ancestors_max(),
                     .line_max = options.line_max.value_or(kLineMaxDefault)};
  switch (options.format) {
    case Format::jsonl: {
      lines.fold = options.fold;
      auto jsonl = std::make_unique<JsonlSink>(output, lines);
      JsonlSink* sink = jsonl.get();
      return {.sink = std::move(jsonl), .lines = sink};
    }
    case Format::ecs:
    case Format::ocsf:
      return {.sink = std::make_unique<JsonlSink>(
                  std::make_unique<schema::SchemaLines>(output, schema_of(options.format), lines.line_max),
                  lines)};
    case Format::chain:
      return {.sink = std::make_unique<ChainSink>(output, ChainSinkOptions{.events = events})};
    case Format::text:
    case Format::tree:
      break;
  }
  const Terminal terminal = look_at_terminal(output.fd(), options.colour);
  if (options.format == Format::tree) {
    const TextStyle style(terminal.colour, charset_of_environment());
    auto tree =
        std::make_unique<FinishedTree>(output, FinishedTreeOptions{.style = style, .width = terminal.width});
    FinishedTree* sink = tree.get();
    return {.sink = std::move(tree), .end_lines_at = [sink](const ProcKey& top) { sink->set_top(top); }};
  }
  auto text = std::make_unique<TextSink>(output, TextOptions{.events = events,
                                                             .colour = terminal.colour,
                                                             .charset = charset_of_environment(),
                                                             .header = terminal.is_terminal,
                                                             .dates = !terminal.is_terminal,
                                                             .width = terminal.width,
                                                             .ancestors_max = options.ancestors_max(),
                                                             .now_ns = realtime_now_ns()});
  TextSink* sink = text.get();
  return {.sink = std::move(text),
          .on_resize = [sink, &output] { sink->set_width(look_at_terminal(output.fd()).width); },
          .end_lines_at = [sink](const ProcKey& top) { sink->set_top(top); }};
}

}  // namespace

Result<Output> open_output(const RecordOptions& options, const Caller& caller, int standard_fd,
                           StopRequest stop) {
  const bool is_named = options.output && *options.output != "-";
  const TornLine torn = is_json(options.format) ? TornLine::cut : TornLine::end;
  if (is_named)
    return as_caller(caller, [&] { return Output::open(*options.output, std::move(stop), torn); });
  if (options.output) standard_fd = STDOUT_FILENO;
  return Output::standard(standard_fd, std::move(stop));
}

MadeSink make_sink(const RecordOptions& options, Output& output, std::initializer_list<Sink*> beside) {
  MadeSink made = make_output_sink(options, output);
  for (Sink* sink : beside) {
    if (sink != nullptr) made.sink = std::make_unique<TeeSink>(std::move(made.sink), *sink);
  }
  return made;
}

void print_stats(const StatsSink& stats) {
  std::string text = "proctree: ";
  for (const std::string& line : stats.lines()) text += line + '\n';
  std::fputs(text.c_str(), stderr);
}

Result<std::unique_ptr<TimelineSink>> open_timeline(const RecordOptions& options, const Caller& caller,
                                                    std::initializer_list<int> others) {
  if (options.timeline.empty()) return nullptr;
  if (options.timeline == "-") {
    return fail(ErrorCode::invalid_argument, "--timeline: a timeline is no text for standard output",
                "name a file for it");
  }
  auto file = PROCTREE_TRY(as_caller(caller, [&] { return PacketFile::open(options.timeline, others); }));
  return std::make_unique<TimelineSink>(std::move(file));
}

Result<void> close_timeline(TimelineSink* timeline, Result<void> so_far) {
  if (timeline == nullptr) return so_far;
  auto closed = timeline->close();
  return so_far || (!closed && is_reader_gone(so_far.error())) ? closed : so_far;
}

}  // namespace proctree
