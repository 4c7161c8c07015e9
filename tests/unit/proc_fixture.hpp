// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Processes below a folder, written as the kernel writes them.
#pragma once

#include <cstdint>
#include <string>

#include "temp_tree.hpp"

namespace proctree {

struct FakeProcess {
  std::uint32_t pid = 100;
  std::string comm = "sleep";
  std::uint32_t ppid = 1;
  std::uint64_t start_ticks = 5000;
  std::uint32_t flags = 0x400000;
  char state = 'S';
  std::uint32_t threads = 1;
  std::uint32_t uid = 0;
  std::int32_t tty_nr = 0;
  std::uint64_t arg_start = 0;
  std::uint64_t arg_end = 0;
  std::uint32_t exit_status = 0;

  [[nodiscard]] std::string stat() const {
    std::string line = std::to_string(pid) + " (" + comm + ") " + state + " " + std::to_string(ppid) +
                       " 90 80 " + std::to_string(tty_nr) + " -1 " + std::to_string(flags) +
                       " 1 2 3 4 5 6 7 8 20 0 " + std::to_string(threads) + " 0 " +
                       std::to_string(start_ticks);
    for (int field = 23; field <= 47; ++field) line += " 18446744073709551615";
    return line + " " + std::to_string(arg_start) + " " + std::to_string(arg_end) + " 0 0 " +
           std::to_string(exit_status) + "\n";
  }
  [[nodiscard]] std::string status() const {
    const std::string ids = std::to_string(uid) + "\t" + std::to_string(uid + 1) + "\t0\t0\n";
    return "Name:\t" + std::string("x") + "\nUmask:\t0022\nState:\t" + state + " (sleeping)\nTgid:\t" +
           std::to_string(pid) + "\nPid:\t" + std::to_string(pid) + "\nPPid:\t" + std::to_string(ppid) +
           "\nUid:\t" + ids + "Gid:\t" + ids + "Groups:\t0 1 2\nNStgid:\t" + std::to_string(pid) +
           "\t7\nNSpid:\t" + std::to_string(pid) +
           "\t7\nThreads:\t1\nCapInh:\t0000000000000000\nCapPrm:\t000001ffffffffff\n" +
           "CapEff:\t0000000000000401\nCapBnd:\t000001ffffffffff\n";
  }
  void write_to(const TempTree& tree) const {
    const std::string folder = std::to_string(pid) + "/";
    tree.write(folder + "stat", stat());
    tree.write(folder + "status", status());
  }
};

}  // namespace proctree
