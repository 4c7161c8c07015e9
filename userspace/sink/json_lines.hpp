// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The destination of a stream's lines, each with what it stands for: a file or pipe, or a spool.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "proctree/error.hpp"

namespace proctree {

class JsonWriter;
struct JsonMembers;

inline constexpr std::uint64_t kLineVersion = 1;  // `v` of each line

// What lines stand for: processes created, programs executed, processes ended, events lost.
struct LineTotals {
  std::uint64_t forks = 0;
  std::uint64_t execs = 0;
  std::uint64_t exits = 0;
  std::uint64_t lost = 0;

  LineTotals& operator+=(const LineTotals& other) {
    forks += other.forks;
    execs += other.execs;
    exits += other.exits;
    lost += other.lost;
    return *this;
  }
  friend bool operator==(const LineTotals&, const LineTotals&) = default;
};
// As fields of the object that is open.
void write_totals(JsonWriter& json, const LineTotals& totals);
// The one that a field is called after; nullptr: none is.
[[nodiscard]] std::uint64_t* find_total(LineTotals& totals, std::string_view name);

// The time of a record, on both clocks.
struct LineMoment {
  std::uint64_t ktime_ns = 0;
  std::int64_t realtime_ns = 0;
};

struct JsonLine {
  std::string_view text;  // without its newline
  std::uint64_t seq = 0;
  LineMoment moment;
  LineTotals totals;
  const JsonMembers* members =
      nullptr;  // where they stand in it, if JsonLines::reads_members(); null: unknown
};

// What every part of a stream needs to be read by itself: the name of the stream, and the objects `host` and
// `tracer` of its first line.
struct StreamHead {
  std::string stream;
  std::string host;
  std::string tracer;
};

// A `segment` line, which begins a part of a stream (contract: it has no seq, and belongs to the file).
// `before`: what the lines with a seq below `first_seq` stand for, where that is known.
[[nodiscard]] std::string segment_line(const StreamHead& head, std::uint64_t first_seq, LineMoment moment,
                                       const std::optional<LineTotals>& before);

// Consecutive lines that could not be stored.
struct DroppedLines {
  std::uint64_t seq_from = 0;
  std::uint64_t seq_to = 0;
  std::uint64_t since_ns = 0;  // of the first of them, boot time
  std::uint64_t until_ns = 0;
  LineTotals totals;
};

class JsonLines {
 public:
  virtual ~JsonLines() = default;
  JsonLines(const JsonLines&) = delete;
  JsonLines& operator=(const JsonLines&) = delete;

  // Once, before the first line.
  virtual void begin(const StreamHead& head) = 0;
  // On an error the line is not taken.
  virtual Result<void> append(const JsonLine& line) = 0;
  virtual Result<void> flush() = 0;
  // Whether it uses a line's members.
  [[nodiscard]] virtual bool reads_members() const { return false; }
  // Bytes of lines that the present file or segment still takes; the line that is longer begins the next.
  [[nodiscard]] virtual std::uint64_t room() const { return std::numeric_limits<std::uint64_t>::max(); }
  // The next line begins another segment.
  virtual void end_segment() {}
  // The output has been opened again: the next line may be the first of another file.
  virtual void begin_segment() {}
  // Lines that were taken but could not be stored, once there is room for the next ones: a line about them
  // comes first.
  [[nodiscard]] virtual std::optional<DroppedLines> take_dropped() { return std::nullopt; }

 protected:
  JsonLines() = default;
};

}  // namespace proctree
