// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the live tests share: a tracer that must start, a run that must have seen all.
#pragma once

#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <cstdio>
#include <utility>

#include "compare.hpp"
#include "tracer.hpp"
#include "workload.hpp"

#define ASSERT_TRACING(tracer) \
  ASSERT_TRUE((tracer).wait_until_tracing()) << "proctree trace does not trace here: " << (tracer).errors()

#define ASSERT_FINISHED(workload) ASSERT_TRUE((workload).finish()) << "a workload did not end in time"

#define ASSERT_STOPPED(tracer) ASSERT_EQ((tracer).stop(), "exit 0") << (tracer).errors()

namespace proctree::live {

inline bool kernel_is_at_least(int major, int minor) {
  utsname names{};
  int of_this = 0, minor_of_this = 0;
  EXPECT_EQ(uname(&names), 0);
  EXPECT_EQ(std::sscanf(names.release, "%d.%d", &of_this, &minor_of_this), 2);
  return std::pair(of_this, minor_of_this) >= std::pair(major, minor);
}

inline bool has_percpu_rings() {
  return kernel_is_at_least(5, 12) && !read_file("/proc/sys/net/core/bpf_jit_enable").starts_with('0');
}

// Kernels before 5.19 want CAP_BPF for any bpf(2) call once it is disabled for others.
inline bool bpf_calls_need_capability() {
  return !kernel_is_at_least(5, 19) && read_file("/proc/sys/kernel/unprivileged_bpf_disabled") != "0\n";
}

// What a stopped tracer wrote; nothing of it may be wrong. All facts: not of netlink, which has none of what
// ended before it was looked at.
inline Stream expect_stream(const Tracer& tracer, bool all_facts = true) {
  Problems problems;
  Stream stream = tracer.stream(problems, all_facts);
  EXPECT_TRUE(problems.none()) << problems.text();
  return stream;
}

// A stopped tracer's stream, and how it stands to the truth.
struct Outcome {
  Stream stream;
  Report report;
};

// Nothing may be wrong, nothing missing.
inline Outcome expect_all_seen(const Truth& truth, const Tracer& tracer, const Expect& expect = {}) {
  Outcome outcome;
  Problems problems;
  outcome.stream = tracer.stream(problems);
  check_whole(outcome.stream, true, problems);
  outcome.report = compare(truth, outcome.stream, expect);
  EXPECT_TRUE(problems.none()) << problems.text();
  EXPECT_TRUE(outcome.report.problems.none()) << outcome.report.problems.text();
  const std::size_t births = truth.processes.size() - 1;  // without the test itself
  EXPECT_TRUE(expect.midst || outcome.report.births == births) << outcome.report.births << " of " << births;
  return outcome;
}

// The truth of a finished workload, which must be whole.
inline Truth expect_truth(const Workload& workload) {
  Problems problems;
  Truth truth = workload.truth(problems);
  EXPECT_TRUE(problems.none()) << problems.text();
  return truth;
}

inline Outcome expect_all_seen(const Workload& workload, const Tracer& tracer, const Expect& expect = {}) {
  return expect_all_seen(expect_truth(workload), tracer, expect);
}

}  // namespace proctree::live
