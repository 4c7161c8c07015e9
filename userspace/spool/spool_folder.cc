// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "spool/spool_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "spool/spool_scan.hpp"

namespace proctree {

namespace {

constexpr mode_t kFolderMode = 0750;
constexpr const char* kLock = "lock";

}  // namespace

Result<std::unique_ptr<SpoolFolder>> SpoolFolder::open(std::string path, std::uint64_t max_bytes) {
  std::unique_ptr<SpoolFolder> spool(new SpoolFolder(std::move(path), max_bytes));
  const std::string& shown = spool->path_;
  if (::mkdir(shown.c_str(), kFolderMode) != 0 && errno != EEXIST)
    return fail_errno("cannot make the spool " + shown, errno, "make its parent folder, or name another one");
  spool->folder_ = FileDescriptor(::open(shown.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!spool->folder_.valid() && errno == ENOTDIR)
    return fail(ErrorCode::io, shown + " is no folder", "name one for the spool, or one that is to be made");
  if (!spool->folder_.valid()) return fail_errno("cannot open the spool " + shown, errno);
  if (auto locked = spool->lock(); !locked) return tl::make_unexpected(std::move(locked.error()));
  if (auto read = spool->read_contents(); !read) return tl::make_unexpected(std::move(read.error()));
  return spool;
}

Result<void> SpoolFolder::lock() {
  lock_ =
      FileDescriptor(::openat(folder_.get(), kLock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kSegmentMode));
  if (!lock_.valid())
    return fail_errno("cannot write to the spool " + path_, errno,
                      "name a folder that this user may write to");
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) return {};
  if (errno != EWOULDBLOCK) return fail_errno("cannot lock " + path_ + '/' + kLock, errno);
  return fail(ErrorCode::io, "another proctree writes to the spool " + path_,
              "stop it, or name another folder");
}

Result<void> SpoolFolder::read_contents() {
  auto contents = list_folder(folder_.get(), path_);
  if (!contents) return tl::make_unexpected(std::move(contents.error()));
  auto account = SpoolAccount::read(folder_.get(), path_);
  if (!account) return tl::make_unexpected(std::move(account.error()));
  account_ = std::move(*account);
  for (const std::string& name : contents->leftovers) ::unlinkat(folder_.get(), name.c_str(), 0);
  segments_ = std::move(contents->segments);
  if (!segments_.empty()) {
    last_number_ = segments_.back().name.number;
    if (auto read = read_last(); !read) return read;
  }
  for (const Segment& segment : segments_) bytes_ += segment.bytes;
  return {};
}

// The newest segment that has a line tells what came last; a plain one may end in half a line.
Result<void> SpoolFolder::read_last() {
  for (std::size_t i = segments_.size(); i-- > 0;) {
    Segment& segment = segments_[i];
    const auto scan = scan_segment(path_of(segment.name));
    if (!scan) {  // damaged: what stood in it is not known, and it goes when its turn comes
      damaged_.push_back(scan.error().message);
      continue;
    }
    if (!segment.name.compressed && scan->whole_bytes < segment.bytes) {
      if (::truncate(path_of(segment.name).c_str(), static_cast<off_t>(scan->whole_bytes)) != 0)
        return fail_errno("cannot cut the torn end of " + path_of(segment.name), errno);
      torn_bytes_ += segment.bytes - scan->whole_bytes;
      segment.bytes = scan->whole_bytes;
    }
    if (scan->seq == 0) continue;
    segment.end = StreamAccount{scan->stream, scan->seq, scan->totals};
    previous_ =
        PreviousStream{scan->stream, scan->time, scan->seq, scan->ktime_ns, scan->stopped, scan->folded};
    return {};
  }
  return {};
}

Result<void> SpoolFolder::give_to(std::uint32_t uid, std::uint32_t gid) const {
  const auto failed = [&] { return fail_errno("cannot give the spool " + path_ + " to its user", errno); };
  if (::fchown(folder_.get(), uid, gid) != 0 || ::fchown(lock_.get(), uid, gid) != 0) return failed();
  for (const Segment& segment : segments_) {
    if (::fchownat(folder_.get(), segment.name.file_name().c_str(), uid, gid, AT_SYMLINK_NOFOLLOW) != 0)
      return failed();
  }
  if (::fchownat(folder_.get(), "account", uid, gid, AT_SYMLINK_NOFOLLOW) != 0 && errno != ENOENT)
    return failed();
  return {};
}

Result<FileDescriptor> SpoolFolder::create(const std::string& stream, std::uint64_t first_seq,
                                           const LineTotals& before) {
  const std::lock_guard guard(mutex_);
  SegmentName name{last_number_ + 1, stream, first_seq};
  FileDescriptor file(::openat(folder_.get(), name.file_name().c_str(),
                               O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
                               kSegmentMode));
  if (!file.valid()) return fail_errno("cannot make " + path_of(name), errno);
  if (writing_) segments_.back().end = StreamAccount{stream, first_seq - 1, before};
  writing_ = true;
  last_number_ = name.number;
  segments_.push_back({.name = std::move(name)});
  return file;
}

void SpoolFolder::make_room(std::uint64_t bytes) {
  const std::lock_guard guard(mutex_);
  while (bytes_ + bytes > max_bytes_ && segments_.size() > (writing_ ? 1U : 0U)) drop_oldest();
}

void SpoolFolder::drop_oldest() {
  account_.set(end_of_first());
  // First, so that no line is missing of which the account knows nothing. Where the disk is full, that is
  // what dropping helps against: then it comes after.
  const bool written = account_.write(folder_.get(), path_).has_value();
  ::unlinkat(folder_.get(), segments_.front().name.file_name().c_str(), 0);
  bytes_ -= segments_.front().bytes;
  segments_.pop_front();
  if (!written) static_cast<void>(account_.write(folder_.get(), path_));
}

// What a segment's stream amounts to at its end: the next one of the stream begins with it.
StreamAccount SpoolFolder::end_of_first() const {
  const SegmentName& name = segments_.front().name;
  if (segments_.front().end) return *segments_.front().end;
  if (segments_.size() > 1 && segments_[1].name.stream == name.stream) {
    const SegmentName& next = segments_[1].name;
    if (const auto totals = totals_before(path_of(next)))
      return {name.stream, std::max<std::uint64_t>(next.first_seq, 1) - 1, *totals};
  }
  return end_by_reading(name);
}

// Of a segment that can't be read the least that is known: where it began.
StreamAccount SpoolFolder::end_by_reading(const SegmentName& name) const {
  const auto scan = scan_segment(path_of(name));
  if (scan && scan->seq != 0) return {name.stream, scan->seq, scan->totals};
  return {name.stream, std::max<std::uint64_t>(name.first_seq, 1) - 1, {}};
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
  const std::size_t closed = segments_.size() - (writing_ && !segments_.empty() ? 1 : 0);
  for (std::size_t i = 0; i < closed; ++i) {
    if (!segments_[i].name.compressed) return segments_[i];
  }
  return std::nullopt;
}

Result<bool> SpoolFolder::replace_by_compressed(const SegmentName& name, std::uint64_t bytes) {
  SegmentName compressed = name;
  compressed.compressed = true;
  const std::string file = compressed.file_name();
  const std::string temporary = temporary_name(file);
  const std::lock_guard guard(mutex_);
  const auto found = std::find_if(segments_.begin(), segments_.end(),
                                  [&](const Segment& segment) { return segment.name.number == name.number; });
  if (found == segments_.end()) {
    ::unlinkat(folder_.get(), temporary.c_str(), 0);
    return false;
  }
  if (::renameat(folder_.get(), temporary.c_str(), folder_.get(), file.c_str()) != 0)
    return fail_errno("cannot rename " + path_ + '/' + temporary, errno);
  ::fsync(folder_.get());
  ::unlinkat(folder_.get(), name.file_name().c_str(), 0);
  bytes_ = bytes_ - found->bytes + bytes;
  found->bytes = bytes;
  found->name.compressed = true;
  return true;
}

// Reading a segment takes long enough that the writer must not wait for it.
bool SpoolFolder::learn_an_end() {
  std::optional<SegmentName> name;
  {
    const std::lock_guard guard(mutex_);
    const std::size_t closed = segments_.size() - (writing_ && !segments_.empty() ? 1 : 0);
    for (std::size_t i = 0; i < closed && !name; ++i) {
      const bool ends_stream =
          i + 1 == segments_.size() || segments_[i + 1].name.stream != segments_[i].name.stream;
      if (!segments_[i].end && ends_stream) name = segments_[i].name;
    }
  }
  if (!name) return false;
  const StreamAccount end = end_by_reading(*name);
  const std::lock_guard guard(mutex_);
  for (Segment& segment : segments_) {
    if (segment.name.number == name->number) segment.end = end;
  }
  return true;
}

std::optional<SegmentName> SpoolFolder::newest() {
  const std::lock_guard guard(mutex_);
  if (segments_.empty()) return std::nullopt;
  return segments_.back().name;
}

std::uint64_t SpoolFolder::bytes() {
  const std::lock_guard guard(mutex_);
  return bytes_;
}

}  // namespace proctree
