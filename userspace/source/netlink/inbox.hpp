// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Messages of the proc connector that were not processed yet, in order.
//
// A message has only pids; the rest is in /proc, which shows the process as it is by now. So before /proc is
// believed, the inbox is searched for what is still to come for that process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>

#include "source/netlink/messages.hpp"

namespace proctree {

class Inbox {
 public:
  struct Item {
    ConnectorEvent event;
    std::uint64_t lost = 0;  // not 0: no event, but that many were lost here
  };
  struct Waiting {
    std::uint32_t forks = 0;  // of a process with this pid
    std::uint32_t execs = 0;
    std::uint32_t leader_exits = 0;
    std::uint32_t thread_exits = 0;  // of its other threads
  };

  void push(const ConnectorEvent& event);
  void push_loss(std::uint64_t count, std::uint64_t until_monotonic_ns);
  [[nodiscard]] bool empty() const { return items_.empty(); }
  // Takes the oldest; there must be one.
  Item take();

  // What is still to come of the process with this pid.
  [[nodiscard]] Waiting waiting(std::uint32_t pid) const;

  [[nodiscard]] std::uint64_t received() const { return taken_ + items_.size(); }
  [[nodiscard]] std::uint64_t taken() const { return taken_; }
  [[nodiscard]] bool full() const { return items_.size() >= kMost; }

 private:
  // Beyond that messages wait in the socket, where the kernel counts what finds no room.
  static constexpr std::size_t kMost = 65536;
  static std::uint32_t* counter(Waiting& waiting, const ConnectorEvent& event);

  std::deque<Item> items_;
  std::unordered_map<std::uint32_t, Waiting> waiting_;
  std::uint64_t taken_ = 0;
};

}  // namespace proctree
