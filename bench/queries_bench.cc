// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What is asked of a tree: chains, ancestors, descendants, names, the drawing.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

#include "proc_folder.hpp"
#include "procfs/users.hpp"
#include "proctree/proctree.hpp"
#include "tree/lineage.hpp"
#include "workload.hpp"

namespace proctree::bench {
namespace {

using std::chrono::seconds;

struct Stores {
  DefaultTree tree{10'000'000, seconds(0)};
  DefaultCache cache{10'000'000, seconds(0)};
};

Stores filled(const std::vector<PlannedProcess>& plan) {
  Stores stores;
  for (const PlannedProcess& process : plan) {
    stores.tree.insert_node(process.pid, {process.ppid, *process.cmd});
    stores.cache.insert_info(process.pid, {*process.cmd, "root", process.ppid, process.pid, 0});
  }
  return stores;
}

std::uint32_t count(benchmark::State& state) { return static_cast<std::uint32_t>(state.range(0)); }

// The tracer's: from its table, into a buffer that is used again.
void chain_of_table(benchmark::State& state) {
  ProcessTable table;
  Slot slot = kNoSlot;
  for (const PlannedProcess& process : line(count(state))) {
    slot = table.insert({process.pid, process.pid}, slot, Edge::observed);
    table.set_image(slot, {*process.cmd, "/usr/bin/program", process.pid});
    if (process.ppid == 0) table.set_root(slot);
  }
  UserNames users;
  std::string chain;
  for ([[maybe_unused]] auto _ : state) {
    chain.clear();
    append_chain(chain, TableLineage(table, users, slot));
    benchmark::DoNotOptimize(chain.data());
  }
}
BENCHMARK(chain_of_table)->Arg(10)->Arg(100);

// The library's: from stores as snapshot() fills them.
void chain_of_stores(benchmark::State& state) {
  const Stores stores;
  const ProcFolder proc(line(count(state)));
  snapshot(stores.tree, stores.cache, proc.root());
  std::string chain;
  for ([[maybe_unused]] auto _ : state) {
    chain.clear();
    append_chain_string(chain, stores.tree, stores.cache, count(state));
    benchmark::DoNotOptimize(chain.data());
  }
  if (chain.find("unknown") != std::string::npos) state.SkipWithError("not the chain that was meant");
}
BENCHMARK(chain_of_stores)->Arg(10)->Arg(100);

// The same without start times: each link is looked up in /proc.
void chain_of_bare_stores(benchmark::State& state) {
  const Stores stores = filled(line(count(state)));
  std::string chain;
  for ([[maybe_unused]] auto _ : state) {
    chain.clear();
    append_chain_string(chain, stores.tree, stores.cache, count(state), "/proc/self/fd");
    benchmark::DoNotOptimize(chain.data());
  }
}
BENCHMARK(chain_of_bare_stores)->Arg(10)->Arg(100);

void is_descendant_miss(benchmark::State& state) {
  const Stores stores = filled(line(count(state)));
  stores.tree.insert_node(count(state) + 1, {1, "another"});  // a name that somebody has
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(is_descendant(stores.tree, count(state), "another"));
}
BENCHMARK(is_descendant_miss)->Arg(10)->Arg(100);

void descendants_even_tree(benchmark::State& state) {
  const Stores stores = filled(even_tree(count(state)));
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(descendants(stores.tree, 1));
}
BENCHMARK(descendants_even_tree)->Arg(100'000)->Unit(benchmark::kMillisecond);

void descendants_random_tree(benchmark::State& state) {
  const Stores stores = filled(random_tree(count(state)));
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(descendants(stores.tree, 1));
}
BENCHMARK(descendants_random_tree)->Arg(100'000)->Unit(benchmark::kMillisecond);

void find_by_cmd(benchmark::State& state) {
  const Stores stores = filled(random_tree(count(state)));
  for ([[maybe_unused]] auto _ : state)
    benchmark::DoNotOptimize(proctree::find_by_cmd(stores.tree, "command-7"));
}
BENCHMARK(find_by_cmd)->Arg(100'000)->Unit(benchmark::kMillisecond);

void display(benchmark::State& state) {
  const Stores stores = filled(random_tree(count(state)));
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(proctree::display(stores.tree, 1));
}
BENCHMARK(display)->Arg(100'000)->Unit(benchmark::kMillisecond);

void display_line(benchmark::State& state) {
  const Stores stores = filled(line(count(state)));
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(proctree::display(stores.tree, 1));
}
BENCHMARK(display_line)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace proctree::bench

BENCHMARK_MAIN();
