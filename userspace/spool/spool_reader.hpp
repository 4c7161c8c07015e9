// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Follows a spool, without any right but to read it, from where it was left: a number and totals a stream,
// never an offset. The writer doesn't know of readers, and never waits for one.
//
//   auto reader = SpoolReader::open("/var/spool/proctree", positions);
//   while (const auto* item = PROCTREE_TRY(reader->next())) ...;  // null: nothing more at present
//   poll(reader->fd(), …) for a second at most, and again
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_descriptor.hpp"
#include "proctree/error.hpp"
#include "sink/json_lines.hpp"
#include "spool/account.hpp"
#include "spool/line_head.hpp"
#include "spool/segment_lines.hpp"
#include "spool/segment_list.hpp"

namespace proctree {

// The last line of a stream that was read, and what the lines up to it stand for.
struct StreamPosition {
  std::uint64_t seq = 0;
  LineTotals totals;

  friend bool operator==(const StreamPosition&, const StreamPosition&) = default;
};
using StreamPositions = std::map<std::string, StreamPosition, std::less<>>;

// A line of a stream, or what says that lines were missed: valid until the next one is asked for.
struct SpoolItem {
  std::string_view text;
  std::string_view stream;
  std::uint64_t seq = 0;       // 0: a gap,
  std::uint64_t seq_from = 0;  // from here
  std::uint64_t seq_to = 0;    // to here, both the line's own number else
  LineMoment moment;
  LineTotals before;  // what the stream's lines before it stand for
  LineTotals totals;  // what it stands for
  std::string_view type;
};

// What a line says of itself. The item views `text` and `stream`, and `line` what they hold.
[[nodiscard]] SpoolItem item_of(std::string_view text, std::string_view stream, const LineHead& line,
                                const LineMoment& moment, const LineTotals& before);
// What it says of its stream: host and tracer where it is of those that have them.
[[nodiscard]] StreamHead head_of(const LineHead& line);

class SpoolReader {
 public:
  // An error where `from` holds streams and the spool knows none of them.
  static Result<std::unique_ptr<SpoolReader>> open(std::string path, StreamPositions from = {});

  // In each stream by number, each line once. A line that is JSON of a newer version is an error, one that is
  // none is left out.
  Result<const SpoolItem*> next();

  // Of the last item's stream.
  [[nodiscard]] const StreamHead& head() const { return head_; }
  [[nodiscard]] const StreamPositions& positions() const { return positions_; }
  // Becomes readable when something is written. Inotify says nothing on some file systems: ask again each
  // second too.
  [[nodiscard]] int fd() const { return notify_.get(); }

 private:
  explicit SpoolReader(std::string path, StreamPositions from)
      : path_(std::move(path)), positions_(std::move(from)) {}
  Result<void> watch();
  Result<SpoolAccount> list();
  bool drain_notifications();
  Result<bool> open_next();
  Result<bool> open_segment(const SegmentName& name);
  [[nodiscard]] bool is_read(std::size_t index) const;
  Result<bool> take_line(std::string_view text);
  void begin_segment();
  void take_account(const SpoolAccount& account);
  void miss(StreamHead head, const LineMoment& moment, std::uint64_t seq_to,
            const std::optional<LineTotals>& totals_to);
  bool give_missed();

  struct Missed {
    StreamHead head;
    LineMoment moment;
    std::string text;
    StreamPosition from;
    StreamPosition to;
  };

  std::string path_;
  FileDescriptor folder_;
  FileDescriptor notify_;
  StreamPositions positions_;
  std::deque<Segment> segments_;  // as they were listed
  std::uint64_t listed_ns_ = 0;   // boot time
  SegmentName current_;           // the segment that is being read, or was read last
  std::optional<SegmentLines> lines_;
  bool is_closed_ = false;   // there is a newer one
  StreamHead head_;          // of the last item's stream,
  StreamHead segment_head_;  // of that of the segment's lines: a gap of another one may come between
  LineHeadParser parser_;
  LineHead line_;
  std::deque<Missed> missed_;
  std::string deferred_line_;  // the line behind what was missed
  bool has_deferred_line_ = false;
  std::string missed_text_;
  std::string stream_;
  SpoolItem item_;
  LineMoment moment_;
};

}  // namespace proctree
