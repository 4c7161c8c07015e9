// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What /proc/PID/cmdline shows that is not the arguments as executed: a title that the process has put over
// them (setproctitle(3), nginx, PostgreSQL, perl's $0).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "tree/invocation.hpp"

namespace proctree {

// Without the NULs at the end, which fill the rest of the arguments' area.
[[nodiscard]] std::string_view without_padding(std::string_view cmdline);

// One string with blanks in it: hardly what was executed.
[[nodiscard]] bool is_title_alone(std::string_view cmdline);

// invocation_of() a process whose arguments were read from there: a title is only a title, and the arguments
// under it are lost.
[[nodiscard]] Invocation invocation_shown(const TaskFacts& task, const ImageFacts& image,
                                          std::size_t args_max);

// The title, with blanks for the NULs in it; "": it shows what was executed. std::nullopt: it may be the
// arguments of a program that the process has executed since, whose event is still to come. `comm` is the
// name that it has in both.
[[nodiscard]] std::optional<std::string> title_in(std::string_view cmdline, const Invocation& executed,
                                                  std::string_view comm);

}  // namespace proctree
