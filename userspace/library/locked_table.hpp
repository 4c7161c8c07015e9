// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// DefaultTree's store: processes with their creators. A pid's next owner is another process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "library/bounded_table.hpp"
#include "proctree/proctree.hpp"

namespace proctree::detail {

class LockedTable : public BoundedTable {
 public:
  LockedTable(std::size_t capacity, std::chrono::seconds ttl, ClockDs clock = monotonic_ds)
      : BoundedTable(capacity, ttl, clock) {}

  std::optional<PidNode> get_node(std::uint32_t pid) const;
  void insert_node(std::uint32_t pid, const PidNode& node);
  // What /proc says of living processes, in any order. `executed`: an event reported it.
  struct Process {
    std::uint32_t pid = 0;
    std::uint32_t ppid = 0;
    std::string_view cmd;
    std::uint64_t start_ns = 0;
    bool executed = false;
  };
  void insert_processes(std::span<const Process> processes);
  // The pid's next owner; a former one, where the event comes late.
  void fork(const Fork& event);
  // It has executed a program, of which nothing can be learnt any more.
  void set_unknown(std::uint32_t pid);

  [[nodiscard]] std::uint64_t start_ns(std::uint32_t pid) const;  // 0: not known

  // One node of a lineage.
  struct Ancestor {
    std::uint32_t pid = 0;
    std::uint32_t ppid = 0;  // 0: it has none
    std::uint64_t start_ns = 0;
    std::string cmd;       // its creator's, where it is unnamed
    bool unnamed = false;  // forked, and nothing else is known
    bool exited = false;
    bool newest = true;  // no later process has its pid
  };
  // From the process up to the last one known, each once.
  std::vector<Ancestor> line(std::uint32_t pid) const;

  // Runs `use(table, slot of pid)` under the lock; the slot may be kNoSlot.
  template <class Use>
  auto with(std::uint32_t pid, Use use) const {
    const std::lock_guard lock(lock_);
    evict_aged();
    return use(static_cast<const ProcessTable&>(table_), seen(pid));
  }

 private:
  [[nodiscard]] bool may_be(Slot placeholder, std::uint64_t start_ns) const;
  [[nodiscard]] Slot holder_since(std::uint32_t pid, std::uint64_t start_ns) const;
  Slot creator_at(std::uint32_t pid, std::uint64_t time_ns);
  Slot next_owner(std::uint32_t pid, std::uint64_t start_ns);
  Slot new_holder(std::uint32_t pid, std::uint64_t start_ns);
  void set(Slot slot, std::uint32_t ppid, std::string_view cmd, Evidence evidence);
};

}  // namespace proctree::detail
