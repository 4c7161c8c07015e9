// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The process table as the library's lists and display show it: what lives, and of what has ended
// that which stands between living processes.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tree/display.hpp"
#include "tree/forest.hpp"
#include "tree/table.hpp"
#include "tree/table_lineage.hpp"

namespace proctree::detail {

// The pids whose newest owner is kept, and those of the living; in no certain order.
[[nodiscard]] inline std::vector<std::uint32_t> all_pids_of(const ProcessTable& table) {
  std::vector<std::uint32_t> pids;
  pids.reserve(table.named());
  for (Slot slot = 0; slot < table.slot_end(); ++slot) {
    const Node& node = table[slot];
    if (node.image != kNoImage && node.next_with_pid == kNoSlot) pids.push_back(node.pid);
  }
  return pids;
}
[[nodiscard]] inline std::vector<std::uint32_t> living_pids_of(const ProcessTable& table) {
  std::vector<std::uint32_t> pids;
  for (Slot slot = 0; slot < table.slot_end(); ++slot) {
    const HotNode& hot = table.hot(slot);
    if (hot.image != kNoImage) pids.push_back(hot.pid);
  }
  return pids;
}

class TableView {
 public:
  using Handle = Slot;

  // `ended`: what of ended processes is among the children.
  enum class Ended : std::uint8_t { all, kept };
  explicit TableView(const ProcessTable& table, Ended ended = Ended::all) : table_(table), ended_(ended) {}

  [[nodiscard]] std::optional<Slot> parent(Slot slot) const {
    const Slot creator = table_[slot].creator;
    return creator == kNoSlot ? std::nullopt : std::optional(creator);
  }
  // By pid, ascending.
  void append_children(Slot slot, std::vector<Slot>& out) const {
    Slot child = table_.first_child(slot);
    if (child == kNoSlot) return;
    const std::size_t before = out.size();
    // Newest first in the table, and pids mostly grow: turned round they are mostly in order already.
    bool ordered = true;
    std::uint32_t last_pid = 0xffffffff;
    do {
      const HotNode& hot = table_.hot(child);
      if (hot.image != kNoImage || ended_ == Ended::all || table_[child].retained()) {
        ordered &= hot.pid <= last_pid;
        last_pid = hot.pid;
        out.push_back(child);
      }
      child = hot.next_sibling;
    } while (child != kNoSlot);
    if (out.size() - before < 2) return;
    const auto begin = out.begin() + static_cast<std::ptrdiff_t>(before);
    if (ordered) {
      std::reverse(begin, out.end());
    } else {
      std::sort(begin, out.end(), [this](Slot a, Slot b) { return table_.hot(a).pid < table_.hot(b).pid; });
    }
  }
  void append_all(std::vector<Slot>& out) const {
    for (Slot slot = 0; slot < table_.slot_end(); ++slot) {
      if (alive(slot)) out.push_back(slot);
    }
  }
  void append_all_with(std::string_view comm, std::vector<Slot>& out) const {
    table_.for_each_with_comm(comm, [&out](Slot slot) { out.push_back(slot); });
  }
  [[nodiscard]] std::string_view comm(Slot slot) const { return table_.comm(slot); }
  [[nodiscard]] auto is_called(std::string_view comm) const {
    return [this, id = table_.comm_id(comm)](Slot slot) { return table_.has_comm(slot, id); };
  }
  void append_label(std::string& out, Slot slot) const {
    const HotNode& hot = table_.hot(slot);
    if (hot.image != kNoImage) {
      append_name_and_pid(out, table_.image(hot.image).comm, hot.pid);
      return;
    }
    const Node& node = table_[slot];
    std::string folded;
    std::string_view name = node.image == kNoImage ? "unknown" : table_.comm(slot);
    if (node.folded != 0) name = folded = folded_name(node.folded, '[', ']');
    append_name_and_pid(out, name, node.pid);
    if (node.exited) out += " <exited>";
  }
  // Its children will be asked for soon; `far`'s later.
  void prefetch(Slot near, Slot far) const {
    const Slot child = table_.first_child(near);
    if (child != kNoSlot) __builtin_prefetch(&table_.hot(child));
    __builtin_prefetch(&table_.hot(far));
  }

  [[nodiscard]] bool alive(Slot slot) const { return table_.hot(slot).image != kNoImage; }
  [[nodiscard]] std::vector<std::uint32_t> living_pids(const std::vector<Slot>& slots) const {
    std::vector<std::uint32_t> pids;
    pids.reserve(slots.size());
    for (const Slot slot : slots) {
      if (alive(slot)) pids.push_back(table_.hot(slot).pid);
    }
    return pids;
  }

 private:
  const ProcessTable& table_;
  Ended ended_;
};

static_assert(LabelledForest<TableView>);

}  // namespace proctree::detail
