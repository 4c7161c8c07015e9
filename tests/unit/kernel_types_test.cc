// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What is read of a kernel's types, from types made here: those of kernels that would come to harm, too.
#include "source/bpf/kernel_types.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "made_types.hpp"
#include "source/bpf/programs.hpp"

namespace proctree {
namespace {

KernelTypes read(const MadeTypes& types) { return kernel_types_of(types.get(), ""); }

TEST(KernelTypes, NothingOfNoTypes) {
  const KernelTypes none = read(MadeTypes{});
  EXPECT_FALSE(none.exit_tells_group_dead);
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
  EXPECT_TRUE(read(since).exit_tells_group_dead);
  EXPECT_TRUE(read(since).preemptible_tracepoints);
}

// Which programs: those with kfuncs only where each of them is there, and where the JIT isn't off.
TEST(KernelTypes, WhichProgramsFit) {
  MadeTypes types;
  for (const char* name : {"bpf_rdonly_cast", "bpf_iter_num_new", "bpf_iter_num_next"}) types.function(name);
  EXPECT_EQ(programs_for(read(types), "1\n"), ProgramsKind::plain);
  types.function("bpf_iter_num_destroy");
  EXPECT_EQ(programs_for(read(types), "1\n"), ProgramsKind::with_kfuncs);
  EXPECT_EQ(programs_for(read(types), "2\n"), ProgramsKind::with_kfuncs);
  EXPECT_EQ(programs_for(read(types), "0\n"), ProgramsKind::plain);
  EXPECT_EQ(programs_for(read(types), ""), ProgramsKind::with_kfuncs);  // another network namespace, say

  types.variable("tracepoint_srcu_srcu_data");
  types.tracepoint("btf_trace_sched_process_exit", 2);
  EXPECT_EQ(programs_for(read(types), "1\n"), ProgramsKind::plain);  // can't hold preemption off
  types.function("bpf_preempt_disable");
  types.function("bpf_preempt_enable");
  EXPECT_EQ(programs_for(read(types), "1\n"), ProgramsKind::with_kfuncs);
}

// Both objects can be opened with what is known of the one.
TEST(Programs, BothKindsOpen) {
  for (const ProgramsKind kind : {ProgramsKind::plain, ProgramsKind::with_kfuncs}) {
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
