// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The process table rebuilt from a recording, line after line.
//
// What a line says of a process and its ancestors was true then, whatever the table had before: the tracer
// may have known more than it wrote (filters, a snapshot that was not written). So the lineage of an exec is
// always the recorded one; that of a fork or an exit is as good as the lines before.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replay/recorded_chain.hpp"
#include "replay/recorded_line.hpp"
#include "replay/recorded_users.hpp"
#include "tree/table.hpp"

namespace proctree {

class RecordedTree {
 public:
  // `marker`, which may be null, outlives it.
  RecordedTree(const Retention& retention, const Marker* marker) : retention_(retention), marker_(marker) {
    begin_table();
  }

  // Another tracer begins. After another boot nothing from before lives; after the same boot the tree is
  // retained, but where the tracer wrote what runs, a process not named there has ended. Two boots may have
  // one id, where the kernel draws it before it has any entropy or machines start from one image of memory:
  // the clock of the second begins at 0 again.
  void begin_stream(const RecordedLine& start);
  // What follows is from the middle of a tracer's stream. No snapshot begins it.
  void continue_stream(const RecordedLine& segment);
  // A record of this time has been read.
  void note_time(std::uint64_t ktime_ns) { latest_ns_ = std::max(latest_ns_, ktime_ns); }
  // A process, fork, exec or exit line. Returns the process's slot, valid until forget().
  Slot apply(const RecordedLine& line);
  // Drops what is too old or too much, by the recording's clock.
  void forget(std::uint64_t ktime_ns);
  // Drops all ended processes without living descendants.
  void forget_history();

  [[nodiscard]] const ProcessTable& table() const { return *table_; }
  [[nodiscard]] ProcessTable& table() { return *table_; }
  [[nodiscard]] RecordedUsers& users() { return users_; }

 private:
  void begin_table() {
    table_.emplace(retention_);
    table_->set_marker(marker_);
  }
  Slot find_or_add(const ProcKey& key);
  Slot find_by_pid_alone(std::uint32_t pid);
  [[nodiscard]] Slot find_by_id(const ProcKey& creator, std::uint64_t born_ns) const;
  bool link(Slot slot, Slot creator, Edge edge);
  void cut(Slot slot, std::uint32_t creator_pid);
  void set_creator(Slot slot, const RecordedLine& line);
  void set_creator_name(Slot slot, const RecordedLine& line);
  void inherit(Slot slot);
  void set_image(Slot slot, std::string_view comm, std::string_view exe,
                 std::uint64_t exec_seq = kUnknownSeq);
  void set_invocation(Slot slot, const RecordedLine& line);
  void set_invocation(Slot slot, const RecordedAncestor& entry);
  void set_user(Slot slot, const RecordedLine& line, bool known);
  void resurrect(Slot slot);
  bool see_first(Slot slot);
  void note_living(Slot slot);
  void set_image_at_fork(Slot slot, const RecordedAncestor& entry);
  void set_alive(Slot slot, bool alive, std::uint64_t ktime_ns);
  void set_lineage(Slot slot, const RecordedLine& line);
  void end_lineage(Slot last, RecordedChain& chain, std::uint64_t ktime_ns);
  void end_all(std::uint64_t ktime_ns);

  Retention retention_;
  const Marker* marker_;
  std::optional<ProcessTable> table_;
  RecordedUsers users_;
  [[nodiscard]] bool is_another_boot(const RecordedLine& line) const;

  std::string boot_id_;
  std::uint64_t latest_ns_ = 0;   // of that boot's clock
  std::vector<Slot> living_;      // all that live; some may have ended
  bool awaits_snapshot_ = false;  // the tree is of an earlier tracer
  std::uint64_t lines_ = 0;
};

}  // namespace proctree
