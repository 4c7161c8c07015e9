// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A follower's position: the last line of each stream that its target has acknowledged, in a file that one
// process at a time may use.
#pragma once

#include <string>
#include <utility>

#include "base/file_descriptor.hpp"
#include "proctree/error.hpp"
#include "spool/spool_reader.hpp"

namespace proctree {

class Cursor {
 public:
  // A missing file is an empty cursor. An error: another process uses it, it is of another target, or it is
  // damaged.
  static Result<Cursor> open(std::string path, std::string target);

  [[nodiscard]] const StreamPositions& positions() const { return positions_; }
  // Replaces the file, and returns when it is on the disk.
  [[nodiscard]] Result<void> save(const StreamPositions& positions) const;

 private:
  Cursor(std::string path, std::string target) : path_(std::move(path)), target_(std::move(target)) {}
  Result<void> read();

  std::string path_;
  std::string target_;
  FileDescriptor lock_;
  StreamPositions positions_;
};

}  // namespace proctree
