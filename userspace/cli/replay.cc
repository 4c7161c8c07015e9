// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// replay FILE…: a recording read back, in every output that the live trace has; or the tree at a given time.
#include "replay/replay.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/counted.hpp"
#include "base/try.hpp"
#include "cli/commands.hpp"
#include "cli/filter_texts.hpp"
#include "cli/notice.hpp"
#include "cli/record_outputs.hpp"
#include "replay/moment.hpp"
#include "replay/replay_output.hpp"
#include "replay/rewindable_input.hpp"
#include "sink/tee_sink.hpp"
#include "tree/display.hpp"
#include "tree/table_forest.hpp"

namespace proctree {

namespace {

constexpr const char* kNoExits =
    "the recording has no exits: processes that have ended are drawn as if alive";
// A loss between two lines shows where lines are read in order, except in these.
bool hides_losses(const ReplayCommandOptions& options) {
  return options.tree || options.record.format == Format::chain;
}

void print_lacking_exits(const Replay& replay) {
  if (replay.lacks_exits()) return print_notice(kNoExits);
  if (const std::uint64_t missing = replay.coverage().missing_exits(); missing != 0) {
    print_notice("the recording lacks " + counted(missing, "exit") +
                 ", left out by filters or lost: processes that have ended may be drawn as if alive");
  }
}

// An unknown user is an error of its own.
void print_no_match(Replay& replay, const FilterOptions& filters, const std::string& where) {
  if (!replay.filter().empty() && replay.tree().users().missing().empty())
    print_notice("nothing " + where + " matches " + filter_text(filters) + name_hint(filters));
}

ReplayOptions replay_options(const ReplayCommandOptions& options) {
  ReplayOptions replay;
  replay.filter = options.record.filters.filter();
  replay.filter.any_with_pid = true;  // the recording doesn't say which process had it at its beginning
  replay.events = options.record.event_set();
  replay.retention = options.record.retention();
  replay.keep_tree = options.tree || !is_json(options.record.format) || !replay.filter.empty() ||
                     !options.record.timeline.empty() || options.record.stats;
  return replay;
}

// The times that the options name.
struct Moments {
  std::vector<MomentOption> options;
  std::vector<std::optional<Moment> ReplayOptions::*> members;

  Result<void> add(const char* name, const std::string& text, std::optional<Moment> ReplayOptions::*member) {
    if (text.empty()) return {};
    options.push_back(PROCTREE_TRY(parse_moment(name, text)));
    members.push_back(member);
    return {};
  }
  static Result<Moments> of(const ReplayCommandOptions& options) {
    Moments moments;
    PROCTREE_CHECK(moments.add("--since", options.since, &ReplayOptions::since));
    PROCTREE_CHECK(moments.add("--until", options.until, &ReplayOptions::until));
    PROCTREE_CHECK(moments.add("--at", options.at, &ReplayOptions::at));
    return moments;
  }
  [[nodiscard]] bool need_recording() const {
    return std::ranges::any_of(options, &MomentOption::needs_recording);
  }
  // Reads all that `reader` gives, where they need it.
  Result<void> find(RecordingReader& reader, ReplayOptions& into) const {
    const auto found = PROCTREE_TRY(find_moments(options, reader));
    for (std::size_t i = 0; i < found.size(); ++i) into.*members[i] = found[i];
    return {};
  }
};

std::string draw(Replay& replay) {
  const ProcessTable& table = replay.tree().table();
  const TableForest forest(table, [&](Slot slot) {
    if (!table[slot].retained()) return false;
    return replay.filter().empty() || replay.filter().matches(table, replay.tree().users(), slot);
  });
  std::string text;
  for (const Slot root : forest.roots()) append_tree(text, forest, root);
  return text;
}

Result<void> draw_tree(Replay& replay, const ReplayCommandOptions& options, Output& output) {
  DrawnMoment moment = draw_at_moment(replay, draw);
  if (!moment.drawn) {
    if (!moment.done || options.at.empty()) return std::move(moment.done);
    return fail(ErrorCode::not_found, "the recording begins later than " + options.at,
                "give a later time, or none for its end");
  }
  print_lacking_exits(replay);
  if (moment.drawn->empty()) print_no_match(replay, options.record.filters, "that runs then");
  if (!moment.drawn->empty()) {
    moment.drawn->pop_back();
    if (auto written = output.append(*moment.drawn); !written) return written;
  }
  if (auto written = output.flush(); !written) return written;
  return std::move(moment.done);
}

// What the user should know of a recording that was read to its end.
void print_coverage(Replay& replay, const RecordingReader& reader, const ReplayCommandOptions& options) {
  if (replay.records() == 0) {
    const bool one = reader.files().size() == 1;
    const std::string& path = reader.files().front().path;
    print_notice((!one ? "the files hold" : (path == "-" ? "standard input" : path) + " holds") +
                 std::string(" no line of a recording"));
  }
  for (const std::string& text : replay.coverage().texts(hides_losses(options))) print_notice(text);
  const bool draws_running = options.tree && options.record.format != Format::tree;
  if (!draws_running && !replay.has_matched() && replay.coverage().has_asked())
    print_no_match(replay, options.record.filters, "in the recording");
}

// A recording that is written to while it is read has no end, and one that is emptied no beginning.
Result<void> outputs_are_apart(const std::vector<RecordingFile>& files, const RecordOptions& record,
                               const Caller& caller) {
  const auto read_too = [&](const struct stat& output) {
    return S_ISREG(output.st_mode) && std::ranges::any_of(files, [&](const RecordingFile& file) {
             struct stat input {};
             const int failed =
                 file.path == "-" ? ::fstat(STDIN_FILENO, &input) : ::stat(file.path.c_str(), &input);
             return failed == 0 && input.st_dev == output.st_dev && input.st_ino == output.st_ino;
           });
  };
  const bool is_named = record.output && *record.output != "-";
  const auto acting = PROCTREE_TRY(ActingAs::begin(caller));
  struct stat status {};
  for (const std::string& path : {is_named ? *record.output : std::string(), record.timeline}) {
    if (!path.empty() && ::stat(path.c_str(), &status) == 0 && read_too(status))
      return fail(ErrorCode::invalid_argument, path + " is read by this very command", "choose another file");
  }
  if (!is_named && ::fstat(STDOUT_FILENO, &status) == 0 && read_too(status)) {
    return fail(ErrorCode::invalid_argument, "standard output is a file that this very command reads",
                "choose another file");
  }
  return {};
}

Result<void> run(Replay& replay, RecordingReader& reader, const ReplayCommandOptions& options, Output& output,
                 Sink* beside, schema::Translator* translator) {
  // Where the recording is still being written, its reader gets each record as it comes.
  reader.before_waiting([&output, beside] {
    auto flushed = output.flush();
    return flushed && beside != nullptr ? beside->flush() : flushed;
  });
  if (options.tree && options.record.format != Format::tree) return draw_tree(replay, options, output);
  if (is_json(options.record.format))
    return copy(replay, output, {options.record.ancestors, options.record.line_max, translator}, beside);
  if (options.record.format == Format::tree) {
    const MadeSink made = make_sink(options.record, output, {beside});
    return drain(replay, made.sink.get());
  }
  const MadeSink made = make_sink(options.record, output);
  return play(replay, *made.sink, beside);
}

}  // namespace

Result<int> run_command(const ReplayCommandOptions& options) {
  const Moments moments = PROCTREE_TRY(Moments::of(options));
  const auto caller = PROCTREE_TRY(find_caller(options.record.as_root));
  auto found = PROCTREE_TRY(as_caller(caller, [&] { return find_recording_files(options.files); }));
  PROCTREE_CHECK(outputs_are_apart(found.files, options.record, caller));
  for (const std::string& warning : found.warnings) print_notice(warning);
  const bool twice = moments.need_recording();
  RewindableInput input;
  const auto open = [&](const std::string& path) {
    return as_caller(caller, [&] { return twice ? input.open(path) : LineReader::open(path); });
  };
  ReplayOptions with = replay_options(options);
  auto reader = PROCTREE_TRY(RecordingReader::open(found.files, open));
  PROCTREE_CHECK(moments.find(reader, with));
  if (twice) reader = PROCTREE_TRY(RecordingReader::open(found.files, open));
  auto output = PROCTREE_TRY(open_output(options.record, caller, STDOUT_FILENO));
  auto timeline = PROCTREE_TRY(open_timeline(options.record, caller, {output.fd()}));

  std::optional<schema::Translator> translator;
  if (is_json(options.record.format) && options.record.format != Format::jsonl) {
    translator.emplace(schema_of(options.record.format), false, options.record.line_max.value_or(0));
    with.on_origin = [&translator](std::string_view line) { translator->learn(line); };
  }
  Replay replay(reader, std::move(with));
  replay.tree().users().look_for(options.record.filters.users);
  StatsSink stats;
  Sink* beside = options.record.stats ? &stats : static_cast<Sink*>(timeline.get());
  std::optional<TeeSink> both;
  if (options.record.stats && timeline) beside = &both.emplace(*timeline, stats);
  auto done = run(replay, reader, options, output, beside, translator ? &*translator : nullptr);
  // What is before a damaged line is valid.
  auto closed = output.close();
  if (done) done = std::move(closed);
  done = close_timeline(timeline.get(), std::move(done));
  if (options.record.stats) print_stats(stats);
  for (const std::string& text : replay.warnings()) print_notice(text);
  const auto& missing = replay.tree().users().missing();  // an error that is printed alone
  if (done && missing.empty()) print_coverage(replay, reader, options);
  if (translator && translator->has_unknown_host())
    print_notice("the recording doesn't hold its host's name: device.hostname is \"unknown\"");
  if (!done && !is_reader_gone(done.error())) return tl::make_unexpected(std::move(done.error()));
  if (done && !missing.empty()) {
    return fail(ErrorCode::not_found, "no line is of a process of user " + missing.front(),
                "name one of the recording's users, or a number");
  }
  return EXIT_SUCCESS;
}

}  // namespace proctree
