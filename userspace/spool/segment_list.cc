// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "spool/segment_list.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace proctree {

namespace {

// Of the two forms of one segment the compressed one is first.
bool is_listed_before(const Segment& a, const Segment& b) {
  if (is_same_segment(a.name, b.name)) return a.name.compressed && !b.name.compressed;
  return is_before(a.name, b.name);
}

}  // namespace

Result<FolderContents> list_folder(int folder_fd, const std::string& path) {
  const int fd = ::openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(fd < 0 ? nullptr : ::fdopendir(fd), ::closedir);
  if (!folder) return fail_errno("cannot read " + path, errno);
  FolderContents contents;
  for (errno = 0; const dirent* entry = ::readdir(folder.get()); errno = 0) {
    struct stat status {};
    if (::fstatat(folder_fd, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(status.st_mode))
      continue;
    if (is_temporary_name(entry->d_name)) {
      contents.leftovers.emplace_back(entry->d_name);
    } else if (auto name = parse_segment_name(entry->d_name)) {
      contents.segments.push_back(
          {.name = std::move(*name), .bytes = static_cast<std::uint64_t>(status.st_size)});
    }
  }
  if (errno != 0) return fail_errno("cannot read " + path, errno);
  std::sort(contents.segments.begin(), contents.segments.end(), is_listed_before);
  for (std::size_t i = 1; i < contents.segments.size();) {
    if (is_same_segment(contents.segments[i - 1].name, contents.segments[i].name)) {
      contents.leftovers.push_back(contents.segments[i].name.file_name());
      contents.segments.erase(contents.segments.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
  return contents;
}

}  // namespace proctree
