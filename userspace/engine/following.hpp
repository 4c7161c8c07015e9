// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which processes are followed, with all that descends from them: the source reports no others.
#pragma once

#include <cstdint>
#include <vector>

#include "source/source.hpp"
#include "tree/table.hpp"

namespace proctree {

class Following {
 public:
  // Both outlive it.
  Following(Source& source, const ProcessTable& table) : source_(source), table_(table) {}

  [[nodiscard]] bool any() const { return !roots_.empty(); }
  // This process itself, not for one above it; nor because another one had its pid.
  [[nodiscard]] bool has(Slot slot) const;
  // What descends from it by now is included at once.
  void add(const ProcKey& process) {
    roots_.push_back(process);
    include();
  }
  // False: it is not followed.
  bool remove(std::uint32_t pid);

  // Gives each living process the mark that follows from its lineage; returns whether that changed any. A
  // process that was forked meanwhile may have its creator's old one: once all events until now are applied,
  // and the next pass changes nothing, all marks are right, and so are those that children get from now on.
  bool mark();
  // Records of this process are wanted.
  [[nodiscard]] bool includes(Slot slot) const {
    return roots_.empty() || (slot < included_.size() && included_[slot]);
  }
  void on_fork(Slot slot);
  void forget(Slot slot) {
    if (slot < included_.size()) included_[slot] = false;
  }

 private:
  void include();

  Source& source_;
  const ProcessTable& table_;
  std::vector<ProcKey> roots_;
  std::vector<bool> included_;  // by slot
};

}  // namespace proctree
