// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include <dirent.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "proc_fixture.hpp"
#include "procfs/reader.hpp"

namespace proctree {
namespace {

class Reader : public ::testing::Test {
 protected:
  ProcReader open(std::size_t args_max = 16384) {
    auto reader = ProcReader::open(tree_.root(), args_max);
    EXPECT_TRUE(reader) << reader.error().to_string();
    return std::move(*reader);
  }
  ErrorCode code_of(std::uint32_t pid, ProcParts parts) {
    ProcReader reader = open();
    const auto task = reader.read(pid, parts);
    EXPECT_FALSE(task);
    return task ? ErrorCode::io : task.error().code;
  }
  TempTree tree_;
};

TEST_F(Reader, ListsNumbersOnly) {
  for (const char* name : {"1/stat", "4194304/stat", "4294967295/stat", "self/stat", "0/stat", "007/stat",
                           "12a/stat", "-5/stat", "99999999999/stat", "sys/kernel/x"}) {
    tree_.write(name, "");
  }
  ProcReader reader = open();
  std::vector<std::uint32_t> pids{7, 8, 9};
  ASSERT_TRUE(reader.list(pids));
  std::sort(pids.begin(), pids.end());
  EXPECT_EQ(pids, (std::vector<std::uint32_t>{1, 4194304, 4294967295}));
}

TEST_F(Reader, ReadsAllThereIs) {
  FakeProcess process;
  process.uid = 1000;
  process.tty_nr = 34816;
  process.arg_start = 10;
  process.arg_end = 17;
  process.write_to(tree_);
  tree_.link("100/exe", "/usr/bin/sleep");
  tree_.link("100/cwd", "/home/a b");
  tree_.write("100/cmdline", std::string("sleep\0"
                                         "5\0",
                                         8));
  tree_.write("100/cgroup", "0::/user.slice\n");
  tree_.write("100/loginuid", "1000");
  tree_.write("100/sessionid", "4294967295");
  for (const char* kind : {"pid", "mnt", "net", "user", "uts", "ipc", "cgroup"}) {
    tree_.link(std::string("100/ns/") + kind,
               std::string(kind) + ":[4026531" + std::to_string(kind[0]) + "]");
  }
  ProcReader reader = open();
  const auto read = reader.read(100, kProcAll);
  ASSERT_TRUE(read) << read.error().to_string();
  const TaskFacts& task = (*read)->task;
  EXPECT_EQ(task.self, (ProcKey{100, 5000 * kTickNs}));
  EXPECT_EQ(task.parent, (ProcKey{1, 0}));
  EXPECT_EQ(task.exec_seq, kUnknownSeq);
  EXPECT_EQ(task.ns_pid, 7U);
  EXPECT_EQ(task.uid, 1000U);
  EXPECT_EQ(task.euid, 1001U);
  EXPECT_EQ(task.gid, 1000U);
  EXPECT_EQ(task.egid, 1001U);
  EXPECT_EQ(task.loginuid, 1000U);
  EXPECT_EQ(task.audit_session, kUnsetId);
  EXPECT_EQ(task.sid, 80U);
  EXPECT_EQ(task.pgid, 90U);
  EXPECT_EQ(task.comm, "sleep");
  EXPECT_EQ(task.tty, "pts/0");
  EXPECT_EQ(task.cgroup, "/user.slice");
  EXPECT_EQ(task.ns[kNsPid], 4026531112U);
  EXPECT_EQ(task.ns[kNsMnt], 4026531109U);
  EXPECT_EQ(task.ns[kNsCgroup], 402653199U);
  EXPECT_FALSE(task.kthread);
  EXPECT_FALSE(task.dead);
  const ImageFacts& image = (*read)->image;
  EXPECT_EQ(image.exe, "/usr/bin/sleep");
  EXPECT_EQ(image.cwd, "/home/a b");
  EXPECT_EQ(image.args, std::string_view("sleep\0"
                                         "5\0",
                                         8));
  EXPECT_EQ(image.args_size, 8U);
  EXPECT_TRUE(image.args_known);
  EXPECT_TRUE(image.caps_known);
  EXPECT_EQ(image.caps_effective, 0x401U);
  EXPECT_FALSE(image.exe_deleted);
}

TEST_F(Reader, NamespacesThatMayNotBeSeen) {
  FakeProcess{}.write_to(tree_);
  tree_.link("100/ns/mnt", "mnt:[4026531832]");
  ProcReader reader = open();
  const auto read = reader.read(100, kProcNamespaces);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->task.ns[kNsMnt], 4026531832U);
  EXPECT_EQ((*read)->task.ns[kNsPid], 0U);
}

TEST_F(Reader, ReadsNoMoreThanAsked) {
  FakeProcess process;
  tree_.write("100/stat", process.stat());  // and no other file
  ProcReader reader = open();
  const auto read = reader.read(100, kProcStat);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->task.comm, "sleep");
  EXPECT_TRUE((*read)->image.exe.empty());
}

TEST_F(Reader, KernelThreadsAndZombies) {
  FakeProcess kernel{.pid = 11, .comm = "kworker/0:1-events", .ppid = 2, .flags = 0x4208060};
  kernel.write_to(tree_);
  FakeProcess zombie{.pid = 12, .state = 'Z'};
  zombie.write_to(tree_);
  tree_.write("12/cmdline", "");
  ProcReader reader = open();
  auto read = reader.read(11, kProcAll);
  ASSERT_TRUE(read);
  EXPECT_TRUE((*read)->task.kthread);
  EXPECT_EQ((*read)->task.comm, "kworker/0:1");
  EXPECT_FALSE((*read)->image.args_known);
  read = reader.read(12, kProcAll);
  ASSERT_TRUE(read);
  EXPECT_TRUE((*read)->task.dead);
  EXPECT_TRUE((*read)->image.exe.empty());
}

// The first thread is a zombie and has nothing any more; another has all of it.
TEST_F(Reader, AProcessWhoseFirstThreadHasEnded) {
  FakeProcess{.state = 'Z', .threads = 3}.write_to(tree_);
  tree_.write("100/cmdline", "");
  for (const auto& [tid, state] : {std::pair{100U, 'Z'}, {101U, 'X'}, {102U, 'S'}}) {
    FakeProcess thread{.pid = tid, .state = state, .threads = 3};
    const std::string folder = "100/task/" + std::to_string(tid) + "/";
    tree_.write(folder + "stat", thread.stat());
  }
  tree_.write("100/task/102/status", FakeProcess{.pid = 100, .uid = 5}.status());
  tree_.write("100/task/102/cmdline", std::string("a\0b\0", 4));
  tree_.link("100/task/102/exe", "/usr/bin/a");
  tree_.link("100/task/102/cwd", "/srv");
  ProcReader reader = open();
  const auto read = reader.read(100, kProcAll);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_FALSE((*read)->task.dead);
  EXPECT_EQ((*read)->task.uid, 5U);
  EXPECT_EQ((*read)->image.exe, "/usr/bin/a");
  EXPECT_EQ((*read)->image.cwd, "/srv");
  EXPECT_EQ((*read)->image.args, std::string_view("a\0b\0", 4));
}

// The kernel says so of a cgroup that is gone, which only what has ended can have been in.
TEST_F(Reader, ACgroupThatIsGone) {
  FakeProcess{.pid = 12, .state = 'Z'}.write_to(tree_);
  FakeProcess{.pid = 13}.write_to(tree_);
  tree_.write("12/cgroup", "0::/a.service (deleted)\n");
  tree_.write("13/cgroup", "0::/a.service (deleted)\n");
  ProcReader reader = open();
  EXPECT_EQ((*reader.read(12, kProcCgroup))->task.cgroup, "/a.service");
  EXPECT_EQ((*reader.read(13, kProcCgroup))->task.cgroup, "/a.service (deleted)") << "its name";
}

TEST_F(Reader, HostileNames) {
  const std::string comm = "x) R 1\n\xff\x1b[2J";
  FakeProcess process{.comm = comm};
  process.write_to(tree_);
  const std::string exe = "/tmp/\xff\n (deleted)x";
  tree_.link("100/exe", exe);
  ProcReader reader = open();
  const auto read = reader.read(100, kProcIds | kProcExe);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->task.comm, comm.substr(0, 15));
  EXPECT_EQ((*read)->image.exe, exe);
  EXPECT_FALSE((*read)->image.exe_deleted);
}

TEST_F(Reader, DeletedExecutables) {
  FakeProcess{}.write_to(tree_);
  ProcReader reader = open();
  tree_.link("100/exe", "/opt/gone (deleted)");
  auto read = reader.read(100, kProcExe | kProcExeFile);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->image.exe, "/opt/gone");
  EXPECT_TRUE((*read)->image.exe_deleted);
  EXPECT_FALSE((*read)->image.exe_memfd);

  tree_.remove("100/exe");
  tree_.link("100/exe", "/memfd:payload (deleted)");
  read = reader.read(100, kProcExe);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->image.exe, "/memfd:payload");
  EXPECT_TRUE((*read)->image.exe_memfd);

  // A program that is so named: there it is.
  const std::string name = tree_.path("honest (deleted)");
  tree_.write("honest (deleted)", "#!");
  tree_.remove("100/exe");
  tree_.link("100/exe", name);
  read = reader.read(100, kProcExe | kProcExeFile);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->image.exe, name);
  EXPECT_FALSE((*read)->image.exe_deleted);
  EXPECT_NE((*read)->image.exe_inode, 0U);
}

TEST_F(Reader, ArgumentsAreBounded) {
  FakeProcess process;
  process.write_to(tree_);
  tree_.write("100/cmdline", std::string(1'000'000, 'a') + '\0');
  ProcReader reader = open(1000);
  auto read = reader.read(100, kProcArgs);  // stat doesn't show the size: counted
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->image.args, std::string(1000, 'a'));
  EXPECT_EQ((*read)->image.args_size, 1'000'001U);

  process.arg_start = 4096;
  process.arg_end = 4096 + 5000;
  process.write_to(tree_);
  read = reader.read(100, kProcArgs);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->image.args_size, 5000U);

  // The kernel gives a title that a process has put over its arguments, and no more: nothing is cut.
  tree_.write("100/cmdline", std::string_view("short title\0", 12));
  read = reader.read(100, kProcArgs);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->image.args_size, 12U);

  ProcReader none = open(0);
  read = none.read(100, kProcArgs);
  ASSERT_TRUE(read);
  EXPECT_TRUE((*read)->image.args.empty());
  EXPECT_EQ((*read)->image.args_size, 5000U);
}

TEST_F(Reader, WhatVanishedIsGone) {
  EXPECT_EQ(code_of(5, kProcStat), ErrorCode::not_found);
  tree_.write("6/status", FakeProcess{.pid = 6}.status());  // its stat is not there any more
  EXPECT_EQ(code_of(6, kProcStat), ErrorCode::not_found);
  tree_.write("7/stat", FakeProcess{.pid = 7}.stat());  // nor the status of this one
  EXPECT_EQ(code_of(7, kProcIds), ErrorCode::not_found);
  tree_.write("8", "");
  EXPECT_EQ(code_of(8, kProcStat), ErrorCode::not_found);
}

TEST_F(Reader, AThreadIsNoProcess) {
  FakeProcess process{.pid = 50};
  tree_.write("51/stat", FakeProcess{.pid = 51}.stat());
  tree_.write("51/status", process.status());
  EXPECT_EQ(code_of(51, kProcIds), ErrorCode::not_found);
}

TEST_F(Reader, GarbageIsDetected) {
  tree_.write("5/stat", "");
  EXPECT_EQ(code_of(5, kProcStat), ErrorCode::corrupt);
  tree_.write("6/stat", std::string(1'000'000, '('));
  EXPECT_EQ(code_of(6, kProcStat), ErrorCode::corrupt);
  tree_.write("7/stat", FakeProcess{.pid = 8}.stat());
  EXPECT_EQ(code_of(7, kProcStat), ErrorCode::corrupt);
  tree_.write("9/stat", FakeProcess{.pid = 9}.stat());
  tree_.write("9/status", "\xff\xfe\n\n\n:::");
  EXPECT_EQ(code_of(9, kProcIds), ErrorCode::corrupt);
}

TEST_F(Reader, HugeFilesAreBounded) {
  FakeProcess process;
  process.write_to(tree_);
  std::string status = process.status();
  std::string groups;
  for (int i = 0; i < 65536; ++i) groups += "4294967295 ";
  status.replace(status.find("0 1 2"), 5, groups);  // as many as the kernel lets a process have
  tree_.write("100/status", status);
  tree_.write("100/cgroup", "0::/" + std::string(5'000'000, 'c'));
  ProcReader reader = open();
  const auto read = reader.read(100, kProcIds | kProcCgroup);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->task.ns_pid, 7U);
  EXPECT_TRUE((*read)->image.caps_known);
  EXPECT_LE((*read)->task.cgroup.size(), 65536U);

  FakeProcess late{.pid = 101, .start_ticks = UINT64_MAX};
  late.write_to(tree_);
  ASSERT_TRUE(reader.read(101, kProcStat));
}

TEST_F(Reader, AFifoDoesNotHang) {
  FakeProcess{}.write_to(tree_);
  tree_.fifo("100/cgroup");
  ProcReader reader = open();
  const auto read = reader.read(100, kProcCgroup);
  ASSERT_TRUE(read);
  EXPECT_TRUE((*read)->task.cgroup.empty());
}

TEST_F(Reader, TimeNamespaceIsTakenOut) {
  tree_.write("self/timens_offsets", "monotonic           0         0\nboottime         -20         0\n");
  FakeProcess{.start_ticks = 5000}.write_to(tree_);
  ProcReader reader = open();
  const auto read = reader.read(100, kProcStat);
  ASSERT_TRUE(read);
  EXPECT_EQ((*read)->task.self.start_ns, 7000 * kTickNs);
}

TEST_F(Reader, NoProcHere) {
  const auto reader = ProcReader::open(tree_.path("absent"));
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, ErrorCode::not_found);
  EXPECT_FALSE(reader.error().remedy.empty());
}

TEST(ReaderOnThisHost, KnowsItself) {
  auto reader = ProcReader::open();
  ASSERT_TRUE(reader);
  const auto self = static_cast<std::uint32_t>(::getpid());
  const auto read = reader->read(self, kProcAll);
  ASSERT_TRUE(read) << read.error().to_string();
  const SnapshotTask& task = **read;
  EXPECT_EQ(task.task.self.pid, self);
  EXPECT_EQ(task.task.parent.pid, static_cast<std::uint32_t>(::getppid()));
  EXPECT_EQ(task.task.uid, ::getuid());
  EXPECT_EQ(task.task.euid, ::geteuid());
  EXPECT_EQ(task.task.gid, ::getgid());
  EXPECT_EQ(task.task.sid, static_cast<std::uint32_t>(::getsid(0)));
  EXPECT_EQ(task.task.pgid, static_cast<std::uint32_t>(::getpgid(0)));
  EXPECT_EQ(task.image.exe, std::filesystem::read_symlink("/proc/self/exe").string());
  EXPECT_EQ(task.image.cwd, std::filesystem::current_path().string());
  std::ifstream cmdline("/proc/self/cmdline", std::ios::binary);
  const std::string args((std::istreambuf_iterator<char>(cmdline)), {});
  EXPECT_EQ(task.image.args, args.substr(0, 16384));
  EXPECT_EQ(task.image.args_size, args.size());
  EXPECT_GT(task.ktime_ns, task.task.self.start_ns);
  EXPECT_NE(task.task.ns[kNsPid], 0U);
}

TEST(ReaderOnThisHost, APidReusedIsNeverMixed) {
  // Short-lived children: each read either returns one whole, or says that it is gone.
  auto reader = ProcReader::open();
  ASSERT_TRUE(reader);
  int gone = 0;
  for (int i = 0; i < 300; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(0);
    std::thread reaper([child] {
      int status = 0;
      EXPECT_EQ(::waitpid(child, &status, 0), child);
    });
    const auto read = reader->read(static_cast<std::uint32_t>(child), kProcAll);
    if (read) {
      EXPECT_EQ((*read)->task.self.pid, static_cast<std::uint32_t>(child));
      EXPECT_EQ((*read)->task.parent.pid, static_cast<std::uint32_t>(::getpid()));
      EXPECT_EQ((*read)->task.uid, ::getuid());
    } else {
      EXPECT_EQ(read.error().code, ErrorCode::not_found) << read.error().to_string();
      ++gone;
    }
    reaper.join();
    EXPECT_FALSE(reader->read(static_cast<std::uint32_t>(child), kProcStat));
  }
  RecordProperty("gone", gone);
}

}  // namespace
}  // namespace proctree
