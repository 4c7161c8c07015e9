// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which records are written. All processes are followed in any case.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/pattern.hpp"
#include "engine/record.hpp"
#include "proctree/entry.hpp"
#include "tree/marks.hpp"
#include "tree/table.hpp"
#include "tree/users.hpp"

namespace proctree {

// Of one kind any may match, of different kinds all must; a kind not named matches everything. Where lineages
// or arguments are asked for the table keeps marks (tree/marks.hpp): it needs this as its marker, from the
// beginning, and note_image() for each image.
class Filter final : public Marker {
 public:
  // Of ancestors.
  struct Lineage {
    std::vector<Pattern> names;  // a command name or an executable's last component, present or earlier
    std::vector<std::uint32_t> pids;

    [[nodiscard]] bool empty() const { return names.empty() && pids.empty(); }
  };

  std::vector<Pattern> comms;
  std::vector<Pattern> not_comms;
  std::vector<Pattern> exes;  // a path or its last component
  std::vector<Pattern> not_exes;
  std::vector<std::string> users;       // names, or numbers for uids without one
  std::vector<std::string> containers;  // an id or the beginning of one
  std::vector<std::string> not_users;
  std::vector<std::string> not_containers;
  std::uint32_t not_pid = 0;       // a process that lives as long as the filter
  std::vector<Pattern> units;      // of the system's manager or a user's
  std::vector<std::string> args;   // a part of one argument
  std::vector<EntryType> entries;  // where its line came in
  Lineage under;
  Lineage not_under;
  bool failed = false;  // only exits with a failure, and failed execs
  // The pids of lineages stand for every process that has one at any time. False: the owner of the table
  // marks the process that is meant.
  bool any_with_pid = false;

  [[nodiscard]] bool empty() const {
    return comms.empty() && not_comms.empty() && exes.empty() && not_exes.empty() && users.empty() &&
           not_users.empty() && not_pid == 0 && !needs_cgroup() && !needs_marks() && !failed;
  }
  [[nodiscard]] bool needs_marks() const {
    return !under.empty() || !not_under.empty() || !args.empty() || wants_entries();
  }
  [[nodiscard]] bool wants_entries() const { return !entries.empty(); }
  [[nodiscard]] bool needs_cgroup() const {
    return !containers.empty() || !not_containers.empty() || !units.empty();
  }
  [[nodiscard]] bool matches(const ProcessTable& table, Users& names, const ProcessRecord& record) const;

  // The same of a process as the table has it, which lacks its cgroup.
  [[nodiscard]] bool matches(const ProcessTable& table, Users& names, Slot slot,
                             std::string_view cgroup = {}) const;
  // What is asked of its cgroup alone.
  [[nodiscard]] bool matches_cgroup(std::string_view path, bool truncated) const;

  // What is asked of names alone.
  [[nodiscard]] bool matches_name(std::string_view comm, std::string_view exe) const;

  // A process has this image by now, and these are its arguments.
  void note_image(ProcessTable& table, Slot slot, const ImageFacts& image) const {
    if (!args.empty()) table.set_mark(slot, kArgsMark, has_arg(image.args));
  }
  // This is its entry by now; null: it has none.
  void note_entry(ProcessTable& table, Slot slot, const EntryFacts* entry) const {
    if (wants_entries()) table.set_mark(slot, kEntryMark, entry != nullptr && is_among(entry->type));
  }
  [[nodiscard]] Marks own_marks(std::uint32_t pid, std::string_view comm,
                                std::string_view exe) const override;

 private:
  [[nodiscard]] bool is_among(EntryType type) const;
  [[nodiscard]] bool has_arg(std::string_view arguments) const;
  [[nodiscard]] bool names(const Lineage& lineage, std::uint32_t pid, std::string_view comm,
                           std::string_view exe) const;
  [[nodiscard]] static bool is_user_among(const std::vector<std::string>& users, Users& names,
                                          std::uint32_t uid);
};

}  // namespace proctree
