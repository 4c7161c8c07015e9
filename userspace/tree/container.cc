// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/container.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace proctree {

namespace {

using std::string_view_literals::operator""sv;

// What the id of a container is made of.
enum class Id : std::uint8_t {
  hex64,     // docker, containerd's CRI, CRI-O, podman
  base36,    // 25 digits: a step of BuildKit
  task,      // 32 hex digits, a dash and a number: Fargate
  text,      // anything
  name,      // in a folder of containers
  unit_name  // a machine's, as systemd escapes it in the name of a unit
};

// A component of the path is `before`, the id, `after`. `above`: what the component above it is, or ends
// with where it begins with `*`; empty: anything.
struct Form {
  std::string_view above;
  std::string_view before;
  Id id;
  std::string_view after;
  std::string_view runtime;
};

// The first match counts. Lookalikes come first, without a runtime's name.
constexpr auto kNotOne = "-"sv;
constexpr auto kForms = std::to_array<Form>({
    // A pod of podman's is a group around its containers.
    {"libpod_parent", "", Id::hex64, "", kNotOne},
    // systemd's scopes
    {"", "docker-", Id::hex64, ".scope", "docker"},
    {"", "cri-containerd-", Id::hex64, ".scope", "containerd"},
    {"", "containerd-", Id::hex64, ".scope", "containerd"},
    {"", "nerdctl-", Id::hex64, ".scope", "containerd"},
    {"", "crio-", Id::hex64, ".scope", "cri-o"},
    {"", "libpod-", Id::hex64, ".scope", "podman"},
    // The same under a manager of cgroups by file; and podman below a service (--cgroups=split, Quadlet)
    {"", "crio-", Id::hex64, "", "cri-o"},
    {"", "libpod-", Id::hex64, "", "podman"},
    {"", "libpod-payload-", Id::hex64, "", "podman"},
    // SLICE:RUNTIME:ID, where kubelet or docker mean systemd and runc does not
    {"", "*.slice:cri-containerd:", Id::hex64, "", "containerd"},
    {"", "*.slice:containerd:", Id::hex64, "", "containerd"},
    {"", "*.slice:nerdctl:", Id::hex64, "", "containerd"},
    {"", "*.slice:docker:", Id::hex64, "", "docker"},
    {"", "*.slice:crio:", Id::hex64, "", "cri-o"},
    {"", "*.slice:libpod:", Id::hex64, "", "podman"},
    {"", "*.slice:docker:", Id::base36, "", "buildkit"},
    {"", "*.slice:buildkit:", Id::base36, "", "buildkit"},
    {"buildkit", "", Id::base36, "", "buildkit"},
    // ECS's tasks on Fargate
    {"*/ecs/", "", Id::task, "", "ecs"},
    // LXC, LXD and Incus; before LXC 4 in a folder
    {"", "lxc.payload.", Id::text, "", "lxc"},
    {"lxc.payload", "", Id::name, "", "lxc"},
    {"lxc", "", Id::name, "", "lxc"},
    // systemd-nspawn. What libvirt calls a machine runs a kernel of its own.
    {"machine.slice", "machine-qemu\\x2d", Id::unit_name, ".scope", kNotOne},
    {"machine.slice", "machine-", Id::unit_name, ".scope", "nspawn"},
    {"machine.slice", "systemd-nspawn@", Id::unit_name, ".service", "nspawn"},
    // A bare id: /docker/ID, /kubepods/…/ID, ctr's /NAMESPACE/ID, /ecs/TASK/ID, any parent that docker was
    // given, and
    // /../ID, a sibling of the container that we are in
    {"docker", "", Id::hex64, "", "docker"},
    {"", "", Id::hex64, "", ""},
});

bool all_of(std::string_view text, bool (*is_one)(char)) { return std::ranges::all_of(text, is_one); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }
bool is_base36(char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); }

// A folder of containers has groups of its own too, which systemd or a runtime made.
bool is_name(std::string_view text) {
  constexpr std::array kUnits = {".scope"sv, ".slice"sv, ".service"sv, ".mount"sv, ".socket"sv, ".swap"sv};
  return !text.empty() && text != ".." &&
         std::ranges::none_of(kUnits, [&](std::string_view unit) { return text.ends_with(unit); });
}

bool is_id(std::string_view text, Id kind) {
  switch (kind) {
    case Id::hex64:
      return text.size() == 64 && all_of(text, is_hex);
    case Id::base36:
      return text.size() == 25 && all_of(text, is_base36);
    case Id::task:
      return text.size() > 33 && all_of(text.substr(0, 32), is_hex) && text[32] == '-' &&
             all_of(text.substr(33), is_digit);
    case Id::name:
      return is_name(text);
    case Id::text:
    case Id::unit_name:
      return !text.empty();
  }
  return false;
}

// Takes `wanted` off the beginning; all up to and with what stands behind a `*` in front.
bool take_before(std::string_view& text, std::string_view wanted) {
  if (!wanted.starts_with('*')) {
    if (!text.starts_with(wanted)) return false;
    text.remove_prefix(wanted.size());
    return true;
  }
  wanted.remove_prefix(1);
  const std::size_t at = text.rfind(wanted);
  if (at == std::string_view::npos) return false;
  text.remove_prefix(at + wanted.size());
  return true;
}

// The component that `parents` ends with; or, for `*`, that above it, where it ends so.
bool is_above(std::string_view parents, std::string_view wanted) {
  if (wanted.empty()) return true;
  if (wanted.starts_with('*')) {
    const std::size_t slash = parents.rfind('/');
    return slash != std::string_view::npos && parents.substr(0, slash + 1).ends_with(wanted.substr(1));
  }
  return parents.ends_with(wanted) &&
         (parents.size() == wanted.size() || parents[parents.size() - wanted.size() - 1] == '/');
}

// A group that is a runtime's own part of the container above: what is in it is no container's process.
bool is_monitor(std::string_view component, std::string_view parents) {
  return component == "supervisor" && (parents.ends_with(".scope") || parents.ends_with(".service"));
}

// As systemd-escape writes it: `-` for `/`, which no machine's name has, and \xHH. Size 0: it is unescaped,
// or has bytes that no name has.
std::size_t unescape(std::string_view text, std::array<char, 64>& out) {
  if (text.find('\\') == std::string_view::npos) return 0;
  std::size_t size = 0;
  while (!text.empty()) {
    if (size == out.size()) return 0;
    char c = text.front();
    std::size_t taken = 1;
    if (c == '\\') {
      const auto digit = [&](std::size_t at) {
        return at < text.size() && is_hex(text[at])
                   ? (is_digit(text[at]) ? text[at] - '0' : text[at] - 'a' + 10)
                   : -1;
      };
      if (text.size() < 4 || text[1] != 'x' || digit(2) < 0 || digit(3) < 0) return 0;
      c = static_cast<char>(digit(2) * 16 + digit(3));
      if (c <= ' ' || c > '~' || c == '/') return 0;
      taken = 4;
    }
    out[size++] = c;
    text.remove_prefix(taken);
  }
  return size;
}

}  // namespace

Container container_of(std::string_view cgroup) {
  Container container;
  bool monitor = false;  // the group above is that of the container it watches over
  while (!cgroup.empty()) {
    const std::size_t slash = cgroup.rfind('/');
    if (slash == std::string_view::npos) break;  // the root side is missing
    const std::string_view component = cgroup.substr(slash + 1);
    const std::string_view parents = cgroup.substr(0, slash);
    cgroup = parents;
    if (std::exchange(monitor, is_monitor(component, parents))) continue;
    for (const Form& form : kForms) {
      std::string_view id = component;
      if (!id.ends_with(form.after)) continue;
      id.remove_suffix(form.after.size());
      if (!is_above(parents, form.above) || !take_before(id, form.before) || !is_id(id, form.id)) continue;
      if (form.runtime == kNotOne) break;
      container.id_ = id;
      container.runtime_ = form.runtime;
      if (form.id == Id::unit_name) container.size_ = unescape(id, container.unescaped_);
      return container;
    }
  }
  return container;
}

}  // namespace proctree
