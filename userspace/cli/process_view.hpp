// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the commands that look at the running processes share.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "engine/filter.hpp"
#include "engine/record.hpp"
#include "procfs/reader.hpp"
#include "procfs/users.hpp"
#include "proctree/error.hpp"
#include "tree/event.hpp"
#include "tree/table.hpp"

namespace proctree {

// The running processes and their users.
class ProcessView {
 public:
  // All of them, or only one and its ancestors. `marker`, which may be null, is for the table until
  // forget_marker().
  static Result<ProcessView> of_host(ProcParts parts, const Marker* marker, UserNames users);
  static Result<ProcessView> of_lineage(std::uint32_t pid, ProcParts parts);

  [[nodiscard]] const ProcessTable& table() const { return table_; }
  [[nodiscard]] UserNames& users() { return users_; }
  [[nodiscard]] ProcReader& reader() { return reader_; }
  // Read on first use: text output doesn't need it.
  [[nodiscard]] const Host& host();

  // The slot of a pid; the error says that there is no such process.
  [[nodiscard]] Result<Slot> find(std::uint32_t pid) const;
  // The same, with marks for that process.
  Result<void> mark(std::uint32_t pid, Marks marks);
  void note_entry(const Filter& filter, Slot slot, const EntryFacts* entry) {
    if (table_[slot].used) filter.note_entry(table_, slot, entry);
  }
  void forget_marker() { table_.set_marker(nullptr); }

  // What /proc has now of the process in a slot, valid until the reader's next call; nullptr where it is
  // gone, or its pid another's by now. Of a title over the arguments, the title alone.
  [[nodiscard]] const SnapshotTask* read_again(Slot slot, ProcParts parts);

  // Arguments, titles and terminals of all above the process, for its record's ancestors; of those that have
  // ended or executed another program since the view was made, none. What read_again() returned is gone.
  void read_commands_above(Slot slot);

  // The `process` record of one, with what was read of it; the view owns both.
  [[nodiscard]] ProcessRecord record_of(Slot slot, const SnapshotTask& read);
  // Once, where what is written would have ids and the boot's can't be read.
  void warn_no_ids();

  struct Extras {
    bool highlighted = false;
    bool args = false;  // these two are read again from /proc
    bool threads = false;
  };
  // One process as an object (without ids where the boot's can't be read): the stream's fields that a pass
  // over all processes has, and `extras`.
  void write_json(JsonWriter& json, Slot slot, const Extras& extras);

 private:
  explicit ProcessView(ProcReader reader) : reader_(std::move(reader)) {}
  static Result<ProcessView> make();

  ProcReader reader_;
  std::optional<Host> host_;
  ProcessTable table_;
  UserNames users_;
  std::string scratch_;
  SnapshotTask again_;
  bool warned_no_ids_ = false;
};

// A JSON array with one element a line: whole for a parser, and still one process a line for grep.
class JsonArrayText {
 public:
  // Writes the contents of `json` as the next element, and clears it.
  void take(JsonWriter& json);
  [[nodiscard]] std::string finish();

 private:
  std::string text_;
};

}  // namespace proctree
