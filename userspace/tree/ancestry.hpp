// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Walking up the process table with all that is told of each ancestor, and whether the way is sure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "proctree/lineage.hpp"
#include "tree/charged_account.hpp"
#include "tree/table.hpp"

namespace proctree {

// Its pid 0: there is none. start_ns 0: its pid is all that is known. std::nullopt: not even that.
[[nodiscard]] inline std::optional<ProcKey> creator_of(const ProcessTable& table, Slot slot) {
  if (slot == kNoSlot) return std::nullopt;
  const Node& node = table[slot];
  if (node.root) return ProcKey{};
  if (node.creator != kNoSlot) return table.key(node.creator);
  if (node.creator_pid != 0) return ProcKey{node.creator_pid, 0};  // it has been forgotten since
  return std::nullopt;
}

// What all of an Ancestor but its user's name hangs on: where these are the same, so is what is told of it.
struct AncestorNumbers {
  std::uint64_t start_ns;
  std::uint64_t image;  // their serials
  std::uint64_t image_at_fork;
  std::uint32_t pid;
  std::uint32_t uid;  // that it acted as
  std::uint32_t folded;
  Edge edge;
  bool exited;
  std::uint16_t user_size = 0;
};

// `Names` has `std::string_view name(std::uint32_t uid)`.
template <class Names>
class AncestryWalk {
 public:
  AncestryWalk(const ProcessTable& table, Names& names, Slot slot, const LossScope& lost)
      : table_(table), names_(names), slot_(slot), lost_(lost), certain_(!lost.all) {
    if (slot != kNoSlot) certain_ &= !lost.covers(table.account(slot));
  }

  // The next ancestor, nearest first. One of which only the key is known is the last.
  std::optional<Ancestor> next() {
    if (!step()) return std::nullopt;
    return here();
  }
  // The same in two steps: goes on to the next, false where there is none; and what is told of it.
  bool step() {
    if (slot_ == kNoSlot || table_[slot_].root || table_[slot_].image == kNoImage) return false;
    below_ = slot_;
    slot_ = table_[below_].creator;
    certain_ &= slot_ != kNoSlot && table_[below_].edge != Edge::inferred;
    if (slot_ == kNoSlot) return false;
    const Node& node = table_[slot_];
    certain_ &= node.folded == 0 && !node.unverified && !is_unknown(table_.image(node.image)) &&
                !lost_.covers(table_.account(slot_));
    return true;
  }
  [[nodiscard]] AncestorNumbers numbers() const {
    const Node& node = table_[slot_];
    const Node& below = table_[below_];
    return {node.start_ns,
            table_.image_generation(node.image),
            table_.image_generation(below.image_at_fork),
            node.pid,
            table_.creator_uid(below_),
            node.folded,
            below.edge,
            node.exited};
  }
  // What it acted as when it forked the process before.
  [[nodiscard]] std::string_view user() const { return names_.name(table_.creator_uid(below_)); }
  // What its image began as, where that is another; else empty.
  [[nodiscard]] std::string_view image_user() const {
    const std::uint32_t uid = table_.uid(slot_);
    return uid == table_.creator_uid(below_) ? std::string_view{} : names_.name(uid);
  }
  [[nodiscard]] Ancestor here() const {
    const Node& node = table_[slot_];
    Ancestor ancestor;
    ancestor.key = table_.key(slot_);
    if (node.image != kNoImage) {
      const Image& image = table_.image(node.image);
      ancestor.known = true;
      ancestor.uid = table_.creator_uid(below_);
      ancestor.image_uid = image.uid;
      ancestor.named = !is_unknown(image);
      if (ancestor.named) ancestor.comm = image.comm;
      ancestor.exe = image.exe;
      ancestor.user = user();
      ancestor.image_user = image_user();
      ancestor.exited = node.exited;
    }
    ancestor.edge = table_[below_].edge;
    ancestor.folded = node.folded;
    if (const ImageId image_at_fork = table_[below_].image_at_fork;
        image_at_fork != kNoImage && image_at_fork != node.image) {
      const Image& image = table_.image(image_at_fork);
      ancestor.forked_as = !is_unknown(image) && !same_image(image, table_.image(node.image));
      if (ancestor.forked_as) {
        ancestor.forked_as_comm = image.comm;
        ancestor.forked_as_exe = image.exe;
      }
    }
    return ancestor;
  }
  // Once the walk has ended: Lineage::complete.
  [[nodiscard]] bool complete() const { return certain_ && slot_ != kNoSlot && table_[slot_].root; }

 private:
  // Of one process: its exec_seq tells them apart. A rename alone makes no other image.
  static bool same_image(const Image& a, const Image& b) {
    if (a.exec_seq != kUnknownSeq && b.exec_seq != kUnknownSeq) return a.exec_seq == b.exec_seq;
    return a.comm == b.comm && a.exe == b.exe;
  }
  // One that was replaced before its source could look at it.
  static bool is_unknown(const Image& image) {
    return image.exec_seq == kUnknownSeq && image.exe.empty() && image.comm == kUnknownComm;
  }

  const ProcessTable& table_;
  Names& names_;
  Slot slot_;
  Slot below_ = kNoSlot;
  LossScope lost_;
  bool certain_;
};

[[nodiscard]] constexpr std::string_view edge_name(Edge edge) {
  switch (edge) {
    case Edge::observed:
      return "observed";
    case Edge::snapshot:
      return "snapshot";
    case Edge::inferred:
      break;
  }
  return "inferred";
}

}  // namespace proctree
