// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The whole lines of a segment, also of one that is still being written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/file_descriptor.hpp"
#include "base/line_buffer.hpp"
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
  LineBuffer lines_;  // of the plain one
};

}  // namespace proctree
