// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "procfs/name_service.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "base/file_descriptor.hpp"
#include "base/parse_text.hpp"
#include "procfs/account_file.hpp"

namespace proctree {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kOutputMax = 65536;

// Starts it with its standard output in `into`; -1: it can't be.
pid_t start(const char* getent, const std::string& user, int into) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (posix_spawn_file_actions_init(&actions) != 0) return -1;
  if (posix_spawnattr_init(&attributes) != 0) return -1;
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  sigaddset(&defaults, SIGXFSZ);
  std::string program = getent, database = "passwd", end = "--", name = user;
  std::array<char*, 5> argv = {program.data(), database.data(), end.data(), name.data(), nullptr};
  pid_t pid = -1;
  const bool ready =
      posix_spawnattr_setsigdefault(&attributes, &defaults) == 0 &&
      posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF) == 0 &&
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
      posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
      posix_spawn_file_actions_adddup2(&actions, into, STDOUT_FILENO) == 0;
  if (!ready || posix_spawn(&pid, getent, &actions, &attributes, argv.data(), environ) != 0) pid = -1;
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

// What it writes until its end; none: that did not come before `deadline`.
std::optional<std::string> read_until(int from, Clock::time_point deadline) {
  std::string text;
  while (text.size() < kOutputMax) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd waits{from, POLLIN, 0};
    if (left.count() <= 0) return std::nullopt;
    const int ready = ::poll(&waits, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return std::nullopt;
    std::array<char, 4096> part{};
    const ssize_t got = ::read(from, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(part.data(), static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace

std::optional<NameServiceUser> ask_name_service(const std::string& user, std::chrono::milliseconds limit,
                                                const char* getent) {
  std::array<int, 2> ends{};
  if (!is_account_name(user) || pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  const FileDescriptor from(ends[0]);
  FileDescriptor into(ends[1]);
  const Clock::time_point deadline = Clock::now() + limit;
  const pid_t pid = start(getent, user, into.get());
  into = FileDescriptor();
  if (pid < 0) return std::nullopt;
  const auto output = read_until(from.get(), deadline);
  // Closing its output is not its end. One that hangs may do so where no signal reaches it.
  kill(pid, SIGKILL);
  while (waitpid(pid, nullptr, output ? 0 : WNOHANG) < 0 && errno == EINTR) {
  }
  if (!output) return std::nullopt;
  std::string_view lines = *output;
  const auto entry = parse_passwd_entry(take_until(lines, '\n'));
  const bool is_asked = entry && (entry->first == user || parse_number<std::uint32_t>(user) == entry->second);
  if (!is_asked) return std::nullopt;
  return NameServiceUser{std::string(entry->first), entry->second};
}

}  // namespace proctree
