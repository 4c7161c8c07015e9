// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "entry/entry_store.hpp"

#include "tree/fact_table.hpp"

namespace proctree::entry {

namespace {

constexpr std::size_t kTextMax = 4096;      // of any one of its strings
constexpr std::size_t kShortTextMax = 256;  // where memory is short

}  // namespace

EntryStore::EntryStore(std::size_t bytes_max) : bytes_max_(bytes_max) {
  static_assert(kNoEntry == 0 && kUnknownEntry == 1);
  entries_.grow();
  entries_.grow();
}

EntryId EntryStore::add(const EntryFacts& facts) {
  const EntryId id = free_.take([this] { return entries_.grow(); });
  Stored& stored = entries_[id];
  stored.facts = facts;
  stored.count = 1;
  EntryFacts& retained = stored.facts;
  const bool short_of_memory = bytes_ >= bytes_max_;
  retained.args = retained.args.substr(0, short_of_memory ? kShortTextMax : kArgsMax);
  std::size_t size = 0;
  for_each_view(retained, [&](std::string_view& view) {
    view = view.substr(0, short_of_memory ? kShortTextMax : kTextMax);
    size += view.size();
  });
  stored.strings.clear();
  stored.strings.reserve(size);  // so that nothing moves
  for_each_view(retained, [&](std::string_view& view) {
    const std::size_t at = stored.strings.size();
    stored.strings.append(view);
    view = std::string_view(stored.strings).substr(at);
  });
  bytes_ += sizeof(Stored) + stored.strings.capacity();
  return id;
}

void EntryStore::drop(EntryId id) {
  Stored& stored = entries_[id];
  bytes_ -= sizeof(Stored) + stored.strings.capacity();
  stored = {};
  stored.strings.shrink_to_fit();
  free_.release(id);
}

}  // namespace proctree::entry
