// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/record_options.hpp"

#include <algorithm>
#include <utility>

#include "cli/terminal.hpp"
#include "procfs/parse.hpp"
#include "sink/chain_sink.hpp"
#include "sink/jsonl_sink.hpp"
#include "sink/tee_sink.hpp"
#include "sink/text_sink.hpp"

namespace proctree {

namespace {

// What the program takes beside the tree: its output, what it reads, and what loading the programs left.
constexpr double kProgramMib = 8;

MadeSink make_output_sink(const RecordOptions& options, Output& output) {
  const EventSet events = options.event_set();
  switch (options.format) {
    case Format::jsonl:
      return {std::make_unique<JsonlSink>(
                  output, JsonlOptions{.events = events, .ancestors_max = options.ancestors_max()}),
              {}};
    case Format::chain:
      return {std::make_unique<ChainSink>(output, ChainSinkOptions{.events = events}), {}};
    case Format::text:
      break;
  }
  const Terminal terminal = look_at_terminal(output.fd());
  auto text = std::make_unique<TextSink>(output, TextOptions{.events = events,
                                                             .colour = terminal.colour,
                                                             .header = terminal.is_terminal,
                                                             .width = terminal.width,
                                                             .ancestors_max = options.ancestors_max()});
  TextSink* sink = text.get();
  return {std::move(text), [sink, &output] { sink->set_width(look_at_terminal(output.fd()).width); }};
}

}  // namespace

EventSet RecordOptions::event_set() const {
  if (events.empty()) return format == Format::jsonl ? EventSet{} : EventSet::only_exec();
  const auto has = [this](const char* name) {
    return std::find(events.begin(), events.end(), name) != events.end();
  };
  return {.exec = has("exec"), .fork = has("fork"), .exit = has("exit")};
}

Filter RecordOptions::filter() const {
  Filter filter;
  for (const std::string& name : comms) filter.comms.emplace_back(as_comm(name));
  filter.users = users;
  filter.containers = containers;
  for (const std::string& name : under) {
    if (!parse_number<std::uint32_t>(name)) filter.under_comms.emplace_back(as_comm(name));
  }
  return filter;
}

std::vector<std::uint32_t> RecordOptions::under_pids() const {
  std::vector<std::uint32_t> pids;
  for (const std::string& name : under) {
    if (const auto pid = parse_number<std::uint32_t>(name)) pids.push_back(*pid);
  }
  return pids;
}

Retention RecordOptions::retention() const {
  Retention retention;
  retention.bytes_max = static_cast<std::size_t>((memory_mib - kProgramMib) * 1024 * 1024);
  return retention;
}

Result<Output> open_output(const RecordOptions& options, int standard_fd, StopRequest stop) {
  if (options.output) return Output::open(*options.output, std::move(stop));
  return Output::standard(standard_fd, std::move(stop));
}

MadeSink make_sink(const RecordOptions& options, Output& output, TimelineSink* timeline) {
  MadeSink made = make_output_sink(options, output);
  if (timeline != nullptr) made.sink = std::make_unique<TeeSink>(std::move(made.sink), *timeline);
  return made;
}

Result<std::unique_ptr<TimelineSink>> open_timeline(const RecordOptions& options,
                                                    std::initializer_list<int> others) {
  if (options.timeline.empty()) return nullptr;
  auto file = PacketFile::open(options.timeline, others);
  if (!file) return tl::make_unexpected(std::move(file.error()));
  return std::make_unique<TimelineSink>(std::move(*file));
}

Result<void> close_timeline(TimelineSink* timeline, Result<void> so_far) {
  if (timeline == nullptr) return so_far;
  auto closed = timeline->close();
  return so_far || (!closed && is_reader_gone(so_far.error())) ? closed : so_far;
}

}  // namespace proctree
