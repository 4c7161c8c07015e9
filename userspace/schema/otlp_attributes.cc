// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "schema/otlp_attributes.hpp"

#include <bit>
#include <charconv>
#include <optional>

#include "base/parse_text.hpp"
#include "base/utf8.hpp"
#include "schema/json_string.hpp"
#include "schema/json_text.hpp"

namespace proctree::schema {

namespace {

// Numbers of fields, which are all below 16: each tag is one byte.
enum KeyValue : std::uint8_t { kKey = 1, kValue = 2 };
enum AnyValue : std::uint8_t {
  kString = 1,
  kBool = 2,
  kInt = 3,
  kDouble = 4,
  kArray = 5,
  kObject = 6,
};
constexpr std::uint32_t kElements = 1;  // of ArrayValue and KeyValueList

constexpr std::size_t field_size(std::size_t content) { return 1 + varint_size(content) + content; }

}  // namespace

void put_otlp_text(ProtobufWriter& proto, std::uint32_t field, std::string_view utf8) {
  proto.message(field, field_size(utf8.size()));
  proto.string(kString, utf8);
}

void OtlpAttributes::put_name(std::uint32_t field, AttributeName name) {
  proto_.message(field, name.size());
  proto_.repeat(name.prefix);
  proto_.repeat(name.name);
}

void OtlpAttributes::text(AttributeName name, std::string_view utf8) {
  proto_.message(field_, field_size(name.size()) + field_size(field_size(utf8.size())));
  put_name(kKey, name);
  put_otlp_text(proto_, kValue, utf8);
}

void OtlpAttributes::number(AttributeName name, std::uint64_t value) {
  const std::size_t size = 1 + varint_size(value);
  proto_.message(field_, field_size(name.size()) + field_size(size));
  put_name(kKey, name);
  proto_.message(kValue, size);
  proto_.number(kInt, value);
}

void OtlpAttributes::value(AttributeName name, std::string_view json) {
  if (json.starts_with('"')) return text(name, unescaped(inside(json), memory_));
  constexpr std::size_t kDigitsMost = 18;  // of what is no more than an int64
  if (json.size() <= kDigitsMost) {
    if (const auto whole = parse_number<std::uint64_t>(json)) return number(name, *whole);
  }
  const std::size_t attribute = proto_.begin(field_);
  put_name(kKey, name);
  any_value(kValue, json, kDepthMost);
  proto_.end(attribute);
}

void OtlpAttributes::flattened(AttributeName name, std::string_view json) {
  (name_ = name.prefix) += name.name;
  flattened(json, kDepthMost);
}

void OtlpAttributes::flattened(std::string_view json, unsigned depth) {
  bool any = false;
  const std::size_t size = name_.size();
  if (json.starts_with('{') && depth != 0) {
    for_each_member(json, [&](std::string_view member, std::string_view value) {
      any = true;
      (name_ += '.') += unescaped(member, memory_);
      flattened(value, depth - 1);
      name_.resize(size);
    });
  }
  if (!any) value({name_, {}}, json);
}

void OtlpAttributes::any_value(std::uint32_t field, std::string_view json, unsigned depth) {
  const char first = json.empty() ? 'n' : json[0];
  const bool nested = first == '[' || first == '{';
  if (first == '"') return put_otlp_text(proto_, field, unescaped(inside(json), memory_));
  if (nested && depth == 0)
    return put_otlp_text(proto_, field, is_utf8(json) ? json : unescaped(json, memory_));
  const std::size_t value = proto_.begin(field);
  if (first == '[') {
    put_array(json, depth - 1);
  } else if (first == '{') {
    put_object(json, depth - 1);
  } else if (first == 't' || first == 'f') {
    proto_.number(kBool, first == 't' ? 1 : 0);
  } else if (first != 'n') {  // null is the value without anything
    put_number(json);
  }
  proto_.end(value);
}

// What fits neither an integer nor a double stands there as its digits.
void OtlpAttributes::put_number(std::string_view digits) {
  if (const auto whole = parse_number<std::int64_t>(digits))
    return proto_.number(kInt, static_cast<std::uint64_t>(*whole));
  double real = 0;
  const char* const end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, real);
  const bool is_whole = digits.find_first_not_of("-0123456789") == std::string_view::npos;
  if (!is_whole && read.ec == std::errc{} && read.ptr == end)
    return proto_.fixed64(kDouble, std::bit_cast<std::uint64_t>(real));
  proto_.string(kString, unescaped(digits, memory_));
}

void OtlpAttributes::put_array(std::string_view json, unsigned depth) {
  const std::size_t array = proto_.begin(kArray);
  JsonText elements(json);
  elements.begin('[');
  for (std::string_view element; elements.next_element(element);) any_value(kElements, element, depth);
  proto_.end(array);
}

void OtlpAttributes::put_object(std::string_view json, unsigned depth) {
  const std::size_t object = proto_.begin(kObject);
  for_each_member(json, [&](std::string_view name, std::string_view value) {
    const std::size_t member = proto_.begin(kElements);
    proto_.string(kKey, unescaped(name, memory_));
    any_value(kValue, value, depth);
    proto_.end(member);
  });
  proto_.end(object);
}

}  // namespace proctree::schema
