// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "json.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>

namespace proctree::live {
namespace {

std::optional<Json> convert(simdjson::dom::element element, std::string& why);

std::optional<Json> convert_array(simdjson::dom::array from, std::string& why) {
  Json::Array out;
  for (simdjson::dom::element item : from) {
    auto value = convert(item, why);
    if (!value) return std::nullopt;
    out.push_back(std::move(*value));
  }
  return Json{std::move(out)};
}

std::optional<Json> convert_object(simdjson::dom::object from, std::string& why) {
  Json::Object out;
  for (auto [key, item] : from) {
    auto value = convert(item, why);
    if (!value) return std::nullopt;
    if (std::any_of(out.begin(), out.end(), [&](const JsonMember& m) { return m.key == key; })) {
      why = "member twice: " + std::string(key);
      return std::nullopt;
    }
    out.push_back({std::string(key), std::move(*value)});
  }
  return Json{std::move(out)};
}

std::optional<Json> convert(simdjson::dom::element element, std::string& why) {
  using Type = simdjson::dom::element_type;
  switch (element.type()) {
    case Type::ARRAY:
      return convert_array(element, why);
    case Type::OBJECT:
      return convert_object(element, why);
    case Type::INT64: {
      const std::int64_t n = element;
      if (n < 0) return Json{n};
      return Json{static_cast<std::uint64_t>(n)};
    }
    case Type::UINT64:
      return Json{std::uint64_t(element)};
    case Type::DOUBLE:
      return Json{double(element)};
    case Type::STRING:
      return Json{std::string(std::string_view(element))};
    case Type::BOOL:
      return Json{bool(element)};
    case Type::NULL_VALUE:
      return Json{nullptr};
  }
  why = "unknown type";
  return std::nullopt;
}

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
  if (const auto* object = std::get_if<Json::Object>(&in.value)) {
    const auto found =
        std::find_if(object->begin(), object->end(), [&](const JsonMember& m) { return m.key == key; });
    return found == object->end() ? nullptr : &found->value;
  }
  if (const auto* array = std::get_if<Json::Array>(&in.value)) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
    if (error != std::errc() || end != key.data() + key.size() || index >= array->size()) return nullptr;
    return &(*array)[index];
  }
  return nullptr;
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
  const Json* found = at(path);
  const auto* n = found != nullptr ? std::get_if<std::uint64_t>(&found->value) : nullptr;
  return n != nullptr ? std::optional(*n) : std::nullopt;
}

std::optional<std::string_view> Json::string(std::string_view path) const {
  const Json* found = at(path);
  const auto* s = found != nullptr ? std::get_if<std::string>(&found->value) : nullptr;
  return s != nullptr ? std::optional<std::string_view>(*s) : std::nullopt;
}

bool Json::is_true(std::string_view path) const {
  const Json* found = at(path);
  const auto* b = found != nullptr ? std::get_if<bool>(&found->value) : nullptr;
  return b != nullptr && *b;
}

const Json::Array* Json::array(std::string_view path) const {
  const Json* found = at(path);
  return found != nullptr ? std::get_if<Array>(&found->value) : nullptr;
}

std::optional<std::string> Json::bytes(std::string_view path) const {
  if (const auto raw = string(std::string(path) + "_raw")) return base64(*raw);
  const auto text = string(path);
  return text ? std::optional(std::string(*text)) : std::nullopt;
}

std::optional<std::string> Json::joined_args() const {
  if (const auto raw = string("args_raw")) return base64(*raw);
  const Array* args = array("args");
  if (args == nullptr) return std::nullopt;
  std::string out;
  for (const Json& arg : *args) {
    const auto* text = std::get_if<std::string>(&arg.value);
    if (text == nullptr) return std::nullopt;
    if (&arg != args->data()) out += '\0';
    out += *text;
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
  return convert(element, why);
}

}  // namespace proctree::live
