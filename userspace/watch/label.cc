// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "watch/label.hpp"

#include <algorithm>

#include "sink/text_format.hpp"
#include "tree/display.hpp"
#include "tree/table_forest.hpp"

namespace proctree::watch {

void append_label(std::string& out, const ProcessTable& table, Slot slot, const ProcessState* life) {
  if (has_told_end(life)) {
    append_name_and_pid(out, table.comm(slot), table[slot].pid);
  } else {
    TableForest(table).append_label(out, slot);
  }
}

void append_end(std::string& out, const TextStyle& style, const Node& node, const ProcessState& life) {
  const std::uint64_t end_ns = life.end->ktime_ns;
  append_how_it_ended(out, style, *life.end, end_ns - std::min(end_ns, node.start_ns));
}

}  // namespace proctree::watch
