// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/still_to_come.hpp"

#include <algorithm>
#include <fstream>
#include <string_view>
#include <vector>

#include "base/parse_text.hpp"
#include "tree/container.hpp"
#include "tree/queries.hpp"
#include "tree/table_forest.hpp"

namespace proctree {

namespace {

bool is_in(const std::string& container, const ProcessTable& running, Slot slot) {
  std::ifstream cgroups("/proc/" + std::to_string(running[slot].pid) + "/cgroup");
  for (std::string line; std::getline(cgroups, line);) {
    const std::size_t path = line.find('/');
    if (path != std::string::npos &&
        container_of(std::string_view(line).substr(path)).id().starts_with(container))
      return true;
  }
  return false;
}

}  // namespace

std::string still_to_come(const RecordOptions& options, const ProcessTable& running) {
  const TableForest forest(running);
  std::string text;
  const auto add = [&text](const char* what, const std::string& name) {
    text += (text.empty() ? "nothing that runs " : ", nor ") + std::string(what) + name;
  };
  const auto runs = [&](const std::string& name) {
    return std::ranges::any_of(find_by_comm(forest, as_comm(name)),
                               [&running](Slot slot) { return !running[slot].exited; });
  };
  for (const std::string& name : options.comms) {
    if (!runs(name)) add("is called ", name);
  }
  for (const std::string& name : options.under) {
    if (!parse_number<std::uint32_t>(name) && !runs(name)) add("is called ", name);
  }
  if (options.containers.empty()) return text;
  std::vector<Slot> all;
  forest.append_all(all);
  for (const std::string& container : options.containers) {
    if (std::ranges::none_of(all, [&](Slot slot) { return is_in(container, running, slot); }))
      add("is in container ", container);
  }
  return text;
}

}  // namespace proctree
