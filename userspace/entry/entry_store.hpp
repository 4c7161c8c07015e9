// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Entries with strings of their own, each shared by all processes that came in by it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/chunked.hpp"
#include "base/free_ids.hpp"
#include "proctree/entry.hpp"

namespace proctree::entry {

using EntryId = std::uint32_t;
inline constexpr EntryId kNoEntry = 0;       // none: pid 1, kernel threads, what they fork
inline constexpr EntryId kUnknownEntry = 1;  // the line isn't known that far

inline constexpr std::size_t kArgsMax = 1024;

class EntryStore {
 public:
  // Above `bytes_max` entries are stored without what is long.
  explicit EntryStore(std::size_t bytes_max = 32 << 20);

  // Copies it, with one reference.
  EntryId add(const EntryFacts& facts);
  void retain(EntryId id) {
    if (id > kUnknownEntry) ++entries_[id].count;
  }
  void release(EntryId id) {
    if (id > kUnknownEntry && --entries_[id].count == 0) drop(id);
  }
  // Doesn't move while it is referenced.
  [[nodiscard]] const EntryFacts& operator[](EntryId id) const { return entries_[id].facts; }
  [[nodiscard]] std::size_t size() const { return entries_.size() - free_.size() - 2; }

 private:
  struct Stored {
    EntryFacts facts;
    std::string strings;
    std::uint32_t count = 0;
  };
  void drop(EntryId id);

  Chunked<Stored> entries_;
  FreeIds free_;
  std::size_t bytes_ = 0;
  std::size_t bytes_max_;
};

}  // namespace proctree::entry
