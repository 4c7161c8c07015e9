// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A container's first process, or one that is executed into it. A runtime starts other programs too (hooks,
// helpers): what counts was born into another pid namespace, or is in the cgroup of the container that the
// runtime's arguments name.
#include <algorithm>
#include <array>

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

std::string_view file_of(const Candidate& candidate) {
  return last_component(launcher(candidate.launcher).path);
}

// "runc … VERB … ID …": what such a runtime is told to do, behind options of its own. Of another one the
// arguments may be a command's, and of any the container's name may be one of these words.
std::string_view verb_of(const Candidate& candidate) {
  using std::string_view_literals::operator""sv;
  constexpr std::array kFiles = {"runc"sv, "buildkit-runc"sv, "crun"sv, "youki"sv};
  constexpr std::array kVerbs = {"create"sv, "run"sv, "start"sv, "restore"sv, "exec"sv};
  if (std::ranges::find(kFiles, file_of(candidate)) == kFiles.end()) return {};
  for (std::string_view args = candidate.note; !args.empty();) {
    const auto* const verb = std::ranges::find(kVerbs, take_until(args, '\0'));
    if (verb != kVerbs.end()) return *verb;
  }
  return {};
}

bool executes_into(const Candidate& candidate) {
  const std::string_view file = file_of(candidate);
  if (file == "lxd" || file == "incusd") return argument(candidate.note, 1) == "forkexec";
  return file == "lxc-attach" || verb_of(candidate) == "exec";
}

// Of one that no engine made the cgroup's path may not say it.
std::string_view id_of_run(const Candidate& candidate) {
  const std::string_view verb = verb_of(candidate);
  std::string_view args = candidate.note;
  if (!args.ends_with('\0') || (verb != "run" && verb != "create")) return {};
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
  const bool into = executes_into(candidate);
  set_container(candidate, entry, into);
  if (entry.container_id.empty() && !into) {
    entry.container_id = id_of_run(candidate);
    if (!entry.container_id.empty()) entry.container_runtime = file_of(candidate);
  }
  return true;
}

}  // namespace proctree::entry
