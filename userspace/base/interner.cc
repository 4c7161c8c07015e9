// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/interner.hpp"

namespace proctree {

Interner::Id Interner::acquire(std::string_view text, std::uint32_t hash) {
  Id id = find(text, hash);
  if (id != kNone) {
    ++entries_[id].count;
    return id;
  }
  id = free_.take([this] { return entries_.grow(); });
  Entry& entry = entries_[id];
  entry.text = text;
  heap_bytes_ += heap_bytes(text);
  entry.hash = hash;
  entry.count = 1;
  by_hash_.add(hash, id);
  return id;
}

void Interner::release(Id id) {
  Entry& entry = entries_[id];
  if (--entry.count != 0) return;
  by_hash_.erase(entry.hash, id);
  heap_bytes_ -= heap_bytes(entry.text);
  std::string().swap(entry.text);  // an assignment would keep its memory
  free_.release(id);
}

}  // namespace proctree
