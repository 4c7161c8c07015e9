// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What is read of a kernel's types, from types made here: those of kernels that would come to harm, too.
#include "source/bpf/kernel_types.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "made_types.hpp"
#include "source/bpf/programs.hpp"

namespace proctree {
namespace {

KernelTypes read(const MadeTypes& types) { return kernel_types_of(types.get(), ""); }

TEST(KernelTypes, NothingOfNoTypes) {
  const KernelTypes none = read(MadeTypes{});
  EXPECT_FALSE(none.exit_reports_group_dead);
  EXPECT_FALSE(none.preemptible_tracepoints);
  EXPECT_FALSE(none.kfuncs);
  EXPECT_FALSE(none.ring_lock_sleeps);
}

// 5.10's PREEMPT_RT patches hold an rt_mutex in a spinlock_t, PREEMPT_RT since 5.15 an rt_mutex_base.
TEST(KernelTypes, ARingLockThatSleeps) {
  for (const char* mutex : {"rt_mutex", "rt_mutex_base"}) {
    MadeTypes types;
    types.ring(types.spinlock_on_rt(mutex));
    EXPECT_TRUE(read(types).ring_lock_sleeps) << mutex;
  }
}

TEST(KernelTypes, ARingLockThatDoesNotSleep) {
  MadeTypes ordinary;
  ordinary.ring(ordinary.spinlock());
  EXPECT_FALSE(read(ordinary).ring_lock_sleeps);

  MadeTypes raw_on_rt;
  raw_on_rt.spinlock_on_rt("rt_mutex_base");
  raw_on_rt.ring(raw_on_rt.typedefed("raw_spinlock_t", raw_on_rt.raw_spinlock()));
  EXPECT_FALSE(read(raw_on_rt).ring_lock_sleeps);

  MadeTypes resilient;  // since 6.15
  resilient.ring(
      resilient.typedefed("rqspinlock_t", resilient.structure("rqspinlock", "val", resilient.number())));
  EXPECT_FALSE(read(resilient).ring_lock_sleeps);

  MadeTypes odd;  // no structure at all
  odd.ring(odd.number());
  EXPECT_FALSE(read(odd).ring_lock_sleeps);
}

TEST(KernelTypes, PreemptibleTracepoints) {
  MadeTypes before;
  before.variable("tracepoint_srcu_srcu_data");
  before.tracepoint("btf_trace_sched_process_exit", 1);
  EXPECT_FALSE(read(before).preemptible_tracepoints);
  MadeTypes since;
  since.variable("tracepoint_srcu_srcu_data");
  since.tracepoint("btf_trace_sched_process_exit", 2);
  EXPECT_TRUE(read(since).exit_reports_group_dead);
  EXPECT_TRUE(read(since).preemptible_tracepoints);
}

constexpr ProgramsKind kPlain{}, kKfuncs{.kfuncs = true}, kPercpu{.percpu_ring = true},
    kPercpuKfuncs{.kfuncs = true, .percpu_ring = true};
using Kinds = std::vector<ProgramsKind>;

Kinds fitting(const MadeTypes& types, const char* jit, RingKind ring = RingKind::automatic) {
  return programs_for(read(types), jit, ring);
}

// Which programs: those with kfuncs only where each of them is there, and where the JIT isn't off.
TEST(KernelTypes, WhichProgramsFit) {
  MadeTypes types;
  for (const char* name : {"bpf_rdonly_cast", "bpf_iter_num_new", "bpf_iter_num_next"}) types.function(name);
  const Kinds without = {kPercpu, kPlain}, all = {kPercpuKfuncs, kPercpu, kKfuncs, kPlain};
  EXPECT_EQ(fitting(types, "1\n"), without);
  types.function("bpf_iter_num_destroy");
  EXPECT_EQ(fitting(types, "1\n"), all);
  EXPECT_EQ(fitting(types, "2\n"), all);
  EXPECT_EQ(fitting(types, "0\n"), without);
  EXPECT_EQ(fitting(types, ""), all);  // another network namespace, say
  EXPECT_EQ(fitting(types, "1\n", RingKind::percpu), (Kinds{kPercpuKfuncs, kPercpu}));
  EXPECT_EQ(fitting(types, "1\n", RingKind::kernel), (Kinds{kKfuncs, kPlain}));
}

// A producer on a per-cpu ring may not be preempted: there only kfuncs can hold that off.
TEST(KernelTypes, WhichProgramsFitWherePreempted) {
  MadeTypes types;
  types.variable("tracepoint_srcu_srcu_data");
  types.tracepoint("btf_trace_sched_process_exit", 2);
  for (const char* name :
       {"bpf_rdonly_cast", "bpf_iter_num_new", "bpf_iter_num_next", "bpf_iter_num_destroy"})
    types.function(name);
  EXPECT_EQ(fitting(types, "1\n"), Kinds{kPlain});
  EXPECT_EQ(fitting(types, "1\n", RingKind::percpu), Kinds{});
  types.function("bpf_preempt_disable");
  types.function("bpf_preempt_enable");
  EXPECT_EQ(fitting(types, "1\n"), (Kinds{kPercpuKfuncs, kKfuncs, kPlain}));
}

// All objects can be opened with what is known of the one.
TEST(Programs, AllKindsOpen) {
  for (const ProgramsKind& kind : {kPlain, kKfuncs, kPercpu, kPercpuKfuncs}) {
    const std::unique_ptr<proctree_bpf, decltype([](proctree_bpf* p) { proctree_bpf__destroy(p); })> programs(
        open_programs(kind));
    ASSERT_NE(programs, nullptr);
    EXPECT_EQ(programs->rodata->slots_a_cpu, 1U);
    EXPECT_EQ(programs->rodata->args_max, 16U * 1024);
    EXPECT_EQ(programs->rodata->cgroup_subsys, -1);
    EXPECT_NE(programs->progs.proctree_task, nullptr);
  }
}

}  // namespace
}  // namespace proctree
