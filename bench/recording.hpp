// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A made-up recording of any length: lives (fork, exec, exit) of a busy host, with all facts that a tracer
// tells, handed to a sink as the engine would.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/merge.hpp"
#include "engine/record.hpp"
#include "procfs/users.hpp"
#include "workload.hpp"

namespace proctree::bench {

class Recording {
 public:
  explicit Recording(Sink& sink) : sink_(sink) {
    host_ = {.name = "bench",
             .boot_id = "0f9c2d4e-8a31-4b57-9e60-1c2d3e4f5a6b",
             .id_prefix = "0f9c2d4e8a314b57",
             .kernel = "6.18.0",
             .arch = "x86_64",
             .stream = "0f9c2d4e8a314b57-77-3599998"};
  }

  // Writes so many events, and what stands around them.
  Result<void> play(std::uint64_t events) {
    if (auto done = begin(); !done) return done;
    for (std::uint64_t i = 0; i < events / 3; ++i) {
      if (auto done = live(); !done) return done;
      if (i % kLivesPerTick == 0) table_.expire(ktime_ns_);
    }
    return sink_.on_stop({head(), totals_, {}});
  }
  [[nodiscard]] const ProcessTable& table() const { return table_; }

 private:
  static constexpr std::size_t kParents = 500;  // shells, servers and the like, up to fifteen deep
  static constexpr std::uint64_t kStepNs = 50'000;
  static constexpr std::uint64_t kLivesPerTick = 1000;

  struct Parent {
    ProcKey key;
    std::uint64_t exec_seq;
    std::string comm;
    unsigned depth;
  };

  RecordHead head() {
    ktime_ns_ += kStepNs;
    return {ktime_ns_, 1'772'353'800'000'000'000 + static_cast<std::int64_t>(ktime_ns_), &table_, &users_,
            &host_};
  }

  Result<void> begin() {
    SnapshotTask init;
    init.task = facts({1, 1'000'000}, {0, 0}, 1, "systemd");
    init.image.exe = "/usr/lib/systemd/systemd";
    const Slot slot = merger_.add_snapshot(init);
    merger_.link_snapshot();
    parents_.push_back({init.task.self, 1, "systemd", 0});
    if (auto done = sink_.on_start({head(), "0.1.0", 77, "bpf", 16384, 8 << 20, 1}); !done) return done;
    ProcessRecord record;
    record.kind = RecordKind::process;
    record.head = head();
    record.slot = slot;
    record.task = &init.task;
    record.image = &init.image;
    return sink_.on_process(record);
  }

  TaskFacts facts(const ProcKey& self, const ProcKey& parent, std::uint64_t exec_seq, std::string_view comm) {
    TaskFacts task;
    task.self = self;
    task.parent = parent;
    task.exec_seq = exec_seq;
    task.ns_pid = self.pid;
    task.uid = task.gid = task.euid = task.egid = self.pid % 3 == 0 ? 0 : 1000;
    task.loginuid = 1000;
    task.audit_session = 3;
    task.sid = task.pgid = parent.pid;
    task.ns = {4026531836, 4026531841, 4026531840, 4026531837, 4026531838, 4026531839, 4026531835};
    task.comm = comm;
    task.tty = "pts/3";
    task.cgroup = "/user.slice/user-1000.slice/user@1000.service/app.slice/run-u42.scope";
    return task;
  }

  // Forks, executes, and ends, or stays to be a parent.
  Result<void> live() {
    const std::size_t below = random_(parents_.size());
    const Parent parent = parents_[below];
    pid_ = pid_ < 4'000'000 ? pid_ + 1 : 300;
    const ProcKey key{pid_, ktime_ns_ + kStepNs / 2};
    ForkEvent fork;
    fork.child = facts(key, parent.key, parent.exec_seq, parent.comm);
    fork.creator = parent.key;
    fork.creator_exec_seq = parent.exec_seq;
    fork.creator_comm = parent.comm;
    ++totals_.forks;
    if (auto done = put(RecordKind::fork, merger_.apply(fork), fork.child); !done) return done;

    const std::string& comm = commands()[random_(kCommands)];
    const std::string exe = "/usr/bin/" + comm;
    args_ = exe;
    for (unsigned i = random_(12); i != 0; --i)
      args_ += std::string("\0--option=/srv/some/path", 24) + std::to_string(i);
    args_ += '\0';
    ExecEvent exec;
    exec.task = facts(key, parent.key, parent.exec_seq + 1, comm);
    exec.image.exe = exec.image.filename = exe;
    exec.image.cwd = "/home/someone/src/project";
    exec.image.args = args_;
    exec.image.args_size = static_cast<std::uint32_t>(args_.size());
    exec.image.exe_inode = 262144 + pid_ % 4096;
    exec.image.exe_dev = 0xfe01;
    exec.image.args_known = exec.image.caps_known = true;
    ++totals_.execs;
    const Merger::ExecResult result = merger_.apply(exec);
    if (auto done = put(RecordKind::exec, result.slot, exec.task, &exec.image, &merger_); !done) return done;

    if (parents_.size() < kParents && parent.depth < 15) {
      parents_.push_back({key, exec.task.exec_seq, comm, parent.depth + 1});
      return {};
    }
    ExitEvent exit;
    exit.task = exec.task;
    exit.ktime_ns = ktime_ns_ + kStepNs;
    exit.status = random_(10) == 0 ? 1U << 8 : 0;
    exit.user_ns = 1'234'567;
    exit.system_ns = 765'432;
    exit.max_rss_kb = 4'321;
    ++totals_.exits;
    return put(RecordKind::exit, merger_.apply(exit).slot, exit.task, nullptr, nullptr, &exit);
  }

  Result<void> put(RecordKind kind, Slot slot, const TaskFacts& task, const ImageFacts* image = nullptr,
                   const Merger* before = nullptr, const ExitEvent* exit = nullptr) {
    ProcessRecord record;
    record.kind = kind;
    record.head = head();
    record.slot = slot;
    record.task = &task;
    record.image = image;
    record.exit = exit;
    if (before != nullptr) record.previous = PreviousImage{before->previous_comm(), before->previous_exe()};
    return sink_.on_process(record);
  }

  Sink& sink_;
  Host host_;
  UserNames users_{"/dev/null"};
  ProcessTable table_;
  Merger merger_{table_};
  Random random_;
  std::vector<Parent> parents_;
  std::uint64_t ktime_ns_ = 3'600'000'000'000;
  std::uint32_t pid_ = 299;
  std::string args_;
  Totals totals_;
};

}  // namespace proctree::bench
