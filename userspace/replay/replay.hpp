// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A recording read record by record, with the tree as it was right after each.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/filter.hpp"
#include "engine/record.hpp"
#include "proctree/error.hpp"
#include "replay/chosen_images.hpp"
#include "replay/coverage.hpp"
#include "replay/moment.hpp"
#include "replay/recent_images.hpp"
#include "replay/record_parser.hpp"
#include "replay/recorded_tree.hpp"
#include "replay/recording_reader.hpp"
#include "replay/replay_warnings.hpp"
#include "replay/sequences.hpp"
#include "sink/event_set.hpp"

namespace proctree {

struct ReplayOptions {
  Filter filter = {};
  EventSet events = {};
  Retention retention = {};
  bool keep_tree = true;  // false: what is asked for needs none, nor does the filter
  // Only lines of these times, and those between, are chosen.
  std::optional<Moment> since = {};
  std::optional<Moment> until = {};
  std::optional<Moment> at = {};  // what is_later() compares with
  // Gets each line that says which host and tracer a stream is of, a `segment` too; may be empty.
  std::function<void(std::string_view)> on_origin = {};
};

class Replay {
 public:
  // `reader` outlives the replay.
  Replay(RecordingReader& reader, ReplayOptions options);
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  // On to the next record; false: there is none. What the functions below return is good until the next call.
  Result<bool> next();
  // The same in two steps: until apply() the tree is as it was right after the record before.
  Result<bool> read();
  void apply();

  [[nodiscard]] const RecordedLine& line() const { return parser_.line(); }
  [[nodiscard]] std::string_view text() const { return text_; }
  // A line of a process, as the tracer would have handed it to a sink.
  [[nodiscard]] ProcessRecord record();
  // Whether filter and times let it through.
  [[nodiscard]] bool matches();
  // Whether these, and events, do.
  [[nodiscard]] bool chosen();
  // Not every record is let through.
  [[nodiscard]] bool is_filtered() const;

  [[nodiscard]] std::uint64_t records() const { return records_; }
  [[nodiscard]] const Totals& totals() const { return totals_; }  // of the last `stop` so far
  [[nodiscard]] std::optional<std::uint64_t> failed_execs() const { return failed_execs_; }  // likewise
  [[nodiscard]] const Host& host() const { return host_; }
  [[nodiscard]] RecordHead head();
  [[nodiscard]] RecordedTree& tree() { return tree_; }
  [[nodiscard]] const Filter& filter() const { return options_.filter; }
  // Its writer's options left out ends.
  [[nodiscard]] bool lacks_exits() const { return lacks_exits_; }
  // A line for each kind of damage that was survived.
  [[nodiscard]] std::vector<std::string> warnings();
  // After the last record: what the recording lacks.
  [[nodiscard]] const Coverage& coverage() const { return coverage_; }
  // The filter let a line through.
  [[nodiscard]] bool has_matched() const { return has_matched_; }
  // The record is later than the time that ReplayOptions asks for.
  [[nodiscard]] bool is_later() const;
  // The line counts lives that were not written; the process that theirs are like.
  [[nodiscard]] bool is_repeat() const { return line().type_name == "repeat"; }
  // The line has the hash of an image that its exec's line hasn't.
  [[nodiscard]] bool is_hash() const { return line().type_name == "hash"; }
  [[nodiscard]] ProcKey repeated() const { return images_.find(line().stream, line().repeats); }

  // Notes where the first `count` entries of `ancestors` end.
  void mark_ancestors(std::size_t count) { parser_.mark_ancestors(count); }

 private:
  // Lines cut off by crashes, which only what follows them can excuse.
  struct Damage {
    LinePlace first;
    std::uint64_t lines = 0;
    Error error;
  };
  [[nodiscard]] bool is_between_moments() const;
  Result<bool> read_line();
  Result<bool> leave_file();
  Result<bool> parse_line();
  void note_damage(Error error);
  void excuse_damage();
  void begin_segment();
  void take_origin();
  [[nodiscard]] tl::unexpected<Error> at_line(LinePlace place, const Error& error) const;

  RecordingReader& reader_;
  ReplayOptions options_;
  RecordParser parser_;
  RecordedTree tree_;
  ReplayWarnings warnings_;
  Sequences sequences_;
  Coverage coverage_;
  RecentImages images_;
  ChosenImages chosen_images_;
  Host host_;
  std::optional<Damage> damage_;
  std::string_view text_;
  Slot slot_ = kNoSlot;
  std::uint64_t records_ = 0;
  Totals totals_;
  std::optional<std::uint64_t> failed_execs_;
  bool lacks_exits_ = false;
  bool has_matched_ = false;
};

}  // namespace proctree
