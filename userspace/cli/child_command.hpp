// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A command that waits for its release: forked first, so that it inherits nothing of ours, and executed when
// the tracer is ready.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/file_descriptor.hpp"
#include "procfs/account.hpp"
#include "proctree/error.hpp"

namespace proctree {

class ChildCommand {
 public:
  // To be called before any signal is blocked. With an account it will run as that user, in its home
  // directory.
  static Result<ChildCommand> fork(const std::vector<std::string>& command,
                                   const std::optional<Account>& account);
  ChildCommand(ChildCommand&& other) noexcept = default;
  ChildCommand& operator=(ChildCommand&&) = delete;
  ChildCommand(const ChildCommand&) = delete;
  ChildCommand& operator=(const ChildCommand&) = delete;
  // One that was never released ends by itself.
  ~ChildCommand() = default;

  [[nodiscard]] pid_t pid() const { return pid_; }
  // Executes it. The error is that of execve(2), by its system_errno.
  Result<void> release();
  // Checks whether it has ended; the wait(2) status once it has.
  [[nodiscard]] std::optional<int> status();

 private:
  ChildCommand() = default;

  std::string name_;
  pid_t pid_ = -1;
  FileDescriptor gate_;    // it executes when it reads a byte from the other end, and exits at its end
  FileDescriptor failed_;  // the errno of a failed exec, or nothing
  std::optional<int> status_;
};

// Ends this process as its child ended: with its exit code, or by the same signal.
[[nodiscard]] int end_like(int status);

}  // namespace proctree
