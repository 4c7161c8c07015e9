// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Writes a stream of lines into the segments of a spool. The caller's thread only appends to files: no sync,
// no compression, no waiting. Where the disk takes no more, lines wait in a buffer; what doesn't fit into
// that either is dropped and reported by take_dropped().
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "sink/json_lines.hpp"
#include "spool/spool_folder.hpp"
#include "spool/worker.hpp"

namespace proctree {

struct SpoolOptions {
  std::uint64_t segment_bytes = std::uint64_t{16} << 20;  // of plain lines
  std::uint64_t buffer_bytes = std::uint64_t{16} << 20;   // of lines that wait for the disk
  // Told what the operator should know: the disk is full, or takes lines again. May be empty.
  std::function<void(const std::string&)> warn = {};
};

class SpoolWriter final : public JsonLines {
 public:
  SpoolWriter(std::unique_ptr<SpoolFolder> folder, SpoolOptions options);
  ~SpoolWriter() override;

  // Starts the worker: after privileges have been reduced, as a thread keeps those that it was made with.
  void start_worker();

  void begin(const StreamHead& head) override { head_ = head; }
  // Never fails: what can't be kept is counted.
  Result<void> append(const JsonLine& line) override;
  Result<void> flush() override;
  [[nodiscard]] std::optional<DroppedLines> take_dropped() override;

  // Writes what waits, syncs, and compresses the last segment.
  Result<void> close();

  [[nodiscard]] const SpoolFolder& folder() const { return *folder_; }

 private:
  struct Waiting {
    std::size_t bytes;  // with the newline
    std::uint64_t seq;
    LineMoment moment;
    LineTotals before;  // of the stream, without this line
  };
  static constexpr std::size_t kBatchBytes = std::size_t{64} << 10;
  static constexpr std::size_t kDroppedLineBytes = 1024;  // room for the line about dropped ones

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
  std::uint64_t segment_bytes_ = 0;  // written of the open segment
  std::string buffer_;               // lines that wait, the first perhaps in part
  std::size_t header_bytes_ = 0;     // of the segment's own line at the front of the buffer
  std::deque<Waiting> waiting_;      // one for each line in the buffer
  LineTotals totals_;                // of all lines appended
  std::optional<DroppedLines> dropped_;
  bool mid_line_ = false;  // the first of them has been written in part
  bool failing_ = false;
  std::uint64_t retry_ns_ = 0;  // monotonic
};

}  // namespace proctree
