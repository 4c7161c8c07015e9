// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The folder of a spool: its lock, its segments within a bound on disk, and the account of those that are
// gone. The newest segment is the one being written; all others are closed.
//
// Safe for use from two threads: the one that writes and the worker that compresses.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/file_descriptor.hpp"
#include "proctree/error.hpp"
#include "spool/account.hpp"
#include "spool/segment_list.hpp"

namespace proctree {

// Of the last whole line that an earlier trace left.
struct PreviousStream {
  std::string stream;
  std::string time;
  std::uint64_t seq = 0;
  std::uint64_t ktime_ns = 0;
  bool stopped = false;  // its last line is `stop`
  bool folded = false;
};

class SpoolFolder {
 public:
  // Makes the folder where it is missing, for its owner and group. Errors: it can't be made, read or
  // written; it is no folder; another writer has its lock. A torn last line is cut off; `torn_bytes` says
  // how many bytes that were.
  static Result<std::unique_ptr<SpoolFolder>> open(std::string path, std::uint64_t max_bytes);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int fd() const { return folder_.get(); }
  [[nodiscard]] const std::optional<PreviousStream>& previous() const { return previous_; }
  [[nodiscard]] std::uint64_t torn_bytes() const { return torn_bytes_; }
  // Why segments could not be read when the spool was opened.
  [[nodiscard]] const std::vector<std::string>& damaged() const { return damaged_; }
  // The folder, and the files that are ours in it, belong to that user from now on.
  Result<void> give_to(std::uint32_t uid, std::uint32_t gid) const;

  // Makes the next segment; the one before it is closed, and `before` is what the lines of the stream up to
  // its end stand for.
  Result<FileDescriptor> create(const std::string& stream, std::uint64_t first_seq, const LineTotals& before);
  // Drops the oldest closed segments until `bytes` more fit.
  void make_room(std::uint64_t bytes);
  // Of the newest segment.
  void add_bytes(std::uint64_t bytes);
  // The newest segment is closed too.
  void finish_writing();

  // For the worker. The oldest closed segment that is not compressed.
  [[nodiscard]] std::optional<Segment> next_to_compress();
  // Its compressed file is at its temporary name, whole and synced: it takes the place of the plain one.
  // False: the segment has been dropped meanwhile.
  Result<bool> replace_by_compressed(const SegmentName& name, std::uint64_t bytes);
  // Learns what becomes of the account once a segment is gone, of one that isn't known yet; false: all are.
  bool learn_an_end();
  [[nodiscard]] std::optional<SegmentName> newest();
  [[nodiscard]] std::uint64_t bytes();

 private:
  SpoolFolder(std::string path, std::uint64_t max_bytes) : path_(std::move(path)), max_bytes_(max_bytes) {}
  Result<void> lock();
  Result<void> read_contents();
  Result<void> read_last();
  void drop_oldest();
  [[nodiscard]] StreamAccount end_of_first() const;
  [[nodiscard]] StreamAccount end_by_reading(const SegmentName& name) const;
  [[nodiscard]] std::string path_of(const SegmentName& name) const { return path_ + '/' + name.file_name(); }

  const std::string path_;
  const std::uint64_t max_bytes_;
  FileDescriptor folder_;
  FileDescriptor lock_;
  std::optional<PreviousStream> previous_;
  std::uint64_t torn_bytes_ = 0;
  std::vector<std::string> damaged_;

  std::mutex mutex_;  // of all that follows
  std::deque<Segment> segments_;
  std::uint64_t bytes_ = 0;  // of all segments
  bool writing_ = false;     // the newest segment is being written
  std::uint64_t last_number_ = 0;
  SpoolAccount account_;
};

}  // namespace proctree
