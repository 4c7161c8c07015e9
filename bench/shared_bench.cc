// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A DefaultTree that one thread writes, alone and while another thread reads it without a pause.
#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdint>
#include <thread>

#include "proctree/proctree.hpp"
#include "workload.hpp"

namespace proctree::bench {
namespace {

constexpr std::uint32_t kProcesses = 10'000;

// They live, as their forks report.
DefaultTree filled() {
  DefaultTree tree(2 * kProcesses, std::chrono::seconds(0));
  const DefaultCache cache;
  for (const PlannedProcess& process : random_tree(kProcesses)) {
    handle_events(tree, cache, {Fork{process.pid, process.ppid, 0}});
    tree.insert_node(process.pid, {process.ppid, *process.cmd});
  }
  return tree;
}

// A process is born and ends.
void write_one(const DefaultTree& tree, std::uint32_t turn, Random& random) {
  const std::uint32_t pid = kProcesses + 1 + turn % 20'000;
  tree.insert_node(pid, {1 + random(kProcesses), commands()[turn % kCommands]});
  tree.mark_exited(pid);
}

// A look at one process.
void read_one(const DefaultTree& tree, Random& random) {
  const std::uint32_t pid = 1 + random(kProcesses);
  benchmark::DoNotOptimize(tree.contains(pid));
  benchmark::DoNotOptimize(is_descendant(tree, pid, "command-7"));
}

void write(benchmark::State& state) {
  const DefaultTree tree = filled();
  const bool is_shared = state.range(0) != 0;
  std::atomic<bool> stop = false;
  std::uint64_t reads = 0;
  std::thread reader;
  if (is_shared) {
    reader = std::thread([&] {
      Random random;
      for (; !stop.load(std::memory_order_relaxed); ++reads) read_one(tree, random);
    });
  }
  Random random;
  std::uint32_t turn = 0;
  for ([[maybe_unused]] auto _ : state) write_one(tree, ++turn, random);
  stop = true;
  if (!reader.joinable()) return;
  reader.join();
  state.counters["reads/write"] = static_cast<double>(reads) / static_cast<double>(state.iterations());
}
BENCHMARK(write)->ArgName("with_reader")->Arg(0)->Arg(1)->UseRealTime();

void read(benchmark::State& state) {
  const DefaultTree tree = filled();
  Random random;
  for ([[maybe_unused]] auto _ : state) read_one(tree, random);
}
BENCHMARK(read);

}  // namespace
}  // namespace proctree::bench

BENCHMARK_MAIN();
