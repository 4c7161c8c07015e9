// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/host_checks.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "made_types.hpp"
#include "source/bpf/bpf_source.hpp"
#include "source/bpf/libbpf_messages.hpp"
#include "temp_tree.hpp"

namespace proctree {
namespace {

class HostChecks : public ::testing::Test {
 protected:
  void capabilities(const std::string& set) {
    tree_.write("proc/self/status",
                "Name:\tx\nUid:\t0\t0\t0\t0\nCapPrm:\t0000000000000000\nCapEff:\t" + set + "\n");
  }
  static void expect_problem(const HostCheck& check, const std::string& in_detail) {
    EXPECT_EQ(check.status, CheckStatus::problem) << check.detail;
    EXPECT_NE(check.detail.find(in_detail), std::string::npos) << check.detail;
    EXPECT_FALSE(check.remedy.empty());
  }
  TempTree tree_;
};

TEST_F(HostChecks, NothingThereAtAll) {
  const std::string root = tree_.root();
  expect_problem(check_kernel(root), "osrelease");
  expect_problem(check_capabilities(root), "status");
  expect_problem(check_btf(root), "No such file");
  expect_problem(check_tracepoints(root), "BTF");
  EXPECT_EQ(check_pid_namespace(root).status, CheckStatus::note);
  EXPECT_EQ(check_lockdown(root).status, CheckStatus::ok);
  EXPECT_EQ(check_unprivileged_bpf(root).status, CheckStatus::ok);
  EXPECT_EQ(check_jit(root).status, CheckStatus::ok);
  EXPECT_EQ(check_tracefs(root).status, CheckStatus::ok);
}

TEST_F(HostChecks, Kernel) {
  tree_.write("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
  const auto check = check_kernel(tree_.root());
  EXPECT_EQ(check.status, CheckStatus::ok);
  EXPECT_TRUE(check.detail.starts_with("Linux 6.1.0-18-amd64 ")) << check.detail;
}

TEST_F(HostChecks, Capabilities) {
  const std::string root = tree_.root();
  capabilities("0000000000000000");
  expect_problem(check_capabilities(root), "CAP_BPF and CAP_PERFMON missing");
  capabilities("0000008000000000");  // CAP_BPF alone
  expect_problem(check_capabilities(root), "CAP_PERFMON missing");
  capabilities("0000004000000000");
  expect_problem(check_capabilities(root), "CAP_BPF missing");
  capabilities("000000c000000000");
  EXPECT_EQ(check_capabilities(root).status, CheckStatus::ok);
  capabilities("0000000000200000");  // CAP_SYS_ADMIN
  EXPECT_EQ(check_capabilities(root).status, CheckStatus::ok);
  tree_.link("proc/self/ns/user", "user:[4026531837]");
  EXPECT_EQ(check_capabilities(root).status, CheckStatus::ok);
  tree_.remove("proc/self/ns/user");
  tree_.link("proc/self/ns/user", "user:[4026532888]");
  expect_problem(check_capabilities(root), "user namespace");
  capabilities("not hex");
  expect_problem(check_capabilities(root), "cannot read");
}

TEST_F(HostChecks, ProcAccess) {
  capabilities("000000c000000000");
  EXPECT_EQ(check_proc_access(tree_.root()).status, CheckStatus::note);
  capabilities("0000000000080000");
  EXPECT_EQ(check_proc_access(tree_.root()).status, CheckStatus::ok);
}

TEST_F(HostChecks, PidNamespace) {
  tree_.link("proc/self/ns/pid", "pid:[4026531836]");
  EXPECT_EQ(check_pid_namespace(tree_.root()).status, CheckStatus::ok);
  tree_.remove("proc/self/ns/pid");
  tree_.link("proc/self/ns/pid", "pid:[4026532777]");
  expect_problem(check_pid_namespace(tree_.root()), "container");
}

TEST_F(HostChecks, Lockdown) {
  const auto check = [&](const char* text) {
    tree_.write("sys/kernel/security/lockdown", text);
    return check_lockdown(tree_.root());
  };
  EXPECT_EQ(check("[none] integrity confidentiality\n").status, CheckStatus::ok);
  EXPECT_EQ(check("none [integrity] confidentiality\n").status, CheckStatus::ok);
  expect_problem(check("none integrity [confidentiality]\n"), "confidentiality");
  for (const char* garbage : {"", "none", "]none[", "[none"})
    EXPECT_EQ(check(garbage).status, CheckStatus::note);
}

TEST_F(HostChecks, BtfThatIsNone) {
  tree_.write("sys/kernel/btf/vmlinux", "garbage");
  expect_problem(check_btf(tree_.root()), "cannot be read");
  tree_.write("sys/kernel/btf/vmlinux", "");
  expect_problem(check_btf(tree_.root()), "cannot be read");
}

TEST_F(HostChecks, TracepointsMissingInTheTypes) {
  // A BTF file of a header and one empty string: valid, and without a single type.
  std::string btf("\x9f\xeb\x01\x00\x18\x00\x00\x00", 8);
  for (const std::uint32_t number : {0U, 0U, 0U, 1U}) {
    for (int shift = 0; shift < 32; shift += 8) btf += static_cast<char>(number >> shift & 0xff);
  }
  btf += '\0';
  tree_.write("sys/kernel/btf/vmlinux", btf);
  EXPECT_EQ(check_btf(tree_.root()).status, CheckStatus::ok);
  const auto check = check_tracepoints(tree_.root());
  expect_problem(check, "sched_process_fork");
  expect_problem(check, "sched_process_exec");
  expect_problem(check, "sched_process_exit");
  expect_problem(check, "task iterator");
}

TEST_F(HostChecks, WithoutSysTheRemedyIsToMountIt) {
  EXPECT_NE(check_btf(tree_.root()).remedy.find("mount /sys"), std::string::npos);
  tree_.write("sys/kernel/uevent_seqnum", "1\n");
  EXPECT_NE(check_btf(tree_.root()).remedy.find("CONFIG_DEBUG_INFO_BTF"), std::string::npos);
}

TEST_F(HostChecks, ProcOfPidsAlone) {
  EXPECT_EQ(check_kernel(tree_.root()).remedy, "mount /proc");
  capabilities("000000c000000000");
  EXPECT_NE(check_kernel(tree_.root()).remedy.find("subset=pid"), std::string::npos);
}

TEST_F(HostChecks, ARingLockThatSleeps) {
  EXPECT_EQ(check_ring_lock(tree_.root()).remedy, "see btf");
  MadeTypes harmed;
  harmed.ring(harmed.spinlock_on_rt("rt_mutex"));
  tree_.write("sys/kernel/btf/vmlinux", harmed.bytes());
  expect_problem(check_ring_lock(tree_.root()), "would harm the host");
  EXPECT_TRUE(check_ring_lock(tree_.root()).of_bpf);  // so that the source netlink is named
  const Error error = explain_failed_start({ErrorCode::io, "x", "", EIO}, tree_.root());
  EXPECT_FALSE(error.remedy.empty());

  MadeTypes ordinary;
  ordinary.ring(ordinary.spinlock());
  tree_.write("sys/kernel/btf/vmlinux", ordinary.bytes());
  EXPECT_EQ(check_ring_lock(tree_.root()).status, CheckStatus::ok);
}

HostCheck made_problem(const char* name, bool of_bpf = false) {
  return {name, CheckStatus::problem, "detail", "remedy", of_bpf};
}
HostCheck made_ok(const char* name) { return {name, CheckStatus::ok, "", "", false}; }

std::string problems(std::vector<HostCheck> checks) {
  leave_one_problem_a_cause(checks);
  std::string names;
  for (const HostCheck& check : checks) {
    if (check.status == CheckStatus::problem) names += check.name + ' ';
    if (check.status == CheckStatus::note) {
      EXPECT_TRUE(check.remedy.starts_with("see ")) << check.name << ": " << check.remedy;
    }
  }
  return names;
}

TEST_F(HostChecks, OneCauseIsOneProblem) {
  EXPECT_EQ(problems({made_problem("capabilities"), made_ok("btf"), made_problem("bpf-syscall", true),
                      made_problem("ring-buffer", true), made_problem("trial", true)}),
            "capabilities ");
  EXPECT_EQ(problems({made_ok("capabilities"), made_problem("btf", true), made_problem("tracepoints", true),
                      made_ok("bpf-syscall"), made_problem("ring-lock", true), made_problem("trial", true)}),
            "btf ");
  EXPECT_EQ(problems({made_problem("kernel"), made_problem("capabilities"), made_problem("proc-access"),
                      made_ok("trial")}),
            "kernel ");
  // Two causes are two, and a container's pid namespace lets programs load.
  EXPECT_EQ(
      problems({made_problem("lockdown", true), made_problem("btf", true), made_problem("trial", true)}),
      "lockdown btf ");
  EXPECT_EQ(problems({made_problem("pid-namespace"), made_problem("trial", true)}), "pid-namespace trial ");
}

TEST_F(HostChecks, FailedExecs) {
  EXPECT_EQ(check_failed_execs(BpfTrial{}).status, CheckStatus::ok);
  const auto check = check_failed_execs(fail(ErrorCode::io, "no tracefs", "mount it"));
  EXPECT_EQ(check.status, CheckStatus::note);
  EXPECT_NE(check.detail.find("no tracefs"), std::string::npos);
  EXPECT_EQ(check.remedy, "mount it");
}

TEST_F(HostChecks, Settings) {
  tree_.write("proc/sys/kernel/unprivileged_bpf_disabled", "0\n");
  tree_.write("proc/sys/net/core/bpf_jit_enable", "0\n");
  EXPECT_EQ(check_unprivileged_bpf(tree_.root()).status, CheckStatus::note);
  EXPECT_EQ(check_jit(tree_.root()).status, CheckStatus::note);
  tree_.write("proc/sys/kernel/unprivileged_bpf_disabled", "2\n");
  tree_.write("proc/sys/net/core/bpf_jit_enable", "1\n");
  EXPECT_EQ(check_unprivileged_bpf(tree_.root()).status, CheckStatus::ok);
  EXPECT_EQ(check_jit(tree_.root()).status, CheckStatus::ok);
}

TEST_F(HostChecks, WhatTheKernelReturned) {
  EXPECT_EQ(check_bpf_call({}).status, CheckStatus::ok);
  EXPECT_EQ(check_ring_buffer({}).status, CheckStatus::ok);
  expect_problem(check_bpf_call({.array_map = EPERM}), "refused");
  expect_problem(check_bpf_call({.array_map = ENOSYS}), "not there");
  expect_problem(check_bpf_call({.array_map = ENOMEM}), "failed");
  expect_problem(check_ring_buffer({.array_map = EPERM}), "not known");
  expect_problem(check_ring_buffer({.ring_page = EINVAL, .ring_full = EINVAL}), "none");
  expect_problem(check_ring_buffer({.ring_page = EPERM, .ring_full = EPERM}), "refused");
  EXPECT_NE(check_ring_buffer({.ring_full = EPERM}).remedy.find("ulimit"), std::string::npos);
  EXPECT_NE(check_ring_buffer({.ring_full = ENOMEM}).remedy.find("a smaller ring"), std::string::npos);
}

TEST_F(HostChecks, TheTrial) {
  EXPECT_EQ(check_ring({"percpu", {}}).detail, "percpu");
  EXPECT_EQ(check_ring({"kernel", "no add"}).status, CheckStatus::note);
  EXPECT_NE(check_ring({"kernel", "no add"}).detail.find("no add"), std::string::npos);
  EXPECT_EQ(check_trial(BpfTrial{}).status, CheckStatus::ok);
  const auto check = check_trial(fail(ErrorCode::permission, "no right", "be root"));
  expect_problem(check, "no right");
  EXPECT_EQ(check.remedy, "be root");
  EXPECT_FALSE(check_trial(fail(ErrorCode::io, "odd")).remedy.empty());
}

TEST_F(HostChecks, TheVerifiersRefusals) {
  const auto of = [](int error) { return load_error("the kernel refuses", error).value(); };
  EXPECT_NE(of(524).message.find("ENOTSUPP"), std::string::npos) << of(524).message;
  EXPECT_NE(of(524).remedy.find("net.core.bpf_jit_enable=1"), std::string::npos);
  EXPECT_EQ(of(EACCES).remedy.find("root"), std::string::npos) << of(EACCES).remedy;
  EXPECT_NE(of(EPERM).remedy.find("root"), std::string::npos);
  EXPECT_NE(attach_error("can't attach", EACCES).value().remedy.find("root"), std::string::npos);
  for (const int error : {524, EACCES, EINVAL, EPERM}) {
    // The doctor says this, too: it names itself for the verifier's log alone.
    EXPECT_EQ(of(error).remedy.find("doctor"), of(error).remedy.find("doctor --debug-bpf"));
    EXPECT_EQ(of(error).message.find("Unknown error"), std::string::npos);
  }
}

TEST_F(HostChecks, AFailedStartIsExplained) {
  capabilities("0000000000000000");
  const Error error = explain_failed_start({ErrorCode::permission, "libbpf: -1", "", EPERM}, tree_.root());
  EXPECT_EQ(error.code, ErrorCode::permission);
  EXPECT_NE(error.message.find("CAP_BPF and CAP_PERFMON missing"), std::string::npos) << error.message;
  EXPECT_NE(error.remedy.find("root"), std::string::npos);
}

}  // namespace
}  // namespace proctree
