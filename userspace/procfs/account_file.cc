// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "procfs/account_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file_descriptor.hpp"
#include "base/parse_text.hpp"

namespace proctree {
namespace {

constexpr std::size_t kFileMax = std::size_t{32} << 20;  // what lies beyond it is not read
constexpr std::size_t kNameMax = 256;                    // LOGIN_NAME_MAX

std::string read_at_most(int fd, std::size_t limit) {
  std::string text;
  std::size_t used = 0;
  while (used < limit) {
    if (text.size() == used) text.resize(std::min(limit, used + std::max<std::size_t>(used, 16384)));
    const ssize_t got = ::read(fd, text.data() + used, text.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    used += static_cast<std::size_t>(got);
  }
  text.resize(used);
  return text;
}

}  // namespace

bool is_account_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameMax && name.front() != '#' && name.front() != '+' &&
         name.front() != '-' && name.find('\0') == std::string_view::npos;
}

std::optional<std::uint32_t> parse_account_number(std::string_view digits) {
  const auto number = parse_number<std::uint32_t>(digits);
  return number == 0xffffffff ? std::nullopt : number;
}

std::optional<std::pair<std::string_view, std::uint32_t>> parse_passwd_entry(std::string_view line) {
  const std::string_view name = take_until(line, ':');
  take_until(line, ':');
  const auto uid = parse_account_number(take_until(line, ':'));
  if (!is_account_name(name) || !uid) return std::nullopt;
  return std::pair{name, *uid};
}

Result<std::string> read_account_file(const std::string& path, struct stat& status) {
  // O_NONBLOCK: whatever stands at the path, opening it must not wait.
  const FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.valid() || ::fstat(fd.get(), &status) != 0) return fail_errno("cannot read " + path, errno);
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::io, path + " is no regular file");
  return read_at_most(fd.get(), kFileMax);
}

}  // namespace proctree
