// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Runs workload programs (tests/progs) and gathers the truth they write.
#pragma once

#include <string>
#include <vector>

#include "process.hpp"
#include "truth.hpp"

namespace proctree::live {

// The path of a workload program: of this build, or in the environment's PROCTREE_PROGS_DIR.
[[nodiscard]] std::string prog(const std::string& name);

// The ids of a process's ancestors as /proc has them now, nearest first.
[[nodiscard]] std::vector<std::string> ancestors_in_proc(pid_t pid);

class Workload {
 public:
  Workload();

  // Starts a program in a fresh directory; {path, stamp, args...}. `fds` beside those of the truth.
  pid_t start(const std::string& name, const std::vector<std::string>& args = {},
              const std::vector<std::pair<int, int>>& fds = {});
  // Until every process of all of them, daemons too, has ended. False: not in time.
  [[nodiscard]] bool finish();
  // How many of the programs started run still.
  [[nodiscard]] std::size_t running();
  [[nodiscard]] Truth truth(Problems& problems) const;
  [[nodiscard]] const std::string& dir() const { return dir_.path(); }

 private:
  TempDir dir_;
  Fd truth_;
  Pipe alive_;
  Token self_ = 0;            // of the test
  std::vector<pid_t> roots_;  // not yet waited for
  std::size_t started_ = 0;
};

}  // namespace proctree::live
