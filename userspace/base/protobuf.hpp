// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Writes protocol buffers' wire format straight into one reused buffer.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace proctree {

[[nodiscard]] constexpr std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  for (; value >= 0x80; value >>= 7U) ++size;
  return size;
}

// The caller knows the schema: a field's number, and which of these types it has.
class ProtobufWriter {
 public:
  void clear() { size_ = 0; }
  [[nodiscard]] std::string_view bytes() const { return {buffer_.data(), size_}; }

  // uint32, uint64, bool, enum, and int64 (its two's complement).
  void number(std::uint32_t field, std::uint64_t value) {
    char* at = room(2 * kVarintMost);
    at = put_varint(put_tag(at, field, kVarint), value);
    end_at(at);
  }
  // double too, by its bits.
  void fixed64(std::uint32_t field, std::uint64_t value) {
    char* at = put_tag(room(kVarintMost + sizeof value), field, kFixed64);
    for (unsigned shift = 0; shift < 64; shift += 8) *at++ = static_cast<char>(value >> shift & 0xff);
    end_at(at);
  }
  // string (which must be UTF-8) and bytes.
  void string(std::uint32_t field, std::string_view text) {
    message(field, text.size());
    repeat(text);
  }
  // A message within the message: what is written until end() is called with what this returns.
  [[nodiscard]] std::size_t begin(std::uint32_t field) {
    char* at = put_tag(room(kVarintMost + 1), field, kLength);
    *at++ = '\0';  // its length, where that is one byte
    end_at(at);
    return size_;
  }
  void end(std::size_t begun) {
    const std::size_t length = size_ - begun;
    const std::size_t more = varint_size(length) - 1;
    if (more != 0) {
      room(more);
      std::memmove(buffer_.data() + begun + more, buffer_.data() + begun, length);
      size_ += more;
    }
    put_varint(buffer_.data() + begun - 1, length);
  }
  // The same where its size is known: exactly `size` bytes are written after this.
  void message(std::uint32_t field, std::size_t size) {
    char* at = room(2 * kVarintMost);
    end_at(put_varint(put_tag(at, field, kLength), size));
  }
  // Fields that have been written before.
  void repeat(std::string_view written) { end_at(put(room(written.size()), written)); }

 private:
  enum WireType : std::uint8_t { kVarint = 0, kFixed64 = 1, kLength = 2 };
  static constexpr std::uint64_t kMore = 0x80;  // in a byte of a varint: another follows
  static constexpr std::size_t kVarintMost = 10;

  static char* put_varint(char* at, std::uint64_t value) {
    for (; value >= kMore; value >>= 7U) *at++ = static_cast<char>(value | kMore);
    *at++ = static_cast<char>(value);
    return at;
  }
  static char* put_tag(char* at, std::uint32_t field, WireType type) {
    return put_varint(at, std::uint64_t{field} << 3U | type);
  }
  // An empty text may have no address, which memcpy() is never to be given.
  static char* put(char* at, std::string_view text) {
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    return at + text.size();
  }
  // At least `bytes` to write at; end_at() says how many were.
  [[gnu::always_inline]] char* room(std::size_t bytes) {
    if (buffer_.size() - size_ < bytes) grow(bytes);
    return buffer_.data() + size_;
  }
  [[gnu::noinline]] void grow(std::size_t bytes) {
    buffer_.resize(std::max(buffer_.size() * 2, size_ + bytes));
  }
  void end_at(const char* end) { size_ = static_cast<std::size_t>(end - buffer_.data()); }

  std::string buffer_;  // as large as it ever had to be; size_ bytes of it count
  std::size_t size_ = 0;
};

}  // namespace proctree
