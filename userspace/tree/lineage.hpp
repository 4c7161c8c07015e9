// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The process table seen upwards, from a process along its creators: as the chain string, and with all that
// is reported of each ancestor.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/append_number.hpp"
#include "base/escape.hpp"
#include "proctree/entry.hpp"
#include "proctree/lineage.hpp"
#include "tree/event.hpp"
#include "tree/table.hpp"

namespace proctree {

// --- The chain string: PID|COMM|USER of the process, its creator, and so on, separated by `;` ---

// With `known` false it is written PID|unknown|unknown and ends the chain.
struct LinkView {
  std::uint32_t pid = 0;
  std::string_view cmd;
  std::string_view user;
  bool known = true;
  std::uint64_t image = 0;  // generation of the one that `cmd` is of; 0: not to be retained
};

// Escapes names, so that no process can forge a link.
void append_link(std::string& out, const LinkView& link);

// Links that were written before, which are most: lines have their ancestors in common.
class ChainLinks {
 public:
  // As append_link().
  void operator()(std::string& out, const LinkView& link);

 private:
  struct Known {
    std::uint64_t image = 0;
    std::uint32_t pid = 0;
    std::string user;
    std::string text;
  };
  std::array<Known, 512> known_;  // by pid
};

// `Lineage` has `std::optional<LinkView> next()`, which returns the process first, then each creator in turn,
// and std::nullopt after the last. It must end: over a store that may hold cycles, it has to detect them.
// `append` is append_link(), or ChainLinks.
template <class Lineage, class Append = decltype(append_link)>
void append_chain(std::string& out, Lineage lineage, Append&& append = append_link) {
  bool first = true;
  while (auto link = lineage.next()) {
    if (!first) out += ';';
    first = false;
    append(out, *link);
    if (!link->known) break;
  }
}

// The name of a node that stands for `count` compacted ancestors: "(1000 folded)", or in other brackets.
inline std::string folded_name(std::uint32_t count, char open = '(', char close = ')') {
  std::string name(1, open);
  append_number(name, count);
  name += " folded";
  name += close;
  return name;
}

// The lineage of a slot for append_chain(). `Names` has `std::string_view name(std::uint32_t uid)`.
template <class Names>
class TableLineage {
 public:
  TableLineage(const ProcessTable& table, Names& names, Slot slot)
      : table_(table), names_(names), slot_(slot) {}

  std::optional<LinkView> next() {
    if (ended_) return std::nullopt;
    if (slot_ == kNoSlot) {  // an ancestor that is not in the table: its pid, if that is known
      ended_ = true;
      return LinkView{above_pid_, {}, {}, false};
    }
    const Node& node = table_[slot_];
    above_pid_ = node.creator_pid;
    const Image& image = table_.image(node.image);
    // A creator's user is the one it had when it forked the link before; the first link's is its image's.
    const std::uint32_t uid = forked_by_ == kUnsetId ? image.uid : forked_by_;
    forked_by_ = node.uid_at_fork;
    ended_ = node.root;
    slot_ = node.creator;
    if (node.image == kNoImage) return LinkView{node.pid, {}, {}, false};
    if (node.folded == 0)
      return LinkView{node.pid, image.comm, user(uid), true, table_.image_generation(node.image)};
    folded_ = folded_name(node.folded);
    return LinkView{node.pid, folded_, user(uid), true};
  }

 private:
  // Looked up once for a row of ancestors that have the same.
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

// --- Ancestors with all their facts ---

// pid 0: it has no creator. start_ns 0: only the pid is known. std::nullopt: nothing is known.
[[nodiscard]] inline std::optional<ProcKey> creator_of(const ProcessTable& table, Slot slot) {
  if (slot == kNoSlot) return std::nullopt;
  const Node& node = table[slot];
  if (node.root) return ProcKey{};
  if (node.creator != kNoSlot) return table.key(node.creator);
  if (node.creator_pid != 0) return ProcKey{node.creator_pid, 0};  // removed since
  return std::nullopt;
}

// What the table has of a process, where no event says more.
[[nodiscard]] inline TaskFacts known_task(const ProcessTable& table, Slot slot) {
  const Image& image = table.image(table[slot].image);
  TaskFacts task;
  task.self = table.key(slot);
  task.comm = image.comm;
  task.exec_seq = image.exec_seq;
  task.uid = image.uid;
  task.gid = task.euid = task.egid = kUnsetId;
  return task;
}

// What is retained of an image where that was asked for, in an Ancestor or a ProcessInfo.
template <class Facts>
void set_retained(Facts& facts, const Retained& retained) {
  facts.cwd = retained.cwd;
  facts.container_id = retained.container_id;
  facts.container_runtime = retained.container_runtime;
  facts.gid = retained.credentials.gid;
  facts.euid = retained.credentials.euid;
  facts.egid = retained.credentials.egid;
  facts.loginuid = retained.credentials.loginuid;
  facts.audit_session = retained.credentials.audit_session;
}

// Its entry, likewise.
template <class Facts>
void set_entry(Facts& facts, const EntryFacts* entry) {
  if (entry == nullptr) return;
  facts.entry_known = true;
  facts.entry = entry->type;
  facts.entry_process = entry->process;
}

// Determines all of an Ancestor but its user's name: what has the same numbers is written the same.
struct AncestorNumbers {
  std::uint64_t start_ns;
  std::uint64_t image;  // generations
  std::uint64_t image_at_fork;
  std::uint64_t invocation;
  std::uint32_t pid;
  std::uint32_t uid;  // when it forked
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
    return ancestor();
  }
  // The same in two steps: goes on to the next, false where there is none; and returns it.
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
            table_.invocation_generation(slot_),
            node.pid,
            table_.creator_uid(below_),
            node.folded,
            below.edge,
            node.exited};
  }
  // When it forked the process before.
  [[nodiscard]] std::string_view user() const { return names_.name(table_.creator_uid(below_)); }
  // When its image began, where that is another user; else empty.
  [[nodiscard]] std::string_view image_user() const {
    const std::uint32_t uid = table_.uid(slot_);
    return uid == table_.creator_uid(below_) ? std::string_view{} : names_.name(uid);
  }
  [[nodiscard]] Ancestor ancestor() const {
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
      const Invocation invocation = table_.invocation(slot_);
      ancestor.args = invocation.args;
      ancestor.args_known = invocation.args_known;
      ancestor.args_truncated = invocation.args_truncated;
      ancestor.title = invocation.title;
      ancestor.title_truncated = invocation.title_truncated;
      ancestor.tty = invocation.tty;
      set_retained(ancestor, invocation.retained);
    }
    ancestor.edge = table_[below_].edge;
    ancestor.folded = node.folded;
    if (const ImageId image_at_fork = table_[below_].image_at_fork;
        image_at_fork != kNoImage && image_at_fork != node.image) {
      const Image& image = table_.image(image_at_fork);
      ancestor.forked_as = !is_unknown(image) && !is_same_image(image, table_.image(node.image));
      if (ancestor.forked_as) {
        ancestor.forked_as_comm = image.comm;
        ancestor.forked_as_exe = image.exe;
      }
    }
    return ancestor;
  }
  [[nodiscard]] Slot slot() const { return slot_; }
  // Once the walk has ended: Lineage::complete.
  [[nodiscard]] bool complete() const { return certain_ && slot_ != kNoSlot && table_[slot_].root; }

 private:
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
