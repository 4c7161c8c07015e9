// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A container's first process, or one that is executed into it. A runtime starts other programs too (hooks,
// helpers): what counts was born into another pid namespace, or is in the cgroup of the container that the
// runtime's arguments name.
#include "entry/arguments.hpp"
#include "entry/candidate.hpp"

namespace proctree::entry {

namespace {

bool set_container(const Candidate& candidate, EntryFacts& entry, bool into) {
  const Container& container = candidate.place->container;
  entry.type = EntryType::container;
  entry.into = into;
  entry.container_id = container.id();
  entry.container_runtime = container.runtime();
  return true;
}

// "runc … run … ID": of one that no engine made the cgroup's path may not say it.
std::string_view id_of_run(const Candidate& candidate) {
  std::string_view args = candidate.note;
  if (!args.ends_with('\0') || !(has_argument(args, "run") || has_argument(args, "create"))) return {};
  args.remove_suffix(1);
  return args.substr(args.rfind('\0') + 1);
}

// Its runtime has ended, and its monitor is the parent: an orphan within the container would be its first
// process's child. Its cgroup need not be one of a known form: ctr's, podman's --cgroups=disabled.
bool is_below_monitor(const Candidate& candidate) {
  return candidate.of_reaper && candidate.kind() == LauncherKind::monitor && candidate.crossed;
}

}  // namespace

bool recognise_container(const Candidate& candidate, EntryFacts& entry) {
  if (is_below_monitor(candidate)) return set_container(candidate, entry, candidate.task->ns_pid != 1);
  if (candidate.kind() != LauncherKind::runtime) return false;
  const std::string_view id = candidate.place->container.id();
  if (!candidate.crossed && (id.empty() || !has_argument(candidate.note, id))) return false;
  const std::string_view path = launcher(candidate.launcher).path;
  const bool into = last_component(path) == "lxc-attach" || has_argument(candidate.note, "exec") ||
                    has_argument(candidate.note, "forkexec");
  set_container(candidate, entry, into);
  if (entry.container_id.empty() && !into) {
    entry.container_id = id_of_run(candidate);
    if (!entry.container_id.empty()) entry.container_runtime = last_component(path);
  }
  return true;
}

}  // namespace proctree::entry
