// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Processes as files, as /proc has them.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "workload.hpp"

namespace proctree::bench {

class ProcFolder {
 public:
  explicit ProcFolder(const std::vector<PlannedProcess>& plan) {
    std::string name = (std::filesystem::temp_directory_path() / "proctree-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    root_ = name;
    for (const PlannedProcess& process : plan) write(process);
  }
  ~ProcFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  ProcFolder(const ProcFolder&) = delete;
  ProcFolder& operator=(const ProcFolder&) = delete;

  [[nodiscard]] const std::string& root() const { return root_; }

 private:
  void write(const PlannedProcess& process) const {
    const std::string pid = std::to_string(process.pid);
    const std::string folder = root_ + "/" + pid;
    std::filesystem::create_directory(folder);
    std::ofstream(folder + "/stat") << pid << " (" << *process.cmd << ") S " << process.ppid
                                    << " 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 " << 1000 + process.pid
                                    << " 1 1 1\n";
    std::ofstream(folder + "/status") << "Name:\tx\nTgid:\t" << pid << "\nUid:\t0\t0\t0\t0\n";
  }

  std::string root_;
};

}  // namespace proctree::bench
