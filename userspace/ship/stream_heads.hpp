// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Hosts and tracers of the streams whose lines come in turns, of which only the first line says them.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "sink/json_lines.hpp"

namespace proctree {

class StreamHeads {
 public:
  void remember(const StreamHead& head) {
    if (heads_.size() >= kMost && !heads_.contains(head.stream)) heads_.clear();
    heads_.insert_or_assign(head.stream, head);
  }
  // nullptr: it is not known. Valid until the next remember().
  [[nodiscard]] const StreamHead* find(std::string_view stream) const {
    const auto at = heads_.find(stream);
    return at == heads_.end() ? nullptr : &at->second;
  }

 private:
  static constexpr std::size_t kMost = 4'096;
  std::map<std::string, StreamHead, std::less<>> heads_;
};

}  // namespace proctree
