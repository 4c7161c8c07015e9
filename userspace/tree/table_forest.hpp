// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The process table seen downwards: a forest along creators, for queries and drawing. All of it, or a part.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/charset.hpp"
#include "tree/queries.hpp"
#include "tree/table.hpp"

namespace proctree {

struct ForestOptions {
  enum class Scope : std::uint8_t {
    all,
    living,  // and, of ended processes, those between living ones
  };
  enum class Order : std::uint8_t { by_start, by_pid };  // of children

  Scope scope = Scope::all;
  Order order = Order::by_start;
  bool pids = true;                 // in labels
  Charset charset = Charset::utf8;  // of labels
};

// Valid until the table changes.
class TableForest {
 public:
  using Handle = Slot;
  using Scope = ForestOptions::Scope;
  using Order = ForestOptions::Order;

  explicit TableForest(const ProcessTable& table, ForestOptions options = {})
      : table_(table), options_(options) {}
  // Only the selected processes, each with its ancestors.
  TableForest(const ProcessTable& table, const std::vector<Slot>& selected, ForestOptions options = {})
      : table_(table), options_(options), selected_(table.slot_end()) {
    for (const Slot slot : selected) select(slot);
  }
  template <std::predicate<Slot> Selects>
  TableForest(const ProcessTable& table, Selects selects, ForestOptions options = {})
      : table_(table), options_(options), selected_(table.slot_end()) {
    for (Slot slot = 0; slot < table.slot_end(); ++slot) {
      if (table[slot].used && selects(slot)) select(slot);
    }
  }

  [[nodiscard]] bool includes(Slot slot) const {
    if (!selected_.empty() && !selected_[slot]) return false;
    return options_.scope == Scope::all || is_alive(slot) || table_[slot].retained();
  }
  [[nodiscard]] bool is_alive(Slot slot) const { return table_.hot(slot).image != kNoImage; }

  [[nodiscard]] std::optional<Slot> parent(Slot slot) const {
    const Slot creator = table_[slot].creator;
    return creator == kNoSlot ? std::nullopt : std::optional(creator);
  }
  void append_children(Slot slot, std::vector<Slot>& out) const {
    if (options_.order == Order::by_pid) {
      append_children_by(slot, out, [this](Slot a, Slot b) {
        const std::uint32_t left = table_.hot(a).pid;
        const std::uint32_t right = table_.hot(b).pid;
        return left != right ? left < right : table_[a].start_ns < table_[b].start_ns;  // a pid used again
      });
    } else {
      append_children_by(slot, out, [this](Slot a, Slot b) { return began_before(a, b); });
    }
  }
  void append_all(std::vector<Slot>& out) const;
  // Without a creator, oldest first.
  [[nodiscard]] std::vector<Slot> roots() const;

  [[nodiscard]] std::string_view comm(Slot slot) const { return table_.comm(slot); }
  [[nodiscard]] auto is_called(std::string_view comm) const {
    return [this, id = table_.comm_id(comm)](Slot slot) { return table_.has_comm(slot, id); };
  }
  void append_all_with(std::string_view comm, std::vector<Slot>& out) const;
  // "comm(pid)", and whether it has ended.
  void append_label(std::string& out, Slot slot) const;

  // The children of `near` will be asked for soon, those of `far` later.
  void prefetch(Slot near, Slot far) const {
    const Slot child = table_.first_child(near);
    if (child != kNoSlot) __builtin_prefetch(&table_.hot(child));
    __builtin_prefetch(&table_.hot(far));
  }

 private:
  void select(Slot slot) {
    for (; slot != kNoSlot && !selected_[slot]; slot = table_[slot].creator) selected_[slot] = true;
  }
  [[nodiscard]] bool began_before(Slot a, Slot b) const {
    const Node& left = table_[a];
    const Node& right = table_[b];
    return left.start_ns != right.start_ns ? left.start_ns < right.start_ns : left.pid < right.pid;
  }
  // The table has children newest first, and pids mostly grow: mostly they only have to be reversed.
  template <class Before>
  void append_children_by(Slot slot, std::vector<Slot>& out, Before before) const {
    const std::size_t size = out.size();
    bool reversed = true;
    for (Slot child = table_.first_child(slot); child != kNoSlot; child = table_.next_sibling(child)) {
      if (!includes(child)) continue;
      reversed &= out.size() == size || before(child, out.back());
      out.push_back(child);
    }
    const auto begin = out.begin() + static_cast<std::ptrdiff_t>(size);
    if (reversed) {
      std::reverse(begin, out.end());
    } else {
      std::sort(begin, out.end(), before);
    }
  }

  const ProcessTable& table_;
  ForestOptions options_;
  std::vector<bool> selected_;  // by slot; empty: all
};

}  // namespace proctree
