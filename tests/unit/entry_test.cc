// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Each row of the table of entries, as its launcher makes it.
#include "entry/core_pattern.hpp"
#include "entry/unit_name.hpp"
#include "entry_fixture.hpp"
#include "tree/launcher_variables.hpp"

namespace proctree {
namespace {

using namespace std::string_literals;

constexpr const char* kConnection = "SSH_CONNECTION=192.0.2.7 50022 192.0.2.1 22";

// `pid`: in the container's pid namespace.
void put_into_container(MadeProcess& process, std::uint32_t pid) {
  process.task.ns[kNsPid] = 4026532000;
  process.task.ns_pid = pid;
}

TEST_F(EntryTest, FirstProgramBelowSshdIsTheSshEntry) {
  add(100, 1, "/usr/sbin/sshd", "/system.slice/ssh.service");
  start();
  EXPECT_EQ(entry(100), "service 100");
  spawn(100, 200);
  exec(200, "/usr/sbin/sshd", {.args = {"sshd", "-R"}});
  EXPECT_EQ(entry(200), "service 100");
  MadeProcess& shell = spawn(200, 201);
  shell.task.uid = 1000;
  shell.tty = "pts/3";
  shell.task.sid = 201;
  exec(201, "/bin/bash", {.args = {"-bash"}, .environment = kConnection + "\0"s});
  EXPECT_EQ(entry(201), "ssh 201");
  EXPECT_EQ(entry_of(201).source_ip, "192.0.2.7");
  EXPECT_EQ(entry_of(201).source_port, 50022U);
  EXPECT_EQ(entry_of(201).tty, "pts/3");
  EXPECT_EQ(entry_of(201).uid, 1000U);
  spawn(201, 202);
  exec(202, "/usr/bin/make");
  EXPECT_EQ(entry(202), "ssh 201");
  exit(201);
  exit(200);
  spawn(202, 203);
  EXPECT_EQ(entry(203), "ssh 201");
}

TEST_F(EntryTest, NewerSshdHasProgramsOfItsOwnForASession) {
  add(100, 1, "/usr/sbin/sshd", "/system.slice/ssh.service");
  start();
  spawn(100, 200);
  exec(200, "/usr/lib/openssh/sshd-session");
  spawn(200, 201);
  exec(201, "/usr/lib/openssh/sshd-auth");
  EXPECT_EQ(entry(201), "service 100");
  spawn(200, 202).task.uid = 1000;
  exec(202, "/usr/lib/openssh/sftp-server");
  EXPECT_EQ(entry(202), "ssh 202");
}

TEST_F(EntryTest, ASshConnectionThatIsNoneSaysNothing) {
  add(100, 1, "/usr/sbin/sshd");
  start();
  spawn(100, 200);
  exec(200, "/bin/bash", {.environment = "SSH_CONNECTION=UNKNOWN 65535 UNKNOWN 65535\0"s});
  EXPECT_EQ(entry(200), "ssh 200");
  EXPECT_EQ(entry_of(200).source_ip, "");
}

TEST_F(EntryTest, LoginOnAConsole) {
  start();
  MadeProcess& getty = fork(1, 300);
  getty.cgroup = "/system.slice/system-getty.slice/getty@tty1.service";
  getty.tty = "tty1";
  forked(1, 300);
  exec(300, "/usr/sbin/agetty");
  EXPECT_EQ(entry(300), "service 300");
  exec(300, "/usr/bin/login");
  spawn(300, 301).task.uid = 1000;
  exec(301, "/bin/bash");
  EXPECT_EQ(entry(301), "login 301");
  EXPECT_EQ(entry_of(301).tty, "tty1");
}

// greetd 0.9 and 0.10 execute themselves as `greetd --session-worker FD`.
TEST_F(EntryTest, ADisplayManagersOwnStepIsNoSession) {
  add(300, 1, "/usr/sbin/greetd", "/system.slice/greetd.service");
  start();
  spawn(300, 301);
  exec(301, "/usr/sbin/greetd", {.args = {"/usr/sbin/greetd", "--session-worker", "10"}});
  EXPECT_EQ(entry(301), "service 300");
  MadeProcess& session = spawn(301, 302);
  session.task.uid = 1000;
  session.tty = "tty7";
  exec(302, "/bin/sh");
  EXPECT_EQ(entry(302), "login 302");
  EXPECT_EQ(entry_of(302).tty, "tty7");
}

// lightdm 1.26.0 executes itself as `lightdm --session-child FD FD` (its src/session.c).
TEST_F(EntryTest, WhatADisplayManagerStartsBesidesIsNoSession) {
  add(300, 1, "/usr/sbin/lightdm", "/system.slice/lightdm.service");
  start();
  spawn(300, 301);
  exec(301, "/usr/lib/xorg/Xorg", {.args = {"Xorg", ":0"}});
  EXPECT_EQ(entry(301), "service 300");
  spawn(300, 302);
  exec(302, "/usr/sbin/lightdm", {.args = {"lightdm", "--session-child", "12", "19"}});
  EXPECT_EQ(entry(302), "service 300");
  spawn(302, 303).task.uid = 1000;
  exec(303, "/bin/sh");
  EXPECT_EQ(entry(303), "login 303");
}

TEST_F(EntryTest, SessionLeaderOnAnothersPseudoTerminal) {
  add(100, 1, "/usr/bin/tmux", "/user.slice/user-1000.slice/session-1.scope");
  start();
  spawn(100, 200);
  processes[200].task.sid = 200;
  processes[200].tty = "pts/5";
  exec(200, "/bin/bash");
  EXPECT_EQ(entry(200), "terminal 200");
  EXPECT_EQ(entry_of(200).server.pid, 100U);
  EXPECT_EQ(entry_of(200).server_comm, "tmux");
  // One that only becomes a session leader again within it began nothing.
  spawn(200, 201).task.sid = 201;
  exec(201, "/usr/bin/vi");
  EXPECT_EQ(entry(201), "terminal 200");
}

TEST_F(EntryTest, PseudoTerminalsOfSudoAreItsCallers) {
  add(100, 1, "/usr/sbin/sshd");
  start();
  spawn(100, 200);
  processes[200].tty = "pts/1";
  exec(200, "/bin/bash");
  for (const char* program : {"/usr/bin/sudo", "/usr/bin/su", "/usr/sbin/runuser", "/usr/bin/pkexec"}) {
    spawn(200, 300);
    exec(300, program);
    spawn(300, 301);
    processes[301].task.sid = 301;
    processes[301].tty = "pts/2";
    exec(301, "/bin/bash");
    EXPECT_EQ(entry(301), "ssh 200") << program;
    exec(301, "/usr/bin/sleep");  // as a shell does with its last command
    EXPECT_EQ(entry(301), "ssh 200") << program;
    exit(301);
    exit(300);
  }
}

TEST_F(EntryTest, JobsOfCronAndAt) {
  add(100, 1, "/usr/sbin/cron", "/system.slice/cron.service");
  add(110, 1, "/usr/sbin/atd", "/system.slice/atd.service");
  start();
  spawn(100, 200);
  spawn(200, 201).task.uid = 1000;
  exec(201, "/bin/sh", {.args = {"/bin/sh", "-c", "backup --all"}});
  EXPECT_EQ(entry(201), "cron 201");
  EXPECT_EQ(entry_of(201).job, "backup --all");
  EXPECT_EQ(entry(200), "service 100");
  spawn(110, 210);
  exec(210, "/bin/sh", {.args = {"sh"}});
  EXPECT_EQ(entry(210), "at 210");
}

TEST_F(EntryTest, UnitsOfTheSystemsManager) {
  start();
  fork(1, 200).cgroup = "/system.slice/foo.service";
  forked(1, 200);
  exec(200, "/usr/lib/systemd/systemd-executor");
  EXPECT_EQ(entry(200), "none");
  exec(200, "/usr/bin/food");
  EXPECT_EQ(entry(200), "service 200");
  EXPECT_EQ(entry_of(200).unit, "foo.service");
  EXPECT_EQ(entry_of(200).exe, "/usr/bin/food");

  fork(1, 210).cgroup = "/system.slice/run-p4711-i99.service";
  forked(1, 210);
  exec(210, "/usr/bin/make");
  EXPECT_EQ(entry_of(210).asked_by_pid, 4711U);

  fork(1, 220).cgroup = "/init.scope";
  forked(1, 220);
  exec(220, "/usr/lib/systemd/any");
  EXPECT_EQ(entry(220), "init 220");
}

TEST_F(EntryTest, AManagerForksTwiceForWhatItExecutes) {
  const std::string user = "/user.slice/user-1000.slice/user@1000.service/";
  start();
  spawn(1, 200);  // (sd-executor), which executes nothing
  spawn(200, 201);
  exec(201, "/usr/lib/systemd/system-generators/any");
  EXPECT_EQ(entry(200), "none");
  EXPECT_EQ(entry(201), "init 201");
  spawn(201, 202);
  exec(202, "/bin/sh");
  EXPECT_EQ(entry(202), "init 201");

  // PrivatePIDs=
  fork(1, 210).cgroup = "/system.slice/foo.service";
  forked(1, 210);
  exec(210, "/usr/lib/systemd/systemd-executor");
  fork(210, 211).task.ns[kNsPid] = 9;
  forked(210, 211);
  exec(211, "/usr/bin/food");
  EXPECT_EQ(entry(211), "service 211");
  EXPECT_EQ(entry_of(211).unit, "foo.service");
  spawn(211, 212);
  spawn(212, 213);
  exec(213, "/usr/bin/make");
  EXPECT_EQ(entry(213), "service 211");

  fork(1, 220).cgroup = user + "init.scope";
  forked(1, 220);
  exec(220, "/usr/lib/systemd/systemd-executor");
  exec(220, "/usr/lib/systemd/systemd", {.args = {"/usr/lib/systemd/systemd", "--user"}});
  fork(220, 221).cgroup = user + "app.slice/bar.service";
  forked(220, 221);
  exec(221, "/usr/lib/systemd/systemd-executor");
  spawn(221, 222);
  exec(222, "/usr/bin/bard");
  EXPECT_EQ(entry(222), "service 222");
  EXPECT_EQ(entry_of(222).user_unit, "bar.service");
  spawn(220, 223).cgroup = user + "init.scope";
  spawn(223, 224);
  exec(224, "/usr/lib/systemd/user-generators/any");
  EXPECT_EQ(entry(224), "service 220");
}

TEST_F(EntryTest, UnitsOfAUsersManager) {
  const std::string user = "/user.slice/user-1000.slice/user@1000.service/";
  start();
  fork(1, 200).cgroup = user + "init.scope";
  processes[200].task.uid = 1000;
  forked(1, 200);
  exec(200, "/usr/lib/systemd/systemd", {.args = {"/usr/lib/systemd/systemd", "--user"}});
  EXPECT_EQ(entry(200), "service 200");
  fork(200, 201).cgroup = user + "app.slice/bar.service";
  forked(200, 201);
  exec(201, "/usr/bin/bard");
  EXPECT_EQ(entry(201), "service 201");
  EXPECT_EQ(entry_of(201).unit, "user@1000.service");
  EXPECT_EQ(entry_of(201).user_unit, "bar.service");
}

TEST_F(EntryTest, UnitsOfOneConnection) {
  EXPECT_TRUE(entry::is_of_connection("sshd@0-10.0.0.1:22-10.0.0.2:50100.service"));
  EXPECT_TRUE(entry::is_of_connection("sshd@12-4711-10.0.0.1:22-10.0.0.2:50100.service"));
  EXPECT_TRUE(entry::is_of_connection("a@3-2001:db8::1:22-2001:db8::2:40000.service"));
  EXPECT_TRUE(entry::is_of_connection("local@7-812-1000.service"));
  EXPECT_FALSE(entry::is_of_connection("getty@tty1.service"));
  EXPECT_FALSE(entry::is_of_connection("a@b-c-d.service"));
  EXPECT_FALSE(entry::is_of_connection("plain.service"));
  start();
  fork(1, 200).cgroup = "/system.slice/system-sshd.slice/sshd@0-10.0.0.1:22-10.0.0.2:50100.service";
  forked(1, 200);
  exec(200, "/usr/sbin/sshd", {.args = {"sshd", "-i"}});
  EXPECT_EQ(entry(200), "socket 200");
  EXPECT_EQ(entry_of(200).source_ip, "10.0.0.2");
  EXPECT_EQ(entry_of(200).source_port, 50100U);
  spawn(200, 201).task.uid = 1000;
  exec(201, "/bin/bash");
  EXPECT_EQ(entry(201), "ssh 201");
}

TEST_F(EntryTest, ServersOfConnections) {
  add(100, 1, "/usr/sbin/xinetd");
  add(110, 1, "/usr/bin/socat");
  add(120, 1, "/usr/bin/systemd-socket-activate");
  start();
  spawn(100, 200);
  exec(200, "/usr/sbin/in.fingerd", {.environment = "REMOTE_HOST=192.0.2.8\0"s});
  EXPECT_EQ(entry(200), "socket 200");
  EXPECT_EQ(entry_of(200).source_ip, "192.0.2.8");
  spawn(110, 210);
  spawn(210, 211);
  exec(211, "/bin/sh", {.environment = "SOCAT_PEERADDR=[2001:db8::2]\0SOCAT_PEERPORT=4444\0"s});
  EXPECT_EQ(entry(211), "socket 211");
  EXPECT_EQ(entry_of(211).source_ip, "2001:db8::2");
  EXPECT_EQ(entry_of(211).source_port, 4444U);
  exec(120, "/usr/bin/served");  // in its own process, with the first connection
  EXPECT_EQ(entry(120), "socket 120");
}

TEST_F(EntryTest, ActivatedByABus) {
  add(100, 1, "/usr/bin/dbus-daemon", "/system.slice/dbus.service");
  start();
  spawn(100, 200);
  spawn(200, 201);
  exec(201, "/usr/lib/dbus-1.0/dbus-daemon-launch-helper",
       {.args = {"/usr/lib/dbus-1.0/dbus-daemon-launch-helper", "org.example.Thing"}});
  EXPECT_EQ(entry(201), "service 100");
  exec(201, "/usr/libexec/thing");
  EXPECT_EQ(entry(201), "dbus 201");
  EXPECT_EQ(entry_of(201).bus_name, "org.example.Thing");
  EXPECT_EQ(entry_of(201).exe, "/usr/libexec/thing");
}

TEST_F(EntryTest, ContainersAndWhatIsExecutedIntoThem) {
  const std::string id(64, 'a');
  add(100, 1, "/usr/bin/containerd-shim-runc-v2", "/system.slice/containerd.service");
  start();
  for (const bool into : {false, true}) {
    const std::uint32_t base = into ? 300 : 200;
    spawn(100, base);
    exec(base, "/usr/bin/runc", {.args = {"runc", "--root", "/run", into ? "exec" : "create", id}});
    spawn(base, base + 1);
    exec(base + 1, "/usr/bin/hook");
    EXPECT_EQ(entry(base + 1), "service 100");
    spawn(base, base + 2);
    exec(base + 2, "/memfd:runc", {.args = {"runc", "init"}, .inode = 9999, .memfd = true});
    MadeProcess& first = fork(base + 2, base + 3);
    put_into_container(first, into ? 7U : 1U);
    first.cgroup = "/system.slice/docker-" + id + ".scope";
    forked(base + 2, base + 3);
    EXPECT_EQ(entry(base + 3), "service 100");
    exec(base + 3, "/bin/sh", {.inode = 777});
    EXPECT_EQ(entry(base + 3), "container " + std::to_string(base + 3));
    EXPECT_EQ(entry_of(base + 3).container_id, id);
    EXPECT_EQ(entry_of(base + 3).container_runtime, "docker");
    EXPECT_EQ(entry_of(base + 3).into, into);
    spawn(base + 3, base + 4);
    exec(base + 4, "/bin/ls", {.inode = 778});
    EXPECT_EQ(entry(base + 4), "container " + std::to_string(base + 3));
  }
}

TEST_F(EntryTest, AContainerThatNoEngineMade) {
  start();
  spawn(1, 200);
  exec(200, "/usr/bin/crun", {.args = {"crun", "run", "--bundle", "/b", "mine"}});
  MadeProcess& first = fork(200, 201);
  put_into_container(first, 1);
  forked(200, 201);
  exec(201, "/bin/sh", {.inode = 777});
  EXPECT_EQ(entry(201), "container 201");
  EXPECT_EQ(entry_of(201).container_id, "mine");
  EXPECT_EQ(entry_of(201).container_runtime, "crun");
}

// LXD 5.0 and Incus 6.0 execute themselves to start a container and to execute into one.
TEST_F(EntryTest, LxdsContainerAndWhatIsExecutedIntoIt) {
  add(100, 1, "/usr/bin/lxd", "/system.slice/lxd.service");
  start();
  spawn(100, 200);
  exec(200, "/usr/bin/lxd", {.args = {"/usr/bin/lxd", "forkstart", "exec", "/var/lib/lxd/containers", "/c"}});
  EXPECT_EQ(entry(200), "service 100");
  MadeProcess& first = fork(200, 201);
  put_into_container(first, 1);
  first.cgroup = "/lxc.payload.exec";
  forked(200, 201);
  exec(201, "/sbin/init", {.inode = 777});
  EXPECT_EQ(entry(201), "container 201");
  EXPECT_EQ(entry_of(201).container_id, "exec");
  EXPECT_FALSE(entry_of(201).into);
  spawn(100, 300);
  exec(300, "/usr/bin/lxd",
       {.args = {"/usr/bin/lxd", "forkexec", "exec", "/var/lib/lxd/containers", "/c", "--", "cmd", "sh"}});
  MadeProcess& into = fork(300, 301);
  put_into_container(into, 7);
  into.cgroup = "/lxc.payload.exec/.lxc";
  forked(300, 301);
  exec(301, "/bin/sh", {.inode = 778});
  EXPECT_EQ(entry(301), "container 301");
  EXPECT_TRUE(entry_of(301).into);
}

TEST_F(EntryTest, AWordOfTheContainersIsNoVerbOfItsRuntimes) {
  start();
  const auto run = [this](std::uint32_t pid, const char* runtime, std::vector<std::string> arguments) {
    spawn(1, pid);
    exec(pid, runtime, {.args = std::move(arguments)});
    put_into_container(fork(pid, pid + 1), 1);
    forked(pid, pid + 1);
    exec(pid + 1, "/bin/sh", {.inode = 777});
    EXPECT_EQ(entry(pid + 1), "container " + std::to_string(pid + 1));
    EXPECT_FALSE(entry_of(pid + 1).into);
  };
  run(200, "/usr/bin/runc", {"runc", "--root", "/run/runc", "create", "--bundle", "/b", "exec"});
  EXPECT_EQ(entry_of(201).container_id, "exec");
  run(300, "/usr/bin/systemd-nspawn", {"systemd-nspawn", "-D", "/srv/web", "make", "exec", "run", "all"});
  EXPECT_EQ(entry_of(301).container_id, "");
  run(400, "/usr/bin/lxc-execute", {"lxc-execute", "-n", "web", "--", "exec"});
}

TEST_F(EntryTest, ARunningContainerBelowItsMonitor) {
  const std::string id(64, 'b');
  add(100, 1, "/usr/bin/conmon", "/machine.slice/libpod-conmon-x.scope");
  MadeProcess& first = add(101, 100, "/bin/app", "/machine.slice/libpod-" + id + ".scope");
  put_into_container(first, 1);
  start();
  EXPECT_EQ(entry(101), "container 101");
  EXPECT_FALSE(entry_of(101).into);
}

TEST_F(EntryTest, ARunningContainerWhoseCgroupSaysNone) {
  add(100, 1, "/usr/bin/containerd-shim-runc-v2", "/system.slice/containerd.service");
  for (const std::uint32_t pid : {101U, 102U}) {
    MadeProcess& process = add(pid, 100, "/bin/app", "/default/web");
    put_into_container(process, pid == 101 ? 1U : 7U);
  }
  start();
  EXPECT_EQ(entry(101), "container 101");
  EXPECT_EQ(entry_of(101).container_id, "");
  EXPECT_FALSE(entry_of(101).into);
  EXPECT_EQ(entry(102), "container 102");
  EXPECT_TRUE(entry_of(102).into);
}

// systemd-nspawn --as-pid2, lxc-execute: its pid 1 is a fork of the runtime that executes nothing.
TEST_F(EntryTest, BelowARuntimesOwnInit) {
  start();
  spawn(1, 200);
  exec(200, "/usr/bin/systemd-nspawn", {.args = {"systemd-nspawn", "-D", "/srv/web", "--as-pid2", "app"}});
  MadeProcess& init = fork(200, 201);
  put_into_container(init, 1);
  forked(200, 201);
  MadeProcess& first = fork(201, 202);
  first.task.ns_pid = 2;
  first.task.sid = 202;
  first.cgroup = "/machine.slice/machine-web.scope/payload";
  forked(201, 202);
  exec(202, "/bin/app", {.inode = 777});
  EXPECT_EQ(entry(202), "container 202");
  EXPECT_EQ(entry_of(202).container_id, "web");
  spawn(202, 203);
  exec(203, "/bin/ls", {.inode = 778});
  EXPECT_EQ(entry(203), "container 202");
}

TEST_F(EntryTest, BelowARuntimesOwnInitThatRunsAlready) {
  add(100, 1, "/usr/bin/lxc-execute", "/lxc.monitor.web");
  MadeProcess& init = add(101, 100, "/usr/bin/lxc-execute", "/lxc.payload.web");
  init.task.exec_seq = processes[100].task.exec_seq;
  put_into_container(init, 1);
  MadeProcess& first = add(102, 101, "/bin/app", "/lxc.payload.web");
  put_into_container(first, 2);
  args[100] = "lxc-execute\0-n\0web\0"s;
  args[101] = "init\0"s;
  start();
  EXPECT_EQ(entry(102), "container 102");
  EXPECT_EQ(entry_of(102).container_id, "web");
}

TEST_F(EntryTest, WhatTheKernelStarts) {
  EXPECT_EQ(entry::crashed_pid("|/usr/bin/crash -p%p -P%P", "/usr/bin/crash\0-p7\0-P4711\0"s), 4711U);
  EXPECT_EQ(entry::crashed_pid("|/usr/bin/crash %P",
                               "/usr/bin/modprobe\0"
                               "12\0"s),
            0U);
  EXPECT_EQ(entry::crashed_pid("core", "core\0"s), 0U);
  start();
  spawn(2, 50).comm = "kworker/u4:1";
  spawn(50, 60).task.kthread = false;
  exec(60, "/usr/sbin/modprobe");
  EXPECT_EQ(entry(60), "kernel 60");
  EXPECT_EQ(entry(50), "none");
}

TEST_F(EntryTest, ServicesOfSupervisors) {
  add(100, 1, "/usr/bin/runsv");
  args[100] = "runsv\0web\0"s;
  start();
  spawn(100, 200);
  exec(200, "/bin/sh", {.args = {"./run"}});
  EXPECT_EQ(entry(200), "supervisor 200");
  EXPECT_EQ(entry_of(200).service, "web");
  spawn(1, 210);
  exec(210, "/usr/bin/s6-supervise", {.args = {"s6-supervise", "/run/service/db/"}});
  spawn(210, 211);
  exec(211, "/usr/bin/dbd");
  EXPECT_EQ(entry_of(211).service, "db");
  spawn(1, 220);
  exec(220, "/usr/bin/python3",
       {.args = {"/usr/bin/python3", "/usr/bin/supervisord"},
        .filename = "/usr/bin/supervisord",
        .interpreter = "/usr/bin/python3"});
  add_file("/usr/bin/supervisord");
  spawn(220, 221);
  exec(221, "/usr/bin/worker");
  EXPECT_EQ(entry(221), "supervisor 221");
}

TEST_F(EntryTest, InitScriptsAreServicesThemselves) {
  start();
  spawn(1, 200);
  exec(200, "/bin/sh",
       {.args = {"/bin/sh", "/etc/init.d/foo", "start"},
        .filename = "/etc/init.d/foo",
        .interpreter = "/bin/sh"});
  EXPECT_EQ(entry(200), "supervisor 200");
  EXPECT_EQ(entry_of(200).service, "foo");
  spawn(200, 201);
  exec(201, "/usr/bin/food");
  EXPECT_EQ(entry(201), "supervisor 200");
}

TEST_F(EntryTest, ChildrenOfInitAndOrphans) {
  add(100, 1, "/usr/bin/orphan", "/user.slice/user-1000.slice/session-1.scope");
  add(110, 1, "/usr/bin/food", "/system.slice/foo.service");
  start();
  EXPECT_EQ(entry(1), "none");
  EXPECT_EQ(entry(2), "none");
  EXPECT_EQ(entry(100), "unknown");
  EXPECT_EQ(entry(110), "service 110");
  spawn(100, 101);
  exec(101, "/bin/ls");
  EXPECT_EQ(entry(101), "unknown");
  spawn(1, 120);
  exec(120, "/usr/bin/anything");
  EXPECT_EQ(entry(120), "init 120");
}

TEST_F(EntryTest, AnInferredEdgeMakesItUnsure) {
  add(100, 1, "/usr/sbin/sshd");
  start();
  spawn(100, 200);
  exec(200, "/bin/bash");
  // Its fork was lost: its exec is the first that is heard of it.
  fork(200, 201);
  exec(201, "/bin/ls");
  EXPECT_EQ(entry(201), "ssh 200 unsure");
  spawn(201, 202);
  EXPECT_EQ(entry(202), "ssh 200 unsure");
}

TEST_F(EntryTest, WhatBeganInAGapHasTheArgumentsThatProcShows) {
  add(100, 1, "/usr/sbin/sshd");
  add(300, 1, "/usr/sbin/cron");
  start();
  spawn(100, 200);
  spawn(300, 400);
  args[200] = "bash\0-l\0"s;
  args[400] = "sh\0-c\0backup --all\0"s;
  resync_finds(200, "/bin/bash");
  resync_finds(400, "/bin/sh");
  EXPECT_EQ(entry(200), "ssh 200");
  EXPECT_EQ(entry_of(200).args, args[200]);
  EXPECT_EQ(entry(400), "cron 400");
  EXPECT_EQ(entry_of(400).job, "backup --all");
}

TEST_F(EntryTest, VariablesAreTakenOnceAndWhole) {
  std::string variables;
  append_launcher_variables(variables, "SECRET=1\0SSH_CONNECTION=a\0SSH_CONNECTION=b\0REMOTE_ADDR=cu"s);
  EXPECT_EQ(variables, "SSH_CONNECTION=a\0"s);
}

TEST_F(EntryTest, EntriesGoWithTheLastProcessThatHasThem) {
  add(100, 1, "/usr/sbin/sshd");
  start();
  const std::size_t before = entries->store().size();
  for (std::uint32_t pid = 1000; pid < 1100; ++pid) {
    spawn(100, pid);
    exec(pid, "/bin/bash");
    exit(pid);
  }
  EXPECT_EQ(entries->store().size(), before);
}

}  // namespace
}  // namespace proctree
