// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "workload.hpp"

#include <poll.h>
#include <sys/stat.h>

#include "progs/truth.h"

namespace proctree::live {

std::string prog(const std::string& name) {
  const char* other = std::getenv("PROCTREE_PROGS_DIR");
  return std::string(other != nullptr ? other : PROCTREE_PROGS_DIR) + '/' + name;
}

std::vector<std::string> ancestors_in_proc(pid_t pid) {
  std::vector<std::string> ids;
  for (pid = truth_read_stat(pid).ppid; pid != 0;) {
    const truth_stat stat = truth_read_stat(pid);
    ids.push_back(process_id(static_cast<std::uint32_t>(stat.pid), stat.start_ticks));
    pid = stat.ppid;
  }
  return ids;
}

Workload::Workload()
    : truth_(open_file(dir_.file("truth"), O_RDWR | O_CREAT | O_APPEND)),
      alive_(make_pipe()),
      self_(truth_new_token()) {
  // truth.h writes to its own descriptor: have it for the moment only, lest others inherit it.
  dup2(truth_.get(), TRUTH_FD);
  truth_birth(0, self_, 0, "test");
  close(TRUTH_FD);
}

pid_t Workload::start(const std::string& name, const std::vector<std::string>& args,
                      const std::vector<std::pair<int, int>>& fds) {
  const Token token = truth_new_token();
  char stamp[TRUTH_STAMP_MAX];
  Launch how;
  how.argv = {prog(name), truth_stamp(stamp, token, 1)};
  how.argv.insert(how.argv.end(), args.begin(), args.end());
  how.cwd = dir_.file(name + '.' + std::to_string(started_++));
  mkdir(how.cwd.c_str(), 0755);
  how.fds = fds;
  how.fds.insert(how.fds.end(), {{truth_.get(), TRUTH_FD}, {alive_.write.get(), TRUTH_ALIVE_FD}});
  std::vector<char*> argv;
  for (const std::string& arg : how.argv) argv.push_back(const_cast<char*>(arg.c_str()));
  argv.push_back(nullptr);
  dup2(truth_.get(), TRUTH_FD);
  fcntl(TRUTH_FD, F_SETFD, FD_CLOEXEC);
  truth_will_exec(token, 1, argv.data());
  const pid_t pid = launch(how);
  truth_birth(pid, token, self_, "test");
  close(TRUTH_FD);
  roots_.push_back(pid);
  return pid;
}

std::size_t Workload::running() {
  std::erase_if(roots_, [](pid_t pid) { return waitpid(pid, nullptr, WNOHANG) == pid; });
  return roots_.size();
}

bool Workload::finish() {
  alive_.write.reset();
  pollfd end{alive_.read.get(), POLLIN, 0};
  const std::chrono::milliseconds limit = patiently(std::chrono::seconds(400));
  const bool ended = poll(&end, 1, static_cast<int>(limit.count())) == 1;
  bool fine = ended;
  for (const pid_t pid : roots_)
    fine = wait_for(pid, std::chrono::seconds(ended ? 10 : 0)).has_value() && fine;
  roots_.clear();
  return fine;
}

Truth Workload::truth(Problems& problems) const {
  return read_truth(read_file(dir_.file("truth")), problems);
}

}  // namespace proctree::live
