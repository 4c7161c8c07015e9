// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Walking up the process table.
#pragma once

#include <optional>
#include <string>

#include "tree/chain.hpp"
#include "tree/table.hpp"

namespace proctree {

// The lineage of a slot for append_chain. `Names` has `std::string_view name(std::uint32_t uid)`.
template <class Names>
class TableLineage {
 public:
  TableLineage(const ProcessTable& table, Names& names, Slot slot)
      : table_(table), names_(names), slot_(slot) {}

  std::optional<LinkView> next() {
    if (ended_) return std::nullopt;
    if (slot_ == kNoSlot) {  // an ancestor of which not even the pid is known
      ended_ = true;
      return LinkView{0, {}, {}, false};
    }
    const Node& node = table_[slot_];
    const Image& image = table_.image(node.image);
    ended_ = node.root;
    slot_ = node.creator;
    if (node.image == kNoImage) return LinkView{node.pid, {}, {}, false};
    if (node.folded != 0) {
      folded_.assign(1, '(').append(std::to_string(node.folded)).append(" folded)");
      return LinkView{node.pid, folded_, names_.name(node.uid), true};
    }
    return LinkView{node.pid, image.comm, names_.name(node.uid), true};
  }

 private:
  const ProcessTable& table_;
  Names& names_;
  Slot slot_;
  bool ended_ = false;
  std::string folded_;
};

}  // namespace proctree
