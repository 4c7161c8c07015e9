// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/drawn_forest.hpp"

#include <cstddef>

#include "sink/text_format.hpp"
#include "tree/queries.hpp"

namespace proctree {

namespace {

constexpr std::size_t kCommandBytes = 4096;

}  // namespace

static_assert(LabelledForest<DrawnForest>);

DrawnForest::DrawnForest(const TableForest& shown, ProcessView& view, const Look& look)
    : shown_(shown), view_(view), look_(look), highlighted_(view.table().slot_end()) {
  // Ends in a circle too, which /proc may seem to have while processes come and go.
  for (Slot at = look.highlight; at != kNoSlot && !highlighted_[at]; at = view.table()[at].creator) {
    highlighted_[at] = true;
  }
}

void DrawnForest::append_label(std::string& out, Slot slot) const {
  const auto ink = highlighted_[slot] ? TextStyle::Ink::bold : TextStyle::Ink::plain;
  look_.style.begin(out, ink);
  shown_.append_label(out, slot);
  look_.style.end(out, ink);
  if (look_.args || look_.threads) append_running(out, slot);
}

void DrawnForest::append_running(std::string& out, Slot slot) const {
  const SnapshotTask* task = view_.read_again(slot, look_.args ? kProcArgs : kProcStat);
  if (task == nullptr) return;
  if (const auto threads = view_.reader().num_threads(); look_.threads && threads > 1) {
    out += " [" + std::to_string(threads) + " threads]";
  }
  if (!look_.args || task->image.args.empty()) return;
  std::string line;  // of its own: the bound counts all that stands in it
  append_command_line(line, TextStyle(false, look_.style.charset()), task->task, task->image, kCommandBytes);
  out += ' ';
  out += line;
}

}  // namespace proctree
