// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A made-up ring full of records as the BPF programs write them, and full again whenever it was read: lives
// (fork, exec, exit) of a busy host, with all facts.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/boot_clock.hpp"
#include "proctree_event.h"
#include "source/decode.hpp"
#include "source/source.hpp"
#include "workload.hpp"

namespace proctree::bench {

class WireStream : public Source {
 public:
  static constexpr std::size_t kRingBytes = 8 << 20;  // the default
  static constexpr std::size_t kParents = 500;        // shells, servers and the like
  static constexpr std::size_t kDepth = 6;            // ancestors of each life

  struct Options {
    std::string argument = {};  // one more that each program is given
    bool varied = false;  // an argument that no other has, one of 500 folders; twenty are in a container
    std::uint64_t step_ns = 10'000;  // between two events
    std::uint32_t programs = 4'096;  // different executables
  };
  WireStream() : WireStream(Options{}) {}
  explicit WireStream(Options options) : options_(std::move(options)) {
    // The first lives are those of the parents, in lines of kDepth below pid 1.
    parents_.push_back({1, kFirstStart, 1});
    while (parents_.size() < kParents) {
      const Process& above = parents_.size() % kDepth == 1 ? parents_.front() : parents_.back();
      const Process parent = next(above);
      put_birth(above, parent);
      parents_.push_back(parent);
    }
  }

  // Lives, until the ring is full.
  void fill() {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(at_));
    at_ = 0;
    while (bytes_.size() < kRingBytes) {
      const std::size_t line = 1 + random_(kParents / kDepth) * kDepth;
      const Process& above = parents_[line + kDepth - 2];  // and pid 1
      const Process child = next(above);
      put_birth(above, child);
      pt_exit exit{};
      exit.header = header(PT_EXIT, sizeof exit);
      exit.task = task(child, above, commands()[child.pid % options_.programs % kCommands]);
      exit.user_ns = 1'234'567;
      exit.system_ns = exit.total_ns = 765'432;
      exit.max_rss_pages = 1'024;
      put(&exit, sizeof exit);
    }
  }

  Result<std::uint64_t> attach() override { return kFirstStart + 1; }
  Result<std::unique_ptr<TaskPass>> begin_snapshot() override { return std::make_unique<Pass>(); }
  [[nodiscard]] std::uint64_t position() const override { return at_; }
  [[nodiscard]] std::uint64_t read_position() const override { return at_; }
  Result<std::uint64_t> read(std::uint64_t, std::uint64_t most, const EventHandler& handler) override {
    std::uint64_t events = 0;
    while (events < most && at_ < bytes_.size()) {
      std::uint32_t size = 0;
      std::memcpy(&size, bytes_.data() + at_, sizeof size);
      auto decoded = decoder_.decode({bytes_.data() + at_, size});
      if (!decoded) return tl::make_unexpected(std::move(decoded.error()));
      at_ += (size + 7) & ~std::size_t{7};
      if (!decoded->event) continue;
      ++events;
      if (auto handled = handler(*decoded->event); !handled)
        return tl::make_unexpected(std::move(handled.error()));
    }
    return events;
  }
  Result<void> read_losses(const EventHandler&) override { return {}; }
  [[nodiscard]] Result<std::vector<Counter>> counters() const override { return std::vector<Counter>{}; }
  [[nodiscard]] int fd() const override { return -1; }
  void want_wake(bool) override {}
  [[nodiscard]] Info info() const override { return {"bpf", 16384, kRingBytes}; }

 private:
  class Pass final : public TaskPass {
   public:
    Result<bool> next(std::size_t, const TaskHandler& handler) override {
      SnapshotTask init;
      init.task.self = {1, kFirstStart};
      init.task.exec_seq = 1;
      init.task.comm = "systemd";
      init.image.exe = "/usr/lib/systemd/systemd";
      if (auto handled = handler(init); !handled) return tl::make_unexpected(std::move(handled.error()));
      return false;
    }
  };
  static constexpr std::uint64_t kFirstStart = 1'000'000;
  static constexpr std::uint64_t kCgroup = 4242;
  static constexpr std::uint32_t kContainers = 400;

  struct Process {
    std::uint32_t pid;
    std::uint64_t start_ns;
    std::uint64_t exec_seq;
  };

  Process next(const Process& above) {
    pid_ = pid_ < 4'000'000 ? pid_ + 1 : 10'000;
    return {pid_, now_ns_ + options_.step_ns / 2, above.exec_seq + 1};
  }

  pt_header header(std::uint16_t kind, std::size_t size) {
    now_ns_ += options_.step_ns;
    return {static_cast<std::uint32_t>(size), kind, 0, now_ns_, 0};
  }

  [[nodiscard]] std::uint64_t cgroup_of(std::uint32_t pid) const {
    return options_.varied ? kCgroup + pid / 20 % kContainers : kCgroup;
  }

  pt_task task(const Process& self, const Process& above, std::string_view comm) const {
    pt_task out{};
    out.start_ns = self.start_ns;
    out.exec_seq = self.exec_seq;
    out.parent_start_ns = above.start_ns;
    out.cgroup_nr = cgroup_of(self.pid);
    out.pid = out.ns_pid = self.pid;
    out.ppid = out.sid = out.pgid = above.pid;
    out.uid = out.gid = out.euid = out.egid = self.pid % 3 == 0 ? 0 : 1000;
    out.loginuid = 1000;
    out.audit_session = 3;
    for (std::uint32_t i = 0; i < PT_NS_COUNT; ++i) out.ns[i] = 4026531835U + i;
    comm.copy(out.comm, sizeof out.comm - 1);
    std::memcpy(out.tty, "pts3", 5);
    return out;
  }

  // A fork and the program that the child executes.
  void put_birth(const Process& above, const Process& child) {
    if (!cgroups_sent_) put_cgroups();
    if (options_.varied) options_.argument = "--worker=" + std::to_string(child.pid);
    const std::string& of_above = commands()[above.pid % options_.programs % kCommands];
    pt_fork fork{};
    fork.header = header(PT_FORK, sizeof fork);
    fork.child = task({child.pid, child.start_ns, above.exec_seq}, above, of_above);
    fork.creator_start_ns = above.start_ns;
    fork.creator_exec_seq = above.exec_seq;
    fork.creator_pid = above.pid;
    of_above.copy(fork.creator_comm, sizeof fork.creator_comm - 1);
    put(&fork, sizeof fork);

    const std::string& comm = commands()[child.pid % options_.programs % kCommands];
    std::string tail = comm;
    tail += std::string_view("\0bin\0usr\0", 9);
    pt_exec exec{};
    exec.image.text_len[PT_TEXT_EXE] = static_cast<std::uint16_t>(tail.size());
    const std::size_t cwd_at = tail.size();
    if (options_.varied) tail += std::to_string(child.pid % 500) + '\0';
    append(tail, std::string_view("project\0src\0someone\0home\0", 25));
    exec.image.text_len[PT_TEXT_CWD] = static_cast<std::uint16_t>(tail.size() - cwd_at);
    exec.image.text_len[PT_TEXT_FILENAME] = append(tail, "/usr/bin/" + comm);
    const std::size_t args_at = tail.size();
    append(tail, comm);
    for (const std::string_view arg : {"--color=auto", "-l", "/srv/some/path"}) {
      tail += '\0';
      append(tail, arg);
    }
    if (!options_.argument.empty()) tail += '\0' + options_.argument;
    tail += '\0';
    exec.image.args_len = exec.image.args_size = static_cast<std::uint32_t>(tail.size() - args_at);
    exec.image.argc = options_.argument.empty() ? 4 : 5;
    exec.image.exe_inode = 262'144 + child.pid % options_.programs;
    exec.image.exe_dev = 0xfe00001;
    exec.header = header(PT_EXEC, sizeof exec + tail.size());
    exec.task = task(child, above, comm);
    put(&exec, sizeof exec, tail);
  }

  void put_cgroups() {
    cgroups_sent_ = true;
    if (!options_.varied)
      return put_cgroup(kCgroup,
                        std::string_view("run-u42.scope\0app.slice\0user-1000.slice\0user.slice\0", 51));
    for (std::uint32_t i = 0; i < kContainers; ++i) {
      std::string id = std::to_string(i);
      id.insert(0, 64 - id.size(), 'a');
      put_cgroup(kCgroup + i, "docker-" + id + ".scope" + std::string("\0system.slice\0", 14));
    }
  }

  void put_cgroup(std::uint64_t nr, std::string_view path) {
    pt_cgroup cgroup{};
    cgroup.header = header(PT_CGROUP, sizeof cgroup);
    cgroup.nr = nr;
    cgroup.len[0] = static_cast<std::uint16_t>(path.size());  // all of it in the first half
    std::memcpy(cgroup.path, path.data(), path.size());
    put(&cgroup, sizeof cgroup);
  }

  static std::uint16_t append(std::string& tail, std::string_view text) {
    tail += text;
    return static_cast<std::uint16_t>(text.size());
  }

  void put(const void* record, std::size_t size, std::string_view tail = {}) {
    const auto* from = static_cast<const std::byte*>(record);
    bytes_.insert(bytes_.end(), from, from + size);
    const auto* behind = reinterpret_cast<const std::byte*>(tail.data());
    bytes_.insert(bytes_.end(), behind, behind + tail.size());
    bytes_.resize((bytes_.size() + 7) & ~std::size_t{7});
  }

  Options options_;
  Decoder decoder_;
  Random random_;
  std::vector<Process> parents_;
  std::vector<std::byte> bytes_;
  std::size_t at_ = 0;
  std::uint64_t now_ns_ = boot_now_ns() / 2;
  std::uint32_t pid_ = 9'999;
  bool cgroups_sent_ = false;
};

}  // namespace proctree::bench
