// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The variables in which a launcher names the client that its child serves. Nothing else of an environment is
// retained.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/parse_text.hpp"

namespace proctree {

inline constexpr std::array<std::string_view, 7> kLauncherVariables = {
    "SSH_CONNECTION",         "REMOTE_ADDR", "REMOTE_PORT", "REMOTE_HOST", "SOCAT_PEERADDR", "SOCAT_PEERPORT",
    "SUPERVISOR_PROCESS_NAME"};

// Appends these, each NAME=VALUE ended by NUL: the first where a name is there twice, and none that was cut.
inline void append_launcher_variables(std::string& out, std::string_view environment) {
  environment = environment.substr(0, environment.rfind('\0') + 1);
  std::array<bool, kLauncherVariables.size()> found{};
  while (!environment.empty()) {
    const std::string_view variable = take_until(environment, '\0');
    const auto at = std::ranges::find(kLauncherVariables, variable.substr(0, variable.find('=')));
    if (at == kLauncherVariables.end()) continue;
    bool& is_found = found[static_cast<std::size_t>(at - kLauncherVariables.begin())];
    if (is_found) continue;
    is_found = true;
    out.append(variable).push_back('\0');
  }
}

}  // namespace proctree
