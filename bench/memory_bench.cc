// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a node costs of the memory of the process: all that is resident counts, unused
// room, strings and indexes too. A line a store: its name, a tab, bytes.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>

#include "engine/merge.hpp"
#include "proctree/proctree.hpp"
#include "tree/table.hpp"
#include "workload.hpp"

namespace proctree::bench {
namespace {

constexpr std::uint32_t kCount = 1'000'000;

std::size_t resident_bytes() {
  std::size_t mapped = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> mapped >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// In a process of its own: what another one has freed is used by nobody again.
template <class Fill>
bool report(const char* what, Fill fill) {
  const pid_t child = ::fork();
  if (child == 0) {
    const std::size_t before = resident_bytes();
    const auto filled = fill();
    const double each = static_cast<double>(resident_bytes() - before) / kCount;
    std::printf("%s\t%.1f\n", what, each);
    std::fflush(stdout);
    ::_exit(filled.size() < kCount ? 1 : 0);
  }
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

DefaultTree tree(const std::vector<PlannedProcess>& plan) {
  DefaultTree made(kCount, std::chrono::seconds(0));
  for (const PlannedProcess& process : plan) made.insert_node(process.pid, {process.ppid, *process.cmd});
  return made;
}

DefaultCache cache(const std::vector<PlannedProcess>& plan) {
  DefaultCache made(kCount, std::chrono::seconds(0));
  for (const PlannedProcess& process : plan) {
    made.insert_info(process.pid, {*process.cmd, "user", process.ppid, process.pid, process.pid});
  }
  return made;
}

// The tracer's, as fork and exec events fill it.
ProcessTable table(const std::vector<PlannedProcess>& plan) {
  ProcessTable made;
  Merger merger(made);
  ForkEvent fork;
  ExecEvent exec;
  exec.image.exe = "/usr/bin/program";
  for (const PlannedProcess& process : plan) {
    fork.child.self = exec.task.self = {process.pid, process.pid};
    fork.creator = fork.child.parent = exec.task.parent = {process.ppid, process.ppid};
    fork.creator_exec_seq = fork.child.exec_seq = 1;
    exec.task.exec_seq = 2;
    fork.creator_comm = fork.child.comm = exec.task.comm = *process.cmd;
    merger.apply(fork);
    merger.apply(exec);
  }
  return made;
}

int measure() {
  const auto plan = random_tree(kCount);
  const bool done = report("DefaultTree", [&plan] { return tree(plan); }) &&
                    report("DefaultCache", [&plan] { return cache(plan); }) &&
                    report("the tracer's table", [&plan] { return table(plan); });
  return done ? 0 : 1;
}

}  // namespace
}  // namespace proctree::bench

int main() { return proctree::bench::measure(); }
