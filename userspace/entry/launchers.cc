// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "entry/launchers.hpp"

#include <array>

namespace proctree::entry {

namespace {

using Kind = LauncherKind;

constexpr Launcher ssh(std::string_view path) {
  return {.kind = Kind::ssh, .path = path, .is_root = true, .environment = true};
}
constexpr Launcher login(std::string_view path) {
  return {.kind = Kind::login, .path = path, .is_root = true};
}
constexpr Launcher display_manager(std::string_view path) {
  return {.kind = Kind::login, .path = path, .is_root = true, .notes = true};
}
constexpr Launcher cron(std::string_view path) { return {.kind = Kind::cron, .path = path, .is_root = true}; }
constexpr Launcher at(std::string_view path) { return {.kind = Kind::at, .path = path, .is_root = true}; }
constexpr Launcher manager(std::string_view path) { return {.kind = Kind::manager, .path = path}; }
constexpr Launcher inetd(std::string_view path) {
  return {.kind = Kind::inet, .path = path, .is_root = true, .environment = true};
}
constexpr Launcher inet(std::string_view path) {
  return {.kind = Kind::inet, .path = path, .environment = true};
}
constexpr Launcher socket_activate(std::string_view path) {
  return {.kind = Kind::inet, .path = path, .environment = true, .is_in_place = true};
}
constexpr Launcher dbus(std::string_view path) { return {.kind = Kind::dbus, .path = path, .notes = true}; }
constexpr Launcher runtime(std::string_view path) {
  return {.kind = Kind::runtime, .path = path, .notes = true};
}
constexpr Launcher monitor(std::string_view path) { return {.kind = Kind::monitor, .path = path}; }
constexpr Launcher supervisor(std::string_view path) {
  return {.kind = Kind::supervisor, .path = path, .notes = true};
}
constexpr Launcher supervisor_script(std::string_view path) {
  return {.kind = Kind::supervisor, .path = path, .is_script = true};
}
constexpr Launcher privilege(std::string_view path) { return {.kind = Kind::privilege, .path = path}; }

constexpr auto kLaunchers = std::to_array<Launcher>({
    {},
    {.kind = Kind::init_script, .path = kInitScripts, .is_root = true, .is_script = true},
    // OpenSSH: the server, since 9.8 a program of its own for each session, since 10 one for authentication.
    ssh("/usr/sbin/sshd"),
    ssh("/usr/bin/sshd"),
    ssh("/usr/local/sbin/sshd"),
    ssh("/usr/lib/openssh/sshd-session"),
    ssh("/usr/lib/openssh/sshd-auth"),
    ssh("/usr/lib/ssh/sshd-session"),
    ssh("/usr/lib/ssh/sshd-auth"),
    ssh("/usr/libexec/openssh/sshd-session"),
    ssh("/usr/libexec/openssh/sshd-auth"),
    ssh("/usr/libexec/ssh/sshd-session"),
    ssh("/usr/libexec/ssh/sshd-auth"),
    ssh("/usr/libexec/sshd-session"),
    ssh("/usr/libexec/sshd-auth"),
    ssh("/usr/local/libexec/sshd-session"),
    ssh("/usr/local/libexec/sshd-auth"),
    // Logins on consoles; those of display managers by the program that starts the session.
    login("/usr/bin/login"),
    login("/usr/libexec/gdm-session-worker"),
    login("/usr/lib/gdm3/gdm-session-worker"),
    login("/usr/lib/gdm-session-worker"),
    login("/usr/libexec/sddm-helper"),
    login("/usr/lib/sddm/sddm-helper"),
    login("/usr/lib/x86_64-linux-gnu/sddm/sddm-helper"),
    login("/usr/lib/aarch64-linux-gnu/sddm/sddm-helper"),
    login("/usr/bin/greetd"),
    login("/usr/sbin/greetd"),
    display_manager("/usr/sbin/lightdm"),
    display_manager("/usr/bin/lightdm"),
    login("/usr/bin/xdm"),
    login("/usr/bin/ly"),
    // Jobs.
    cron("/usr/sbin/cron"),
    cron("/usr/sbin/crond"),
    cron("/usr/bin/crond"),
    cron("/usr/sbin/fcron"),
    cron("/usr/bin/fcron"),
    cron("/usr/sbin/bcron-exec"),
    at("/usr/sbin/atd"),
    at("/usr/bin/atd"),
    // Units. The executor becomes what it starts.
    manager("/usr/lib/systemd/systemd"),
    manager("/usr/lib/systemd/systemd-executor"),
    // A server a connection.
    inetd("/usr/sbin/inetd"),
    inetd("/usr/sbin/inetutils-inetd"),
    inetd("/usr/sbin/xinetd"),
    inet("/usr/bin/socat"),
    inet("/usr/bin/socat1"),
    socket_activate("/usr/bin/systemd-socket-activate"),
    socket_activate("/usr/lib/systemd/systemd-socket-activate"),
    // Buses. The helper becomes what it starts; its argument is the name on the bus.
    dbus("/usr/bin/dbus-daemon"),
    dbus("/usr/lib/dbus-1.0/dbus-daemon-launch-helper"),
    dbus("/usr/libexec/dbus-1/dbus-daemon-launch-helper"),
    dbus("/usr/libexec/dbus-daemon-launch-helper"),
    dbus("/usr/lib/dbus-daemon-launch-helper"),
    // Containers.
    runtime("/usr/bin/runc"),
    runtime("/usr/sbin/runc"),
    runtime("/usr/local/bin/runc"),
    runtime("/usr/local/sbin/runc"),
    runtime("/usr/bin/buildkit-runc"),
    runtime("/usr/local/bin/buildkit-runc"),
    runtime("/usr/bin/crun"),
    runtime("/usr/local/bin/crun"),
    runtime("/usr/bin/youki"),
    runtime("/usr/bin/lxc-start"),
    runtime("/usr/bin/lxc-execute"),
    runtime("/usr/bin/lxc-attach"),
    runtime("/usr/sbin/lxd"),
    runtime("/usr/bin/lxd"),
    runtime("/snap/lxd/current/bin/lxd"),
    runtime("/usr/sbin/incusd"),
    runtime("/usr/libexec/incus/incusd"),
    runtime("/opt/incus/bin/incusd"),
    runtime("/usr/bin/systemd-nspawn"),
    monitor("/usr/bin/conmon"),
    monitor("/usr/libexec/podman/conmon"),
    monitor("/usr/libexec/crio/conmon"),
    monitor("/usr/bin/containerd-shim-runc-v2"),
    monitor("/usr/local/bin/containerd-shim-runc-v2"),
    monitor("/usr/bin/containerd-shim"),
    // Supervisors.
    supervisor("/usr/bin/runsv"),
    supervisor("/usr/sbin/runsv"),
    supervisor("/usr/bin/s6-supervise"),
    supervisor("/command/s6-supervise"),
    supervisor("/usr/bin/supervise"),
    supervisor("/usr/local/bin/supervise"),
    supervisor("/usr/sbin/openrc-run"),
    supervisor("/usr/sbin/supervise-daemon"),
    supervisor_script("/usr/bin/supervisord"),
    supervisor_script("/usr/local/bin/supervisord"),
    // What acts for another user.
    privilege("/usr/bin/sudo"),
    privilege("/usr/bin/su"),
    privilege("/usr/sbin/runuser"),
    privilege("/usr/bin/runuser"),
    privilege("/usr/bin/doas"),
    privilege("/usr/bin/pkexec"),
});
static_assert(kLaunchers.size() < 256 && kLaunchers[1].kind == Kind::init_script);

}  // namespace

std::span<const Launcher> launchers() { return kLaunchers; }

LauncherId init_script_launcher() { return 1; }

}  // namespace proctree::entry
