// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// proctree doctor: can this host trace, and what to do where it cannot. Exit 0 when tracing works, else 1.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/escape.hpp"
#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/process_view.hpp"
#include "source/host_check.hpp"
#include "source/netlink/host_check.hpp"
#ifdef PROCTREE_HAS_BPF
#include "source/bpf/host_checks.hpp"
#endif

namespace proctree {
namespace {

std::vector<HostCheck> checks([[maybe_unused]] const DoctorOptions& options) {
#ifdef PROCTREE_HAS_BPF
  auto found = check_host(options.debug_bpf);
#else
  std::vector<HostCheck> found = {{"build", CheckStatus::problem, "this proctree was built without BPF",
                                   "build it with -DPROCTREE_BPF=ON", true}};
#endif
  HostCheck netlink = check_netlink();
  for (HostCheck& check : found) {
    if (netlink.status == CheckStatus::ok && check.status == CheckStatus::problem && check.of_bpf)
      add_netlink(check.remedy);
  }
  found.push_back(std::move(netlink));
  return found;
}

std::string_view status_name(CheckStatus status) {
  static constexpr std::array<std::string_view, 3> kNames = {"ok", "note", "problem"};
  return kNames[static_cast<std::size_t>(status)];
}

void append_padded(std::string& out, std::string_view text, std::size_t width) {
  out += text;
  out.append(width - std::min(width, text.size()), ' ');
}

std::string text_of(const std::vector<HostCheck>& found, bool works) {
  std::string text;
  for (const HostCheck& check : found) {
    append_padded(text, status_name(check.status), 9);
    append_padded(text, check.name, 18);
    append_visible(text, check.detail);
    if (!check.remedy.empty()) text += "; " + check.remedy;
    text += '\n';
  }
  return text + (works ? "This host can be traced.\n"
                       : "This host cannot be traced as it is: see each problem above.\n");
}

std::string json_of(const std::vector<HostCheck>& found, bool works) {
  JsonWriter json;
  json.begin_object();
  json.field("can_trace", works);
  json.key("checks");
  json.begin_array();
  for (const HostCheck& check : found) {
    json.begin_object();
    json.string_field("name", check.name);
    json.plain_field("status", status_name(check.status));
    json.string_field("detail", check.detail);
    if (!check.remedy.empty()) json.string_field("remedy", check.remedy);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return std::string(json.text());
}

}  // namespace

Result<int> run_command(const DoctorOptions& options) {
  const auto found = checks(options);
  const bool works =
      std::ranges::none_of(found, [](const auto& check) { return check.status == CheckStatus::problem; });
  auto printed = print(options.json ? json_of(found, works) : text_of(found, works));
  if (!printed) return printed;
  return works ? 0 : 1;
}

}  // namespace proctree
