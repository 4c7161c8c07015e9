// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The netlink source: the kernel's proc connector says that a process was forked, executed or ended, and
// /proc says the rest, for as long as it is there. No BPF, no BTF.
//
// What that means for the records:
// - Facts are looked up just after the event. Those of a process that has ended meanwhile, or of a replaced
//   image, are not known and left out (has_proc_facts() of its TaskFacts is false).
// - The parent that a fork names is the kernel's. That is the process which forked, except with CLONE_PARENT,
//   which makes a sibling; nothing shows which it was. So each edge is `inferred`.
// - Of a process that ended before /proc was read the start time is that of the fork's message, some
//   microseconds late.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "procfs/reader.hpp"
#include "source/netlink/inbox.hpp"
#include "source/netlink/known_processes.hpp"
#include "source/netlink/socket.hpp"
#include "source/source.hpp"

namespace proctree {

struct NetlinkOptions {
  std::uint32_t args_max = 16 * 1024;
  std::uint64_t buffer_bytes = 8 * 1024 * 1024;
};

class NetlinkSource final : public Source {
 public:
  // Needs CAP_NET_ADMIN, in the initial namespaces.
  static Result<std::unique_ptr<NetlinkSource>> open(const NetlinkOptions& options);
  // Listens and stops again: would it work here?
  static Result<void> probe();

  Result<std::uint64_t> attach() override;
  Result<std::unique_ptr<TaskPass>> begin_snapshot() override;
  // Takes what waits in the socket: that has been collected.
  [[nodiscard]] std::uint64_t position() const override;
  [[nodiscard]] std::uint64_t read_position() const override { return state_->inbox.taken(); }
  Result<std::uint64_t> read(std::uint64_t until, std::uint64_t most, const EventHandler& handler) override;
  Result<void> read_losses(const EventHandler& handler) override;
  [[nodiscard]] Result<std::vector<Counter>> counters() const override;
  [[nodiscard]] int fd() const override { return state_->socket.fd(); }
  void want_wake(bool) override {}  // the socket wakes its reader always
  [[nodiscard]] Info info() const override { return {"netlink", options_.args_max, options_.buffer_bytes}; }

 private:
  // What position() may change: taking messages out of the socket has no visible effect.
  struct Receiver {
    ConnectorSocket socket;
    Inbox inbox;
    std::vector<ConnectorEvent> batch;
    std::uint32_t dropped = 0;  // of the socket's counter, what was reported
    // When the reader learnt that messages found no room: none is queued then until all that wait are taken,
    // so what is younger came behind the gap. 0: none.
    std::uint64_t overrun_ns = 0;
    Result<void> failed;

    Result<void> receive();
    Result<void> mark_loss();
  };

  class Pass;
  NetlinkSource(const NetlinkOptions& options, ConnectorSocket socket, ProcReader reader, ProcReader lookup);

  void handle_fork(const ConnectorEvent& event, Event& out);
  [[nodiscard]] LostEvent report_bad_record(const ConnectorEvent& message);
  void handle_exec(const ConnectorEvent& event, Event& out);
  [[nodiscard]] bool handle_exit(const ConnectorEvent& event, Event& out);
  [[nodiscard]] bool goes_on(const KnownProcess& known, const SnapshotTask* seen) const;
  [[nodiscard]] bool is_reported(const ConnectorEvent& message, Event& out);

  [[nodiscard]] const SnapshotTask* look_at(const ProcKey& key, ProcParts parts);
  [[nodiscard]] KnownProcess* find_or_look_up(std::uint32_t pid, std::uint64_t at_ns);
  [[nodiscard]] ProcKey key_now(std::uint32_t pid);
  [[nodiscard]] TaskFacts placeholder_facts(const ProcKey& key, const KnownProcess* known);
  [[nodiscard]] std::uint64_t boot_ns(std::uint64_t monotonic_ns) const;
  void forget_unlisted(const std::vector<std::uint32_t>& pids);
  void note_running(std::uint32_t pid);
  void note_parents();
  Result<void> hand_over(std::uint32_t pid, const TaskHandler& handler);

  NetlinkOptions options_;
  std::unique_ptr<Receiver> state_;
  ProcReader reader_;  // its views are what events are made of
  ProcReader lookup_;  // for what is needed beside
  KnownProcesses known_;
  std::string exit_comm_;             // of a process that is forgotten with the event of its end
  std::uint64_t boot_offset_ns_ = 0;  // CLOCK_BOOTTIME - CLOCK_MONOTONIC: grows by each suspend
  std::uint64_t last_ktime_ns_ = 0;
  std::uint64_t failed_lookups_ = 0;
  std::uint64_t bad_messages_ = 0;
};

}  // namespace proctree
