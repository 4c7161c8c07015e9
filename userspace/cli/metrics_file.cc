// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/metrics_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/file_descriptor.hpp"

namespace proctree {

namespace {

constexpr mode_t kMode = 0644;  // its reader is another user; it names no process

}  // namespace

// The temporary name does not end in .prom, so that the collector leaves it alone.
Result<void> MetricsFile::replace(const std::string& text) const {
  const std::string temporary = path_ + ".new";
  const auto failed = [&] {
    return fail_errno("cannot write the metrics " + path_, errno,
                      "name a file in a folder that it may write to");
  };
  ::unlink(temporary.c_str());
  const FileDescriptor file(
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kMode));
  if (!file.valid()) return failed();
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t put = ::write(file.get(), text.data() + at, text.size() - at);
    if (put < 0) return failed();
    at += static_cast<std::size_t>(put);
  }
  if (::rename(temporary.c_str(), path_.c_str()) != 0) return failed();
  return {};
}

}  // namespace proctree
