// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "hash/digest.hpp"

#include <algorithm>
#include <ctime>

namespace proctree {

std::size_t hash_of(const FileState& state) {
  std::uint64_t mixed = 0;
  for (const std::uint64_t word :
       {state.file.dev, state.file.inode, state.size, static_cast<std::uint64_t>(state.ctime_ns)}) {
    mixed = (mixed ^ word) * 0x9e3779b97f4a7c15U;
    mixed ^= mixed >> 32;
  }
  return static_cast<std::size_t>(mixed);
}

DigestCache::Entry* DigestCache::set_of(const FileState& state) {
  return &entries_[hash_of(state) % (entries_.size() / kWays) * kWays];
}

const Digest* DigestCache::find(const FileState& state) {
  Entry* const set = set_of(state);
  for (Entry* entry = set; entry != set + kWays; ++entry) {
    if (entry->used == 0 || entry->state != state) continue;
    entry->used = ++turn_;
    return &entry->digest;
  }
  return nullptr;
}

void DigestCache::insert(const FileState& state, const Digest& digest) {
  Entry* const set = set_of(state);
  const auto is_same = [&](const Entry& entry) { return entry.used != 0 && entry.state == state; };
  Entry* entry = std::find_if(set, set + kWays, is_same);
  if (entry == set + kWays) entry = std::ranges::min_element(set, set + kWays, {}, &Entry::used);
  *entry = {state, digest, ++turn_};
}

std::int64_t settled_after_ns() {
  static const std::int64_t after_ns = [] {
    timespec tick{};
    ::clock_getres(CLOCK_REALTIME_COARSE, &tick);
    return 2 * std::int64_t{tick.tv_nsec} + 1'000'000;
  }();
  return after_ns;
}

}  // namespace proctree
