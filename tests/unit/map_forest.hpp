// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A forest in a map, as a user of the library may bring one: nothing keeps it from holding cycles.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tree/queries.hpp"

namespace proctree {

class MapForest {
 public:
  using Handle = std::uint32_t;

  void add(std::uint32_t pid, std::uint32_t parent, std::string comm = "x") {
    nodes_[pid] = {parent, std::move(comm)};
    children_[parent].push_back(pid);
  }

  [[nodiscard]] std::optional<std::uint32_t> parent(std::uint32_t pid) const {
    const auto found = nodes_.find(pid);
    if (found == nodes_.end() || found->second.parent == 0) return std::nullopt;
    return found->second.parent;
  }
  void append_children(std::uint32_t pid, std::vector<std::uint32_t>& out) const {
    if (const auto found = children_.find(pid); found != children_.end()) {
      out.insert(out.end(), found->second.begin(), found->second.end());
    }
  }
  void append_all(std::vector<std::uint32_t>& out) const {
    for (const auto& [pid, node] : nodes_) out.push_back(pid);
  }
  [[nodiscard]] std::string comm(std::uint32_t pid) const {  // by value, as a remote store would
    const auto found = nodes_.find(pid);
    return found == nodes_.end() ? std::string() : found->second.comm;
  }
  void append_label(std::string& out, std::uint32_t pid) const {
    out += comm(pid) + "(" + std::to_string(pid) + ")";
  }

 private:
  struct Node {
    std::uint32_t parent = 0;
    std::string comm;
  };
  std::map<std::uint32_t, Node> nodes_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> children_;
};

static_assert(LabelledForest<MapForest>);

}  // namespace proctree
