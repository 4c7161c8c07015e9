// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A JSON value of our own, filled by a strict parser (simdjson's DOM: RFC 8259, valid UTF-8).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proctree::live {

struct Json {  // NOLINT(misc-no-recursion): as deep as the parser lets it be
  enum class Kind : std::uint8_t { null, boolean, number, other_number, string, array, object };
  using Array = std::vector<Json>;

  Kind kind = Kind::null;
  bool boolean = false;
  std::uint64_t natural = 0;      // a number that is whole and not negative: all that the contract has
  std::string text;               // of a string
  Array items;                    // of an array; the values of an object
  std::vector<std::string> keys;  // of an object, in the order of the text

  // What stands at a dotted path ("ancestors.0.comm"), this itself at ""; nullptr: nothing.
  [[nodiscard]] const Json* at(std::string_view path) const;
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view path) const;
  [[nodiscard]] std::optional<std::string_view> string(std::string_view path) const;
  [[nodiscard]] bool is_true(std::string_view path) const;
  [[nodiscard]] const Array* array(std::string_view path) const;
  // The exact bytes of a string: of path_raw (base64) where it stands there, else of path.
  [[nodiscard]] std::optional<std::string> bytes(std::string_view path) const;
  // The arguments of an exec as the contract joins them: by NUL, from args_raw where it stands.
  [[nodiscard]] std::optional<std::string> joined_args() const;
};

// nullopt, and why, for what is not strict JSON or names a member twice.
[[nodiscard]] std::optional<Json> parse_json(std::string_view text, std::string& why);

}  // namespace proctree::live
