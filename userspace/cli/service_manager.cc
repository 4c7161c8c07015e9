// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/service_manager.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <string_view>

#include "base/parse_text.hpp"
#include "base/try.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kNsPerUs = 1000;

// The variable's value, which no child of ours, nor a library, is to take for its own.
std::optional<std::string> take_variable(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) return std::nullopt;
  std::string text = value;
  ::unsetenv(name);
  return text;
}

tl::unexpected<Error> bad_variable(const char* name, const std::string& value) {
  return fail(ErrorCode::invalid_argument, std::string(name) + "=" + value + " makes no sense",
              "unset it, or let the service manager set it");
}

// Half of the time in which a sign of life is due, as sd_watchdog_enabled(3) advises.
Result<std::uint64_t> heartbeat_wanted() {
  const auto usec = take_variable("WATCHDOG_USEC"), pid = take_variable("WATCHDOG_PID");
  if (!usec) return 0;
  const auto limit = parse_number<std::uint64_t>(*usec);
  if (!limit || *limit == 0) return bad_variable("WATCHDOG_USEC", *usec);
  if (pid && parse_number<pid_t>(*pid) != ::getpid()) return 0;  // meant for another
  return *limit * kNsPerUs / 2;
}

}  // namespace

Result<ServiceManager> ServiceManager::from_environment() {
  ServiceManager manager;
  const auto path = take_variable("NOTIFY_SOCKET");
  const auto heartbeat = PROCTREE_TRY(heartbeat_wanted());
  if (!path) return manager;

  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool abstract = path->starts_with('@');
  if ((!abstract && !path->starts_with('/')) || path->size() >= sizeof address.sun_path) {
    return bad_variable("NOTIFY_SOCKET", *path);
  }
  std::memcpy(address.sun_path, path->data(), path->size());
  if (abstract) address.sun_path[0] = '\0';
  // The name of an abstract one ends with the address, that of a file with a NUL.
  const std::size_t size = offsetof(sockaddr_un, sun_path) + path->size() + (abstract ? 0 : 1);

  manager.socket_ = FileDescriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!manager.socket_.valid() ||
      ::connect(manager.socket_.get(), reinterpret_cast<const sockaddr*>(&address),
                static_cast<socklen_t>(size)) != 0) {
    return fail_errno("can't reach the service manager at NOTIFY_SOCKET=" + *path, errno,
                      "unset it where none is to be told");
  }
  // A manager that doesn't read must not block us.
  const timeval patience{1, 0};
  if (::setsockopt(manager.socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0) {
    return fail_errno("can't limit the wait for the service manager", errno);
  }
  manager.heartbeat_ns_ = heartbeat;
  return manager;
}

Result<void> ServiceManager::send(const std::string& state) {
  if (!socket_.valid()) return {};
  ssize_t sent = -1;
  do {
    sent = ::send(socket_.get(), state.data(), state.size(), MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return fail_errno("can't tell the service manager", errno);
  return {};
}

Result<void> ServiceManager::ready(std::uint64_t processes) {
  return send("READY=1\nSTATUS=Tracing; " + std::to_string(processes) +
              " processes were known at the start.");
}

// What follows is lost on a manager that has gone or is stuck; the trace goes on without it.

void ServiceManager::reloading() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const std::uint64_t us =
      static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / kNsPerUs;
  static_cast<void>(send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(us)));
}

void ServiceManager::reloaded() { static_cast<void>(send("READY=1")); }
void ServiceManager::stopping() { static_cast<void>(send("STOPPING=1")); }
void ServiceManager::alive() { static_cast<void>(send("WATCHDOG=1")); }

}  // namespace proctree
