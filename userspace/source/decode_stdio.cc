// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/decode_stdio.hpp"

#include <arpa/inet.h>
#include <sys/stat.h>

#include <algorithm>

#include "source/bad_record.hpp"
#include "source/decode.hpp"

namespace proctree {

namespace {

constexpr std::uint32_t kMajorShift = 20;
constexpr std::uint32_t kNullDevice = 1U << kMajorShift | 3;

// Of character devices that are terminals (Documentation/admin-guide/devices.txt): virtual consoles and
// serial lines, /dev/tty and /dev/ptmx, pseudo terminals of both kinds, modems and serial lines on USB,
// further serial lines, hypervisors' consoles.
constexpr bool is_tty_major(std::uint32_t major) {
  return (major >= 2 && major <= 5) || (major >= 128 && major <= 143) || major == 166 || major == 188 ||
         major == 204 || major == 229;
}

FileKind device_kind(std::uint32_t rdev) {
  if (rdev == kNullDevice) return FileKind::null;
  return is_tty_major(rdev >> kMajorShift) ? FileKind::tty : FileKind::other;
}

FileKind kind_of(const pt_stdio& record, std::string_view path) {
  if ((record.flags & PT_STDIO_OPEN) == 0) return FileKind::closed;
  switch (record.mode & S_IFMT) {
    case S_IFIFO:
      return FileKind::pipe;
    case S_IFSOCK:
      return FileKind::socket;
    case S_IFCHR:
      return device_kind(record.rdev);
    case S_IFREG:
      if ((record.flags & PT_STDIO_ROOT) == 0) return FileKind::file;
      return (record.flags & PT_STDIO_UNLINKED) != 0 && path.starts_with("memfd:") ? FileKind::memfd
                                                                                   : FileKind::other;
    default:
      return FileKind::other;
  }
}

// Of a socket that is connected.
void append_address(std::string& out, const pt_stdio& record) {
  const bool six = record.family == AF_INET6;
  if ((!six && record.family != AF_INET) || record.peer_port == 0) return;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (inet_ntop(record.family, record.peer_address, text.data(), text.size()) == nullptr) return;
  if (six) out += '[';
  out += text.data();
  if (six) out += ']';
  out += ':';
  out += std::to_string(ntohs(record.peer_port));
}

}  // namespace

bool StdioDecoder::decode(const StdioRecords& records, const StdioPaths& paths) {
  for (std::size_t fd = 0; fd < records.size(); ++fd) {
    const std::size_t same = records[fd].same_as;
    if (same > fd) return false;
    if (same == fd) {
      if (!decode_one(fd, records[fd], paths[fd])) return false;
    } else {
      stdio_.files[fd] = stdio_.files[same];
      stdio_.devs[fd] = stdio_.devs[same];
      stdio_.reads[fd] = stdio_.reads[same];
      stdio_.writes[fd] = stdio_.writes[same];
    }
  }
  return true;
}

bool StdioDecoder::decode_one(std::size_t fd, const pt_stdio& record, std::string_view path) {
  StandardFile& file = stdio_.files[fd];
  file = {};
  file.kind = kind_of(record, path);
  stdio_.reads[fd] = (record.flags & PT_STDIO_READS) != 0;
  stdio_.writes[fd] = (record.flags & PT_STDIO_WRITES) != 0;
  if (file.kind == FileKind::closed) return true;
  file.inode = record.inode;
  stdio_.devs[fd] = record.dev;
  const bool unnamed = (record.flags & PT_STDIO_ROOT) != 0 && file.kind != FileKind::memfd;
  file.path_truncated = (record.flags & PT_STDIO_TRUNCATED) != 0;
  paths_[fd].clear();
  if (!unnamed && file.kind != FileKind::socket) {
    if (!append_path_leaf_first(paths_[fd], path, file.path_truncated)) return false;
    file.path = paths_[fd];
  }
  peers_[fd].clear();
  append_address(peers_[fd], record);
  file.peer = peers_[fd];
  if (record.peer_pid < kPidsEnd) file.peer_process = {record.peer_pid, record.peer_start_ns};
  return true;
}

}  // namespace proctree
