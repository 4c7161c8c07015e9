// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A recording from anywhere: read, made a tree and written in all formats, it ends or is refused; what is
// copied is what stood there; what is JSON is for simdjson to say; and timelines are whole. An input that
// begins with G is one of choices in replay_grammar.hpp, any other is a recording itself.
#include <fcntl.h>
#include <simdjson.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <string>

#include "base/decoder.hpp"
#include "base/utf8.hpp"
#include "fuzz.hpp"
#include "replay/replay_output.hpp"
#include "replay_grammar.hpp"
#include "schema/schema_check.hpp"
#include "sink/chain_sink.hpp"
#include "sink/jsonl_sink.hpp"
#include "sink/text_sink.hpp"
#include "sink/timeline_sink.hpp"
#include "timeline.hpp"
#include "tree/display.hpp"
#include "tree/table_forest.hpp"

namespace proctree::fuzz {
namespace {

class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : fd_(memfd_create(name, 0)) {}
  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }
  void set(std::string_view text) const {
    require(ftruncate(fd_, 0) == 0 && pwrite(fd_, text.data(), text.size(), 0) == ssize_t(text.size()),
            "memory");
  }
  [[nodiscard]] std::string text() const {
    std::string text(std::size_t(lseek(fd_, 0, SEEK_END)), '\0');
    require(pread(fd_, text.data(), text.size(), 0) == ssize_t(text.size()), "memory");
    return text;
  }

 private:
  int fd_;
};

const MemoryFile recording("recording");
const MemoryFile copied("copied");
const MemoryFile timeline_file("timeline");
constexpr std::size_t kLineMax = 64 * 1024;

using Use = std::function<Result<void>(Replay&)>;
Result<void> with_replay(const ReplayOptions& options, const Use& use) {
  auto lines = RecordingReader::open(
      {{recording.path()}}, [](const std::string& path) { return LineReader::open(path, kLineMax); });
  require(lines.has_value(), "it opens");
  Replay replay(*lines, options);
  auto done = use(replay);
  for (const std::string& text : replay.warnings()) touch(text);
  if (!done) touch(done.error().to_string());
  return done;
}

template <class Use>
void for_each_line(std::string_view text, Use use) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    use(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

void check_json(std::string_view line) {
  static simdjson::dom::parser parser;
  static JsonCursor cursor;
  cursor.start(line);
  const bool ours = cursor.skip() && cursor.end();
  simdjson::dom::element ignored;
  const auto theirs = parser.parse(simdjson::padded_string(line)).get(ignored);
  const std::string_view why = ours ? "" : cursor.why();
  // It knows no number beyond a double, nests deeper, and lets half of a surrogate pair pass.
  if (ours)
    require(theirs == simdjson::SUCCESS || theirs == simdjson::NUMBER_ERROR, "JSON for us, not for it");
  if (theirs == simdjson::SUCCESS)
    require(ours || why == "values are nested too deeply" || why == "half of a surrogate pair",
            "JSON for it only");
}

void check_copy(std::string_view text) {
  if (compression_of(text) != Compression::none) return;  // the target `compressed` has these
  copied.set({});
  auto output = Output::open(copied.path());
  require(output.has_value(), "the output opens");
  std::size_t notices = 0;
  const auto done = with_replay({.keep_tree = false}, [&](Replay& replay) {
    auto copy_done = copy(replay, *output, {});
    for (const std::string& notice : replay.warnings())
      notices += notice.find("left out") != std::string::npos || notice.find(" torn") != std::string::npos;
    return copy_done;
  });
  require(output->flush().has_value(), "it is written");
  if (!done || notices != 0 || text.find("segment") != std::string_view::npos) return;  // which is not copied
  std::string whole;
  for_each_line(text, [&](std::string_view line) {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
    whole += line;
    whole += '\n';
  });
  require(copied.text() == whole, "the copy is the recording");
}

void check_tree(const Retention& retention) {
  constexpr std::int64_t kMoment = 1'772'357'412'000'000'000;  // between two of the grammar's
  static_cast<void>(with_replay({.retention = retention, .at = Moment{kMoment, {}}}, [](Replay& replay) {
    DrawnMoment moment = draw_at_moment(replay, [](Replay& at) {
      const ProcessTable& table = at.tree().table();
      const TableForest forest(table, [](Slot slot) { return slot % 2 == 0; });
      std::string drawn;
      for (const Slot root : forest.roots()) append_tree(drawn, forest, root);
      return drawn;
    });
    if (moment.drawn) touch(*moment.drawn);
    return std::move(moment.done);
  }));
}

void check_timeline(const ReplayOptions& options) {
  static auto null = Output::open("/dev/null");
  auto file = PacketFile::open(timeline_file.path(), {});
  require(file.has_value(), "the timeline opens");
  TimelineSink sink(std::move(*file));
  const auto done = with_replay(options, [&](Replay& replay) { return copy(replay, *null, {}, &sink); });
  require(sink.close().has_value(), "it is written");
  timeline::Timeline timeline(timeline_file.text());
  // These are the recording's own: times that are 0, and one process forked twice.
  for (const char* problem :
       {"an event without a time", "two flows of one id", "a flow that comes from nowhere"})
    timeline.problems.erase(problem);
  if (!timeline.problems.empty()) std::fputs(timeline.problem_text().c_str(), stderr);
  require(timeline.problems.empty(), "the timeline is whole");
}

// In a schema's words: strict JSON, within the tables of the fields that are written.
void check_schema(schema::Schema schema, schema_check::Check& check, std::size_t line_max) {
  copied.set({});
  auto output = Output::open(copied.path());
  require(output.has_value(), "the output opens");
  schema::Translator translator(schema, false, line_max);
  ReplayOptions options;
  options.keep_tree = false;
  options.on_origin = [&translator](std::string_view line) { translator.learn(line); };
  static_cast<void>(with_replay(
      options, [&](Replay& replay) { return copy(replay, *output, {.translator = &translator}); }));
  require(output->flush().has_value(), "it is written");
  const std::string documents = copied.text();
  for_each_line(documents, [&](std::string_view document) {
    require(is_utf8(document), "UTF-8");
    for (const std::string& problem : check.problems(std::string(document))) {
      if (problem.find(": twice ") != std::string::npos) continue;  // the recording's own
      std::fprintf(stderr, "%s\n", problem.c_str());
      require(false, "the document is in the table");
    }
  });
}

// One of the ways to use it: all of them for each input would take long.
void check_use(std::size_t which) {
  static auto null = Output::open("/dev/null");
  Filter filter;
  filter.under.names = {"sshd", "*[a-f]"};
  filter.not_under.names = {"x*"};
  filter.args = {"-c"};
  filter.any_with_pid = true;
  filter.users = {"root", "0"};
  filter.under.pids = {1};
  switch (which) {
    case 0:
      return check_tree({});
    case 1:
      return check_tree({.exited_max = 4, .run_max = 4, .runs_total_max = 4, .bytes_max = 4096});
    case 2:
      return static_cast<void>(with_replay({}, [](Replay& replay) {
        TextSink sink(*null, {.events = {}, .colour = true, .header = true, .width = 80});
        return play(replay, sink);
      }));
    case 3:
      return static_cast<void>(with_replay({}, [](Replay& replay) {
        JsonlSink sink(*null, {});
        return play(replay, sink);
      }));
    case 4:
      return static_cast<void>(with_replay({.filter = filter}, [](Replay& replay) {
        ChainSink sink(*null, {.events = {}});
        return play(replay, sink);
      }));
    case 5:
      return check_timeline({});
    case 6:
      return check_timeline({.filter = filter, .retention = {.exited_max = 4, .bytes_max = 4096}});
    case 7: {
      static schema_check::EcsCheck ecs(PROCTREE_SCHEMA_DIR "/ecs_fields.tsv");
      return check_schema(schema::Schema::ecs, ecs, 0);
    }
    case 8: {
      static schema_check::OcsfCheck ocsf(PROCTREE_SCHEMA_DIR "/ocsf_fields.tsv");
      return check_schema(schema::Schema::ocsf, ocsf, 8192);
    }
    default:
      return static_cast<void>(
          with_replay({.filter = filter, .events = EventSet::only_exec()}, [](Replay& replay) {
            return copy(replay, *null, {1, 8192});
          }));
  }
}

}  // namespace
}  // namespace proctree::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace proctree::fuzz;
  std::string text(reinterpret_cast<const char*>(data), size);
  if (text.starts_with('G')) text = ReplayGrammar(std::string_view(text).substr(1)).recording();
  for_each_line(text, [](std::string_view line) {
    check_json(Exact({reinterpret_cast<const std::uint8_t*>(line.data()), line.size()}).text());
  });
  recording.set(text);
  check_copy(text);
  check_use(size % 10);
  return 0;
}
