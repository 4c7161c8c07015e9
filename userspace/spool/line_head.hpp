// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What is needed of a JSON line to pass it on: its stream and number, and what it stands for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/json_cursor.hpp"
#include "proctree/error.hpp"
#include "sink/json_lines.hpp"

namespace proctree {

// Views are valid as long as the text and the parser are.
struct LineHead {
  std::string_view type;
  std::string_view stream;
  std::string_view time;
  std::uint64_t version = 0;
  std::uint64_t seq = 0;  // 0: none
  std::uint64_t ktime_ns = 0;
  LineTotals totals;  // what the line stands for

  // Of lost lines with `where`: "disk", "spool" or "restart"; and of which lines they are.
  std::string_view where;
  std::uint64_t seq_from = 0;
  std::uint64_t seq_to = 0;
  // Of segment lines; host and tracer of start lines too, as their JSON.
  std::uint64_t first_seq = 0;
  LineTotals before;
  std::string_view host;
  std::string_view tracer;
  bool folds = false;
  // Of start lines: the stream before this one in the same spool.
  std::string_view previous_stream;
  std::uint64_t previous_seq = 0;

  // Lines that a follower missed: they have no number of their own.
  [[nodiscard]] bool is_spool_gap() const { return type == "lost" && where == "spool" && seq == 0; }
  // A line of its stream, or a gap between them.
  [[nodiscard]] bool is_of_stream() const { return seq != 0 || is_spool_gap(); }
  // Of those: the numbers that it is of.
  [[nodiscard]] std::uint64_t first_number() const { return is_spool_gap() ? seq_from : seq; }
  [[nodiscard]] std::uint64_t last_number() const { return is_spool_gap() ? seq_to : seq; }
};

class LineHeadParser {
 public:
  // False: it is no JSON line of any version. Of those that most lines are only the beginning is read.
  bool parse(std::string_view text, LineHead& head);

 private:
  bool parse_whole(std::string_view text, LineHead& head);
  bool field(std::string_view key, LineHead& head);
  bool totals(LineTotals& into);
  bool tracer(LineHead& head);
  bool previous(LineHead& head);

  JsonCursor json_;
  std::uint64_t count_ = 0;
  bool inferred_ = false;
};

// Of a line of a version that we don't know. `place`: what stands before it, "FILE: "; may be empty.
[[nodiscard]] tl::unexpected<Error> newer_version(std::uint64_t version, const std::string& place);

}  // namespace proctree
