// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Attributes of OpenTelemetry's protocol (common.proto, KeyValue and AnyValue) made of JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/protobuf.hpp"

namespace proctree::schema {

// A name's prefix and what follows it: most names are of two parts, which need not be joined.
struct AttributeName {
  std::string_view prefix;
  std::string_view name;
  [[nodiscard]] std::size_t size() const { return prefix.size() + name.size(); }
};

// Appends fields number `field` to a message. Of any bytes it makes a valid message with valid UTF-8.
class OtlpAttributes {
 public:
  OtlpAttributes(ProtobufWriter& proto, std::uint32_t field) : proto_(proto), field_(field) {}

  void text(AttributeName name, std::string_view utf8);
  void number(AttributeName name, std::uint64_t value);  // of what is no more than an int64
  // Any JSON value but an object.
  void value(AttributeName name, std::string_view json);
  // An object's members become attributes of their own, with dots between the names; an empty one is one.
  void flattened(AttributeName name, std::string_view json);

 private:
  // What is deeper stands there as a text of JSON.
  static constexpr unsigned kDepthMost = 16;

  void flattened(std::string_view json, unsigned depth);  // the name is name_
  void put_name(std::uint32_t field, AttributeName name);
  void any_value(std::uint32_t field, std::string_view json, unsigned depth);
  void put_number(std::string_view digits);
  void put_array(std::string_view json, unsigned depth);
  void put_object(std::string_view json, unsigned depth);

  ProtobufWriter& proto_;
  const std::uint32_t field_;
  std::string name_;
  std::string memory_;
};

// The field `field`, an AnyValue that is a text.
void put_otlp_text(ProtobufWriter& proto, std::uint32_t field, std::string_view utf8);

}  // namespace proctree::schema
