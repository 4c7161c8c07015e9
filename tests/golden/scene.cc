// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "scene.hpp"

#include <fcntl.h>

#include <cerrno>
#include <csignal>

#include "tree/process_id.hpp"

namespace proctree {

namespace {

using std::string_view_literals::operator""sv;
constexpr std::int64_t kBootRealtimeNs = 1'772'353'800'000'000'000;  // 2026-03-01T08:30:00Z
constexpr std::uint64_t kStartKtimeNs = 3'600'000'000'000;           // an hour later
constexpr std::uint64_t kStepNs = 1'234'567;
constexpr std::uint32_t kCoreDumped = 0x80;
constexpr std::uint32_t code(std::uint32_t exit_code) { return exit_code << 8; }

constexpr std::string_view kUserCgroup = "/user.slice/user-1000.slice/session-3.scope";
constexpr std::string_view kContainerCgroup =
    "/system.slice/docker-3f29c1e8a7b64d50913e2c7f8a1b0d4e5c6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b.scope";

}  // namespace

Scene::Scene(Sink& sink) : sink_(sink), users_(PROCTREE_GOLDEN_DIR "/passwd"), ktime_ns_(kStartKtimeNs) {
  host_.name = "calder";
  host_.boot_id = "0f9c2d4e-8a31-4b57-9e60-1c2d3e4f5a6b";
  host_.id_prefix = id_prefix_of(host_.boot_id);
  host_.stream = "0f9c2d4e8a314b57-77-3599998";
  host_.id = "5d1ab0c41d6b0c6f8b6e1f2a9d30c7e4";
  host_.kernel = "6.18.5-amd64";
  host_.arch = "x86_64";
}

void Scene::play_day() {
  const Slot systemd = found(1, kNoSlot, "systemd", "/usr/lib/systemd/systemd", 0);
  const Slot kthreadd = found(2, kNoSlot, "kthreadd", "", 0);
  const Slot kworker = found(37, kthreadd, "kworker/u4:2", "", 0);
  const Slot cron = found(611, systemd, "cron", "/usr/sbin/cron", 0);
  const Slot sshd = found(702, systemd, "sshd", "/usr/sbin/sshd", 0);
  const Slot session = found(4301, sshd, "sshd", "/usr/sbin/sshd", 1000);
  const Slot bash = found(4302, session, "bash", "/usr/bin/bash", 1000);
  const auto shows = [&](Slot slot, std::string_view title, std::string_view tty) {
    Invocation invocation = table_.invocation(slot);
    invocation.title = title;
    invocation.tty = tty;
    table_.set_invocation(slot, invocation);
  };
  shows(session, "sshd: alice@pts/0", "");
  shows(bash, "", "pts/0");
  start();

  snapshot(systemd, [](TaskFacts&, ImageFacts& image) {
    image.exe = "/usr/lib/systemd/systemd";
    image.cwd = "/";
    image.args = "/sbin/init\0splash\0"sv;
    image.args_size = 18;
    image.exe_inode = 131;
    image.exe_dev = 0xfe01;
    image.caps_effective = image.caps_permitted = 0x1ffffffffff;
    image.args_known = image.caps_known = true;
  });
  snapshot(kworker, [](TaskFacts& task, ImageFacts&) { task.kthread = true; });

  play_shell(bash);
  play_cron(cron);
  play_container(systemd);
  play_crashes(bash);
  play_gap(systemd);
  play_rarities(systemd);

  cgroup_ = "/";
  const Slot helper = fork(kworker, 4500);
  exec(helper, {"modprobe", "/usr/bin/kmod", "/sbin/modprobe\0-q\0--\0net-pf-10\0"sv});
  exit(helper, code(0));
  stop();
}

void Scene::play_shell(Slot bash) {
  cgroup_ = kUserCgroup;
  tty_ = "pts/0";
  const Slot grep = fork(bash, 4310);
  exec(grep, {"grep", "/usr/bin/grep", "grep\0-rn\0it works\0src\0"sv});
  exit(grep, code(0));

  const Slot script = fork(bash, 4311);
  exec(script, {"deploy.py", "/usr/bin/python3.11", "/usr/bin/python3\0./deploy.py\0--dry-run\0"sv},
       [](TaskFacts&, ImageFacts& image) {
         image.filename = "./deploy.py";
         image.interpreter = "/usr/bin/python3";
       });
  exit(script, code(2));

  const Slot sudo = fork(bash, 4312);
  exec(sudo, {"sudo", "/usr/bin/sudo", "sudo\0id\0"sv}, [](TaskFacts& task, ImageFacts& image) {
    task.euid = 0;
    image.setuid = true;
    image.caps_effective = image.caps_permitted = 0x1ffffffffff;
  });
  const Slot id = fork(sudo, 4313, 0);  // whose user it has taken before
  exec(id, {"id", "/usr/bin/id", "id\0"sv},
       [](TaskFacts& task, ImageFacts&) { task.uid = task.gid = task.euid = task.egid = 0; });
  exit(id, code(0));
  exit(sudo, code(0));

  // A shell that forks and then becomes another program: its child was not that one's.
  const Slot login = fork(bash, 4314);
  const Slot orphan = fork(login, 4315);
  exec(login, {"htop", "/usr/bin/htop", "htop\0"sv});
  exec(orphan, {"sleep", "/usr/bin/sleep", "sleep\0infinity\0"sv});
  exit(login, code(0));
  exit(orphan, SIGTERM);
}

void Scene::play_cron(Slot cron) {
  cgroup_ = "/system.slice/cron.service";
  tty_ = "";
  // A daemon's double fork: the middle one is gone when the last one executes.
  const Slot shell = fork(cron, 4330);
  exec(shell, {"sh", "/usr/bin/dash", "/bin/sh\0-c\0/usr/local/bin/backup &\0"sv});
  const Slot backup = fork(shell, 4331);
  exit(shell, code(0));
  exec(backup, {"backup", "/usr/local/bin/backup", "/usr/local/bin/backup\0"sv},
       [](TaskFacts& task, ImageFacts&) {
         task.parent = {1, 0};
       });
  exit(backup, code(0));
}

void Scene::play_container(Slot systemd) {
  cgroup_ = "/system.slice/containerd.service";
  const Slot shim = fork(systemd, 4340);
  exec(shim, {"containerd-shim", "/usr/bin/containerd-shim-runc-v2",
              "containerd-shim-runc-v2\0-namespace\0moby\0"sv});
  const Slot inside = fork(shim, 4341);
  cgroup_ = kContainerCgroup;
  exec(inside, {"runc:[2:INIT]", "/memfd:runc_cloned:/proc/self/exe", "runc\0init\0"sv},
       [](TaskFacts& task, ImageFacts& image) {
         task.ns = {4026532301, 4026532298, 4026532303, 4026531837, 4026532299, 4026532300, 4026532302};
         task.ns_pid = 1;
         image.exe_memfd = image.exe_deleted = true;
       });
  exec(inside, {"nginx", "/usr/sbin/nginx", "nginx\0-g\0daemon off;\0"sv},
       [](TaskFacts& task, ImageFacts& image) {
         task.uid = task.euid = task.gid = task.egid = 33;
         task.ns_pid = 1;
         image.exe_upper_layer = true;
         image.caps_effective = 0;
         image.caps_permitted = 0xa80425fb;
       });
  exit(inside, SIGKILL);
  exit(shim, code(0));
}

void Scene::play_crashes(Slot bash) {
  cgroup_ = kUserCgroup;
  tty_ = "pts/0";
  const Slot crash = fork(bash, 4350);
  exec(crash, {"a.out", "/home/alice/a.out", "./a.out\0"sv});
  exit(crash, SIGSEGV | kCoreDumped);
  const Slot gone = fork(bash, 4351);
  exec(gone, {"a.out", "/home/alice/a.out", "./a.out\0"sv},
       [](TaskFacts&, ImageFacts& image) { image.exe_deleted = true; });
  exit(gone, 34);  // a real-time signal

  // Looked for along the PATH, and found; then all else that can be wrong with one.
  const Slot listed = fork(bash, 4352);
  fail_exec(listed, {.error = ENOENT, .filename = "/usr/local/bin/ls", .filename_known = true});
  exec(listed, {"ls", "/usr/bin/ls", "ls\0"sv});
  exit(listed, code(0));
  const Slot refused = fork(bash, 4353);
  fail_exec(refused, {.error = EACCES,
                      .filename = "",
                      .filename_known = true,
                      .by_execveat = true,
                      .dirfd = 5,
                      .at_flags = AT_EMPTY_PATH});
  fail_exec(
      refused,
      {.error = ENOENT, .filename = "a.out", .filename_known = true, .by_execveat = true, .dirfd = AT_FDCWD});
  fail_exec(refused, {.error = EFAULT});
  fail_exec(refused, {.error = 4000, .filename = "./x", .filename_known = true, .filename_truncated = true});
  fail_exec(refused, {.error = EINVAL, .fatal = true});
  exit(refused, SIGKILL);
}

void Scene::play_gap(Slot systemd) {
  cgroup_ = "/system.slice/agent.service";
  tty_ = "";
  const std::uint64_t since = ktime_ns_;
  ktime_ns_ += 350'000'000;
  lose({1284, since, ktime_ns_});
  lose({1, since, ktime_ns_, 1});

  // Found by the resync; its creator is the kernel's word of now.
  const Slot agent = table_.insert({4400, ktime_ns_ - 100'000'000}, systemd, Edge::inferred);
  table_.set_image(agent, {"agent", "/opt/agent/bin/agent", 5});
  totals_.resyncs = 1;
  check(sink_.on_resync({tick(), 1, 3, 0, 12'345'678}));
  const Slot probe = fork(agent, 4401);
  exec(probe, {"ip", "/usr/bin/ip", "ip\0-j\0route\0"sv});
  exit(probe, code(1));

  // Of this one's creator only the key is known, of the other's not even that.
  const Slot ghost = table_.insert({4390, ktime_ns_ - 200'000'000}, kNoSlot, Edge::inferred);
  const Slot stray = fork(ghost, 4402);
  exec(stray, {"true", "/usr/bin/true", "true\0"sv});
  exit(stray, code(0));
  const Slot lone = table_.insert({4403, ktime_ns_}, kNoSlot, Edge::inferred);
  exec(lone, {"true", "/usr/bin/true", "true\0"sv});
  exit(lone, code(0));
}

// What only some hosts, or some kernels, ever report.
void Scene::play_rarities(Slot systemd) {
  const Slot debugged = fork(systemd, 4410);
  EntryFacts& entry = entry_.emplace();
  entry.type = EntryType::terminal;
  entry.process = table_.key(debugged);
  entry.uid = 1000;
  entry.comm = "prog";
  static constexpr auto kScriptSha256 = "7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730"sv;
  entry.exe = "/mnt/image/bin/prog";
  entry.args = "prog\0-x\0"sv;
  entry.args_size = 8;
  entry.args_known = true;
  entry.tty = "pts/7";
  entry.server = table_.key(systemd);
  entry.server_comm = "tmux: server";
  StandardFiles stdio;
  stdio[0].kind = FileKind::socket;
  stdio[0].inode = 81'233;
  stdio[0].peer = "10.0.0.9:4444";
  stdio[1].kind = FileKind::pipe;
  stdio[1].inode = 81'240;
  stdio[1].peer_process = entry.server;
  stdio[2].kind = FileKind::file;
  stdio[2].inode = 131;
  stdio[2].path = "log/err\xff";
  stdio[2].path_truncated = true;
  stdio_ = &stdio;
  exec(debugged, {"prog", "/mnt/image/bin/prog", "prog\0-x\0"sv}, [](TaskFacts& task, ImageFacts& image) {
    task.cgroup_truncated = true;
    image.cwd = "/mnt/image";
    image.args_unsure = image.exe_detached = image.cwd_detached = true;
    image.env = "LANG=en_GB.UTF-8\0LC_TIME=de\xff\0EMPTY=\0"sv;
    image.env_truncated = true;
    image.exe_sha256 = "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"sv;
    image.script_sha256 = kScriptSha256;
  });
  ImageFacts script;
  script.script_sha256 = kScriptSha256;
  check(sink_.on_hash({now(), table_.key(debugged), 2, script}));
  stdio_ = nullptr;
  exit(debugged, code(0), false);
  entry_.reset();

  // Of single accounts (--fair), and of a record that makes no sense.
  const std::uint64_t since = ktime_ns_;
  Loss loss{.count = 70, .since_ns = since, .until_ns = since + kStepNs, .failed_execs = 3, .uid = 1001};
  lose(loss);
  loss = {.count = 41, .since_ns = since, .until_ns = since + kStepNs, .cgroup = kContainerCgroup};
  lose(loss);
  loss = {
      .count = 1, .since_ns = since, .until_ns = ktime_ns_, .bad_record = true, .kind = "fork", .pid = 4411};
  lose(loss);
  loss = {.since_ns = since, .until_ns = ktime_ns_, .bad_record = true};
  lose(loss);
}

void Scene::lose(const Loss& loss) {
  totals_.lost += loss.count;
  check(sink_.on_lost({tick(), loss}));
}

// NOLINTBEGIN(misc-misleading-bidirectional, modernize-raw-string-literal): they are the attack
void Scene::play_attack() {
  const Slot systemd = found(1, kNoSlot, "systemd", "/usr/lib/systemd/systemd", 0);
  const Slot shell = found(5000, systemd, "sh", "/usr/bin/dash", 1001);
  start();
  cgroup_ = "/user.slice/a\xff|b";
  tty_ = "pts/1";
  const auto in_bad_places = [](TaskFacts&, ImageFacts& image) {
    image.filename = "./\xc3(";
    image.cwd =
        "/tmp/\x1b[2J\xe2\x80\xae"
        "cod";
  };

  // Each forks the next: all of their names stand in the chain.
  const Slot forged = fork(shell, 5001);
  exec(forged, {"x;1|init|root", "/tmp/x;1|init|root", "x\0a;b|c\0"sv}, in_bad_places);
  const Slot arrows = fork(forged, 5002);
  exec(arrows, {"a ← b", "/tmp/a ← b", "a\0←\0systemd\0"sv});
  const Slot escape = fork(arrows, 5003);
  exec(escape, {"\x1b]0;owned\x07", "/tmp/\x1b]0;owned\x07", "\x1b[31mred\0two\nlines\0tab\there\0"sv});
  const Slot bad = fork(escape, 5004);
  exec(bad, {"\xff\xfe\xc2", "/tmp/\xff\xfe", "\xff\0\xe2\x82\0it's\0\\\0"sv});
  const Slot hidden = fork(bad, 5005);
  exec(hidden, {"a\xe2\x80\x8b"
                "b",
                "/tmp/\xe2\x80\xaegpj.exe",
                "\xe2\x80\xaegpj.exe\0\xc2\x9b"
                "31m\0"sv});
  const Slot nameless = fork(hidden, 5006);
  exec(nameless, {"", "/tmp/ ", "\0\0"sv});
  const Slot bare = fork(nameless, 5007);
  exec(bare, {"?", "/tmp/?", ""});
  exit(bare, code(0));
  const Slot quotes = fork(bare, 5008);
  exec(quotes, {"\"\\\"", "/tmp/\"\\\"", "\"quoted\"\0(memfd)\0$HOME\0`id`\0"sv});
  fail_exec(quotes, {.error = ENOENT,
                     .filename = "/tmp/x failed EACCES \x1b[2J\xff\n'y' ← systemd",
                     .filename_known = true});
  exit(quotes, code(255));
  stop();
}

// NOLINTEND(misc-misleading-bidirectional, modernize-raw-string-literal)
void Scene::play_depths() {
  const Slot systemd = found(1, kNoSlot, "systemd", "/usr/lib/systemd/systemd", 0);
  start();
  cgroup_ = kUserCgroup;
  Slot make = found(6000, systemd, "make", "/usr/bin/make", 997);
  for (std::uint32_t pid = 6001; pid <= 6009; ++pid) {
    make = fork(make, pid);
    exec(make, {pid % 2 == 0 ? "make" : "sh", pid % 2 == 0 ? "/usr/bin/make" : "/usr/bin/dash",
                "make\0-j8\0all\0"sv});
  }
  const Slot compiler = fork(make, 6010);
  exec(
      compiler,
      {"cc1plus", "/usr/lib/gcc/cc1plus",
       "/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus\0-quiet\0-O2\0-Wall\0-Wextra\0日本語のとても長い名前.cc\0-o\0/tmp/x.s\0"sv});
  const Slot cut = fork(compiler, 6011);
  exec(cut, {"xargs", "/usr/bin/xargs", "xargs\0one\0two\0thr"sv}, [](TaskFacts&, ImageFacts& image) {
    image.args_size = 2'000'000;
    image.cwd_truncated = true;
    image.exe_truncated = true;
  });
  const Slot wide = fork(table_[make].creator, 6012);
  exec(wide, {"日本語", "/opt/日本語", "日本語\0--名前\0"sv});
  stop();
}

RecordHead Scene::tick() {
  ktime_ns_ += kStepNs;
  return now();
}

RecordHead Scene::now() {
  return {ktime_ns_, kBootRealtimeNs + static_cast<std::int64_t>(ktime_ns_), &table_, &users_, &host_};
}

void Scene::start() {
  check(sink_.on_start({tick(), "0.1.0", 4242, "bpf", 16384, 8 << 20, table_.live(), true, 0, "percpu"}));
}

void Scene::stop() {
  const std::array<Counter, 3> counters = {
      {{"lost_forks", totals_.lost}, {"lost_execs", 0}, {"failed_args", 0}}};
  check(sink_.on_stop({tick(), totals_, counters, failed_execs_}));
}

Slot Scene::found(std::uint32_t pid, Slot creator, std::string_view comm, std::string_view exe,
                  std::uint32_t uid) {
  const Slot slot = table_.insert({pid, pid * 1'000'000'007ULL % kStartKtimeNs}, kNoSlot, Edge::snapshot);
  if (creator == kNoSlot) {
    table_.set_root(slot);
  } else {
    table_.set_creator(slot, creator, Edge::snapshot);
  }
  table_.set_image(slot, {comm, exe, 3});
  table_.set_uid(slot, uid);
  return slot;
}

void Scene::snapshot(Slot slot, const Adjust& adjust) {
  TaskFacts task = task_of(slot);
  ImageFacts image;
  adjust(task, image);
  ProcessRecord record = record_of(RecordKind::process, slot);
  record.image = &image;
  put(record, task);
}

Slot Scene::fork(Slot creator, std::uint32_t pid, std::optional<std::uint32_t> acting_as) {
  ++totals_.forks;
  const Slot slot = table_.insert({pid, ktime_ns_ + 500'000}, creator, Edge::observed);
  if (table_[slot].image == kNoImage) table_.set_image(slot, {"sh", "", 4});
  if (acting_as) {
    table_.set_uid_at_fork(slot, *acting_as);
    table_.set_uid(slot, *acting_as);
  }
  put(record_of(RecordKind::fork, slot), task_of(slot));
  return slot;
}

void Scene::exec(Slot slot, const Program& program, const Adjust& adjust) {
  ++totals_.execs;
  const std::string comm(table_.comm(slot));
  const std::string exe(table_.exe(slot));
  TaskFacts task = task_of(slot);
  task.comm = program.comm;
  task.exec_seq = table_.image(table_[slot].image).exec_seq + 1;
  ImageFacts image;
  image.exe = program.exe;
  // As a shell finds it: a path as it was typed, else by $PATH.
  const std::string_view argv0 = program.args.substr(0, program.args.find('\0'));
  image.filename = argv0.find('/') == std::string_view::npos ? program.exe : argv0;
  image.cwd = "/home/alice/work";
  image.args = program.args;
  image.args_size = static_cast<std::uint32_t>(program.args.size());
  image.args_known = image.caps_known = true;
  image.exe_inode = 262'144 + program.exe.size();
  image.exe_dev = 0xfe01;
  if (adjust) adjust(task, image);
  table_.set_image(slot, {task.comm, image.exe, task.exec_seq});
  table_.set_invocation(slot, invocation_of(task, image, 24));
  table_.set_uid(slot, task.uid);
  ProcessRecord record = record_of(RecordKind::exec, slot);
  record.image = &image;
  record.stdio = stdio_;
  if (!comm.empty()) record.previous = PreviousImage{comm, exe};
  put(record, task);
}

void Scene::exit(Slot slot, std::uint32_t status, bool peak_known) {
  ++totals_.exits;
  const TaskFacts task = task_of(slot);
  table_.mark_exited(slot, ktime_ns_);
  ExitEvent event{{status, 1'000'000, 234'567, 5'120}, ktime_ns_ + kStepNs, task};
  event.max_rss_known = peak_known;
  ProcessRecord record = record_of(RecordKind::exit, slot);
  record.exit = &event;
  put(record, task);
}

void Scene::fail_exec(Slot slot, const FailedExec& failed) {
  ++failed_execs_;
  ProcessRecord record = record_of(RecordKind::failed_exec, slot);
  record.failed = &failed;
  put(record, task_of(slot));
}

TaskFacts Scene::task_of(Slot slot) const {
  const Node& node = table_[slot];
  TaskFacts task;
  task.self = table_.key(slot);
  if (node.creator != kNoSlot) task.parent = table_.key(node.creator);
  task.exec_seq = table_.image(node.image).exec_seq;
  task.comm = table_.comm(slot);
  task.uid = task.gid = task.euid = task.egid = table_.uid(slot);
  if (!tty_.empty()) {
    task.loginuid = 1000;
    task.audit_session = 3;
  }
  task.sid = task.pgid = tty_.empty() ? node.pid : 4302;
  task.ns_pid = node.pid;
  task.ns = {4026531836, 4026531841, 4026531840, 4026531837, 4026531838, 4026531839, 4026531835};
  task.tty = tty_;
  task.cgroup = cgroup_;
  return task;
}

ProcessRecord Scene::record_of(RecordKind kind, Slot slot) {
  ProcessRecord record;
  record.kind = kind;
  record.head = tick();
  record.slot = slot;
  return record;
}

void Scene::put(ProcessRecord record, const TaskFacts& task) {
  record.task = &task;
  if (entry_) record.entry = &*entry_;
  check(sink_.on_process(record));
}

void Scene::check(const Result<void>& result) {
  if (!result && failure_.empty()) failure_ = result.error().to_string();
}

}  // namespace proctree
