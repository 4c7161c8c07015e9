// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/titles.hpp"

#include <optional>
#include <string>

#include "tree/title.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;
constexpr std::uint32_t kLooksASecond = 2000;  // a look takes some microseconds
constexpr int kAncestorsMost = 8;

}  // namespace

bool Titles::is_due(const ProcessTable& table, Slot slot, std::uint64_t now_ns) {
  const ProcKey key = table.key(slot);
  const std::uint64_t exec_seq = table.image(table[slot].image).exec_seq;
  Look& look = looks_[key.pid % looks_.size()];
  if (look.process == key && look.exec_seq == exec_seq && now_ns < look.next_ns) return false;
  if (!has_time(now_ns)) return false;
  look = {key, exec_seq, now_ns + kSecondNs};
  return true;
}

bool Titles::has_time(std::uint64_t now_ns) {
  if (now_ns - second_ns_ >= kSecondNs) {
    second_ns_ = now_ns;
    looks_in_second_ = 0;
  }
  return looks_in_second_++ < kLooksASecond;
}

void Titles::look_up(ProcessTable& table, Slot slot, std::uint64_t now_ns) {
  for (int i = 0; i < kAncestorsMost; ++i) {
    slot = table[slot].creator;
    if (slot == kNoSlot || table[slot].image == kNoImage) return;
    // A kernel thread has no arguments; an ended process keeps the title that it had.
    const bool has_any = !table.exe(slot).empty() || table.invocation(slot).args_known;
    if (!table[slot].exited && has_any && is_due(table, slot, now_ns)) look(table, slot);
  }
}

void Titles::look(ProcessTable& table, Slot slot) {
  Invocation invocation = table.invocation(slot);
  const std::uint32_t pid = table[slot].pid;
  const auto cmdline = reader_.read_cmdline(pid, most_ + 1);
  if (!cmdline) return;
  const std::string_view comm = table.comm(slot);
  std::optional<std::string> title;
  if (invocation.args_known) {
    title = title_in(*cmdline, invocation, comm);
  } else if (is_title_alone(*cmdline)) {
    title.emplace(without_padding(*cmdline));
  }
  if (!title) return;
  const std::string_view shown = first_bytes(*title, most_);
  if (shown == invocation.title) return;
  if (!shown.empty()) {
    // Read after what it shows: still the same process, under the name that it had. An exec renames it before
    // it shows other arguments.
    const auto now = reader_.read(pid, kProcStat);
    if (!now || !(*now)->task.self.same_at_tick(table.key(slot)) || (*now)->task.comm != comm) return;
  }
  invocation.title = shown;
  invocation.title_truncated = shown.size() < title->size();
  table.set_invocation(slot, invocation);
}

}  // namespace proctree
