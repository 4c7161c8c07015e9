// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/record_options.hpp"

#include <algorithm>

namespace proctree {

namespace {

// The program's memory beside the tree: its output, its input, and what loading the programs left.
constexpr double kProgramMib = 8;

}  // namespace

EventSet RecordOptions::event_set() const {
  if (events.empty()) {
    if (is_json(format) || format == Format::tree) return {};
    return {.exec = true, .fork = false, .exit = filters.failed};  // no exec is a failure of its own
  }
  const auto has = [this](const char* name) {
    return std::find(events.begin(), events.end(), name) != events.end();
  };
  return {.exec = has("exec"), .fork = has("fork"), .exit = has("exit")};
}

Retention RecordOptions::retention() const {
  Retention retention;
  retention.bytes_max = static_cast<std::size_t>((memory_mib - kProgramMib) * 1024 * 1024);
  return retention;
}

}  // namespace proctree
