// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/child_command.hpp"

#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/escape.hpp"
#include "base/path_search.hpp"
#include "base/try.hpp"
#include "cli/write_signals.hpp"

namespace proctree {

namespace {

constexpr int kSignalBase = 128;  // what a shell says of one that ended by a signal

// Executes the command as execvp(3) does, but only files that are there: those missing along PATH would stand
// in the trace as failed execs of ours. Returns where none could be, with errno.
void execute(char* const* argv) {
  const char* path = getenv("PATH");
  const auto [files, denied] = find_on_path(argv[0], path == nullptr ? "/bin:/usr/bin" : path);
  int error = denied ? EACCES : ENOENT;
  for (const std::string& file : files) {
    execvp(file.c_str(), argv);  // which gives what has no #! line to the shell
    const bool goes_on = errno == EACCES || errno == ENOENT || errno == ENOTDIR || errno == ESTALE ||
                         errno == ENODEV || errno == ETIMEDOUT;
    if (!goes_on || files.size() == 1) return;
    if (errno == EACCES) error = EACCES;
  }
  errno = error;
}

// Between fork and exec: only what may be called there by a program of one thread.
[[noreturn]] void become_command(char* const* argv, const Account* account, int gate, int failed) {
  char byte = 0;
  if (read(gate, &byte, 1) != 1) _exit(EXIT_FAILURE);
  restore_write_signals();
  if (account == nullptr || (setgroups(account->groups.size(), account->groups.data()) == 0 &&
                             setresgid(account->gid, account->gid, account->gid) == 0 &&
                             setresuid(account->uid, account->uid, account->uid) == 0)) {
    if (account != nullptr) {
      // The home of a user unknown here can only be found by his own C library.
      if (account->home.empty()) {
        unsetenv("HOME");
      } else {
        setenv("HOME", account->home.c_str(), 1);
      }
      setenv("USER", account->name.c_str(), 1);
      setenv("LOGNAME", account->name.c_str(), 1);
    }
    execute(argv);
  }
  const int error = errno;
  (void)!write(failed, &error, sizeof error);
  _exit(EXIT_FAILURE);
}

Result<std::array<FileDescriptor, 2>> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return fail_errno("can't make a pipe", errno);
  return std::array{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

}  // namespace

Result<ChildCommand> ChildCommand::fork(const std::vector<std::string>& command,
                                        const std::optional<Account>& account) {
  auto gate = PROCTREE_TRY(make_pipe());
  auto failed = PROCTREE_TRY(make_pipe());
  std::vector<std::string> words = command;
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  ChildCommand child;
  append_shell_word(child.name_, command.front());
  child.pid_ = ::fork();
  if (child.pid_ < 0) return fail_errno("can't fork", errno);
  // If our parent ignores SIGCHLD the kernel keeps no status for us. The command inherits the original
  // action.
  if (child.pid_ > 0) std::signal(SIGCHLD, SIG_DFL);
  if (child.pid_ == 0) {
    close(gate[1].release());  // or it would never see its end
    become_command(argv.data(), account ? &*account : nullptr, gate[0].get(), failed[1].get());
  }
  child.gate_ = std::move(gate[1]);
  child.failed_ = std::move(failed[0]);
  return child;
}

Result<void> ChildCommand::release() {
  if (write(gate_.get(), "x", 1) != 1) return fail_errno("can't run " + name_, errno);
  gate_ = FileDescriptor();
  int error = 0;
  if (read(failed_.get(), &error, sizeof error) != sizeof error) return {};  // the exec closed it
  return fail_errno("can't run " + name_, error);
}

std::optional<int> ChildCommand::status() {
  int status = 0;
  if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
  return status_;
}

int end_like(int status) {
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
  const int signal = WTERMSIG(status);
  const rlimit no_core{};  // that of the command is there already
  setrlimit(RLIMIT_CORE, &no_core);
  std::signal(signal, SIG_DFL);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  sigprocmask(SIG_UNBLOCK, &set, nullptr);
  raise(signal);
  return kSignalBase + signal;
}

}  // namespace proctree
