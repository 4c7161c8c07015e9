// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A store of the user's as a forest of pids, for the time of one operation. Where it has no index of
// children, one is made of all its nodes, in one pass.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "proctree/proctree.hpp"
#include "tree/pid_index.hpp"
#include "tree/queries.hpp"

namespace proctree::detail {

class StoreView {
 public:
  using Handle = std::uint32_t;

  enum class Needs : std::uint8_t { parents, children };
  StoreView(TreeAccess& store, Needs needs);

  [[nodiscard]] std::optional<std::uint32_t> parent(std::uint32_t pid) const;
  void append_children(std::uint32_t pid, std::vector<std::uint32_t>& out) const;
  void append_all(std::vector<std::uint32_t>& out) const;
  // A process without one yet has its parent's.
  [[nodiscard]] std::string comm(std::uint32_t pid) const;
  // Of an ancestor: where it has its name from another one, that is met too.
  [[nodiscard]] auto is_called(std::string_view comm) const {
    return [this, comm](std::uint32_t pid) {
      const auto node = store_.get_node(pid);
      return node && node->cmd == comm;
    };
  }
  void append_label(std::string& out, std::uint32_t pid) const;

 private:
  void index();

  TreeAccess& store_;
  bool indexed_ = false;
  struct Entry {
    std::uint32_t pid;
    std::uint32_t ppid;
    std::uint32_t next;  // among the children of ppid, the next higher pid
  };
  std::vector<Entry> entries_;
  PidIndex first_child_;  // by ppid: in entries_
  // The store's index may contradict its nodes: no process is visited twice all the same.
  mutable std::unordered_set<std::uint32_t> met_;
  mutable std::unordered_map<std::uint32_t, std::string> inherited_;  // names of those without their own
};

static_assert(LabelledForest<StoreView>);

}  // namespace proctree::detail
