// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/metrics_file.hpp"

#include <fcntl.h>

#include <cerrno>

#include "base/whole_file.hpp"

namespace proctree {

namespace {

constexpr mode_t kMode = 0644;  // its reader is another user; it names no process

}  // namespace

// The temporary name does not end in .prom, so that the collector leaves it alone.
Result<void> MetricsFile::replace(const std::string& text) const {
  if (replace_file(AT_FDCWD, path_ + ".new", path_, text, kMode, Sync::no)) return {};
  return fail_errno("cannot write the metrics " + path_, errno,
                    "name a file in a folder that it may write to");
}

}  // namespace proctree
