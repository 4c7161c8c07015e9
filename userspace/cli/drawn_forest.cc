// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/drawn_forest.hpp"

#include <cstddef>

#include "sink/text_cells.hpp"
#include "tree/forest.hpp"

namespace proctree {

namespace {

constexpr std::size_t kCommandBytes = 4096;

}  // namespace

static_assert(LabelledForest<DrawnForest>);

DrawnForest::DrawnForest(const ChosenForest& shown, ProcessView& view, const Look& look)
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
  if (look_.args) append_arguments(out, slot);
}

void DrawnForest::append_arguments(std::string& out, Slot slot) const {
  const auto read = view_.reader().read(view_.table()[slot].pid, kProcArgs);
  if (!read || (*read)->task.self != view_.table().key(slot) || (*read)->image.args.empty()) return;
  std::string line;  // of its own: the bound counts all that stands in it
  append_command_line(line, TextStyle(false), (*read)->task, (*read)->image, kCommandBytes);
  out += ' ';
  out += line;
}

}  // namespace proctree
