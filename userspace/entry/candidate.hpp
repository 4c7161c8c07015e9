// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A process that has executed a program and may have begun an entry by it: all that a recogniser looks at.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "entry/launchers.hpp"
#include "proctree/entry.hpp"
#include "proctree/facts.hpp"
#include "tree/place.hpp"

namespace proctree::entry {

struct Candidate {
  const TaskFacts* task = nullptr;
  const ImageFacts* image = nullptr;
  const Place* place = nullptr;  // of its cgroup
  std::string_view
      environment;  // NAME=VALUE, each ended by NUL: those of kLauncherVariables, where they were read

  // The launcher that it was until this exec: its creator's image, with the launcher's own steps since, or
  // one that becomes what it launches. And what that one's arguments said (note_of()).
  LauncherId launcher = kNoLauncher;
  std::string_view note;
  LauncherId becomes = kNoLauncher;  // the one that it is from now on

  // Its creator, as it was at the fork.
  ProcKey creator;
  std::string_view creator_comm;
  bool of_kernel = false;        // it is a kernel thread,
  bool of_init = false;          // pid 1 or what that forked and has executed nothing,
  bool of_user_manager = false;  // or that of a user's service manager, itself a unit of the system's
  bool of_reaper = false;     // the edge isn't observed, and the kernel's parent is one that takes in orphans
  bool is_first = true;       // it has executed nothing before that isn't the launcher's own
  bool had_terminal = false;  // its creator had the terminal that it has
  bool crossed = false;       // it, or the launcher's fork above, was born into another pid namespace

  [[nodiscard]] LauncherKind kind() const { return entry::launcher(launcher).kind; }
};

// Whether one of this kind began; then `entry` has its type and what that adds. Views are the candidate's, or
// stay.
using Recogniser = bool (*)(const Candidate& candidate, EntryFacts& entry);

bool recognise_ssh(const Candidate& candidate, EntryFacts& entry);
bool recognise_login(const Candidate& candidate, EntryFacts& entry);
bool recognise_terminal(const Candidate& candidate, EntryFacts& entry);
bool recognise_job(const Candidate& candidate, EntryFacts& entry);
bool recognise_service(const Candidate& candidate, EntryFacts& entry);
bool recognise_socket(const Candidate& candidate, EntryFacts& entry);
bool recognise_dbus(const Candidate& candidate, EntryFacts& entry);
bool recognise_container(const Candidate& candidate, EntryFacts& entry);
bool recognise_kernel(const Candidate& candidate, EntryFacts& entry);
bool recognise_supervised(const Candidate& candidate, EntryFacts& entry);
bool recognise_init(const Candidate& candidate, EntryFacts& entry);

// By the first recogniser that fits. An entry of type `unknown`: where it began can't be known. std::nullopt:
// none began.
[[nodiscard]] std::optional<EntryFacts> recognise(const Candidate& candidate);

}  // namespace proctree::entry
