// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// proc::, on files and on this host.
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>

#include "library_fixture.hpp"

namespace proctree {
namespace {

TEST(Proc, EntryOfAFile) {
  const TempTree root;
  FakeProcess{.pid = 42, .comm = "a b) c", .ppid = 7, .start_ticks = 123, .uid = 4'000'123}.write_to(root);
  const auto entry = proc::parse_proc_entry(42, root.root());
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->first, (PidNode{7, "a b) c"}));
  EXPECT_EQ(entry->second, (ProcInfo{"a b) c", "4000123", 7, 42, 1'230'000'000}));
  EXPECT_EQ(proc::read_proc_comm(42, root.root()), "a b) c");
  EXPECT_EQ(proc::read_proc_start_time_ns(42, root.root()), 1'230'000'000U);
}

TEST(Proc, OfWhatIsNotThereOrMakesNoSense) {
  const TempTree root;
  root.write("50/stat", "50 (x");
  root.write("51/stat", FakeProcess{.pid = 51}.stat());  // no status: it ended meanwhile
  for (const std::uint32_t pid : {0U, 42U, 50U, 51U, kMaxPid}) {
    EXPECT_EQ(proc::parse_proc_entry(pid, root.root()), std::nullopt) << pid;
    EXPECT_EQ(proc::read_proc_comm(pid, root.root()), std::nullopt) << pid;
    EXPECT_EQ(proc::read_proc_start_time_ns(pid, root.root()), std::nullopt) << pid;
    EXPECT_EQ(proc::read_proc_comm(pid, root.path("nowhere")), std::nullopt) << pid;
  }
}

TEST(Proc, ThisProcess) {
  const auto self = static_cast<std::uint32_t>(::getpid());
  const auto entry = proc::parse_proc_entry(self);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->first.ppid, static_cast<std::uint32_t>(::getppid()));
  EXPECT_EQ(entry->second.ppid, entry->first.ppid);
  EXPECT_EQ(entry->second.tgid, self);
  EXPECT_EQ(entry->second.user, proc::uid_to_username(::getuid()).value_or(std::to_string(::getuid())));
  EXPECT_EQ(entry->second.start_time_ns % 10'000'000, 0U);
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  EXPECT_LE(entry->second.start_time_ns, static_cast<std::uint64_t>(now.tv_sec + 1) * 1'000'000'000);
  EXPECT_EQ(proc::read_proc_start_time_ns(self), entry->second.start_time_ns);
}

TEST(Proc, Pid1) {
  const auto entry = proc::parse_proc_entry(1);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->first.ppid, 0U);
  EXPECT_FALSE(entry->first.cmd.empty());
  EXPECT_EQ(proc::read_proc_comm(1), entry->first.cmd);
}

TEST(Proc, OfNobody) {
  EXPECT_EQ(proc::read_proc_comm(0), std::nullopt);
  EXPECT_EQ(proc::read_proc_comm(kMaxPid), std::nullopt);
  EXPECT_EQ(proc::read_proc_start_time_ns(4'194'304), std::nullopt);
}

TEST(Proc, AThreadIsNoProcess) {
  std::atomic<long> id = 0;
  std::atomic<bool> stop = false;
  std::thread thread([&] {
    id = ::syscall(SYS_gettid);
    while (!stop) std::this_thread::yield();
  });
  while (id == 0) std::this_thread::yield();
  const auto tid = static_cast<std::uint32_t>(id);
  EXPECT_EQ(proc::parse_proc_entry(tid), std::nullopt);
  EXPECT_EQ(proc::read_proc_comm(tid), std::nullopt);
  EXPECT_EQ(proc::read_proc_start_time_ns(tid), std::nullopt);
  EXPECT_EQ(resolve(DefaultCache(), tid), std::nullopt);
  stop = true;
  thread.join();
}

TEST(Proc, ANameThatIsNotUtf8) {
  char before[16] = {};
  ASSERT_EQ(::prctl(PR_GET_NAME, before), 0);
  ASSERT_EQ(::prctl(PR_SET_NAME, "\xff\n) Z 1 (\x1b"), 0);
  EXPECT_EQ(proc::read_proc_comm(static_cast<std::uint32_t>(::getpid())), "\xff\n) Z 1 (\x1b");
  EXPECT_TRUE(proc::parse_proc_entry(static_cast<std::uint32_t>(::getpid())));
  ::prctl(PR_SET_NAME, before);
}

TEST(Proc, UserNames) {
  EXPECT_EQ(proc::uid_to_username(0), "root");
  EXPECT_EQ(proc::uid_to_username(4'000'123), std::nullopt);
  EXPECT_EQ(proc::uid_to_username(kMaxPid), std::nullopt);
  EXPECT_EQ(proc::uid_to_username_nss(0), "root");
  EXPECT_EQ(proc::uid_to_username_nss(4'000'123), std::nullopt);
}

}  // namespace
}  // namespace proctree
