// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// How a process is called on the screen, and how it ended.
#pragma once

#include <string>

#include "sink/text_style.hpp"
#include "tree/table.hpp"
#include "watch/process_marks.hpp"

namespace proctree::watch {

// An event told how it ended, a short while ago.
[[nodiscard]] inline bool has_told_end(const ProcessState* life) {
  return life != nullptr && life->end.has_value();
}

// "name(pid)"; whether it has ended, where append_end() has no more to say.
void append_label(std::string& out, const ProcessTable& table, Slot slot, const ProcessState* life);
// "exited 0 after 27.4 ms"; of one that has_told_end().
void append_end(std::string& out, const TextStyle& style, const Node& node, const ProcessState& life);

}  // namespace proctree::watch
