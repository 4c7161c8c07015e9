// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Shell patterns, as fnmatch(3) without flags matches them in the C locale: `*` and `?` match a `/` and a
// leading dot too, and a `[` that nothing closes is itself. Unlike fnmatch(3) none takes longer than the
// product of its length and the text's, whatever a process calls itself.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace proctree {

class Pattern {
 public:
  Pattern() = default;
  // Not explicit: a name is a pattern that matches itself.
  Pattern(std::string text);  // NOLINT(google-explicit-constructor,hicpp-explicit-conversions)
  Pattern(const char* text)
      : Pattern(std::string(text)) {}  // NOLINT(google-explicit-constructor,hicpp-explicit-conversions)
  // What matches `text` alone, whatever bytes it has.
  static Pattern exactly(std::string_view text);

  [[nodiscard]] bool matches(std::string_view text) const;
  // It has no special byte: matches() compares with text().
  [[nodiscard]] bool is_literal() const { return literal_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool literal_ = true;
};

}  // namespace proctree
