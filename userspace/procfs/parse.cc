// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "procfs/parse.hpp"

#include <algorithm>

namespace proctree {
namespace {

constexpr std::size_t kCommMax = 15;
constexpr std::uint32_t kPfWqWorker = 0x20;

// Controllers of version 1 hierarchies, in the order of how surely a container runtime makes a group there:
// the same choice as the kernel side's.
constexpr std::array<std::string_view, 5> kContainerControllers = {"memory", "pids", "devices", "cpu",
                                                                   "freezer"};

}  // namespace

std::optional<StatFields> parse_stat(std::string_view text) {
  // comm may hold anything, ") R 1" too; nothing behind it holds a parenthesis.
  const std::size_t open = text.find('(');
  const std::size_t close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;

  StatFields stat;
  if (!Words(text.substr(0, open)).next(stat.pid)) return std::nullopt;
  stat.comm = text.substr(open + 1, close - open - 1);

  Words words(text.substr(close + 1));
  const std::string_view state = words.next();
  if (state.size() != 1) return std::nullopt;
  stat.state = state.front();

  // A parent, group or session outside the reader's pid namespace is 0, or -1 where there is none at all.
  const auto id = [&words](std::uint32_t& value) {
    std::int64_t number = 0;
    if (!words.next(number) || number > 0xffffffff) return false;
    value = number < 0 ? 0 : static_cast<std::uint32_t>(number);
    return true;
  };
  if (!id(stat.ppid) || !id(stat.pgrp) || !id(stat.session) || !words.next(stat.tty_nr)) return std::nullopt;
  words.skip(1);  // tpgid
  if (!words.next(stat.flags)) return std::nullopt;
  words.skip(10);  // minflt … nice
  if (!words.next(stat.num_threads)) return std::nullopt;
  words.skip(1);  // itrealvalue
  if (!words.next(stat.start_ticks)) return std::nullopt;

  words.skip(25);  // fields 23 to 47: what follows are arg_start and arg_end
  std::uint64_t arg_start = 0;
  std::uint64_t arg_end = 0;
  if (words.next(arg_start) && words.next(arg_end) && arg_end > arg_start)
    stat.args_size = arg_end - arg_start;
  words.skip(2);  // env_start, env_end
  words.next(stat.exit_status);
  return stat;
}

std::string_view kernel_comm(const StatFields& stat) {
  std::string_view comm = stat.comm;
  if (stat.kthread() && (stat.flags & kPfWqWorker) != 0) {
    if (const std::size_t colon = comm.find(':'); colon != std::string_view::npos) {
      comm = comm.substr(0, comm.find_first_of("+-", colon));
    }
  }
  return comm.substr(0, kCommMax);
}

std::optional<StatusFields> parse_status(std::string_view text) {
  StatusFields status;
  bool have_tgid = false;
  bool have_uid = false;
  bool have_effective = false;
  bool have_permitted = false;
  while (!text.empty()) {
    std::string_view value = take_until(text, '\n');
    // Name comes first, with newlines escaped, so no process can forge a line.
    const std::string_view key = take_until(value, ':');
    Words words(value);
    if (key == "Tgid") {
      have_tgid = words.next(status.tgid);
    } else if (key == "Uid") {
      have_uid = words.next(status.uid) && words.next(status.euid);
    } else if (key == "Gid") {
      if (!words.next(status.gid) || !words.next(status.egid)) return std::nullopt;
    } else if (key == "NStgid" || (key == "NSpid" && status.ns_pid == 0)) {
      while (words.next(status.ns_pid)) {
      }
    } else if (key == "CapPrm") {
      have_permitted = words.next(status.caps_permitted, 16);
    } else if (key == "CapEff") {
      have_effective = words.next(status.caps_effective, 16);
      break;  // nothing wanted comes later
    }
  }
  status.caps_known = have_effective && have_permitted;
  if (!have_tgid || !have_uid) return std::nullopt;
  return status;
}

std::string_view parse_cgroup(std::string_view text) {
  std::string_view unified;
  std::string_view chosen;
  std::size_t chosen_rank = kContainerControllers.size();
  while (!text.empty()) {
    std::string_view path = take_until(text, '\n');
    const std::string_view number = take_until(path, ':');
    std::string_view controllers = take_until(path, ':');
    if (path.empty() || path.front() != '/') continue;
    if (number == "0") unified = path;
    while (!controllers.empty()) {
      const auto* found = std::ranges::find(kContainerControllers, take_until(controllers, ','));
      const auto rank = static_cast<std::size_t>(found - kContainerControllers.begin());
      if (rank >= chosen_rank) continue;
      chosen = path;
      chosen_rank = rank;
    }
  }
  return unified.size() > 1 || chosen.empty() ? unified : chosen;
}

std::uint32_t parse_namespace_link(std::string_view text) {
  take_until(text, '[');
  return parse_number<std::uint32_t>(take_until(text, ']')).value_or(0);
}

std::string tty_name(std::int32_t tty_nr) {
  const auto number = static_cast<std::uint32_t>(tty_nr);
  const std::uint32_t major = (number >> 8) & 0xfff;
  const std::uint32_t minor = (number & 0xff) | ((number >> 12) & 0xfff00);
  if (number == 0) return {};
  if (major >= 136 && major <= 143) return "pts/" + std::to_string((major - 136) * 256 + minor);
  if (major == 4) return minor < 64 ? "tty" + std::to_string(minor) : "ttyS" + std::to_string(minor - 64);
  if (major == 204 && minor >= 64 && minor < 80) return "ttyAMA" + std::to_string(minor - 64);
  if (major == 229) return "hvc" + std::to_string(minor);
  return std::to_string(major) + ":" + std::to_string(minor);
}

std::string_view without_title_padding(std::string_view args) {
  constexpr std::size_t kEmptyArguments = 3;  // more than anyone passes behind an empty argument
  const std::size_t end = args.find('\0');
  if (end == 0 || end == std::string_view::npos) return args;
  const std::size_t padding = args.size() - end - 1;
  if (padding == 0 || args.find_first_not_of('\0', end) != std::string_view::npos) return args;
  const bool title = args.substr(0, end).find(' ') != std::string_view::npos || padding >= kEmptyArguments;
  return title ? args.substr(0, end + 1) : args;
}

}  // namespace proctree
