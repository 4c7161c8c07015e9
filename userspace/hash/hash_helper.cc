// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "hash/hash_helper.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/try.hpp"
#include "hash/hash_worker.hpp"

namespace proctree {

namespace {

constexpr int kSocket = 3;  // behind the standard descriptors, which are /dev/null

// Nothing of the tracer's stays open: outputs, and the pipes of who waits for their end.
bool keep_only(int socket) {
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return false;
  const int copy = ::fcntl(socket, F_DUPFD_CLOEXEC, kSocket + 1);
  for (int fd = 0; fd < kSocket; ++fd)
    if (::dup2(null, fd) < 0) return false;
  if (copy < 0 || ::dup3(copy, kSocket, O_CLOEXEC) < 0) return false;
#ifdef SYS_close_range
  if (::syscall(SYS_close_range, kSocket + 1, ~0U, 0U) == 0) return true;
#endif
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  const auto end = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
  for (int fd = kSocket + 1; fd < end; ++fd) ::close(fd);
  return true;
}

// No signal but the watchdog's ends it: it ends with the tracer, when its socket does.
void set_signals() {
  sigset_t blocked;
  sigfillset(&blocked);
  for (const int number : {SIGALRM, SIGCHLD}) {
    ::signal(number, SIG_DFL);
    sigdelset(&blocked, number);
  }
  sigprocmask(SIG_SETMASK, &blocked, nullptr);
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

// A worker that died of anything but the watchdog may do so again at once.
[[noreturn]] void supervise(HashLimits limits) {
  for (;;) {
    const pid_t worker = ::fork();
    if (worker == 0) {
      HashWorker(kSocket, limits).run();
      ::_exit(EXIT_SUCCESS);
    }
    if (worker < 0) ::_exit(EXIT_FAILURE);
    const int status = wait_for(worker);
    if (WIFEXITED(status)) ::_exit(EXIT_SUCCESS);
    if (WTERMSIG(status) != SIGALRM) ::sleep(1);
    const HashReply restarted{0, HashOutcome::restarted, {}};
    if (::send(kSocket, &restarted, sizeof restarted, MSG_NOSIGNAL) < 0) ::_exit(EXIT_SUCCESS);
  }
}

// The first packet reports whether it could start.
[[noreturn]] void help(int socket, const std::function<Result<void>()>& confine, HashLimits limits) {
  ::prctl(PR_SET_NAME, "proctree-hash");
  set_signals();
  const bool alone = keep_only(socket);
  Result<void> confined = confine();
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const int error = !alone ? EBADF : confined ? 0 : std::max(confined.error().system_errno, 1);
  if (::send(kSocket, &error, sizeof error, MSG_NOSIGNAL) < 0 || error != 0) ::_exit(EXIT_FAILURE);
  supervise(limits);
}

}  // namespace

Result<FileDescriptor> start_hash_helper(const std::function<Result<void>()>& confine, HashLimits limits) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
    return fail_errno("can't make a socket for the hash helper", errno);
  FileDescriptor ours(ends[0]), its(ends[1]);
  // Some hundred requests; the kernel grants what it thinks fit.
  const int bytes = 1 << 20;
  ::setsockopt(ours.get(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  const pid_t helper = ::fork();
  if (helper < 0) return fail_errno("can't start the hash helper", errno);
  if (helper == 0) help(its.get(), confine, limits);
  its = FileDescriptor();
  int error = EPIPE;
  const ssize_t size = ::recv(ours.get(), &error, sizeof error, 0);
  if (size == sizeof error && error == 0) return ours;
  return fail_errno("the hash helper can't start", size == sizeof error ? error : EPIPE);
}

}  // namespace proctree
