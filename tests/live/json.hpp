// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A JSON value of our own, filled by a strict parser (simdjson's DOM: RFC 8259, valid UTF-8).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace proctree::live {

struct JsonMember;

struct Json {
  using Array = std::vector<Json>;
  using Object = std::vector<JsonMember>;  // in the order of the text
  std::variant<std::nullptr_t, bool, std::uint64_t, std::int64_t, double, std::string, Array, Object> value;

  // What stands at a dotted path ("ancestors.0.comm"); nullptr: nothing.
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

struct JsonMember {
  std::string key;
  Json value;
};

// nullopt, and why, for what is not strict JSON or names a member twice.
[[nodiscard]] std::optional<Json> parse_json(std::string_view text, std::string& why);

}  // namespace proctree::live
