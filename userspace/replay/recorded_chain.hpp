// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A chain string read back, link by link.
#pragma once

#include <string>
#include <string_view>

#include "tree/lineage.hpp"

namespace proctree {

class RecordedChain {
 public:
  explicit RecordedChain(std::string_view chain) : rest_(chain), ended_(chain.empty()) {}

  // False: there is none, or the text is no chain from here on. `link` is valid until the next call.
  bool next(LinkView& link);
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  static bool unescape(std::string_view field, std::string& out);

  std::string_view rest_;
  bool ended_;
  bool broken_ = false;
  std::string cmd_;
  std::string user_;
};

}  // namespace proctree
