// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What is read of a kernel's types, from types made here: those of kernels that would come to harm, too.
#include "source/bpf/kernel_types.hpp"

#include <bpf/btf.h>
#include <gtest/gtest.h>

#include <memory>
#include <string_view>

#include "source/bpf/programs.hpp"

namespace proctree {
namespace {

// One kernel's types, as far as made.
class MadeTypes {
 public:
  [[nodiscard]] KernelTypes read() const { return kernel_types_of(types_.get(), ""); }

  int structure(const char* name, const char* member, int type) {
    const int id = btf__add_struct(types_.get(), name, 64);
    btf__add_field(types_.get(), member, type, 0, 0);
    return id;
  }
  int spinlock_t(int of) { return btf__add_typedef(types_.get(), "spinlock_t", of); }
  int typedefed(const char* name, int of) { return btf__add_typedef(types_.get(), name, of); }
  int raw_spinlock() { return structure("raw_spinlock", "raw_lock", int_); }
  // struct bpf_ringbuf with a lock of this type, between other members.
  void ring(int lock) {
    btf__add_struct(types_.get(), "bpf_ringbuf", 128);
    btf__add_field(types_.get(), "mask", int_, 0, 0);
    btf__add_field(types_.get(), "spinlock", lock, 64, 0);
    btf__add_field(types_.get(), "consumer_pos", int_, 512, 0);
  }
  void function(const char* name) {
    const int prototype = btf__add_func_proto(types_.get(), 0);
    btf__add_func(types_.get(), name, BTF_FUNC_GLOBAL, prototype);
  }
  void variable(const char* name) { btf__add_var(types_.get(), name, BTF_VAR_GLOBAL_ALLOCATED, int_); }
  // The handler of a tracepoint: so many parameters behind the program's own.
  void tracepoint(const char* handler, int parameters) {
    const int prototype = btf__add_func_proto(types_.get(), 0);
    for (int i = 0; i <= parameters; ++i) btf__add_func_param(types_.get(), "p", int_);
    typedefed(handler, btf__add_ptr(types_.get(), prototype));
  }
  [[nodiscard]] int number() const { return int_; }
  [[nodiscard]] btf* get() const { return types_.get(); }

 private:
  struct Free {
    void operator()(btf* types) const { btf__free(types); }
  };
  std::unique_ptr<btf, Free> types_{btf__new_empty()};
  int int_ = btf__add_int(types_.get(), "int", 4, BTF_INT_SIGNED);
};

TEST(KernelTypes, NothingOfNoTypes) {
  const KernelTypes none = MadeTypes{}.read();
  EXPECT_FALSE(none.exit_tells_group_dead);
  EXPECT_FALSE(none.preemptible_tracepoints);
  EXPECT_FALSE(none.kfuncs);
  EXPECT_FALSE(none.ring_lock_sleeps);
}

// 5.10's PREEMPT_RT patches hold an rt_mutex in a spinlock_t, PREEMPT_RT since 5.15 an rt_mutex_base.
TEST(KernelTypes, ARingLockThatSleeps) {
  for (const char* mutex : {"rt_mutex", "rt_mutex_base"}) {
    MadeTypes types;
    const int held = types.structure(mutex, "wait_lock", types.raw_spinlock());
    types.ring(types.spinlock_t(types.structure("spinlock", "lock", held)));
    EXPECT_TRUE(types.read().ring_lock_sleeps) << mutex;
  }
}

TEST(KernelTypes, ARingLockThatDoesNotSleep) {
  MadeTypes ordinary;  // a spinlock_t without PREEMPT_RT: a union of a raw one
  const int raw = ordinary.raw_spinlock();
  const int either = btf__add_union(ordinary.get(), nullptr, 64);
  btf__add_field(ordinary.get(), "rlock", raw, 0, 0);
  ordinary.ring(ordinary.spinlock_t(ordinary.structure("spinlock", "", either)));
  EXPECT_FALSE(ordinary.read().ring_lock_sleeps);

  MadeTypes raw_on_rt;  // PREEMPT_RT, with the raw lock in the ring
  const int mutex = raw_on_rt.structure("rt_mutex_base", "wait_lock", raw_on_rt.raw_spinlock());
  raw_on_rt.spinlock_t(raw_on_rt.structure("spinlock", "lock", mutex));
  raw_on_rt.ring(raw_on_rt.typedefed("raw_spinlock_t", raw_on_rt.raw_spinlock()));
  EXPECT_FALSE(raw_on_rt.read().ring_lock_sleeps);

  MadeTypes resilient;  // since 6.15
  resilient.ring(
      resilient.typedefed("rqspinlock_t", resilient.structure("rqspinlock", "val", resilient.number())));
  EXPECT_FALSE(resilient.read().ring_lock_sleeps);

  MadeTypes odd;  // no structure at all
  odd.ring(odd.number());
  EXPECT_FALSE(odd.read().ring_lock_sleeps);
}

TEST(KernelTypes, PreemptibleTracepoints) {
  MadeTypes before;
  before.variable("tracepoint_srcu_srcu_data");
  before.tracepoint("btf_trace_sched_process_exit", 1);
  EXPECT_FALSE(before.read().preemptible_tracepoints);
  MadeTypes since;
  since.variable("tracepoint_srcu_srcu_data");
  since.tracepoint("btf_trace_sched_process_exit", 2);
  EXPECT_TRUE(since.read().exit_tells_group_dead);
  EXPECT_TRUE(since.read().preemptible_tracepoints);
}

// Which programs: those with kfuncs only where each of them is there, and where the JIT isn't off.
TEST(KernelTypes, WhichProgramsFit) {
  MadeTypes types;
  for (const char* name : {"bpf_rdonly_cast", "bpf_iter_num_new", "bpf_iter_num_next"}) types.function(name);
  EXPECT_EQ(programs_for(types.read(), "1\n"), ProgramsKind::plain);
  types.function("bpf_iter_num_destroy");
  EXPECT_EQ(programs_for(types.read(), "1\n"), ProgramsKind::with_kfuncs);
  EXPECT_EQ(programs_for(types.read(), "2\n"), ProgramsKind::with_kfuncs);
  EXPECT_EQ(programs_for(types.read(), "0\n"), ProgramsKind::plain);
  EXPECT_EQ(programs_for(types.read(), ""), ProgramsKind::with_kfuncs);  // another network namespace, say

  types.variable("tracepoint_srcu_srcu_data");
  types.tracepoint("btf_trace_sched_process_exit", 2);
  EXPECT_EQ(programs_for(types.read(), "1\n"), ProgramsKind::plain);  // can't hold preemption off
  types.function("bpf_preempt_disable");
  types.function("bpf_preempt_enable");
  EXPECT_EQ(programs_for(types.read(), "1\n"), ProgramsKind::with_kfuncs);
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
