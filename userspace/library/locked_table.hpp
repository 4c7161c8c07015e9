// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// DefaultTree's store: a process table behind a lock, kept by capacity and age.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "library/spin_lock.hpp"
#include "proctree/proctree.hpp"
#include "tree/table.hpp"

namespace proctree::detail {

class LockedTable {
 public:
  LockedTable(std::size_t capacity, std::chrono::seconds ttl);

  std::optional<PidNode> get_node(std::uint32_t pid);
  void insert_node(std::uint32_t pid, const PidNode& node);
  // The pid's next owner, unless its present one is that process already (by its start time).
  void fork(const Fork& event);
  // What /proc says of a process, with its start time.
  void insert_process(std::uint32_t pid, const PidNode& node, std::uint64_t start_ns);
  void mark_exited(std::uint32_t pid);
  std::vector<std::uint32_t> all_pids();
  std::size_t size();
  bool contains(std::uint32_t pid);

  // One node of a line upwards.
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
  std::vector<Ancestor> line(std::uint32_t pid);

  // Runs `use(table, slot of pid)` under the lock; the slot may be kNoSlot.
  template <class Use>
  auto with(std::uint32_t pid, Use use) {
    const std::lock_guard lock(lock_);
    return use(static_cast<const ProcessTable&>(table_), seen(pid));
  }

 private:
  [[nodiscard]] std::uint32_t now_ds() const;
  [[nodiscard]] bool expired(Slot slot) const;
  // The slot of a process that is there: neither a mere name of a creator nor too old.
  [[nodiscard]] Slot seen(std::uint32_t pid) const;
  [[nodiscard]] Slot creator_slot(std::uint32_t pid);
  Slot next_owner(std::uint32_t pid, std::uint64_t start_ns);
  void set(Slot slot, std::uint32_t ppid, std::string_view cmd);
  void evict(Slot spared);

  const std::size_t capacity_;
  const std::uint64_t ttl_ds_;
  SpinLock lock_;
  ProcessTable table_;
};

}  // namespace proctree::detail
