// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The programs whose children begin an entry, each by the paths where distributions install it. A name
// elsewhere makes no launcher (launcher_files.hpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace proctree::entry {

enum class LauncherKind : std::uint8_t {
  none,
  ssh,
  login,
  cron,
  at,
  manager,  // systemd
  inet,     // a server that starts another one a connection
  dbus,
  runtime,      // of containers
  monitor,      // of a container, once its runtime has ended
  supervisor,   // runs services, each named by its arguments or its environment
  init_script,  // below /etc/init.d
  privilege,    // sudo and the like, whose pseudo terminals are no entry
};

struct Launcher {
  LauncherKind kind = LauncherKind::none;
  std::string_view path;
  bool is_root = false;      // only where it began as uid 0 of the initial user namespace
  bool is_script = false;    // known by the name passed to execve
  bool notes = false;        // what its arguments say is of use to its children
  bool environment = false;  // and so is the environment that it gives them
  bool is_in_place = false;  // it may become what it launches, without a fork
};

// A place in kLaunchers.
using LauncherId = std::uint8_t;
inline constexpr LauncherId kNoLauncher = 0;

// The first is none.
[[nodiscard]] std::span<const Launcher> launchers();
[[nodiscard]] inline const Launcher& launcher(LauncherId id) { return launchers()[id]; }

// A script in here is an init script.
inline constexpr std::string_view kInitScripts = "/etc/init.d/";
[[nodiscard]] LauncherId init_script_launcher();

}  // namespace proctree::entry
