// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Processes that live as a load says, handed to a sink as the engine would.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "engine/merge.hpp"
#include "engine/record.hpp"
#include "procfs/users.hpp"

namespace proctree::bench {

// One that lives: what its children are born with.
struct LiveProcess {
  ProcKey key;
  ProcKey creator;
  std::uint64_t exec_seq = 1;
  std::string comm = {};
  std::string exe = {};
  std::uint32_t uid = 0;
  std::uint32_t session = 0;  // its leader's pid; 0: its creator's
  std::string cgroup = {};
  std::string tty = {};
  const EntryFacts* entry = nullptr;
};

struct Program {
  std::string comm;
  std::string exe;
  std::string args;  // each ended by NUL
  std::string cwd;
};

struct LifeEnd {
  std::uint32_t status = 0;  // as wait(2) has it
  std::uint64_t user_ns = 1'234'567;
  std::uint64_t system_ns = 765'432;
  std::uint64_t max_rss_kb = 4'321;
};

class Lives {
 public:
  Lives(Sink& sink, std::int64_t booted_ns) : sink_(sink), booted_ns_(booted_ns) {
    host_ = {.name = "bench",
             .boot_id = "0f9c2d4e-8a31-4b57-9e60-1c2d3e4f5a6b",
             .id_prefix = "0f9c2d4e8a314b57",
             .kernel = "6.18.0",
             .arch = "x86_64",
             .stream = "0f9c2d4e8a314b57-77-3599998"};
  }

  Result<void> start(LiveProcess& init) {
    init = {{1, 1'000'000}, {0, 0}, 1, "systemd", "/usr/lib/systemd/systemd"};
    SnapshotTask task;
    task.task = facts(init);
    task.image.exe = init.exe;
    const Slot slot = merger_.add_snapshot(task);
    merger_.link_snapshot();
    if (auto done = sink_.on_start({head(), "0.1.0", 77, "bpf", 16384, 8 << 20, 1}); !done) return done;
    ProcessRecord record;
    record.kind = RecordKind::process;
    record.slot = slot;
    record.task = &task.task;
    record.image = &task.image;
    return put(record, init);
  }

  Result<void> fork(const LiveProcess& creator, LiveProcess& child) {
    pid_ = pid_ < kPidMax ? pid_ + 1 : 300;
    child = creator;
    child.key = {pid_, ktime_ns_ + 1};
    child.creator = creator.key;
    ForkEvent fork;
    fork.child = facts(child);
    fork.creator = creator.key;
    fork.creator_exec_seq = creator.exec_seq;
    fork.creator_comm = creator.comm;
    ++totals_.forks;
    ProcessRecord record;
    record.kind = RecordKind::fork;
    record.slot = merger_.apply(fork);
    record.task = &fork.child;
    return put(record, child);
  }

  Result<void> exec(LiveProcess& process, const Program& program) {
    process.comm = program.comm;
    process.exe = program.exe;
    ++process.exec_seq;
    ExecEvent exec;
    exec.task = facts(process);
    exec.image.exe = exec.image.filename = program.exe;
    exec.image.cwd = program.cwd;
    exec.image.args = program.args;
    exec.image.args_size = static_cast<std::uint32_t>(program.args.size());
    exec.image.exe_inode = 262144 + process.exe.size() * 97 + static_cast<unsigned char>(process.exe.back());
    exec.image.exe_dev = 0xfe01;
    exec.image.args_known = exec.image.caps_known = true;
    ++totals_.execs;
    const Merger::ExecResult result = merger_.apply(exec);
    ProcessRecord record;
    record.kind = RecordKind::exec;
    record.slot = result.slot;
    record.task = &exec.task;
    record.image = &exec.image;
    record.previous = PreviousImage{merger_.previous_comm(), merger_.previous_exe()};
    return put(record, process);
  }

  Result<void> exit(const LiveProcess& process, const LifeEnd& end) {
    ExitEvent exit;
    exit.task = facts(process);
    exit.ktime_ns = ktime_ns_ + 1;
    exit.status = end.status;
    exit.user_ns = end.user_ns;
    exit.system_ns = end.system_ns;
    exit.max_rss_kb = end.max_rss_kb;
    ++totals_.exits;
    ProcessRecord record;
    record.kind = RecordKind::exit;
    record.slot = merger_.apply(exit).slot;
    record.task = &exit.task;
    record.exit = &exit;
    auto done = put(record, process);
    if (totals_.exits % kExitsPerTick == 0) table_.expire(ktime_ns_);
    return done;
  }

  Result<void> stop() { return sink_.on_stop({head(), totals_, {}}); }

  void advance(std::uint64_t ns) { ktime_ns_ += ns; }
  [[nodiscard]] std::uint64_t ktime_ns() const { return ktime_ns_; }
  [[nodiscard]] std::uint64_t forks() const { return totals_.forks; }
  [[nodiscard]] const ProcessTable& table() const { return table_; }

 private:
  static constexpr std::uint32_t kPidMax = 4'000'000;
  static constexpr std::uint64_t kExitsPerTick = 1000;
  static constexpr std::uint64_t kLeastNs = 2;

  RecordHead head() {
    ktime_ns_ += kLeastNs;
    return {ktime_ns_, booted_ns_ + static_cast<std::int64_t>(ktime_ns_), &table_, &users_, &host_};
  }

  static TaskFacts facts(const LiveProcess& process) {
    TaskFacts task;
    task.self = process.key;
    task.parent = process.creator;
    task.exec_seq = process.exec_seq;
    task.ns_pid = process.key.pid;
    task.uid = task.gid = task.euid = task.egid = process.uid;
    if (!process.tty.empty()) {
      task.loginuid = process.uid;
      task.audit_session = 3;
    }
    task.sid = task.pgid = process.session != 0 ? process.session : process.creator.pid;
    task.ns = {4026531836, 4026531841, 4026531840, 4026531837, 4026531838, 4026531839, 4026531835};
    task.comm = process.comm;
    task.tty = process.tty;
    task.cgroup = process.cgroup;
    return task;
  }

  Result<void> put(ProcessRecord& record, const LiveProcess& process) {
    record.head = head();
    record.entry = process.entry;
    return sink_.on_process(record);
  }

  Sink& sink_;
  std::int64_t booted_ns_;
  Host host_;
  UserNames users_{"/dev/null"};
  ProcessTable table_;
  Merger merger_{table_};
  std::uint64_t ktime_ns_ = 3'600'000'000'000;
  std::uint32_t pid_ = 299;
  Totals totals_;
};

}  // namespace proctree::bench
