// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "entry/note.hpp"

#include "entry/arguments.hpp"

namespace proctree::entry {

namespace {

constexpr std::size_t kNoteMax = 1024;

// The first argument behind the program's name that is no option.
std::string_view operand(std::string_view args) {
  take_until(args, '\0');
  while (!args.empty()) {
    const std::string_view arg = take_until(args, '\0');
    if (!arg.starts_with('-')) return arg;
  }
  return {};
}

// Its own second steps have no argument of use: "runc init", "lxd forkstart" has.
bool is_step_of_its_own(std::string_view args) { return argument(args, 1) == "init"; }

}  // namespace

std::string note_of(LauncherId id, std::string_view args) {
  const Launcher& of = launcher(id);
  if (!of.notes) return {};
  if (of.kind == LauncherKind::supervisor)
    return std::string(last_component(operand(args)).substr(0, kNoteMax));
  if (of.kind == LauncherKind::dbus)
    return of.path.ends_with("-helper") ? std::string(operand(args).substr(0, kNoteMax)) : std::string();
  if (is_step_of_its_own(args)) return {};
  return std::string(args.substr(0, kNoteMax));
}

}  // namespace proctree::entry
