// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Files that are read twice: input from a pipe, which can be read once, is saved in an unlinked file of
// $TMPDIR, or /var/tmp.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>

#include "base/file_descriptor.hpp"
#include "base/line_reader.hpp"
#include "proctree/error.hpp"

namespace proctree {

class RewindableInput {
 public:
  // As LineReader::open(), but from the beginning each time.
  Result<LineReader> open(const std::string& path);

 private:
  struct Saved {
    FileDescriptor file;
    off_t begin = 0;
  };
  static Result<LineReader> reopen(const Saved& saved, const std::string& name);

  std::map<std::string, Saved> saved_;
};

}  // namespace proctree
