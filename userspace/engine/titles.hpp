// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a process's ancestors show in place of their arguments, read when it executes something.
//
// At most once a second per image, and in all only as often as costs a small part of a second: in a storm of
// short-lived shells there is no time to set a title.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include "procfs/reader.hpp"
#include "tree/table.hpp"

namespace proctree {

class Titles {
 public:
  Titles(ProcReader reader, std::size_t most) : reader_(std::move(reader)), most_(most) {}

  // Sets the titles of the ancestors of `slot`.
  void look_up(ProcessTable& table, Slot slot, std::uint64_t now_ns);

 private:
  // An image that was looked at, by pid.
  struct Look {
    ProcKey process;
    std::uint64_t exec_seq = kUnknownSeq;
    std::uint64_t next_ns = 0;
  };
  [[nodiscard]] bool is_due(const ProcessTable& table, Slot slot, std::uint64_t now_ns);
  [[nodiscard]] bool has_time(std::uint64_t now_ns);
  void look(ProcessTable& table, Slot slot);

  ProcReader reader_;
  std::size_t most_;  // bytes of a title
  std::array<Look, 1024> looks_{};
  std::uint64_t second_ns_ = 0;  // when the present second began, and how many looks it had
  std::uint32_t looks_in_second_ = 0;
};

}  // namespace proctree
