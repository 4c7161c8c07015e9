// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a node costs of the memory of the process: all of it counts, unused rooms, strings and indexes too.
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

struct Memory {
  std::size_t mapped = 0;
  std::size_t resident = 0;
};

Memory now() {
  Memory pages;
  std::ifstream("/proc/self/statm") >> pages.mapped >> pages.resident;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return {pages.mapped * page, pages.resident * page};
}

template <class Fill>
void report(const char* what, Fill fill) {
  const Memory before = now();
  const auto kept = fill();
  const Memory after = now();
  const auto each = [](std::size_t bytes) { return static_cast<double>(bytes) / kCount; };
  std::printf("%-20s %6.1f B resident, %6.1f B mapped\n", what, each(after.resident - before.resident),
              each(after.mapped - before.mapped));
  static_cast<void>(kept);
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

}  // namespace
}  // namespace proctree::bench

int main() {
  using namespace proctree::bench;
  const auto plan = random_tree(kCount);
  std::printf("a node at %u nodes with %u command names:\n", kCount, kCommands);
  report("DefaultTree", [&plan] { return tree(plan); });
  report("DefaultCache", [&plan] { return cache(plan); });
  report("the tracer's table", [&plan] { return table(plan); });
}
