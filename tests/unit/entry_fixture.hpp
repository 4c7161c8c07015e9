// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A host of the test's own making: processes that fork and execute, and the files of its launchers.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/merge.hpp"
#include "entry/entries.hpp"
#include "tree/entry_type.hpp"
#include "tree/namespaces.hpp"

namespace proctree {

inline constexpr std::uint64_t kDev = 0x801;
inline constexpr std::uint32_t kHomeMounts = 4026531841;
inline constexpr std::uint32_t kHomePids = 0xeffffffc;

class MadeFiles final : public entry::FileFinder {
 public:
  [[nodiscard]] std::optional<entry::FoundFile> find(std::string_view path) override {
    const auto at = files.find(std::string(path));
    return at == files.end() ? std::nullopt : std::optional(at->second);
  }
  [[nodiscard]] std::uint32_t mount_namespace() const override { return kHomeMounts; }

  std::map<std::string, entry::FoundFile> files;
};

struct MadeProcess {
  TaskFacts task;
  std::string comm, tty, cgroup = "/";
  std::string exe;
  bool runs_file_at_path = true;

  TaskFacts facts() {
    task.comm = comm;
    task.tty = tty;
    task.cgroup = cgroup;
    return task;
  }
};

// What one exec is beside its path.
struct MadeExec {
  std::vector<std::string> args = {};
  std::optional<std::uint64_t> inode = {};  // else that of the path
  std::string filename = {};
  std::string interpreter = {};
  std::string environment = {};
  bool deleted = false;
  bool detached = false;
  bool memfd = false;
};

class EntryTest : public testing::Test {
 protected:
  EntryTest() {
    auto made = std::make_unique<MadeFiles>();
    files = made.get();
    for (const entry::Launcher& launcher : entry::launchers().subspan(2)) add_file(launcher.path);
    for (const char* path : {"/bin/bash", "/bin/sh", "/usr/bin/python3", "/etc/init.d/foo"}) add_file(path);
    entries.emplace(table, std::move(made));
    MadeProcess& init = processes[1];
    init.comm = "systemd";
    init.exe = "/usr/lib/systemd/systemd";
    init.cgroup = "/init.scope";
    init.task.self = {1, 10};
    init.task.exec_seq = 1;
    set_home(init);
    MadeProcess& kthreadd = processes[2];
    kthreadd.comm = "kthreadd";
    kthreadd.task.self = {2, 10};
    kthreadd.task.kthread = true;
    kthreadd.task.exec_seq = 1;
    set_home(kthreadd);
  }

  static void set_home(MadeProcess& process) {
    process.task.ns = {kHomePids, kHomeMounts, 3, static_cast<std::uint32_t>(kInitialUserNamespace), 5, 6, 7};
    process.task.ns_pid = process.task.self.pid;
  }
  void add_file(std::string_view path, bool trusted = true) {
    files->files[std::string(path)] = {{kDev, ++inode}, kDev, trusted};
  }
  std::uint64_t inode_of(const std::string& path) {
    const auto file = files->find(path);
    if (!file) add_file(path);
    return files->find(path)->key.inode;
  }

  // A process that runs before tracing begins.
  MadeProcess& add(std::uint32_t pid, std::uint32_t parent, std::string exe, std::string cgroup = "/") {
    MadeProcess process = processes[parent];
    process.task.self = {pid, clock += kTickNs};
    process.task.parent = processes[parent].task.self;
    process.task.exec_seq = processes[parent].task.exec_seq + 1;
    process.task.sid = process.task.pgid = pid;
    process.exe = std::move(exe);
    process.comm = process.exe.substr(process.exe.rfind('/') + 1);
    process.cgroup = std::move(cgroup);
    set_home(process);
    return processes[pid] = process;
  }
  // What /proc shows of those that run.
  class Texts final : public entry::RunningTexts {
   public:
    explicit Texts(EntryTest& test) : test_(test) {}
    std::string_view arguments(const TaskFacts& task) override { return test_.args[task.self.pid]; }
    std::string_view environment(const TaskFacts& task) override { return test_.environments[task.self.pid]; }

   private:
    EntryTest& test_;
  };

  // Tracing begins.
  void start() {
    std::map<Slot, std::pair<SnapshotTask, MadeProcess*>> running;
    for (auto& [pid, process] : processes) {
      const SnapshotTask task = snapshot(process);
      running.emplace(merger.add_snapshot(task), std::pair(task, &process));
    }
    merger.link_snapshot();
    Texts texts(*this);
    entries->settle(
        [&](Slot slot) {
          const auto at = running.find(slot);
          return at == running.end() ? nullptr : &at->second.first;
        },
        texts);
    merger.set_unobserved_edge(Edge::inferred);
  }
  SnapshotTask snapshot(MadeProcess& process) {
    SnapshotTask task;
    task.task = process.facts();
    task.image.exe = process.exe;
    if (!process.exe.empty() && process.runs_file_at_path) {
      task.image.exe_dev = kDev;
      task.image.exe_inode = inode_of(process.exe);
    }
    return task;
  }

  MadeProcess& fork(std::uint32_t parent, std::uint32_t pid) {
    MadeProcess process = processes[parent];
    process.task.self = {pid, clock += kTickNs};
    process.task.parent = processes[parent].task.self;
    process.task.ns_pid = pid;
    processes[pid] = process;
    return processes[pid];
  }
  void forked(std::uint32_t parent, std::uint32_t pid) {
    MadeProcess& creator = processes[parent];
    ForkEvent event;
    event.child = processes[pid].facts();
    event.creator = creator.task.self;
    event.creator_exec_seq = creator.task.exec_seq;
    event.creator_comm = creator.comm;
    entries->on_fork(merger.apply(event), event);
  }
  // Forks and reports it at once.
  MadeProcess& spawn(std::uint32_t parent, std::uint32_t pid) {
    fork(parent, pid);
    forked(parent, pid);
    return processes[pid];
  }
  void exec(std::uint32_t pid, const std::string& path, const MadeExec& how = {}) {
    MadeProcess& process = processes[pid];
    process.exe = path;
    process.comm = path.substr(path.rfind('/') + 1).substr(0, 15);
    ++process.task.exec_seq;
    ExecEvent event;
    event.task = process.facts();
    std::string joined;
    for (const std::string& arg : how.args) joined += arg + '\0';
    event.image.exe = path;
    event.image.args = joined;
    event.image.args_size = static_cast<std::uint32_t>(joined.size());
    event.image.args_known = true;
    event.image.exe_dev = kDev;
    event.image.exe_inode = how.inode ? *how.inode : inode_of(path);
    event.image.filename = how.filename;
    event.image.interpreter = how.interpreter;
    event.image.exe_deleted = how.deleted;
    event.image.exe_detached = how.detached;
    event.image.exe_memfd = how.memfd;
    event.environment = how.environment;
    entries->on_exec(merger.apply(event).slot, event);
  }
  // An exec that was lost, and what a resync's iterator says afterwards: no arguments.
  void resync_finds(std::uint32_t pid, const std::string& path) {
    MadeProcess& process = processes[pid];
    process.exe = path;
    process.comm = path.substr(path.rfind('/') + 1);
    ++process.task.exec_seq;
    const SnapshotTask task = snapshot(process);
    Texts texts(*this);
    entries->settle_again(merger.add_snapshot(task), task, texts);
  }
  void exit(std::uint32_t pid) {
    ExitEvent event;
    event.task = processes[pid].facts();
    const Slot slot = merger.apply(event).slot;
    entries->on_exit(slot);
  }

  entry::Entries::Found found(std::uint32_t pid) { return entries->find(table.find(pid)); }
  EntryFacts entry_of(std::uint32_t pid) {
    const auto at = found(pid);
    return at.facts == nullptr ? EntryFacts{} : *at.facts;
  }
  // "TYPE PID", or "none".
  std::string entry(std::uint32_t pid) {
    const auto at = found(pid);
    if (at.facts == nullptr) return "none";
    std::string text(entry_type_name(at.facts->type));
    if (at.facts->process.pid != 0) text += " " + std::to_string(at.facts->process.pid);
    return at.sure ? text : text + " unsure";
  }

  MadeFiles* files = nullptr;
  std::uint64_t inode = 100;
  std::uint64_t clock = 1'000'000'000;
  std::map<std::uint32_t, MadeProcess> processes;
  std::map<std::uint32_t, std::string> args;
  std::map<std::uint32_t, std::string> environments;
  ProcessTable table;
  Merger merger{table};
  std::optional<entry::Entries> entries;
};

}  // namespace proctree
