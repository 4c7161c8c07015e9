// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/display.hpp"

#include <algorithm>
#include <charconv>

#include "base/append_number.hpp"
#include "base/ascii_scan.hpp"
#include "base/escape.hpp"

namespace proctree {

void TreeLines::append_prefix(std::string& out, std::size_t depth, bool last) {
  if (depth == 0) return;
  const std::size_t column = std::min(depth, kIndentMax);
  above_.resize(ends_[column - 1]);
  out += above_;
  const bool ascii = charset_ == Charset::ascii;
  out += ascii ? (last ? "`-" : "|-") : (last ? "└─" : "├─");
  if (depth < kIndentMax) {
    above_ += last ? "  " : ascii ? "| " : "│ ";
    ends_[depth] = above_.size();
  } else {
    out += "[depth ";
    append_number(out, depth);
    out += "] ";
  }
}

void append_name_and_pid(std::string& out, std::string_view name, std::uint32_t pid, Charset charset) {
  std::array<char, kPlainMost + 16> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  char* at = copy_plain<'\\'>(buffer.data(), name);
  if (at == nullptr) {
    append_visible(out, name, charset);
    at = buffer.data();
  }
  *at++ = '(';
  at = put_decimal(at, pid);
  *at++ = ')';
  out.append(buffer.data(), static_cast<std::size_t>(at - buffer.data()));
}

}  // namespace proctree
