// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "spool/segment_lines.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <span>

#include "base/try.hpp"

namespace proctree {

Result<SegmentLines> SegmentLines::open(const std::string& folder, const SegmentName& name) {
  SegmentLines lines;
  SegmentName file = name;
  if (!file.compressed) {
    lines.path_ = folder + '/' + file.file_name();
    lines.plain_ =
        FileDescriptor(::open(lines.path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (lines.plain_.valid()) return lines;
    if (errno != ENOENT) return fail_errno("cannot open " + lines.path_, errno);
    file.compressed = true;
  }
  lines.path_ = folder + '/' + file.file_name();
  lines.compressed_ = PROCTREE_TRY(LineReader::open(lines.path_));
  return lines;
}

Result<std::optional<std::string_view>> SegmentLines::next() {
  if (!compressed_) return next_plain();
  const auto line = PROCTREE_TRY(compressed_->next());
  if (!line || !compressed_->ended()) return std::nullopt;
  return line;
}

Result<std::optional<std::string_view>> SegmentLines::next_plain() {
  while (true) {
    if (const auto line = lines_.next()) return line;
    if (lines_.rest().size() > LineReader::kLineMax)
      return fail(ErrorCode::corrupt, path_ + " holds an endless line");
    const std::span<char> room = lines_.room();
    ssize_t got = 0;
    do {
      got = ::read(plain_.get(), room.data(), room.size());
    } while (got < 0 && errno == EINTR);
    if (got < 0) return fail_errno("cannot read " + path_, errno);
    if (got == 0) return std::nullopt;
    lines_.added(static_cast<std::size_t>(got));
  }
}

}  // namespace proctree
