// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which records are written. Everything is followed all the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proctree/facts.hpp"
#include "tree/table.hpp"
#include "tree/users.hpp"

namespace proctree {

// Of one kind any may match, of different kinds all must; a kind not named matches everything.
class Filter {
 public:
  std::vector<std::string> comms;
  std::vector<std::string> users;         // names, or numbers for uids without one
  std::vector<std::string> under_comms;   // some ancestor has this comm
  std::vector<ProcKey> under_processes;   // some ancestor is this process
  std::vector<std::uint32_t> under_pids;  // some ancestor has this pid, whichever process that is
  std::vector<std::string> containers;    // an id or the beginning of one

  [[nodiscard]] bool empty() const {
    return comms.empty() && users.empty() && containers.empty() && !asks_for_ancestors();
  }
  // `slot` is the process in the table; comm and user are those of the record.
  [[nodiscard]] bool matches(const ProcessTable& table, Users& names, Slot slot, const TaskFacts& task) const;

  // Is one of under_comms, under_processes or under_pids among its ancestors?
  [[nodiscard]] bool is_under(const ProcessTable& table, Slot slot) const;

 private:
  [[nodiscard]] bool asks_for_ancestors() const {
    return !under_comms.empty() || !under_processes.empty() || !under_pids.empty();
  }
};

}  // namespace proctree
