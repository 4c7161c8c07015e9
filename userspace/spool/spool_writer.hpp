// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Writes a stream of lines into the segments of a spool. The caller's thread only appends to files: no sync,
// no compression, no waiting. Where the disk takes no more, lines wait in a buffer; what doesn't fit into
// that either is dropped and reported by take_dropped().
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/notice.hpp"
#include "sink/json_lines.hpp"
#include "spool/spool_folder.hpp"
#include "spool/worker.hpp"

namespace proctree {

struct SpoolOptions {
  std::uint64_t segment_bytes = std::uint64_t{16} << 20;  // of plain lines
  std::uint64_t buffer_bytes = std::uint64_t{16} << 20;   // of lines that wait for the disk
  // Gets what the operator should know: the disk is full, or takes lines again. May be empty.
  Notice warn = {};
  bool sync_segments = false;  // each when it is closed, by the caller's thread
};

struct SpoolState {
  std::uint64_t lines = 0;
  std::uint64_t dropped_lines = 0;
  std::uint64_t expired_segments = 0;
  std::uint64_t failures = 0;  // of the worker
  std::uint64_t bytes = 0;     // on disk
  std::uint64_t segments = 0;
  std::uint64_t waiting_bytes = 0;
};

class SpoolWriter final : public JsonLines {
 public:
  SpoolWriter(std::unique_ptr<SpoolFolder> folder, SpoolOptions options);
  ~SpoolWriter() override;

  // Starts the worker: after privileges have been reduced, as a thread keeps those that it was made with.
  void start_worker();

  void begin(const StreamHead& head) override { begin(head, {}); }
  // A stream of which `before` has been written elsewhere: another one than so far, or the same after a gap.
  void begin(const StreamHead& head, const LineTotals& before);
  // Never fails: lines that can't be stored are counted.
  Result<void> append(const JsonLine& line) override;
  Result<void> flush() override;
  [[nodiscard]] std::uint64_t room() const override {
    return options_.segment_bytes - std::min(options_.segment_bytes, planned_bytes_);
  }
  void end_segment() override { planned_bytes_ = 0; }
  [[nodiscard]] std::optional<DroppedLines> take_dropped() override;

  // Whether a line of this size would be stored now: one that is larger than the buffer, alone in it.
  [[nodiscard]] bool takes(std::size_t bytes) const {
    return !dropped_ && (buffer_.empty() || buffer_.size() + bytes < options_.buffer_bytes);
  }
  // What was appended is on the disk when it returns without an error; after one it never does. Not for a
  // thread that traces.
  [[nodiscard]] Result<void> sync();
  // Writes what waits, syncs, and compresses the last segment.
  Result<void> close();

  [[nodiscard]] const SpoolFolder& folder() const { return *folder_; }
  [[nodiscard]] SpoolState state() const;

 private:
  struct Waiting {
    std::size_t bytes;  // with the newline
    bool begins;        // a segment, the first of planned_
  };
  struct PlannedSegment {
    std::string stream;
    std::string header;
    std::uint64_t first_seq;
    LineTotals before;  // of the stream
  };
  static constexpr std::size_t kBatchBytes = std::size_t{64} << 10;
  static constexpr std::size_t kDroppedLineBytes = 1024;  // room for the line about dropped ones

  void plan_segment(const JsonLine& line);
  void write_waiting();
  bool open_segment();
  bool write_some(std::size_t bytes);
  [[nodiscard]] std::size_t batch() const;
  void disk_failed(const std::string& what, int error);

  std::unique_ptr<SpoolFolder> folder_;
  SpoolOptions options_;
  std::unique_ptr<SpoolWorker> worker_;
  StreamHead head_;
  FileDescriptor file_;
  std::string buffer_;            // lines that wait, the first perhaps in part
  std::size_t header_bytes_ = 0;  // of the segment's own line at the front of the buffer
  std::deque<Waiting> waiting_;   // one for each line in the buffer
  std::deque<PlannedSegment> planned_;
  std::uint64_t planned_bytes_ = 0;  // of the segment that the last line is in; 0: the next line begins one
  LineTotals totals_;                // of all lines appended
  std::uint64_t lines_ = 0;
  std::uint64_t dropped_lines_ = 0;
  std::optional<DroppedLines> dropped_;
  bool failing_ = false;
  std::uint64_t retry_ns_ = 0;  // monotonic
  int sync_error_ = 0;
};

}  // namespace proctree
