// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// For bench/ring: programs that do nothing but hand a record over, run again and again on as many cpus as
// there are producers, and a reader. Prints the nanoseconds that each of them took a run, as the kernel
// counts them.
//
//   ring_load percpu|kernel PRODUCERS asleep|awake TOUCH_KIB stream|quiet EVENTS
//
// TOUCH_KIB: how much memory a producer goes through between two events. stream: another thread a cpu goes
// through memory all the time. The ring has room for all events of a run: nothing is lost.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "hand_over_kernel.skel.h"
#include "hand_over_percpu.skel.h"
#include "source/bpf/kernel_ring.hpp"
#include "source/bpf/percpu_ring.hpp"

namespace {

using proctree::Ring;

constexpr std::uint64_t kRingBytes = 64 << 20;
constexpr std::uint64_t kBellBytes = 4096, kRecordMost = 4096;
constexpr std::size_t kStreamBytes = 64 << 20;

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "ring_load: %s\n", what.c_str());
  std::exit(1);
}

struct Load {
  bool percpu = false, awake = false, stream = false;
  int producers = 1;
  std::size_t touch_bytes = 0;
  std::uint64_t events = 0;
};

// Either object, loaded: its programs by name and its ring.
template <class Skeleton, Skeleton* (*Open)(), int (*LoadIt)(Skeleton*)>
Skeleton* load(const Load& what, std::size_t cpus) {
  Skeleton* of = Open();
  if (of == nullptr) die("can't open the programs");
  const auto sizes = proctree::percpu_sizes(kRingBytes, cpus, kRecordMost);
  bpf_map__set_max_entries(of->maps.scratch, static_cast<std::uint32_t>(cpus));
  bpf_map__set_max_entries(of->maps.events,
                           static_cast<std::uint32_t>(what.percpu ? kBellBytes : kRingBytes));
  of->rodata->wake_above = kRingBytes;
  if (what.percpu) {
    of->rodata->region_offset = sizes.region_offset;
    of->rodata->region_bytes = sizes.region_bytes;
    of->rodata->slack_bytes = sizes.slack_bytes;
    bpf_map__set_value_size(of->maps.rings, static_cast<std::uint32_t>(sizes.element()));
    bpf_map__set_max_entries(of->maps.rings, static_cast<std::uint32_t>(cpus));
  } else {
    bpf_map__set_autocreate(of->maps.rings, false);
  }
  if (LoadIt(of) != 0) die("can't load the programs");
  return of;
}

template <class T>
T value(proctree::Result<T> from) {
  if (!from) die(from.error().to_string());
  return std::move(*from);
}

void go_through(std::vector<char>& memory) {
  for (std::size_t at = 0; at < memory.size(); at += 64) {
    volatile char& line = memory[at];
    line = static_cast<char>(line + 1);
  }
}

// One cpu's runs of a program.
void produce(int program, int cpu, const Load& what, std::uint64_t events) {
  cpu_set_t only;
  CPU_ZERO(&only);
  CPU_SET(cpu, &only);
  sched_setaffinity(0, sizeof only, &only);
  std::vector<char> memory(what.touch_bytes);
  LIBBPF_OPTS(bpf_test_run_opts, options, .flags = BPF_F_TEST_RUN_ON_CPU,
              .cpu = static_cast<std::uint32_t>(cpu));
  for (std::uint64_t i = 0; i < events; ++i) {
    go_through(memory);
    if (bpf_prog_test_run_opts(program, &options) != 0) die("can't run a program");
  }
}

double ns_a_run(int program, const Load& what, Ring& ring) {
  bpf_prog_info before{}, after{};
  std::uint32_t size = sizeof before;
  bpf_obj_get_info_by_fd(program, &before, &size);
  std::atomic<bool> done = false;
  std::vector<std::thread> producers, others;
  if (what.stream) {
    for (int cpu = 0; cpu < what.producers; ++cpu) {
      others.emplace_back([&done] {
        std::vector<char> memory(kStreamBytes);
        while (!done) go_through(memory);
      });
    }
  }
  if (what.awake) {
    others.emplace_back([&] {
      while (!done) {
        while (!ring.next().empty()) {
        }
        ring.release();
      }
    });
  }
  for (int cpu = 0; cpu < what.producers; ++cpu)
    producers.emplace_back(produce, program, cpu, std::cref(what), what.events);
  for (auto& thread : producers) thread.join();
  done = true;
  for (auto& thread : others) thread.join();
  while (!ring.next().empty()) {
  }
  ring.release();
  size = sizeof after;
  bpf_obj_get_info_by_fd(program, &after, &size);
  return static_cast<double>(after.run_time_ns - before.run_time_ns) /
         static_cast<double>(after.run_cnt - before.run_cnt);
}

template <class Skeleton>
void measure(Skeleton& of, const Load& what, std::unique_ptr<Ring> ring) {
  const double nothing = ns_a_run(bpf_program__fd(of.progs.hand_over_nothing), what, *ring);
  const double in_place = ns_a_run(bpf_program__fd(of.progs.hand_over), what, *ring);
  const double copied = ns_a_run(bpf_program__fd(of.progs.hand_over_from_scratch), what, *ring);
  if (of.bss->delivery.events_lost != 0) die("events were lost: the ring is too small");
  std::printf("%.1f %.1f %.1f\n", nothing, in_place, copied);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) die("usage: ring_load percpu|kernel PRODUCERS asleep|awake TOUCH_KIB stream|quiet EVENTS");
  const Load what{.percpu = std::strcmp(argv[1], "percpu") == 0,
                  .awake = std::strcmp(argv[3], "awake") == 0,
                  .stream = std::strcmp(argv[5], "stream") == 0,
                  .producers = std::atoi(argv[2]),
                  .touch_bytes = std::strtoul(argv[4], nullptr, 10) * 1024,
                  .events = std::strtoul(argv[6], nullptr, 10)};
  const auto cpus = static_cast<std::size_t>(libbpf_num_possible_cpus());
  const int counting = bpf_enable_stats(BPF_STATS_RUN_TIME);  // until we end
  if (counting < 0) die("can't have the kernel count BPF time");
  if (what.percpu) {
    auto* of = load<hand_over_percpu_bpf, hand_over_percpu_bpf__open, hand_over_percpu_bpf__load>(what, cpus);
    auto bell = value(proctree::KernelRing::map(bpf_map__fd(of->maps.events), kBellBytes));
    measure(*of, what,
            value(proctree::PercpuRing::map(bpf_map__fd(of->maps.rings),
                                            proctree::percpu_sizes(kRingBytes, cpus, kRecordMost), cpus,
                                            std::move(bell), &of->bss->delivery.numbers_taken)));
    hand_over_percpu_bpf__destroy(of);
  } else {
    auto* of = load<hand_over_kernel_bpf, hand_over_kernel_bpf__open, hand_over_kernel_bpf__load>(what, cpus);
    measure(*of, what, value(proctree::KernelRing::map(bpf_map__fd(of->maps.events), kRingBytes)));
    hand_over_kernel_bpf__destroy(of);
  }
  close(counting);
  return 0;
}
