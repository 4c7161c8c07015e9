// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "json.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>

namespace proctree::live {
namespace {

// NOLINTBEGIN(misc-no-recursion): simdjson refuses what is nested deeper than 1024
bool convert(simdjson::dom::element from, Json& out, std::string& why);

bool convert_array(simdjson::dom::array from, Json& out, std::string& why) {
  out.kind = Json::Kind::array;
  for (const simdjson::dom::element item : from) {
    if (!convert(item, out.items.emplace_back(), why)) return false;
  }
  return true;
}

bool convert_object(simdjson::dom::object from, Json& out, std::string& why) {
  out.kind = Json::Kind::object;
  for (const simdjson::dom::key_value_pair member : from) {
    std::string key(member.key);
    if (std::find(out.keys.begin(), out.keys.end(), key) != out.keys.end()) {
      why = "member twice: " + key;
      return false;
    }
    out.keys.push_back(std::move(key));
    if (!convert(member.value, out.items.emplace_back(), why)) return false;
  }
  return true;
}

bool convert(simdjson::dom::element from, Json& out, std::string& why) {
  using Type = simdjson::dom::element_type;
  switch (from.type()) {
    case Type::ARRAY:
      return convert_array(from, out, why);
    case Type::OBJECT:
      return convert_object(from, out, why);
    case Type::INT64:
    case Type::UINT64: {
      const bool natural = from.get(out.natural) == simdjson::SUCCESS;
      out.kind = natural ? Json::Kind::number : Json::Kind::other_number;
      return true;
    }
    case Type::DOUBLE:
      out.kind = Json::Kind::other_number;
      return true;
    case Type::STRING:
      out.kind = Json::Kind::string;
      out.text = std::string_view(from);
      return true;
    case Type::BOOL:
      out.kind = Json::Kind::boolean;
      out.boolean = bool(from);
      return true;
    case Type::NULL_VALUE:
      return true;
  }
  why = "unknown type";
  return false;
}
// NOLINTEND(misc-no-recursion)

std::optional<std::string> base64(std::string_view text) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() % 4 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t bits = 0;
    std::size_t padding = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const std::size_t digit = kDigits.find(text[i + k]);
      if (text[i + k] == '=' && i + 4 == text.size() && k >= 2) {
        ++padding;
      } else if (digit == std::string_view::npos || padding > 0) {
        return std::nullopt;
      }
      bits = bits << 6 | static_cast<std::uint32_t>(text[i + k] == '=' ? 0 : digit);
    }
    for (std::size_t k = 0; k < 3 - padding; ++k) out += static_cast<char>(bits >> (16 - 8 * k) & 0xff);
  }
  return out;
}

const Json* member(const Json& in, std::string_view key) {
  std::size_t index = 0;
  if (in.kind == Json::Kind::object) {
    index = static_cast<std::size_t>(std::find(in.keys.begin(), in.keys.end(), key) - in.keys.begin());
  } else {
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
    if (error != std::errc() || end != key.data() + key.size()) return nullptr;
  }
  return index < in.items.size() ? &in.items[index] : nullptr;
}

// What stands at the path, where it is of this kind.
const Json* of_kind(const Json& in, std::string_view path, Json::Kind kind) {
  const Json* found = in.at(path);
  return found != nullptr && found->kind == kind ? found : nullptr;
}

}  // namespace

const Json* Json::at(std::string_view path) const {
  const Json* here = this;
  while (here != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    here = member(*here, path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return here;
}

std::optional<std::uint64_t> Json::number(std::string_view path) const {
  const Json* found = of_kind(*this, path, Kind::number);
  return found != nullptr ? std::optional(found->natural) : std::nullopt;
}

std::optional<std::string_view> Json::string(std::string_view path) const {
  const Json* found = of_kind(*this, path, Kind::string);
  return found != nullptr ? std::optional<std::string_view>(found->text) : std::nullopt;
}

bool Json::is_true(std::string_view path) const {
  const Json* found = of_kind(*this, path, Kind::boolean);
  return found != nullptr && found->boolean;
}

const Json::Array* Json::array(std::string_view path) const {
  const Json* found = of_kind(*this, path, Kind::array);
  return found != nullptr ? &found->items : nullptr;
}

std::optional<std::string> Json::bytes(std::string_view path) const {
  if (const auto raw = string(std::string(path) + "_raw")) return base64(*raw);
  const auto valid = string(path);
  return valid ? std::optional(std::string(*valid)) : std::nullopt;
}

std::optional<std::string> Json::joined_args() const {
  if (const auto raw = string("args_raw")) return base64(*raw);
  const Array* args = array("args");
  if (args == nullptr) return std::nullopt;
  std::string out;
  for (const Json& arg : *args) {
    if (arg.kind != Kind::string) return std::nullopt;
    if (&arg != args->data()) out += '\0';
    out += arg.text;
  }
  return out;
}

std::optional<Json> parse_json(std::string_view text, std::string& why) {
  static simdjson::dom::parser parser;
  simdjson::dom::element element;
  const simdjson::error_code error = parser.parse(text.data(), text.size()).get(element);
  if (error != simdjson::SUCCESS) {
    why = simdjson::error_message(error);
    return std::nullopt;
  }
  Json json;
  return convert(element, json, why) ? std::optional(std::move(json)) : std::nullopt;
}

}  // namespace proctree::live
