// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// All facts of every process while tracing begins, for the `process` records: the table keeps only
// what lineage needs.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "source/event.hpp"
#include "tree/table.hpp"

namespace proctree {

class StartupFacts {
 public:
  // The newest facts of a process replace those before.
  void set(Slot slot, const TaskFacts& task, const ImageFacts& image);
  // A process that was forked meanwhile has its creator's image.
  void set_forked(Slot slot, Slot creator, const TaskFacts& task);

  struct Facts {
    TaskFacts task;
    ImageFacts image;
  };
  [[nodiscard]] const Facts* find(Slot slot) const;

 private:
  struct Owned {
    Facts facts;
    std::string strings;  // all that `facts` views, one after the other
  };
  // On the heap each, so that the views into `strings` stay.
  std::unordered_map<Slot, std::unique_ptr<Owned>> by_slot_;
};

}  // namespace proctree
