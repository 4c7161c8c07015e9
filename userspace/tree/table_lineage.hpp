// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Walking up the process table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/append_number.hpp"
#include "tree/chain.hpp"
#include "tree/table.hpp"

namespace proctree {

// What stands for the name of a node into which a line was folded: "(1000 folded)", or in other brackets.
inline std::string folded_name(std::uint32_t count, char open = '(', char close = ')') {
  std::string name(1, open);
  append_number(name, count);
  name += " folded";
  name += close;
  return name;
}

// The lineage of a slot for append_chain. `Names` has `std::string_view name(std::uint32_t uid)`.
template <class Names>
class TableLineage {
 public:
  TableLineage(const ProcessTable& table, Names& names, Slot slot)
      : table_(table), names_(names), slot_(slot) {}

  std::optional<LinkView> next() {
    if (ended_) return std::nullopt;
    if (slot_ == kNoSlot) {  // an ancestor of which nothing is known but, perhaps, the pid
      ended_ = true;
      return LinkView{above_pid_, {}, {}, false};
    }
    const Node& node = table_[slot_];
    above_pid_ = node.creator_pid;
    const Image& image = table_.image(node.image);
    // What it acted as when it forked the link before; the first link's is that of its image.
    const std::uint32_t uid = forked_by_ == kUnsetId ? image.uid : forked_by_;
    forked_by_ = node.uid_at_fork;
    ended_ = node.root;
    slot_ = node.creator;
    if (node.image == kNoImage) return LinkView{node.pid, {}, {}, false};
    if (node.folded == 0) return LinkView{node.pid, image.comm, user(uid), true};
    folded_ = folded_name(node.folded);
    return LinkView{node.pid, folded_, user(uid), true};
  }

 private:
  // Most of a line is one user's.
  std::string_view user(std::uint32_t uid) {
    if (user_.data() == nullptr || uid != uid_) user_ = names_.name(uid);
    uid_ = uid;
    return user_;
  }

  const ProcessTable& table_;
  Names& names_;
  Slot slot_;
  bool ended_ = false;
  std::uint32_t above_pid_ = 0;
  std::uint32_t forked_by_ = kUnsetId;  // the uid by which the link before was forked
  std::uint32_t uid_ = 0;
  std::string_view user_;
  std::string folded_;
};

}  // namespace proctree
