// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

namespace proctree::live {
namespace {

void check(bool fine, const std::string& what) {
  if (fine) return;
  std::fprintf(stderr, "live test: %s: %s\n", what.c_str(), std::strerror(errno));
  std::abort();
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const std::string& s : strings) out.push_back(const_cast<char*>(s.c_str()));
  out.push_back(nullptr);
  return out;
}

// In the child: {here, there} without one overwriting another's source.
void place_fds(const std::vector<std::pair<int, int>>& fds) {
  std::vector<int> high;
  high.reserve(fds.size());
  for (const auto& [here, there] : fds) high.push_back(fcntl(here, F_DUPFD_CLOEXEC, 500));
  for (std::size_t i = 0; i < fds.size(); ++i) {
    if (high[i] < 0 || dup2(high[i], fds[i].second) < 0) _exit(125);
  }
}

// What the test's own parent ignores or blocks is nothing to a workload.
void reset_signals() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

void Fd::reset() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Pipe make_pipe() {
  int fds[2];
  check(pipe2(fds, O_CLOEXEC) == 0, "pipe2");
  return {Fd(fds[0]), Fd(fds[1])};
}

Fd open_file(const std::string& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC, 0644);
  check(fd >= 0, path);
  return Fd(fd);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string read_to_end(int fd) {
  std::string out;
  char block[65536];
  for (;;) {
    const ssize_t got = read(fd, block, sizeof(block));
    if (got == 0) return out;
    if (got < 0 && errno == EINTR) continue;
    check(got > 0, "read");
    out.append(block, static_cast<std::size_t>(got));
  }
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::uint64_t boot_now_ns() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

pid_t launch(const Launch& how) {
  const std::vector<char*> argv = pointers(how.argv), env = pointers(how.env);
  std::fflush(nullptr);
  const pid_t pid = fork();
  check(pid >= 0, "fork");
  if (pid != 0) return pid;
  reset_signals();
  place_fds(how.fds);
  if (!how.cwd.empty() && chdir(how.cwd.c_str()) != 0) _exit(125);
  if (how.uid && (setgroups(0, nullptr) != 0 || setresgid(*how.uid, *how.uid, *how.uid) != 0 ||
                  setresuid(*how.uid, *how.uid, *how.uid) != 0)) {
    _exit(125);
  }
  execve(argv[0], argv.data(), env.data());
  execvpe(argv[0], argv.data(), env.data());
  _exit(127);
}

std::chrono::seconds patiently(std::chrono::seconds usual) {
  const char* patience = std::getenv("PROCTREE_PATIENCE");
  if (patience == nullptr) return usual;
  const long times = std::strtol(patience, nullptr, 10);
  errno = EINVAL;
  check(times >= 1 && times <= 1000, "PROCTREE_PATIENCE");
  return usual * times;
}

std::optional<int> wait_for(pid_t pid, std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + patiently(limit);
  int status = 0;
  for (;;) {
    const pid_t got = waitpid(pid, &status, WNOHANG);
    if (got == pid) return status;
    check(got == 0 || errno == EINTR, "waitpid");
    if (std::chrono::steady_clock::now() > deadline) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  kill(pid, SIGKILL);
  waitpid(pid, &status, 0);
  return std::nullopt;
}

std::string status_text(std::optional<int> status) {
  if (!status) return "no end in time";
  if (WIFEXITED(*status)) return "exit " + std::to_string(WEXITSTATUS(*status));
  return "signal " + std::to_string(WTERMSIG(*status));
}

int Ran::code() const { return status && WIFEXITED(*status) ? WEXITSTATUS(*status) : -1; }

Ran run(std::vector<std::string> argv, std::optional<uid_t> uid, std::vector<std::string> env) {
  TempDir dir;
  Ran ran;
  Launch how;
  how.argv = std::move(argv);
  how.uid = uid;
  how.env.insert(how.env.end(), env.begin(), env.end());
  const Fd null = open_file("/dev/null", O_RDONLY);
  const Fd out = open_file(dir.file("out"), O_WRONLY | O_CREAT),
           err = open_file(dir.file("err"), O_WRONLY | O_CREAT);
  how.fds = {{null.get(), 0}, {out.get(), 1}, {err.get(), 2}};
  ran.status = wait_for(launch(how));
  ran.out = read_file(dir.file("out"));
  ran.err = read_file(dir.file("err"));
  return ran;
}

TempDir::TempDir() {
  const char* base = std::getenv("TMPDIR");
  path_ = std::string(base != nullptr ? base : "/tmp") + "/proctree-live-XXXXXX";
  check(mkdtemp(path_.data()) != nullptr, path_);
  check(chmod(path_.c_str(), 0755) == 0, path_);
}

TempDir::~TempDir() {
  std::error_code ignored;  // a directory left behind is no failure of the test
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace proctree::live
