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
#include "sink/earlier_stream.hpp"
#include "spool/account.hpp"
#include "spool/segment_list.hpp"

namespace proctree {

struct SpoolLimits {
  std::uint64_t max_bytes = 0;      // of all segments on disk
  std::uint64_t segment_bytes = 0;  // the disk must have room for one
};

struct SpoolUse {
  std::uint64_t bytes = 0;
  std::uint64_t segments = 0;
  std::uint64_t expired_segments = 0;  // dropped at the bound
};

class SpoolFolder {
 public:
  // Makes the folder where it is missing, for its owner and group. Errors: it can't be made, read or
  // written; it is not a folder; another writer has its lock; the disk has no room for a segment. A torn last
  // line is cut off: torn_bytes().
  static Result<std::unique_ptr<SpoolFolder>> open(std::string path, const SpoolLimits& limits);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] int fd() const { return folder_.get(); }
  [[nodiscard]] const std::optional<EarlierStream>& previous() const { return previous_; }
  [[nodiscard]] std::uint64_t torn_bytes() const { return torn_bytes_; }
  // Why segments could not be read when the spool was opened.
  [[nodiscard]] const std::vector<std::string>& damaged() const { return damaged_; }
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
  // It can't be read: it stays plain.
  void leave_plain(const SegmentName& name);
  // Its file was removed by somebody else, as on a full disk. Followers know by the next one what is missing.
  void forget(const SegmentName& name);
  // Its compressed file is at its temporary name, whole and synced: it replaces the plain one. Where the
  // segment has been dropped meanwhile, nothing of it is left.
  Result<void> replace_by_compressed(const SegmentName& name, std::uint64_t bytes);
  // Reads the totals at the end of one of the oldest segments of which they are not known yet, for the
  // account.
  void learn_an_end();
  [[nodiscard]] std::optional<SegmentName> newest();
  [[nodiscard]] SpoolUse use();

 private:
  SpoolFolder(std::string path, const SpoolLimits& limits) : path_(std::move(path)), limits_(limits) {}
  Result<void> lock();
  Result<void> check_room() const;
  Result<void> read_contents();
  Result<void> read_last();
  Result<void> cut_torn_end(Segment& segment);
  void drop_oldest();
  std::deque<Segment>::iterator place_of(const SegmentName& name);
  Segment* find(const SegmentName& name);
  [[nodiscard]] std::size_t closed_count() const;
  [[nodiscard]] StreamAccount end_of_first() const;
  [[nodiscard]] StreamAccount end_by_reading(const SegmentName& name) const;
  [[nodiscard]] std::string path_of(const SegmentName& name) const { return path_ + '/' + name.file_name(); }

  const std::string path_;
  const SpoolLimits limits_;
  FileDescriptor folder_;
  FileDescriptor lock_;
  std::optional<EarlierStream> previous_;
  std::uint64_t torn_bytes_ = 0;
  std::vector<std::string> damaged_;

  std::mutex mutex_;  // of all that follows
  std::deque<Segment> segments_;
  std::uint64_t bytes_ = 0;  // of all segments
  std::uint64_t expired_ = 0;
  bool writing_ = false;  // the newest segment is being written
  std::uint64_t last_number_ = 0;
  SpoolAccount account_;
};

}  // namespace proctree
