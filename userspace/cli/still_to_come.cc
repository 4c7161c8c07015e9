// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/still_to_come.hpp"

#include <algorithm>
#include <fstream>
#include <string_view>
#include <vector>

#include "base/parse_text.hpp"
#include "tree/table_forest.hpp"

namespace proctree {

namespace {

// In any hierarchy.
bool is_in_cgroup(const Filter& filter, const ProcessTable& running, Slot slot) {
  std::ifstream cgroups("/proc/" + std::to_string(running[slot].pid) + "/cgroup");
  for (std::string line; std::getline(cgroups, line);) {
    const std::size_t path = line.find('/');
    if (path != std::string::npos && filter.matches_cgroup(std::string_view(line).substr(path), false))
      return true;
  }
  return false;
}

}  // namespace

std::string still_to_come(const FilterOptions& options, const ProcessTable& running) {
  std::vector<Slot> all;
  TableForest(running).append_all(all);
  std::string text;
  const auto add = [&text](const char* what, const std::string& name) {
    text += (text.empty() ? "nothing that runs " : ", nor ") + std::string(what) + name;
  };
  // Each alone as the filter has it; names of ancestors by themselves.
  const auto look_for = [&](const std::vector<std::string>& names, const char* what, auto set) {
    for (const std::string& name : names) {
      Filter filter;
      set(filter, name);
      const auto runs = [&](Slot slot) {
        if (running[slot].exited || running[slot].image == kNoImage) return false;
        const std::string_view comm = running.comm(slot), exe = running.exe(slot);
        return filter.under.empty() ? filter.matches_name(comm, exe)
                                    : filter.own_marks(running[slot].pid, comm, exe) != 0;
      };
      if (std::ranges::none_of(all, runs)) add(what, name);
    }
  };
  look_for(options.comms, "is called ", [](Filter& filter, const std::string& n) { filter.comms = {n}; });
  look_for(options.exes, "executes ", [](Filter& filter, const std::string& n) { filter.exes = {n}; });
  std::vector<std::string> names = options.under;
  std::erase_if(names, [](const std::string& name) { return parse_number<std::uint32_t>(name).has_value(); });
  look_for(names, "is called ", [](Filter& filter, const std::string& n) { filter.under.names = {n}; });
  const auto look_in_cgroups = [&](const std::vector<std::string>& wanted, const char* what, auto option) {
    for (const std::string& name : wanted) {
      FilterOptions one;
      (one.*option).push_back(name);
      const Filter filter = one.filter();
      if (std::ranges::none_of(all, [&](Slot slot) { return is_in_cgroup(filter, running, slot); }))
        add(what, name);
    }
  };
  look_in_cgroups(options.containers, "is in container ", &FilterOptions::containers);
  look_in_cgroups(options.units, "is in unit ", &FilterOptions::units);
  return text;
}

}  // namespace proctree
