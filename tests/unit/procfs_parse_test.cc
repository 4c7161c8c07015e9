// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "base/host_clock.hpp"
#include "proc_fixture.hpp"
#include "procfs/parse.hpp"

namespace proctree {
namespace {

TEST(ParseStat, TakesTheFieldsByTheirPlaces) {
  FakeProcess process;
  process.tty_nr = 34816;
  process.arg_start = 1000;
  process.arg_end = 1234;
  process.exit_status = 3 << 8;
  const std::string text = process.stat();
  const auto stat = parse_stat(text);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->pid, 100U);
  EXPECT_EQ(stat->comm, "sleep");
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->ppid, 1U);
  EXPECT_EQ(stat->pgrp, 90U);
  EXPECT_EQ(stat->session, 80U);
  EXPECT_EQ(stat->tty_nr, 34816);
  EXPECT_EQ(stat->flags, 0x400000U);
  EXPECT_EQ(stat->num_threads, 1U);
  EXPECT_EQ(stat->start_ticks, 5000U);
  EXPECT_EQ(stat->args_size, 234U);
  EXPECT_EQ(stat->exit_status, 3U << 8);
}

TEST(ParseStat, CommMayHoldAnything) {
  for (const std::string comm :
       {"a b", ")", "(", ") R 1 1", "x) S 7 7 (", "a\nb", "\xff\xfe", "", "((()))", "1 (a) S 1"}) {
    FakeProcess process;
    process.comm = comm;
    const std::string text = process.stat();
    const auto stat = parse_stat(text);
    ASSERT_TRUE(stat) << comm;
    EXPECT_EQ(stat->comm, comm);
    EXPECT_EQ(stat->ppid, 1U) << comm;
    EXPECT_EQ(stat->start_ticks, 5000U) << comm;
  }
}

TEST(ParseStat, RefusesWhatIsCutOrGarbled) {
  const std::string whole = FakeProcess{}.stat();
  const std::size_t needed = whole.find(" 5000") + 2;  // start_ticks, were it one digit long
  for (std::size_t length = 0; length < needed; ++length) {
    EXPECT_FALSE(parse_stat(std::string_view(whole).substr(0, length))) << length;
  }
  for (const char* text : {"", "()", ")(", "1 )x( S 1", "x (a) S 1 1 1", "1 (a) SS 1 1 1", "1 (a) S one",
                           "1 (a) S 99999999999 1 1 0 -1 0", "-1 (a) S 1 1 1 0 -1 0"}) {
    EXPECT_FALSE(parse_stat(text)) << text;
  }
}

TEST(ParseStat, IdsOutsideThePidNamespaceAreNone) {
  const auto stat = parse_stat("5 (a) S 0 -1 -1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 77");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->ppid, 0U);
  EXPECT_EQ(stat->pgrp, 0U);
  EXPECT_EQ(stat->session, 0U);
  EXPECT_EQ(stat->args_size, 0U);
}

TEST(ParseStat, AnEndedLeaderWithThreadsIsNotDead) {
  StatFields stat;
  stat.state = 'Z';
  stat.num_threads = 3;
  EXPECT_FALSE(stat.dead());
  stat.num_threads = 1;
  EXPECT_TRUE(stat.dead());
  stat.state = 'S';
  EXPECT_FALSE(stat.dead());
}

TEST(KernelComm, IsWhatTaskCommHolds) {
  const auto comm_of = [](std::string_view shown, std::uint32_t flags) {
    StatFields stat;
    stat.comm = shown;
    stat.flags = flags;
    return std::string(kernel_comm(stat));
  };
  constexpr std::uint32_t kKthread = 0x200000;
  constexpr std::uint32_t kWorker = kKthread | 0x20;
  EXPECT_EQ(comm_of("kworker/0:1-events", kWorker), "kworker/0:1");
  EXPECT_EQ(comm_of("kworker/u8:4-ext4-rsv-conversion", kWorker), "kworker/u8:4");
  EXPECT_EQ(comm_of("kworker/0:0H+events_highpri", kWorker), "kworker/0:0H");
  EXPECT_EQ(comm_of("kworker/R-mm_percpu_wq", kWorker), "kworker/R-mm_pe");
  EXPECT_EQ(comm_of("rcu_tasks_kthread", kKthread), "rcu_tasks_kthre");
  EXPECT_EQ(comm_of("a:b-c", 0), "a:b-c");
}

TEST(ParseStatus, TakesIdsAndCapabilities) {
  FakeProcess process;
  process.uid = 1000;
  const auto status = parse_status(process.status());
  ASSERT_TRUE(status);
  EXPECT_EQ(status->tgid, 100U);
  EXPECT_EQ(status->uid, 1000U);
  EXPECT_EQ(status->euid, 1001U);
  EXPECT_EQ(status->gid, 1000U);
  EXPECT_EQ(status->egid, 1001U);
  EXPECT_EQ(status->ns_pid, 7U);
  EXPECT_TRUE(status->caps_known);
  EXPECT_EQ(status->caps_effective, 0x401U);
  EXPECT_EQ(status->caps_permitted, 0x1ffffffffffU);
}

TEST(ParseStatus, RefusesWhatLacksIds) {
  EXPECT_FALSE(parse_status(""));
  EXPECT_FALSE(parse_status("Name:\tx\nTgid:\t5\n"));
  EXPECT_FALSE(parse_status("Tgid:\tfive\nUid:\t0\t0\t0\t0\n"));
  EXPECT_FALSE(parse_status("Tgid:\t5\nUid:\t0\n"));
  EXPECT_FALSE(parse_status("Tgid:\t5\nUid:\t0\t0\nGid:\tx\n"));
  const auto old =
      parse_status("Tgid:\t5\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\n");  // no NSpid, no capabilities
  ASSERT_TRUE(old);
  EXPECT_EQ(old->ns_pid, 0U);
  EXPECT_FALSE(old->caps_known);
}

TEST(ParseCgroup, ChoosesTheHierarchyOfContainers) {
  EXPECT_EQ(parse_cgroup("0::/user.slice/a b\n"), "/user.slice/a b");
  EXPECT_EQ(parse_cgroup("9:name=systemd:/init.scope\n4:memory:/docker/abc\n3:cpu,cpuacct:/\n0::/\n"),
            "/docker/abc");
  EXPECT_EQ(parse_cgroup("3:cpuacct,cpu:/c\n2:pids:/p\n0::/\n"), "/p");
  EXPECT_EQ(parse_cgroup("3:cpuacct,cpu:/c\n2:pids:/p\n"), "/p");
  EXPECT_EQ(parse_cgroup("9:name=systemd:/init.scope\n0::/u\n"), "/u");
  EXPECT_EQ(parse_cgroup("9:name=systemd:/init.scope\n0::/\n"), "/");
  // A host with v1 beside v2: v2's, wherever the line stands, unless it is its root.
  EXPECT_EQ(parse_cgroup("4:memory:/docker/abc\n0::/system.slice/docker-abc.scope\n"),
            "/system.slice/docker-abc.scope");
  EXPECT_EQ(parse_cgroup("0::/u\n4:memory:/m\n"), "/u");
  EXPECT_EQ(parse_cgroup("0::/a:b:c"), "/a:b:c");
  EXPECT_EQ(parse_cgroup(""), "");
  EXPECT_EQ(parse_cgroup("garbage\n::\n:::::\n0::relative\n"), "");
}

TEST(ParseNamespaceLink, TakesTheInode) {
  EXPECT_EQ(parse_namespace_link("pid:[4026531836]"), 4026531836U);
  for (const char* text : {"", "pid", "pid:[", "pid:[]", "pid:[x]", "pid:[99999999999]", "/some/file"}) {
    EXPECT_EQ(parse_namespace_link(text), 0U) << text;
  }
}

TEST(TtyName, ByNumber) {
  EXPECT_EQ(tty_name(0), "");
  EXPECT_EQ(tty_name(34816), "pts/0");
  EXPECT_EQ(tty_name(34817 + (1 << 20)), "pts/257");
  EXPECT_EQ(tty_name((137 << 8) | 3), "pts/259");
  EXPECT_EQ(tty_name((4 << 8) | 1), "tty1");
  EXPECT_EQ(tty_name((4 << 8) | 64), "ttyS0");
  EXPECT_EQ(tty_name((204 << 8) | 64), "ttyAMA0");
  EXPECT_EQ(tty_name((229 << 8) | 0), "hvc0");
  EXPECT_EQ(tty_name((188 << 8) | 2), "188:2");
  EXPECT_EQ(tty_name(-1), "4095:1048575");
}

TEST(ParseBoottimeOffset, OfATimeNamespace) {
  EXPECT_EQ(parse_clock_offset("monotonic  5  0\nboottime  86400  500\n", "boottime"), 86400'000'000'500);
  EXPECT_EQ(parse_clock_offset("monotonic  5  0\nboottime  86400  500\n", "monotonic"), 5'000'000'000);
  EXPECT_EQ(parse_clock_offset("boottime -100 999999999\n", "boottime"), -99'000'000'001);
  for (const char* text : {"", "boottime", "boottime x 0", "boottime 1", "boottime 99999999999999 0",
                           "boottime 1 -5", "boottime 1 1000000000", "boottime -9223372036854775808 0"}) {
    EXPECT_EQ(parse_clock_offset(text, "boottime"), 0) << text;
  }
}

// One string is shown of a title; arguments stay what they are.
TEST(Title, IsOneStringWithoutItsPadding) {
  using namespace std::string_literals;
  EXPECT_EQ(without_title_padding("nginx: worker process\0\0\0\0"s), "nginx: worker process\0"s);
  EXPECT_EQ(without_title_padding("postgres: writer \0\0"s), "postgres: writer \0"s);
  EXPECT_EQ(without_title_padding("sshd\0\0\0\0"s), "sshd\0"s);
  for (const std::string& args : {""s, "\0"s, "\0\0\0\0"s, "x"s, "x\0"s, "x\0\0"s, "x\0\0\0"s, "a b\0"s,
                                  "a b\0x\0\0\0\0"s, "a b"s, "x\0\0\0\0y\0"s}) {
    EXPECT_EQ(without_title_padding(args), args);
  }
}

}  // namespace
}  // namespace proctree
