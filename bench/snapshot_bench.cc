// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// snapshot() of this host, with some thousand more processes on it that sleep.
#include <benchmark/benchmark.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <vector>

#include "procfs/snapshot.hpp"
#include "proctree/proctree.hpp"

namespace proctree::bench {
namespace {

class Sleepers {
 public:
  explicit Sleepers(int count) {
    for (int i = 0; i < count; ++i) {
      const pid_t pid = ::fork();
      if (pid == 0) {
        ::pause();
        ::_exit(0);
      }
      if (pid > 0) pids_.push_back(pid);
    }
  }
  ~Sleepers() {
    for (const pid_t pid : pids_) ::kill(pid, SIGKILL);
    for (const pid_t pid : pids_) ::waitpid(pid, nullptr, 0);
  }
  Sleepers(const Sleepers&) = delete;
  Sleepers& operator=(const Sleepers&) = delete;

 private:
  std::vector<pid_t> pids_;
};

void per_process(benchmark::State& state, std::size_t processes) {
  state.counters["processes"] = static_cast<double>(processes);
  state.counters["s/process"] =
      benchmark::Counter(static_cast<double>(processes) * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void library_snapshot(benchmark::State& state) {
  const Sleepers sleepers(static_cast<int>(state.range(0)));
  std::size_t processes = 0;
  for ([[maybe_unused]] auto _ : state) {
    DefaultTree tree;
    DefaultCache cache;
    snapshot(tree, cache);
    processes = tree.size();
  }
  per_process(state, processes);
}
BENCHMARK(library_snapshot)->Arg(3000)->Unit(benchmark::kMillisecond);

// As the commands of the program read it, without user names.
void table_snapshot(benchmark::State& state) {
  const Sleepers sleepers(static_cast<int>(state.range(0)));
  std::size_t processes = 0;
  for ([[maybe_unused]] auto _ : state) {
    ProcessTable table;
    auto reader = ProcReader::open();
    if (!reader || !snapshot_proc(*reader, kProcIds, table)) state.SkipWithError("/proc can't be read");
    processes = table.size();
  }
  per_process(state, processes);
}
BENCHMARK(table_snapshot)->Arg(3000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace proctree::bench

BENCHMARK_MAIN();
