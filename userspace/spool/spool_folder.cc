// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "spool/spool_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>

#include "base/try.hpp"
#include "spool/spool_scan.hpp"

namespace proctree {

namespace {

constexpr const char* kLock = "lock";
constexpr std::size_t kEndsKnown = 8;  // of that many of the oldest segments

// Bytes behind the last newline.
Result<std::uint64_t> torn_end(int fd, std::uint64_t size) {
  char block[1 << 14];
  for (std::uint64_t end = size; end > 0;) {
    const std::uint64_t begin = end - std::min<std::uint64_t>(end, sizeof block);
    const ssize_t got = ::pread(fd, block, end - begin, static_cast<off_t>(begin));
    if (got < 0 || static_cast<std::uint64_t>(got) != end - begin)
      return fail_errno("read", got < 0 ? errno : EIO);
    const std::string_view text(block, static_cast<std::size_t>(got));
    if (const std::size_t at = text.rfind('\n'); at != std::string_view::npos) return size - (begin + at + 1);
    end = begin;
  }
  return size;
}

StreamAccount account_of(const SegmentScan& scan) {
  const EarlierStream& last = scan.last;
  return {last.stream, last.seq, scan.totals, scan.host, scan.tracer, last.time, last.ktime_ns};
}

StreamAccount account_before(const std::string& stream, std::uint64_t first_seq, const LineTotals& totals) {
  StreamAccount account;
  account.stream = stream;
  account.last_seq = std::max<std::uint64_t>(first_seq, 1) - 1;
  account.totals = totals;
  return account;
}

}  // namespace

Result<std::unique_ptr<SpoolFolder>> SpoolFolder::open(std::string path, const SpoolLimits& limits) {
  std::unique_ptr<SpoolFolder> spool(new SpoolFolder(std::move(path), limits));
  const std::string& shown = spool->path_;
  const bool is_made = ::mkdir(shown.c_str(), kSpoolFolderMode) == 0;
  if (!is_made && errno != EEXIST)
    return fail_errno("cannot make the spool " + shown, errno, "make its parent folder, or name another one");
  spool->folder_ = FileDescriptor(::open(shown.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!spool->folder_.valid() && errno == ENOTDIR)
    return fail(ErrorCode::io, shown + " is not a folder",
                "name a folder for the spool; a missing one is made");
  if (!spool->folder_.valid())
    return fail_errno("cannot open the spool " + shown, errno, "name a folder that this user may write to");
  if (is_made && ::fchmod(spool->folder_.get(), kSpoolFolderMode) != 0)
    return fail_errno("cannot set the mode of the spool " + shown, errno);
  PROCTREE_CHECK(spool->lock());
  PROCTREE_CHECK(spool->read_contents());
  PROCTREE_CHECK(spool->check_room());
  return spool;
}

Result<void> SpoolFolder::check_room() const {
  struct statvfs disk {};
  if (::fstatvfs(folder_.get(), &disk) != 0) return fail_errno("cannot ask for the room at " + path_, errno);
  const std::uint64_t room = std::uint64_t{disk.f_bavail} * disk.f_frsize;
  if (room >= limits_.segment_bytes) return {};
  return fail(ErrorCode::io,
              "the disk of the spool " + path_ +
                  " has no room for one segment: " + std::to_string(room >> 20) + " MiB are free, " +
                  std::to_string(limits_.segment_bytes >> 20) + " needed",
              "make room there, name another folder, or give a smaller --segment");
}

Result<void> SpoolFolder::lock() {
  lock_ =
      FileDescriptor(::openat(folder_.get(), kLock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kSegmentMode));
  if (!lock_.valid() || (::fchmod(lock_.get(), kSegmentMode) != 0 && errno != EPERM))
    return fail_errno("cannot write to the spool " + path_, errno,
                      "name a folder that this user may write to");
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return fail_errno("cannot lock " + path_ + '/' + kLock, errno);
  return fail(ErrorCode::io, "another proctree writes to the spool " + path_,
              "stop it, or name another folder");
}

Result<void> SpoolFolder::read_contents() {
  auto contents = PROCTREE_TRY(list_folder(folder_.get(), path_));
  account_ = PROCTREE_TRY(SpoolAccount::read(folder_.get(), path_));
  for (const std::string& name : contents.leftovers) ::unlinkat(folder_.get(), name.c_str(), 0);
  segments_ = std::move(contents.segments);
  if (!segments_.empty()) {
    last_number_ = segments_.back().name.number;
    PROCTREE_CHECK(cut_torn_end(segments_.back()));
    PROCTREE_CHECK(read_last());
  }
  for (const Segment& segment : segments_) bytes_ += segment.bytes;
  return {};
}

Result<void> SpoolFolder::cut_torn_end(Segment& segment) {
  if (segment.name.compressed || segment.bytes == 0) return {};
  const std::string path = path_of(segment.name);
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
  if (!file.valid()) return fail_errno("cannot open " + path, errno, "its writer must own a spool's files");
  const auto torn = torn_end(file.get(), segment.bytes);
  if (!torn) return fail_errno("cannot read " + path, torn.error().system_errno);
  if (*torn == 0) return {};
  if (::ftruncate(file.get(), static_cast<off_t>(segment.bytes - *torn)) != 0)
    return fail_errno("cannot cut the torn end of " + path, errno);
  torn_bytes_ = *torn;
  segment.bytes -= *torn;
  return {};
}

// The newest segment that has a line shows what came last.
Result<void> SpoolFolder::read_last() {
  for (std::size_t i = segments_.size(); i-- > 0;) {
    Segment& segment = segments_[i];
    auto scan = scan_segment(path_of(segment.name));
    if (!scan) {  // damaged: what it held is not known, and it is dropped in its turn
      damaged_.push_back(scan.error().message);
      continue;
    }
    if (scan->last.seq == 0) continue;
    segment.end = account_of(*scan);
    previous_ = std::move(scan->last);
    return {};
  }
  return {};
}

Result<FileDescriptor> SpoolFolder::create(const std::string& stream, std::uint64_t first_seq,
                                           const LineTotals& before) {
  const std::lock_guard guard(mutex_);
  SegmentName name{last_number_ + 1, stream, first_seq};
  FileDescriptor file(::openat(folder_.get(), name.file_name().c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
                               kSegmentMode));
  if (!file.valid() || ::fchmod(file.get(), kSegmentMode) != 0)
    return fail_errno("cannot make " + path_of(name), errno);
  // Of another stream the totals are not known here: the worker reads them.
  if (writing_ && segments_.back().name.stream == stream)
    segments_.back().end = account_before(stream, first_seq, before);
  writing_ = true;
  last_number_ = name.number;
  segments_.push_back({.name = std::move(name)});
  return file;
}

void SpoolFolder::make_room(std::uint64_t bytes) {
  const std::lock_guard guard(mutex_);
  while (bytes_ + bytes > limits_.max_bytes && segments_.size() > (writing_ ? 1U : 0U)) drop_oldest();
}

void SpoolFolder::drop_oldest() {
  account_.set(end_of_first());
  // Before the segment is removed, so that the account has every line that is gone. On a full disk only the
  // removal makes room for it: then after.
  const bool written = account_.write(folder_.get(), path_).has_value();
  ::unlinkat(folder_.get(), segments_.front().name.file_name().c_str(), 0);
  bytes_ -= segments_.front().bytes;
  segments_.pop_front();
  ++expired_;
  if (!written) static_cast<void>(account_.write(folder_.get(), path_));
}

// The totals of a segment's stream at its end: the stream's next segment begins with them.
StreamAccount SpoolFolder::end_of_first() const {
  const SegmentName& name = segments_.front().name;
  if (segments_.front().end) return *segments_.front().end;
  if (segments_.size() > 1 && segments_[1].name.stream == name.stream) {
    const SegmentName& next = segments_[1].name;
    if (const auto totals = totals_before(path_of(next)))
      return account_before(name.stream, next.first_seq, *totals);
  }
  return end_by_reading(name);
}

// Of a segment that can't be read the least that is known: where it began.
StreamAccount SpoolFolder::end_by_reading(const SegmentName& name) const {
  const auto scan = scan_segment(path_of(name));
  if (scan && scan->last.seq != 0) return account_of(*scan);
  return account_before(name.stream, name.first_seq, {});
}

void SpoolFolder::add_bytes(std::uint64_t bytes) {
  const std::lock_guard guard(mutex_);
  segments_.back().bytes += bytes;
  bytes_ += bytes;
}

void SpoolFolder::finish_writing() {
  const std::lock_guard guard(mutex_);
  writing_ = false;
}

std::optional<Segment> SpoolFolder::next_to_compress() {
  const std::lock_guard guard(mutex_);
  for (std::size_t i = 0; i < closed_count(); ++i) {
    if (!segments_[i].name.compressed && !segments_[i].stays_plain) return segments_[i];
  }
  return std::nullopt;
}

void SpoolFolder::leave_plain(const SegmentName& name) {
  const std::lock_guard guard(mutex_);
  if (Segment* segment = find(name)) segment->stays_plain = true;
}

void SpoolFolder::forget(const SegmentName& name) {
  const std::lock_guard guard(mutex_);
  const auto found = place_of(name);
  if (found == segments_.end()) return;
  bytes_ -= found->bytes;
  segments_.erase(found);
}

std::size_t SpoolFolder::closed_count() const {
  return segments_.size() - (writing_ && !segments_.empty() ? 1 : 0);
}

std::deque<Segment>::iterator SpoolFolder::place_of(const SegmentName& name) {
  return std::ranges::find_if(segments_,
                              [&](const Segment& segment) { return is_same_segment(segment.name, name); });
}

Segment* SpoolFolder::find(const SegmentName& name) {
  const auto found = place_of(name);
  return found == segments_.end() ? nullptr : &*found;
}

// The plain one stays until the name of the other is on the disk. The tracing thread must not wait for that.
Result<void> SpoolFolder::replace_by_compressed(const SegmentName& name, std::uint64_t bytes) {
  SegmentName compressed = name;
  compressed.compressed = true;
  const std::string file = compressed.file_name();
  const std::string temporary = temporary_name(file);
  {
    const std::lock_guard guard(mutex_);
    Segment* segment = find(name);
    if (segment == nullptr) {
      ::unlinkat(folder_.get(), temporary.c_str(), 0);
      return {};
    }
    if (::renameat(folder_.get(), temporary.c_str(), folder_.get(), file.c_str()) != 0)
      return fail_errno("cannot rename " + path_ + '/' + temporary, errno);
    bytes_ = bytes_ - segment->bytes + bytes;
    segment->bytes = bytes;
    segment->name.compressed = true;
  }
  ::fsync(folder_.get());
  ::unlinkat(folder_.get(), name.file_name().c_str(), 0);
  return {};
}

// Reading a segment takes long enough that the writer must not wait for it. Only the oldest are dropped soon.
void SpoolFolder::learn_an_end() {
  std::optional<SegmentName> name;
  {
    const std::lock_guard guard(mutex_);
    const std::size_t oldest = std::min(closed_count(), kEndsKnown);
    for (std::size_t i = 0; i < oldest && !name; ++i) {
      const bool ends_stream =
          i + 1 == segments_.size() || segments_[i + 1].name.stream != segments_[i].name.stream;
      if (!segments_[i].end && ends_stream) name = segments_[i].name;
    }
  }
  if (!name) return;
  const StreamAccount end = end_by_reading(*name);
  const std::lock_guard guard(mutex_);
  if (Segment* segment = find(*name)) segment->end = end;
}

std::optional<SegmentName> SpoolFolder::newest() {
  const std::lock_guard guard(mutex_);
  if (segments_.empty()) return std::nullopt;
  return segments_.back().name;
}

SpoolUse SpoolFolder::use() {
  const std::lock_guard guard(mutex_);
  return {bytes_, segments_.size(), expired_};
}

}  // namespace proctree
