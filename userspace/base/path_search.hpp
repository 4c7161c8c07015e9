// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Looks a command up along PATH, without trying to execute what isn't there.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace proctree {

struct PathMatches {
  std::vector<std::string> files;  // that this user may execute, in PATH's order; each has a slash
  bool denied = false;             // a file of that name is there, and this user may not execute it
};

// The files that `name` stands for, as execvp(3) would try them: `name` itself where it has a slash; an empty
// folder in `path` is the working directory. Calls nothing that isn't safe after fork(2) but the allocator.
[[nodiscard]] PathMatches find_on_path(const std::string& name, std::string_view path);

}  // namespace proctree
