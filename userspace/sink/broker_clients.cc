// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/broker_clients.hpp"

#include <algorithm>
#include <array>

#include "tree/script.hpp"

namespace proctree {

namespace {

constexpr std::array<std::string_view, 39> kKnown = {
    "adb",    "at",        "batch",       "bazel",  "bazelisk",    "buildctl", "busctl",       "code",
    "crictl", "ctr",       "dbus-send",   "docker", "emacsclient", "flatpak",  "gapplication", "gdbus",
    "gio",    "gradle",    "gradlew",     "incus",  "kubectl",     "loginctl", "lxc",          "machinectl",
    "mvnd",   "nerdctl",   "nomad",       "podman", "qdbus",       "sccache",  "screen",       "snap",
    "ssh",    "systemctl", "systemd-run", "tmux",   "virsh",       "watchman", "xdg-open"};
static_assert(std::ranges::is_sorted(kKnown));

std::string_view known_name(std::string_view path) {
  const std::string_view name = base_name(path);
  const auto at = std::ranges::lower_bound(kKnown, name);
  return at != kKnown.end() && *at == name ? *at : std::string_view();
}

}  // namespace

// By the path that was executed, of a script too; by the file, where that has another name.
std::string_view broker_client(const TaskFacts& task, const ImageFacts& image) {
  for (const std::string_view path : {image.filename, image.exe, task.comm}) {
    if (const std::string_view name = known_name(path); !name.empty()) return name;
  }
  return {};
}

void BrokerClients::on_exec(const ProcessRecord& record) {
  const std::string_view name = broker_client(*record.task, *record.image);
  if (name.empty() || (", " + seen_ + ",").find(", " + std::string(name) + ",") != std::string::npos) return;
  if (!seen_.empty()) seen_ += ", ";
  seen_ += name;
}

std::string BrokerClients::line() const {
  if (seen_.empty()) return {};
  return "not followed: what " + seen_ +
         " asked a server to start, for that descends from the server (docs/run.md); trace follows all";
}

}  // namespace proctree
