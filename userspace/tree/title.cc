// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/title.hpp"

#include <algorithm>

#include "tree/script.hpp"

namespace proctree {

namespace {

// The name that an exec gives to a process, of its argv[0].
std::string_view name_of_argv0(std::string_view args) {
  std::string_view argv0 = args.substr(0, args.find('\0'));
  if (argv0.starts_with('-')) argv0.remove_prefix(1);  // a login shell
  return as_comm(base_name(argv0));
}

}  // namespace

std::string_view without_padding(std::string_view cmdline) {
  return cmdline.substr(0, cmdline.find_last_not_of('\0') + 1);
}

bool is_title_alone(std::string_view cmdline) {
  const std::string_view text = without_padding(cmdline);
  return text.find('\0') == std::string_view::npos && text.find(' ') != std::string_view::npos;
}

Invocation invocation_shown(const TaskFacts& task, const ImageFacts& image, std::size_t args_max) {
  Invocation invocation = invocation_of(task, image, args_max);
  if (!invocation.args_known || !is_title_alone(image.args)) return invocation;
  invocation.title = first_bytes(without_padding(invocation.args), args_max);
  invocation.title_truncated = invocation.args_truncated;
  invocation.args = {};
  invocation.args_size = 0;
  invocation.args_known = invocation.args_truncated = false;
  return invocation;
}

std::optional<std::string> title_in(std::string_view cmdline, const Invocation& executed,
                                    std::string_view comm) {
  const std::string_view shown = without_padding(cmdline);
  if (executed.args_truncated ? cmdline.starts_with(executed.args) : shown == without_padding(executed.args))
    return std::string();
  // A title in the arguments' own area leaves that as large as it was; one that is longer is one string.
  const bool same_area = cmdline.size() == executed.args_size || executed.args_truncated;
  // The same program executed without arguments shows no more than its name.
  const bool is_name = name_of_argv0(shown) == comm && name_of_argv0(executed.args) == comm;
  const bool one_string = shown.find('\0') == std::string_view::npos && !is_name;
  if (shown.empty() || (!same_area && !one_string)) return std::nullopt;
  std::string title(shown);
  std::ranges::replace(title, '\0', ' ');
  return title;
}

}  // namespace proctree
