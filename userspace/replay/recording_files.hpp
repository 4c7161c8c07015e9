// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which files a recording consists of, and in which order they are read.
#pragma once

#include <string>
#include <vector>

#include "proctree/error.hpp"

namespace proctree {

struct RecordingFile {
  std::string path;         // "-" is standard input
  bool is_segment = false;  // of a spool, whose writer may compress or remove it at any time
};

struct RecordingFiles {
  std::vector<RecordingFile> files;
  std::vector<std::string> warnings;
};

// What the command line names, in that order. A folder stands for the files in it, by the first `time` of
// each; for those of a spool alone, by their number, where it holds any. A file that can't be read is an
// error.
[[nodiscard]] Result<RecordingFiles> find_recording_files(const std::vector<std::string>& names);

}  // namespace proctree
