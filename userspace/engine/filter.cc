// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/filter.hpp"

#include <algorithm>

#include "tree/called.hpp"
#include "tree/container.hpp"
#include "tree/unit.hpp"

namespace proctree {

namespace {

bool is_called(const std::vector<Pattern>& any_of, std::string_view comm) {
  return std::ranges::any_of(any_of, [comm](const Pattern& name) { return is_called(name, comm); });
}

bool is_at(const std::vector<Pattern>& any_of, std::string_view exe) {
  return std::ranges::any_of(any_of, [exe](const Pattern& place) { return is_at(place, exe); });
}

bool is_failure(const ProcessRecord& record) {
  return record.kind == RecordKind::failed_exec || (record.exit != nullptr && record.exit->status != 0);
}

std::string_view exe_of(const ProcessTable& table, const ProcessRecord& record) {
  if (record.image != nullptr && !record.image->exe.empty()) return record.image->exe;
  return record.slot == kNoSlot ? std::string_view() : table.exe(record.slot);
}

}  // namespace

bool Filter::matches(const ProcessTable& table, Users& names, const ProcessRecord& record) const {
  const TaskFacts& task = *record.task;
  if (failed && !is_failure(record)) return false;
  if (!matches_name(task.comm, exe_of(table, record))) return false;
  if (not_pid != 0 && task.self.pid == not_pid) return false;
  if (!users.empty() && !is_user_among(users, names, task.uid)) return false;
  if (!not_users.empty() && is_user_among(not_users, names, task.uid)) return false;
  if (needs_cgroup() && !matches_cgroup(task.cgroup, task.cgroup_truncated)) return false;
  if (!needs_marks()) return true;
  const Marks marks = record.slot == kNoSlot ? Marks{0} : table.marks(record.slot);
  return (args.empty() || (marks & kArgsMark) != 0) && (!wants_entries() || (marks & kEntryMark) != 0) &&
         (under.empty() || (marks & kUnder) != 0) && (marks & kNotUnder) == 0;
}

bool Filter::matches_cgroup(std::string_view path, bool truncated) const {
  if (!containers.empty() || !not_containers.empty()) {
    const Container container = container_of(path);
    const auto is_it = [&](const std::string& wanted) {
      return !wanted.empty() && container.id().starts_with(wanted);
    };
    if (!containers.empty() && std::ranges::none_of(containers, is_it)) return false;
    if (std::ranges::any_of(not_containers, is_it)) return false;
  }
  if (units.empty()) return true;
  const Units in = units_of(path, truncated);
  return std::ranges::any_of(units, [&in](const Pattern& pattern) {
    return (!in.unit.empty() && pattern.matches(in.unit)) ||
           (!in.user_unit.empty() && pattern.matches(in.user_unit));
  });
}

bool Filter::matches_name(std::string_view comm, std::string_view exe) const {
  return (comms.empty() || is_called(comms, comm)) && !is_called(not_comms, comm) &&
         (exes.empty() || is_at(exes, exe)) && !is_at(not_exes, exe);
}

bool Filter::matches(const ProcessTable& table, Users& names, Slot slot, std::string_view cgroup) const {
  TaskFacts task;
  task.cgroup = cgroup;
  task.comm = table.comm(slot);
  task.uid = table.uid(slot);
  ProcessRecord record;
  record.kind = RecordKind::process;
  record.slot = slot;
  record.task = &task;
  return matches(table, names, record);
}

bool Filter::is_among(EntryType type) const { return std::ranges::find(entries, type) != entries.end(); }

bool Filter::is_user_among(const std::vector<std::string>& users, Users& names, std::uint32_t uid) {
  const auto is_among = [&users](std::string_view name) {
    return std::ranges::find(users, name) != users.end();
  };
  return is_among(names.name(uid)) || is_among(std::to_string(uid));
}

// No text to look for has a NUL, which ends each argument: none is found across two of them.
bool Filter::has_arg(std::string_view arguments) const {
  return std::ranges::any_of(
      args, [arguments](const std::string& text) { return arguments.find(text) != std::string_view::npos; });
}

Marks Filter::own_marks(std::uint32_t pid, std::string_view comm, std::string_view exe) const {
  return static_cast<Marks>((names(under, pid, comm, exe) ? kOwnUnder : 0) |
                            (names(not_under, pid, comm, exe) ? kOwnNotUnder : 0));
}

bool Filter::names(const Lineage& lineage, std::uint32_t pid, std::string_view comm,
                   std::string_view exe) const {
  if (any_with_pid && std::ranges::find(lineage.pids, pid) != lineage.pids.end()) return true;
  if (comm.empty() || lineage.names.empty()) return false;
  return std::ranges::any_of(lineage.names, [comm, exe](const Pattern& name) {
    return is_called(name, comm) || is_named_after(name, exe);
  });
}

}  // namespace proctree
