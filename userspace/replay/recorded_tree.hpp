// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The process table as a recording tells it, line after line.
//
// What a line says of a process and its ancestors is the truth of its moment, whatever stood in the table
// before: the tracer that wrote it may have known more than it wrote down (filters, a snapshot that was not
// written). So the lineage of an exec is always the recorded one; that of a fork or an exit is as good as
// what the lines before have told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "replay/recorded_chain.hpp"
#include "replay/recorded_line.hpp"
#include "replay/recorded_users.hpp"
#include "tree/table.hpp"

namespace proctree {

class RecordedTree {
 public:
  explicit RecordedTree(const Retention& retention)
      : retention_(retention), table_(std::in_place, retention) {}

  // Another tracer begins. After another boot nothing of before lives; after the same boot the tree is kept,
  // but where the tracer wrote down what runs, who is not named there has ended.
  void begin_stream(const RecordedLine& start);
  // A process, fork, exec or exit line. Answers the process's slot, good until forget().
  Slot apply(const RecordedLine& line);
  // Lets go of what is too old or too much, by the recording's clock.
  void forget(std::uint64_t ktime_ns);
  // Lets go of all ended processes but those that something living descends from.
  void forget_history();

  [[nodiscard]] const ProcessTable& table() const { return *table_; }
  [[nodiscard]] RecordedUsers& users() { return users_; }

 private:
  Slot find_or_add(const ProcKey& key);
  Slot find_by_pid_alone(std::uint32_t pid);
  Slot holder_before(std::uint32_t pid, Slot child) const;
  bool link(Slot slot, Slot creator, Edge edge);
  void cut(Slot slot, std::uint32_t creator_pid);
  void set_creator(Slot slot, const RecordedLine& line);
  void set_creator_name(Slot slot, const RecordedLine& line);
  void set_image(Slot slot, std::string_view comm, std::string_view exe);
  void set_user(Slot slot, const RecordedLine& line, bool known);
  bool see_first(Slot slot);
  void set_alive(Slot slot, bool alive, std::uint64_t ktime_ns);
  void set_lineage(Slot slot, const RecordedLine& line);
  void end_lineage(Slot last, RecordedChain& chain, std::uint64_t ktime_ns);
  void end_all(std::uint64_t ktime_ns);

  Retention retention_;
  std::optional<ProcessTable> table_;
  RecordedUsers users_;
  std::string boot_id_;
  bool awaits_snapshot_ = false;  // the tree is of an earlier tracer
  std::uint64_t lines_ = 0;
};

}  // namespace proctree
