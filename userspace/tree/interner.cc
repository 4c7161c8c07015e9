// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/interner.hpp"

namespace proctree {

Interner::Id Interner::acquire(std::string_view text) {
  if (const auto found = by_text_.find(text); found != by_text_.end()) {
    ++entries_[found->second].count;
    return found->second;
  }
  Id id = 0;
  if (free_.empty()) {
    id = static_cast<Id>(entries_.grow());
  } else {
    id = free_.back();
    free_.pop_back();
  }
  Entry& entry = entries_[id];
  entry.text = text;
  entry.count = 1;
  by_text_.emplace(entry.text, id);
  return id;
}

void Interner::release(Id id) {
  Entry& entry = entries_[id];
  if (--entry.count != 0) return;
  by_text_.erase(entry.text);
  entry.text = {};
  free_.push_back(id);
}

}  // namespace proctree
