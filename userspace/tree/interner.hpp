// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Counted strings, each held once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tree/chunked.hpp"

namespace proctree {

class Interner {
 public:
  using Id = std::uint32_t;

  Id acquire(std::string_view text);
  void release(Id id);
  // Valid until the last holder releases it.
  [[nodiscard]] std::string_view view(Id id) const { return entries_[id].text; }
  [[nodiscard]] std::size_t size() const { return by_text_.size(); }

 private:
  struct Entry {
    std::string text;
    std::uint32_t count = 0;
  };
  Chunked<Entry> entries_;  // never moves: by_text_ holds views of its strings
  std::vector<Id> free_;
  std::unordered_map<std::string_view, Id> by_text_;
};

}  // namespace proctree
