// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The descriptors that a program began with, out of what the kernel side says of each.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "proctree_event.h"
#include "tree/event.hpp"

namespace proctree {

using StdioRecords = std::array<pt_stdio, PT_STDIO_COUNT>;
using StdioPaths = std::array<std::string_view, PT_STDIO_COUNT>;  // leaf first, as sent

class StdioDecoder {
 public:
  // False where the records make no sense. The result is valid until the next call.
  [[nodiscard]] bool decode(const StdioRecords& records, const StdioPaths& paths);
  [[nodiscard]] const Stdio& result() const { return stdio_; }

 private:
  [[nodiscard]] bool decode_one(std::size_t fd, const pt_stdio& record, std::string_view path);

  Stdio stdio_;
  std::array<std::string, PT_STDIO_COUNT> paths_;
  std::array<std::string, PT_STDIO_COUNT> peers_;
};

}  // namespace proctree
