// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a user can make look like a launcher, and isn't one.
#include "entry_fixture.hpp"

namespace proctree {
namespace {

using namespace std::string_literals;

class ForgedEntryTest : public EntryTest {
 protected:
  // A user's shell that came in by ssh.
  void SetUp() override {
    add(100, 1, "/usr/sbin/sshd");
    start();
    spawn(100, 200).task.uid = 1000;
    exec(200, "/bin/bash");
    ASSERT_EQ(entry(200), "ssh 200");
  }
  // What a child of this launcher's executes.
  std::string entry_below(std::uint32_t launcher) {
    spawn(launcher, 900);
    exec(900, "/usr/bin/payload");
    std::string type = entry(900);
    exit(900);
    return type;
  }
};

TEST_F(ForgedEntryTest, AProgramOfALaunchersName) {
  spawn(200, 300);
  exec(300, "/home/user/sshd");
  EXPECT_EQ(entry_below(300), "ssh 200");
  exec(300, "/home/user/cron");
  EXPECT_EQ(entry_below(300), "ssh 200");
}

TEST_F(ForgedEntryTest, OneBoundOverTheRealPathInAPrivateNamespace) {
  spawn(200, 300).task.ns[kNsMnt] = 4026533000;
  exec(300, "/usr/sbin/cron", {.inode = 5555});
  EXPECT_EQ(entry_below(300), "ssh 200");
  processes[300].task.uid = 0;  // of its own user namespace, say
  processes[300].task.ns[kNsUser] = 4026533001;
  exec(300, "/usr/sbin/cron", {.inode = inode_of("/usr/sbin/cron")});
  EXPECT_EQ(entry_below(300), "ssh 200");
}

TEST_F(ForgedEntryTest, AServerThatDidNotBeginAsRoot) {
  spawn(200, 300);
  exec(300, "/usr/sbin/sshd");
  EXPECT_EQ(entry_below(300), "ssh 200");
  exec(300, "/usr/sbin/xinetd");
  EXPECT_EQ(entry_below(300), "ssh 200");
}

TEST_F(ForgedEntryTest, AFileThatOthersMayWrite) {
  add_file("/usr/sbin/cron", false);
  spawn(200, 300).task.uid = 0;
  exec(300, "/usr/sbin/cron");
  EXPECT_EQ(entry_below(300), "ssh 200");
}

TEST_F(ForgedEntryTest, AnInodeThatWasUsedAgainAfterAnUpgrade) {
  const std::uint64_t old = inode_of("/usr/bin/runsv");
  add_file("/usr/bin/runsv");
  spawn(200, 300);
  exec(300, "/home/user/tool", {.args = {"tool", "x"}, .inode = old});
  EXPECT_EQ(entry_below(300), "ssh 200");
  exec(300, "/usr/bin/runsv", {.args = {"runsv", "x"}});  // the new one
  EXPECT_EQ(entry_below(300), "supervisor 900");
}

TEST_F(ForgedEntryTest, ADeletedFileIsALaunchersByItsPathAtHomeOnly) {
  spawn(200, 300).task.uid = 0;
  exec(300, "/usr/sbin/cron", {.inode = 4444, .deleted = true});
  EXPECT_EQ(entry_below(300), "cron 900");
  exec(300, "/usr/sbin/cron", {.inode = 4444, .deleted = true, .detached = true});
  EXPECT_EQ(entry_below(300), "ssh 200");
  processes[300].task.ns[kNsMnt] = 4026533000;
  exec(300, "/usr/sbin/cron", {.inode = 4444, .deleted = true});
  EXPECT_EQ(entry_below(300), "ssh 200");
}

TEST_F(ForgedEntryTest, TheRealFileByAnotherMountIsALauncher) {
  spawn(200, 300).task.uid = 0;
  exec(300, "/mnt/host/usr/sbin/cron", {.inode = inode_of("/usr/sbin/cron")});
  EXPECT_EQ(entry_below(300), "cron 900");
}

TEST_F(ForgedEntryTest, AnInodeOfAnotherSubvolume) {
  const std::uint64_t shared = inode_of("/usr/bin/tmux");
  files->files["/usr/bin/runsv"] = {{0x22, shared}, kDev, true};  // its superblock has many such numbers
  spawn(200, 300);
  exec(300, "/usr/bin/runsv", {.args = {"runsv", "x"}, .inode = shared});
  EXPECT_EQ(entry_below(300), "supervisor 900");
  exec(300, "/home/user/runsv", {.args = {"runsv", "x"}, .inode = shared});
  EXPECT_EQ(entry_below(300), "ssh 200");
}

TEST_F(ForgedEntryTest, ACgroupCalledAsAContainerOrAUnit) {
  MadeProcess& process = spawn(200, 300);
  process.cgroup = "/user.slice/user-1000.slice/user@1000.service/docker-" + std::string(64, 'a') + ".scope";
  exec(300, "/usr/bin/payload");
  EXPECT_EQ(entry(300), "ssh 200");
  process.cgroup = "/user.slice/user-1000.slice/user@1000.service/app.slice/sshd.service";
  exec(300, "/usr/bin/payload");
  EXPECT_EQ(entry(300), "ssh 200");
}

TEST_F(ForgedEntryTest, AManagerOfOnesOwn) {
  MadeProcess& manager = spawn(200, 300);
  manager.cgroup = "/user.slice/user-1000.slice/user@1000.service/app.slice/own.scope";
  exec(300, "/usr/lib/systemd/systemd", {.args = {"systemd", "--user"}});
  fork(300, 301).cgroup = "/user.slice/user-1000.slice/user@1000.service/app.slice/x.service";
  forked(300, 301);
  exec(301, "/usr/bin/payload");
  EXPECT_EQ(entry(301), "ssh 200");
}

TEST_F(ForgedEntryTest, AnArgvAsConmons) {
  spawn(200, 300);
  exec(300, "/home/user/conmon", {.args = {"/usr/bin/conmon", "--api-version", "1", "-n", "web"}});
  EXPECT_EQ(entry_below(300), "ssh 200");
}

TEST_F(ForgedEntryTest, APid1OfOnesOwn) {
  MadeProcess& init = fork(200, 300);
  init.task.ns = {4026532000, 4026532001, 3, 4026532002, 5, 6, 7};
  init.task.ns_pid = 1;
  init.task.uid = 1000;
  forked(200, 300);
  exec(300, "/usr/sbin/cron", {.inode = 5555});
  EXPECT_EQ(entry_below(300), "ssh 200");
  exec(300, "/usr/lib/systemd/systemd");
  fork(300, 301).cgroup = "/system.slice/ssh.service";
  forked(300, 301);
  exec(301, "/usr/bin/payload");
  EXPECT_EQ(entry(301), "ssh 200");
}

TEST_F(ForgedEntryTest, AScriptThatWasNotExecutedAsOne) {
  add_file("/usr/bin/supervisord");
  spawn(200, 300);
  exec(300, "/usr/bin/python3",
       {.args = {"/usr/bin/python3", "/usr/bin/supervisord"}, .filename = "/usr/bin/python3"});
  EXPECT_EQ(entry_below(300), "ssh 200");
  exec(300, "/usr/bin/python3",
       {.filename = "/home/user/usr/bin/supervisord", .interpreter = "/usr/bin/python3"});
  EXPECT_EQ(entry_below(300), "ssh 200");
  exec(300, "/bin/sh", {.filename = "/etc/init.d/foo", .interpreter = "/bin/sh"});  // as a user
  EXPECT_EQ(entry(300), "ssh 200");
  exec(300, "/usr/bin/python3", {.filename = "/usr/bin/supervisord", .interpreter = "/usr/bin/python3"});
  EXPECT_EQ(entry_below(300), "supervisor 900");
}

TEST_F(ForgedEntryTest, AMemfdIsALaunchersOnlyWhereOneExecutedIt) {
  spawn(200, 300);
  exec(300, "/memfd:runc_cloned:/proc/self/exe",
       {.args = {"runc", "exec", "x"}, .inode = 7777, .memfd = true});
  MadeProcess& child = fork(300, 301);
  child.task.ns[kNsPid] = 4026532000;
  forked(300, 301);
  exec(301, "/usr/bin/payload");
  EXPECT_EQ(entry(301), "ssh 200");
}

}  // namespace
}  // namespace proctree
