// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/rewindable_input.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>
#include <vector>

#include "base/byte_source.hpp"

namespace proctree {

namespace {

tl::unexpected<Error> cannot_save(const std::string& name, int system_errno) {
  return fail_errno("cannot keep " + name + " to read it twice", system_errno,
                    "save it to a file and replay that, or write the time as 2026-03-01T09:30:00Z");
}

Result<FileDescriptor> unlinked_file(const std::string& name) {
  const char* folder = std::getenv("TMPDIR");
  std::string path =
      std::string(folder != nullptr && *folder != '\0' ? folder : "/var/tmp") + "/proctree-XXXXXX";
  FileDescriptor file(::mkostemp(path.data(), O_CLOEXEC));
  if (!file.valid() || ::unlink(path.c_str()) != 0) return cannot_save(name + " in " + path, errno);
  return file;
}

Result<void> copy_all(int from, int to, const std::string& name) {
  std::vector<char> block(256 * 1024);
  while (true) {
    const ssize_t got = ::read(from, block.data(), block.size());
    if (got == 0) return {};
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("cannot read " + name, errno);
    for (ssize_t done = 0; done < got;) {
      const ssize_t n = ::write(to, block.data() + done, static_cast<std::size_t>(got - done));
      if (n < 0 && errno != EINTR) return cannot_save(name, errno);
      if (n > 0) done += n;
    }
  }
}

}  // namespace

Result<LineReader> RewindableInput::open(const std::string& path) {
  if (const auto saved = saved_.find(path); saved != saved_.end())
    return reopen(saved->second, path == "-" ? "standard input" : path);
  auto source = ByteSource::open(path);
  if (!source) return tl::make_unexpected(std::move(source.error()));
  struct stat status {};
  const bool is_regular = ::fstat(source->fd(), &status) == 0 && S_ISREG(status.st_mode);
  if (is_regular && path != "-") return LineReader(std::move(*source));
  Saved saved;
  if (is_regular) {
    saved = {FileDescriptor(::fcntl(source->fd(), F_DUPFD_CLOEXEC, 0)), ::lseek(source->fd(), 0, SEEK_CUR)};
  } else {
    auto file = unlinked_file(source->name());
    if (!file) return tl::make_unexpected(std::move(file.error()));
    saved.file = std::move(*file);
    if (auto copied = copy_all(source->fd(), saved.file.get(), source->name()); !copied)
      return tl::make_unexpected(std::move(copied.error()));
  }
  return reopen(saved_.emplace(path, std::move(saved)).first->second, source->name());
}

Result<LineReader> RewindableInput::reopen(const Saved& saved, const std::string& name) {
  FileDescriptor file(::fcntl(saved.file.get(), F_DUPFD_CLOEXEC, 0));
  if (!file.valid() || ::lseek(file.get(), saved.begin, SEEK_SET) < 0)
    return fail_errno("cannot read " + name + " again", errno);
  return LineReader(ByteSource(std::move(file), name));
}

}  // namespace proctree
