// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Fork, exec and exit into the process table as the tracer applies them: all facts stand in the events.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/merge.hpp"
#include "tree/table.hpp"
#include "workload.hpp"

namespace proctree::bench {
namespace {

constexpr std::uint32_t kPidMax = 4'194'304;
constexpr std::uint64_t kStepNs = 10'000;      // between two events
constexpr std::uint64_t kExitsPerTick = 1000;  // the engine looks once a second for what is evictable

struct Live {
  ProcKey key;
  std::uint64_t exec_seq = 1;
  std::uint32_t command = 0;
};

// One process forks, the child executes a program, a process ends.
struct Life {
  Live creator;
  Live child;
  Live ends;
};

// That many living processes. A tenth of them are parents, which live on and fork; of the others one ends
// for each that is born.
class Population {
 public:
  enum class Ends : std::uint8_t { newest, any };
  Population(std::size_t size, Ends ends) : parents_(size / 10), pid_used_(kPidMax), ends_(ends) {
    live_.reserve(size);
    live_.push_back({{1, 1}, 1, 0});
    pid_used_[1] = true;
    while (live_.size() < size) {
      births_.push_back(next_birth());
      live_.push_back(births_.back().child);
    }
  }

  // How the first ones came to be.
  [[nodiscard]] const std::vector<Life>& births() const { return births_; }

  Life next() {
    Life life = next_birth();
    life.ends = life.child;
    if (ends_ == Ends::any) {
      std::swap(life.ends, live_[parents_ + random_(live_.size() - parents_)]);
    }
    pid_used_[life.ends.key.pid] = false;
    return life;
  }

 private:
  Life next_birth() {
    Life life;
    life.creator = live_[random_(std::min(live_.size(), parents_))];
    do {
      pid_ = pid_ + 1 < kPidMax ? pid_ + 1 : 300;
    } while (pid_used_[pid_]);
    pid_used_[pid_] = true;
    start_ns_ += 3 * kStepNs;
    life.child = {{pid_, start_ns_}, life.creator.exec_seq + 1, random_(kCommands)};
    return life;
  }

  Random random_;
  const std::size_t parents_;
  std::vector<Live> live_;
  std::vector<Life> births_;
  std::vector<bool> pid_used_;
  std::uint32_t pid_ = 1;
  std::uint64_t start_ns_ = 1;
  const Ends ends_;
};

// What an exec says of a process beside lineage: arguments that no other has, and one of 500 folders; twenty
// to a container.
struct Details {
  std::string args, cwd, cgroup;
  explicit Details(std::uint32_t pid) {
    args = "program";
    args += '\0';
    args += "--worker=" + std::to_string(pid);
    args += '\0';
    cwd = "/srv/service/" + std::to_string(pid % 500);
    std::string id(64, '0');
    std::snprintf(id.data(), 16, "%015x", pid / 20);
    id[15] = '0';
    cgroup = "/system.slice/docker-" + id + ".scope";
  }
};

class Host {
 public:
  // `keep`: with details, and what of them is retained.
  explicit Host(std::optional<std::uint32_t> keep = std::nullopt)
      : table_(retention(keep)), merger_(table_, kAncestorArgsDefault, keep.value_or(0)), detailed_(keep) {
    SnapshotTask init;
    set(init.task, {{1, 1}, 1, 0}, {});
    merger_.add_snapshot(init);
    merger_.link_snapshot();
    exec_.image.exe = "/usr/bin/program";
  }

  void fork(const Life& life) {
    set(fork_.child, life.child, life.creator.key);
    fork_.child.exec_seq = life.creator.exec_seq;
    if (detailed_) set_details(fork_.child, life.creator.key.pid);
    fork_.child.comm = commands()[life.creator.command];
    fork_.creator = life.creator.key;
    fork_.creator_exec_seq = life.creator.exec_seq;
    fork_.creator_comm = commands()[life.creator.command];
    merger_.apply(fork_);
  }
  void fork_and_exec(const Life& life) {
    fork(life);
    set(exec_.task, life.child, life.creator.key);
    if (detailed_) {
      const Details& details = set_details(exec_.task, life.child.key.pid);
      exec_.image.cwd = details.cwd;
      exec_.image.args = details.args;
      exec_.image.args_size = static_cast<std::uint32_t>(details.args.size());
      exec_.image.args_known = true;
    }
    merger_.apply(exec_);
  }
  void exit(const Life& life) {
    set(exit_.task, life.ends, {1, 1});
    exit_.ktime_ns = life.child.key.start_ns + 2 * kStepNs;
    merger_.apply(exit_);
    if (++exits_ % kExitsPerTick == 0) table_.expire(exit_.ktime_ns);
  }
  [[nodiscard]] const ProcessTable& table() const { return table_; }

 private:
  const Details& set_details(TaskFacts& task, std::uint32_t pid) {
    const Details& details = details_[pid % details_.size()];
    task.cgroup = details.cgroup;
    task.gid = task.egid = 1000;
    task.tty = "pts/1";
    return details;
  }
  static std::vector<Details> make_details(std::uint32_t count) {
    std::vector<Details> details;
    for (std::uint32_t i = 0; i < count; ++i) details.emplace_back(i);
    return details;
  }
  static void set(TaskFacts& task, const Live& process, const ProcKey& parent) {
    task.self = process.key;
    task.parent = parent;
    task.exec_seq = process.exec_seq;
    task.comm = commands()[process.command];
  }

  static Retention retention(std::optional<std::uint32_t> keep) {
    Retention retention;
    retention.keeps_invocations = keep.value_or(0) != 0;
    return retention;
  }

  ProcessTable table_;
  Merger merger_;
  std::optional<std::uint32_t> detailed_;
  std::vector<Details> details_ = make_details(detailed_ ? 20'000 : 0);
  ForkEvent fork_;
  ExecEvent exec_;
  ExitEvent exit_;
  std::uint64_t exits_ = 0;
};

void apply_events(benchmark::State& state, Population::Ends ends,
                  std::optional<std::uint32_t> keep = std::nullopt) {
  Population population(static_cast<std::size_t>(state.range(0)), ends);
  Host host(keep);
  for (const Life& life : population.births()) host.fork_and_exec(life);
  state.counters["bytes/living"] =
      static_cast<double>(host.table().bytes()) / static_cast<double>(host.table().live());
  std::vector<Life> lives;
  std::size_t at = 0;
  const auto plan = [&] {
    lives.clear();
    for (at = 0; lives.size() < 10'000;) lives.push_back(population.next());
  };
  for (int i = 0; i < 20; ++i) {  // until ended ones go as fast as they come
    plan();
    for (const Life& life : lives) {
      host.fork_and_exec(life);
      host.exit(life);
    }
  }
  plan();
  for ([[maybe_unused]] auto _ : state) {
    if (at == lives.size()) {
      state.PauseTiming();
      plan();
      state.ResumeTiming();
    }
    host.fork_and_exec(lives[at]);
    host.exit(lives[at]);
    ++at;
  }
  state.counters["live"] = static_cast<double>(host.table().live());
  // A rate inverted is a time: seconds an event.
  state.counters["s/event"] = benchmark::Counter(3.0 * static_cast<double>(state.iterations()),
                                                 benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void events_newest_ends(benchmark::State& state) { apply_events(state, Population::Ends::newest); }
void events_any_ends(benchmark::State& state) { apply_events(state, Population::Ends::any); }

BENCHMARK(events_newest_ends)->Arg(1'000)->Arg(10'000)->Arg(1'000'000);
BENCHMARK(events_any_ends)->Arg(1'000)->Arg(10'000)->Arg(1'000'000);

// With all that an exec says; the argument is TracerOptions::keep.
void events_retaining(benchmark::State& state) {
  apply_events(state, Population::Ends::any, static_cast<std::uint32_t>(state.range(1)));
}
BENCHMARK(events_retaining)
    ->Args({10'000, 0})
    ->Args({10'000, kKeepArgs})
    ->Args({10'000, kKeepCwd})
    ->Args({10'000, kKeepContainer})
    ->Args({10'000, kKeepCredentials})
    ->Args({10'000, kKeepTty})
    ->Args({10'000, kKeepAll});

// 100,000 forks under one parent, and then its end.
void forks_under_one_parent(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    auto host = std::make_unique<Host>();
    Live parent{{2, 10}, 2, 1};
    Life life{{{1, 1}, 1, 0}, parent, parent};
    host->fork_and_exec(life);
    state.ResumeTiming();
    Life child{parent, {}, parent};
    for (std::uint32_t i = 0; i < 100'000; ++i) {
      child.child = {{300 + i, 100 + i * kStepNs}, 3, 0};
      host->fork(child);
    }
    host->exit(child);
    state.PauseTiming();
    host.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(forks_under_one_parent)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace proctree::bench

BENCHMARK_MAIN();
