// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/pid_index.hpp"

#include <bit>
#include <utility>

namespace proctree {

// Fibonacci hashing: pids come in runs, which a multiplication by 2^64/φ spreads evenly.
std::size_t PidIndex::home(std::uint32_t pid) const {
  return static_cast<std::size_t>((pid * std::uint64_t{0x9e3779b97f4a7c15}) >> shift_);
}

// Where pid is, or the empty place where it would go. The table is never full.
std::size_t PidIndex::position(std::uint32_t pid) const {
  const std::size_t mask = entries_.size() - 1;
  std::size_t at = home(pid);
  while (entries_[at].slot != kNone && entries_[at].pid != pid) at = (at + 1) & mask;
  return at;
}

std::uint32_t PidIndex::find(std::uint32_t pid) const {
  return entries_.empty() ? kNone : entries_[position(pid)].slot;
}

void PidIndex::set(std::uint32_t pid, std::uint32_t slot) {
  if ((count_ + 1) * 4 > entries_.size() * 3) grow();
  Entry& entry = entries_[position(pid)];
  if (entry.slot == kNone) ++count_;
  entry = {pid, slot};
}

void PidIndex::erase(std::uint32_t pid) {
  if (entries_.empty()) return;
  const std::size_t mask = entries_.size() - 1;
  std::size_t hole = position(pid);
  if (entries_[hole].slot == kNone) return;
  --count_;
  // Close the gap: move back every later entry of the run that may stand at the hole.
  for (std::size_t at = (hole + 1) & mask; entries_[at].slot != kNone; at = (at + 1) & mask) {
    if (((at - home(entries_[at].pid)) & mask) < ((at - hole) & mask)) continue;
    entries_[hole] = entries_[at];
    hole = at;
  }
  entries_[hole] = {};
}

void PidIndex::grow() {
  std::vector<Entry> old =
      std::exchange(entries_, std::vector<Entry>(entries_.empty() ? 64 : entries_.size() * 2));
  shift_ = 64 - static_cast<unsigned>(std::countr_zero(entries_.size()));
  for (const Entry& entry : old) {
    if (entry.slot != kNone) entries_[position(entry.pid)] = entry;
  }
}

}  // namespace proctree
