// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A made-up morning on a made-up host, played to a sink: the records are what the engine would hand over.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "engine/record.hpp"
#include "procfs/users.hpp"

namespace proctree {

class Scene {
 public:
  explicit Scene(Sink& sink);

  // Everyday life: shells, cron, a container, crashes, a gap.
  void play_day();
  // Names and arguments made to mislead.
  void play_attack();
  // A long line of creators and a long command line.
  void play_depths();

  [[nodiscard]] const std::string& failure() const { return failure_; }

 private:
  struct Program {
    std::string_view comm;
    std::string_view exe;
    std::string_view args;  // as the kernel holds them: each ended by NUL
  };
  using Adjust = std::function<void(TaskFacts&, ImageFacts&)>;

  // Life at the keyboard and on the server; each returns with its processes ended.
  void play_shell(Slot bash);
  void play_cron(Slot cron);
  void play_container(Slot systemd);
  void play_crashes(Slot bash);
  void play_gap(Slot systemd);
  void play_rarities(Slot systemd);

  RecordHead now();
  RecordHead tick();  // the clock goes on by 1.234567 ms
  void start();
  void stop();
  // A process that tracing found at its start.
  Slot found(std::uint32_t pid, Slot creator, std::string_view comm, std::string_view exe, std::uint32_t uid);
  void snapshot(Slot slot, const Adjust& adjust);
  Slot fork(Slot creator, std::uint32_t pid, std::optional<std::uint32_t> acting_as = {});
  void exec(Slot slot, const Program& program, const Adjust& adjust = {});
  void exit(Slot slot, std::uint32_t status, bool peak_known = true);
  void lose(const Loss& loss);
  void fail_exec(Slot slot, const FailedExec& failed);
  [[nodiscard]] TaskFacts task_of(Slot slot) const;
  [[nodiscard]] ProcessRecord record_of(RecordKind kind, Slot slot);
  void put(ProcessRecord record, const TaskFacts& task);
  void check(const Result<void>& result);

  Sink& sink_;
  ProcessTable table_;
  UserNames users_;
  Host host_;
  std::uint64_t ktime_ns_;
  std::string failure_;
  Totals totals_;
  std::uint64_t failed_execs_ = 0;
  // Where the processes of the present part run.
  std::string_view cgroup_ = "/init.scope";
  std::string_view tty_;
  const StandardFiles* stdio_ = nullptr;
  std::optional<EntryFacts> entry_;  // theirs, where it is reported
};

}  // namespace proctree
