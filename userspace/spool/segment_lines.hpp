// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The whole lines of a segment, also of one that is still being written.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_descriptor.hpp"
#include "base/line_reader.hpp"
#include "proctree/error.hpp"
#include "spool/segment.hpp"

namespace proctree {

class SegmentLines {
 public:
  // Of a plain one that has been compressed meanwhile, that. The error is ENOENT's where it is gone.
  static Result<SegmentLines> open(const std::string& folder, const SegmentName& name);

  // nullopt: there is no other whole line at present. Valid until the next call.
  Result<std::optional<std::string_view>> next();

 private:
  SegmentLines() = default;
  Result<std::optional<std::string_view>> next_plain();

  std::string path_;
  std::optional<LineReader> compressed_;
  FileDescriptor plain_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of what has not been handed out
  std::size_t scanned_ = 0;  // up to here there is no newline
  std::size_t end_ = 0;
};

}  // namespace proctree
