// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/record_options.hpp"

#include <algorithm>

#include "base/parse_text.hpp"

namespace proctree {

namespace {

// What the program takes beside the tree: its output, what it reads, and what loading the programs left.
constexpr double kProgramMib = 8;

}  // namespace

EventSet RecordOptions::event_set() const {
  if (events.empty()) return format == Format::jsonl ? EventSet{} : EventSet::only_exec();
  const auto has = [this](const char* name) {
    return std::find(events.begin(), events.end(), name) != events.end();
  };
  return {.exec = has("exec"), .fork = has("fork"), .exit = has("exit")};
}

Filter RecordOptions::filter() const {
  Filter filter;
  for (const std::string& name : comms) filter.comms.emplace_back(as_comm(name));
  filter.users = users;
  filter.containers = containers;
  for (const std::string& name : under) {
    if (!parse_number<std::uint32_t>(name)) filter.under_comms.emplace_back(as_comm(name));
  }
  return filter;
}

std::vector<std::uint32_t> RecordOptions::under_pids() const {
  std::vector<std::uint32_t> pids;
  for (const std::string& name : under) {
    if (const auto pid = parse_number<std::uint32_t>(name)) pids.push_back(*pid);
  }
  return pids;
}

Retention RecordOptions::retention() const {
  Retention retention;
  retention.bytes_max = static_cast<std::size_t>((memory_mib - kProgramMib) * 1024 * 1024);
  return retention;
}

}  // namespace proctree
