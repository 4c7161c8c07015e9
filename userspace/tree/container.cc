// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/container.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace proctree {

namespace {

using std::string_view_literals::operator""sv;

constexpr std::size_t kIdDigits = 64;
constexpr auto kScope = ".scope"sv;
// What runtimes put before the id under systemd. conmon's own scopes (libpod-conmon-ID.scope) hold the
// monitor, not the container: hence whole prefixes.
constexpr std::array kPrefixes = {"docker-"sv, "cri-containerd-"sv, "crio-"sv, "libpod-"sv};

bool is_id(std::string_view text) {
  return text.size() == kIdDigits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string_view id_of_scope(std::string_view component) {
  if (!component.ends_with(kScope)) return {};
  component.remove_suffix(kScope.size());
  for (const std::string_view prefix : kPrefixes) {
    if (component.starts_with(prefix) && is_id(component.substr(prefix.size())))
      return component.substr(prefix.size());
  }
  return {};
}

// `parents`: the path of the directory that holds the bare id.
bool holds_bare_ids(std::string_view parents) {
  return parents.ends_with("/docker") || parents.starts_with("/kubepods") ||
         parents.find("/kubepods/") != std::string_view::npos;
}

}  // namespace

std::string_view container_id_of(std::string_view cgroup) {
  while (!cgroup.empty()) {
    const std::size_t slash = cgroup.rfind('/');
    const std::size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
    const std::string_view component = cgroup.substr(begin);
    const std::string_view parents = cgroup.substr(0, begin == 0 ? 0 : slash);
    if (const std::string_view id = id_of_scope(component); !id.empty()) return id;
    if (is_id(component) && holds_bare_ids(parents)) return component;
    cgroup = parents;
  }
  return {};
}

}  // namespace proctree
