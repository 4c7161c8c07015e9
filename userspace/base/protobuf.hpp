// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Writes protocol buffers' wire format straight into one reused buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace proctree {

// The caller knows the schema: a field's number, and which of these types it has.
class ProtobufWriter {
 public:
  void clear() { buffer_.clear(); }
  [[nodiscard]] std::string_view bytes() const { return buffer_; }

  // uint32, uint64, bool, enum, and int64 of what is not negative.
  void number(std::uint32_t field, std::uint64_t value) {
    tag(field, kVarint);
    append_varint(value);
  }
  void fixed64(std::uint32_t field, std::uint64_t value) {
    tag(field, kFixed64);
    for (unsigned shift = 0; shift < 64; shift += 8) buffer_ += static_cast<char>(value >> shift & 0xff);
  }
  // string (which must be UTF-8) and bytes.
  void string(std::uint32_t field, std::string_view text) {
    tag(field, kLength);
    append_varint(text.size());
    buffer_ += text;
  }
  // A message within the message: what is written until end() is called with what this answers.
  [[nodiscard]] std::size_t begin(std::uint32_t field) {
    tag(field, kLength);
    buffer_ += '\0';  // its length, where that is one byte
    return buffer_.size();
  }
  void end(std::size_t begun) {
    std::uint64_t length = buffer_.size() - begun;
    std::size_t at = begun - 1;
    for (; length >= kMore; length >>= 7U) {
      buffer_[at++] = static_cast<char>(length | kMore);
      buffer_.insert(at, 1, '\0');
    }
    buffer_[at] = static_cast<char>(length);
  }

 private:
  enum WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kLength = 2 };
  static constexpr std::uint64_t kMore = 0x80;  // in a byte of a varint: another follows

  void tag(std::uint32_t field, WireType type) { append_varint(std::uint64_t{field} << 3U | type); }
  void append_varint(std::uint64_t value) {
    for (; value >= kMore; value >>= 7U) buffer_ += static_cast<char>(value | kMore);
    buffer_ += static_cast<char>(value);
  }

  std::string buffer_;
};

}  // namespace proctree
