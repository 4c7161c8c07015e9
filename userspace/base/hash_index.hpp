// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A hash table of 32-bit keys and values: open addressing, linear probing, 8 bytes an entry. A key may
// be there more than once, where it is itself the hash of something longer.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace proctree {

// A hash keyed at random in this process: whoever chooses the names can't choose which of them collide.
[[nodiscard]] std::uint32_t hash_of(std::string_view text);
[[nodiscard]] std::uint32_t hash_of(std::uint32_t a, std::uint32_t b, std::uint64_t c);

class HashIndex {
 public:
  static constexpr std::uint32_t kNone = 0xffffffff;

  // The value under `key` for which `is_it` holds; kNone: there is none.
  template <class Predicate>
  [[nodiscard]] std::uint32_t find(std::uint32_t key, Predicate is_it) const {
    if (entries_.empty()) return kNone;
    for (std::size_t at = home(key);; at = (at + 1) & mask()) {
      const Entry& entry = entries_[at];
      if (entry.value == kNone || (entry.key == key && is_it(entry.value))) return entry.value;
    }
  }
  [[nodiscard]] std::uint32_t find(std::uint32_t key) const {
    return find(key, [](std::uint32_t) { return true; });
  }
  // `value` isn't under `key` yet, and not kNone.
  void add(std::uint32_t key, std::uint32_t value) {
    if ((count_ + 1) * 4 > entries_.size() * 3) grow();
    ++count_;
    put({key, value});
  }
  void erase(std::uint32_t key, std::uint32_t value);  // where it is there
  [[nodiscard]] std::size_t size() const { return count_; }

 private:
  struct Entry {
    std::uint32_t key = 0;
    std::uint32_t value = kNone;  // kNone: empty
  };
  [[nodiscard]] std::size_t mask() const { return entries_.size() - 1; }
  // Fibonacci hashing: keys that come in runs are spread evenly by a multiplication by 2^64/φ.
  [[nodiscard]] std::size_t home(std::uint32_t key) const {
    return static_cast<std::size_t>((key * std::uint64_t{0x9e3779b97f4a7c15}) >> shift_);
  }
  void put(Entry entry) {
    std::size_t at = home(entry.key);
    while (entries_[at].value != kNone) at = (at + 1) & mask();
    entries_[at] = entry;
  }
  void grow();

  std::vector<Entry> entries_;
  std::size_t count_ = 0;
  unsigned shift_ = 64;
};

}  // namespace proctree
