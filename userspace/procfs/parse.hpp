// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The texts below /proc/PID, parsed. A text that the kernel would not write is refused as a whole.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/parse_text.hpp"
#include "proctree/facts.hpp"

namespace proctree {

// /proc/PID/stat.
struct StatFields {
  std::string_view comm;  // as the file has it; kernel_comm() says what the kernel calls it
  std::uint32_t pid = 0;
  std::uint32_t ppid = 0;
  std::uint32_t pgrp = 0;
  std::uint32_t session = 0;
  std::int32_t tty_nr = 0;
  std::uint32_t flags = 0;
  std::uint32_t num_threads = 0;
  std::uint64_t start_ticks = 0;
  std::uint64_t args_size = 0;    // 0: not reported
  std::uint32_t exit_status = 0;  // of a zombie, as wait(2) reports it; 0 where the reader may not see it
  char state = '?';

  [[nodiscard]] bool kthread() const { return (flags & 0x0020'0000) != 0; }  // PF_KTHREAD
  // It is exiting. (A leader that ended before the other threads has PF_EXITING for long: it doesn't count.)
  [[nodiscard]] bool exiting() const { return (flags & 0x0000'0004) != 0 && state != 'Z' && state != 'X'; }
  [[nodiscard]] bool runs() const { return state != 'Z' && state != 'X' && state != 'x'; }  // this thread
  // All threads have ended.
  [[nodiscard]] bool dead() const { return !runs() && num_threads <= 1; }
  // It has ended, and others have not: memory, directory and the like are theirs alone.
  [[nodiscard]] bool leader_ended() const { return !runs() && num_threads > 1; }
};
[[nodiscard]] std::optional<StatFields> parse_stat(std::string_view text);

// task->comm: 15 bytes at most. For kernel threads /proc shows a longer name, and for workers what they
// worked on last ("kworker/0:1-events").
[[nodiscard]] std::string_view kernel_comm(const StatFields& stat);

// /proc/PID/status. Lines that are absent keep their defaults; Tgid and Uid must be there.
struct StatusFields {
  std::uint32_t tgid = 0;
  std::uint32_t uid = 0;
  std::uint32_t euid = 0;
  std::uint32_t gid = 0;
  std::uint32_t egid = 0;
  std::uint32_t ns_pid = 0;  // the innermost of NSpid
  std::uint64_t caps_effective = 0;
  std::uint64_t caps_permitted = 0;
  bool caps_known = false;
};
[[nodiscard]] std::optional<StatusFields> parse_status(std::string_view text);

// The path in /proc/PID/cgroup that distinguishes containers and services: of the unified hierarchy unless
// that is its root, and else, on a host that has controllers in version 1 hierarchies, of one of those.
[[nodiscard]] std::string_view parse_cgroup(std::string_view text);

// "pid:[4026531836]"; 0 where it is not that.
[[nodiscard]] std::uint32_t parse_namespace_link(std::string_view text);

// The name of a terminal by its number in stat ("pts/0", "ttyS0"); MAJOR:MINOR for a driver not known here.
[[nodiscard]] std::string tty_name(std::int32_t tty_nr);

// The title that a process has put over its arguments (nginx, PostgreSQL), without the NULs that fill the
// rest of their area: those are no arguments. All of `args` where it is no such title.
[[nodiscard]] std::string_view without_title_padding(std::string_view args);

}  // namespace proctree
