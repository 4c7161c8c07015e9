// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Reads protocol buffers' wire format, field by field. The bytes are untrusted: nothing outside of them is
// read, and malformed ones end the message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace proctree {

class ProtobufReader {
 public:
  explicit ProtobufReader(std::string_view message) : rest_(message) {}

  // The next field; false at the end, and where the rest is no field.
  bool next() {
    std::uint64_t tag = 0;
    if (rest_.empty() || !varint(tag)) return false;
    field_ = tag >> 3U;
    type_ = static_cast<unsigned>(tag & 7U);
    switch (type_) {
      case kVarint:
        return varint(number_);
      case kFixed64:
        return take(8);
      case kLength:
        return varint(number_) && take(number_);
      case kFixed32:
        return take(4);
      default:
        return fail();
    }
  }
  [[nodiscard]] bool failed() const { return failed_; }

  [[nodiscard]] std::uint64_t field() const { return field_; }
  [[nodiscard]] bool is_number() const { return type_ == kVarint; }
  [[nodiscard]] bool is_bytes() const { return type_ == kLength; }
  [[nodiscard]] bool is_fixed64() const { return type_ == kFixed64; }
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  static constexpr unsigned kVarint = 0;
  static constexpr unsigned kFixed64 = 1;
  static constexpr unsigned kLength = 2;
  static constexpr unsigned kFixed32 = 5;

  bool fail() {
    failed_ = true;
    rest_ = {};
    return false;
  }
  bool take(std::uint64_t size) {
    if (size > rest_.size()) return fail();
    bytes_ = rest_.substr(0, static_cast<std::size_t>(size));
    rest_.remove_prefix(bytes_.size());
    return true;
  }
  bool varint(std::uint64_t& out) {
    out = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) return fail();
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      out |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return true;
    }
    return fail();
  }

  std::string_view rest_;
  std::string_view bytes_;
  std::uint64_t field_ = 0;
  std::uint64_t number_ = 0;
  unsigned type_ = 0;
  bool failed_ = false;
};

}  // namespace proctree
