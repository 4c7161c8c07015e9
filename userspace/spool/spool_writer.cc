// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "spool/spool_writer.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/host_clock.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kRetryNs = 100'000'000;

}  // namespace

SpoolWriter::SpoolWriter(std::unique_ptr<SpoolFolder> folder, SpoolOptions options)
    : folder_(std::move(folder)), options_(std::move(options)) {}

SpoolWriter::~SpoolWriter() = default;

void SpoolWriter::start_worker() { worker_ = std::make_unique<SpoolWorker>(*folder_); }

void SpoolWriter::begin(const StreamHead& head, const LineTotals& before) {
  head_ = head;
  totals_ = before;
  planned_bytes_ = 0;
}

Result<void> SpoolWriter::append(const JsonLine& line) {
  const std::size_t bytes = line.text.size() + 1;
  ++lines_;
  if (!takes(line.text.size())) {
    if (!dropped_)
      dropped_ = DroppedLines{line.seq, line.seq, line.moment.ktime_ns, line.moment.ktime_ns, {}};
    dropped_->seq_to = line.seq;
    ++dropped_lines_;
    dropped_->until_ns = line.moment.ktime_ns;
    dropped_->totals += line.totals;
    totals_ += line.totals;
    return {};
  }
  const bool begins = planned_bytes_ == 0 || planned_bytes_ + bytes > options_.segment_bytes;
  if (begins) plan_segment(line);
  planned_bytes_ += bytes;
  totals_ += line.totals;
  buffer_ += line.text;
  buffer_ += '\n';
  waiting_.push_back({bytes, begins});
  if (buffer_.size() >= kBatchBytes) write_waiting();
  return {};
}

// There is at least one line in each.
void SpoolWriter::plan_segment(const JsonLine& line) {
  std::string header = segment_line(head_, line.seq, line.moment, totals_) + '\n';
  planned_bytes_ = header.size();
  planned_.push_back({head_.stream, std::move(header), line.seq, totals_});
}

Result<void> SpoolWriter::flush() {
  write_waiting();
  return {};
}

std::optional<DroppedLines> SpoolWriter::take_dropped() {
  if (!dropped_) return std::nullopt;
  write_waiting();
  // For this line and the next, so that the two don't take turns.
  if (buffer_.size() + kDroppedLineBytes + options_.buffer_bytes / 4 > options_.buffer_bytes)
    return std::nullopt;
  return std::exchange(dropped_, std::nullopt);
}

void SpoolWriter::write_waiting() {
  if (failing_ && host_clock_ns(CLOCK_MONOTONIC) < retry_ns_) return;
  while (!waiting_.empty()) {
    if (waiting_.front().begins && !open_segment()) return;
    if (!write_some(batch())) return;
  }
}

// As many bytes as belong into the open segment.
std::size_t SpoolWriter::batch() const {
  std::size_t bytes = header_bytes_;
  for (const Waiting& line : waiting_) {
    if (line.begins) break;
    bytes += line.bytes;
  }
  return bytes;
}

bool SpoolWriter::open_segment() {
  PlannedSegment& next = planned_.front();
  folder_->make_room(next.header.size() + waiting_.front().bytes);
  auto file = folder_->create(next.stream, next.first_seq, next.before);
  if (!file) {
    disk_failed(file.error().message, 0);
    return false;
  }
  // Once only: the kernel doesn't report a failed write again.
  if (options_.sync_segments && file_.valid() && ::fdatasync(file_.get()) != 0) sync_error_ = errno;
  file_ = std::move(*file);
  header_bytes_ = next.header.size();
  buffer_.insert(0, next.header);
  planned_.pop_front();
  waiting_.front().begins = false;
  if (worker_) worker_->wake();
  return true;
}

// From the front of the buffer; a line may be written in part, and is continued later.
bool SpoolWriter::write_some(std::size_t bytes) {
  folder_->make_room(bytes);
  const ssize_t put = ::write(file_.get(), buffer_.data(), bytes);
  if (put < 0 && errno == EINTR) return true;
  if (put < 0) {
    disk_failed("cannot write to the spool " + folder_->path(), errno);
    return false;
  }
  if (failing_ && options_.warn) options_.warn("the spool " + folder_->path() + " takes lines again");
  failing_ = false;
  std::size_t left = static_cast<std::size_t>(put);
  folder_->add_bytes(left);
  buffer_.erase(0, left);
  const std::size_t of_header = std::min(left, header_bytes_);
  header_bytes_ -= of_header;
  left -= of_header;
  while (left > 0) {
    Waiting& line = waiting_.front();
    const std::size_t of_line = std::min(left, line.bytes);
    line.bytes -= of_line;
    left -= of_line;
    if (line.bytes == 0) waiting_.pop_front();
  }
  return true;
}

void SpoolWriter::disk_failed(const std::string& what, int error) {
  retry_ns_ = host_clock_ns(CLOCK_MONOTONIC) + kRetryNs;
  if (!std::exchange(failing_, true) && options_.warn)
    options_.warn(what + (error != 0 ? std::string(": ") + std::strerror(error) : std::string()) +
                  ": lines wait in memory, and beyond " + std::to_string(options_.buffer_bytes >> 20) +
                  " MiB they are dropped and counted");
}

Result<void> SpoolWriter::sync() {
  retry_ns_ = 0;
  write_waiting();
  if (!waiting_.empty())
    return fail(ErrorCode::io, "the spool " + folder_->path() + " has no room", "make room on its disk");
  if (file_.valid() && (::fdatasync(file_.get()) != 0 || ::fsync(folder_->fd()) != 0)) sync_error_ = errno;
  if (sync_error_ == 0) return {};
  return fail_errno("cannot sync the spool " + folder_->path(), sync_error_);
}

SpoolState SpoolWriter::state() const {
  const SpoolUse use = folder_->use();
  return {lines_,    dropped_lines_, use.expired_segments, worker_ ? worker_->failures() : 0,
          use.bytes, use.segments,   buffer_.size()};
}

Result<void> SpoolWriter::close() {
  retry_ns_ = 0;
  write_waiting();
  file_ = FileDescriptor();
  folder_->finish_writing();
  if (worker_) worker_->stop();
  if (!waiting_.empty() || dropped_)
    return fail(ErrorCode::io,
                "the spool " + folder_->path() + " could not take the last " +
                    std::to_string(waiting_.size()) + " lines",
                "make room on its disk");
  return {};
}

}  // namespace proctree
