// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Parsing passwd(5) by hand: getpwuid(3) may ask a server over the network, and needs NSS modules that a
// static program does not have.
#include "procfs/users.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

namespace proctree {
namespace {

constexpr std::size_t kFileMax = std::size_t{32} << 20;  // what lies beyond it is not read
constexpr std::size_t kNameMax = 256;                    // LOGIN_NAME_MAX

// Takes the text up to `separator` off the front of `rest`; all of it where there is none.
std::string_view take(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return field;
}

// name:password:uid:…; nothing for comments, NIS markers and garbage.
std::optional<std::pair<std::string_view, std::uint32_t>> parse_entry(std::string_view line) {
  const std::string_view name = take(line, ':');
  take(line, ':');
  const std::string_view digits = take(line, ':');
  if (name.empty() || name.size() > kNameMax || name.front() == '#' || name.front() == '+' ||
      name.front() == '-' || name.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  std::uint32_t uid = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), uid);
  // (uid_t)-1 is nobody's: it means "no change" in system calls.
  if (error != std::errc{} || end != digits.data() + digits.size() || uid == 0xffffffff) return std::nullopt;
  return std::pair{name, uid};
}

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

UserNames::UserNames(std::string passwd_path) : path_(std::move(passwd_path)) { load(); }

std::string_view UserNames::name(std::uint32_t uid) {
  if (const auto found = names_.find(uid); found != names_.end()) return found->second;
  return numbers_.of(uid);
}

std::optional<std::uint32_t> UserNames::uid(std::string_view name) const {
  const auto found = uids_.find(std::string(name));
  if (found == uids_.end()) return std::nullopt;
  return found->second;
}

UserNames::Version UserNames::version_of(const struct stat& status) {
  return {status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ino, status.st_size};
}

void UserNames::refresh() {
  struct stat status {};
  // Where the file cannot be seen for a moment, the names of before are better than none.
  if (::stat(path_.c_str(), &status) == 0 && version_of(status) != version_) load();
}

void UserNames::load() {
  // O_NONBLOCK: whatever stands at the path, opening it must not wait.
  const int fd = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) return;
  struct stat status {};
  if (::fstat(fd, &status) == 0) {
    version_ = version_of(status);
    if (S_ISREG(status.st_mode)) parse(read_at_most(fd, kFileMax));
  }
  ::close(fd);
}

void UserNames::parse(std::string_view text) {
  names_.clear();
  uids_.clear();
  while (!text.empty()) {
    const auto entry = parse_entry(take(text, '\n'));
    if (!entry) continue;
    names_.try_emplace(entry->second, entry->first);  // the first entry wins, as in getpwuid(3)
    uids_.try_emplace(std::string(entry->first), entry->second);
  }
}

}  // namespace proctree
