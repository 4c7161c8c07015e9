// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/filter.hpp"

#include <algorithm>

#include "tree/container.hpp"

namespace proctree {

namespace {

bool contains(const std::vector<std::string>& any_of, std::string_view text) {
  return std::find(any_of.begin(), any_of.end(), text) != any_of.end();
}

}  // namespace

bool Filter::matches(const ProcessTable& table, Users& names, Slot slot, const TaskFacts& task) const {
  if (!comms.empty() && !contains(comms, task.comm)) return false;
  if (!users.empty() && !contains(users, names.name(task.uid)) &&
      !contains(users, std::to_string(task.uid))) {
    return false;
  }
  if (!containers.empty()) {
    const Container container = container_of(task.cgroup);
    const bool any = std::any_of(containers.begin(), containers.end(), [&](const std::string& wanted) {
      return !wanted.empty() && container.id().starts_with(wanted);
    });
    if (!any) return false;
  }
  return !asks_for_ancestors() || is_under(table, slot);
}

bool Filter::is_under(const ProcessTable& table, Slot slot) const {
  for (slot = table[slot].creator; slot != kNoSlot; slot = table[slot].creator) {
    if (contains(under_comms, table.comm(slot))) return true;
    if (std::find(under_processes.begin(), under_processes.end(), table.key(slot)) != under_processes.end())
      return true;
    if (std::find(under_pids.begin(), under_pids.end(), table[slot].pid) != under_pids.end()) return true;
  }
  return false;
}

}  // namespace proctree
