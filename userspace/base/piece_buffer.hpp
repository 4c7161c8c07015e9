// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Gathers short pieces of text and appends them to a string together. An append of its own checks the
// string's room and writes its length again, which costs more than copying such a piece.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "base/decimal.hpp"

namespace proctree {

class PieceBuffer {
 public:
  static constexpr std::size_t kRoom = 512;

  // What is gathered is appended to `out` by flush() and at the end; nobody else may append to it before.
  explicit PieceBuffer(std::string& out) : out_(out) {}
  ~PieceBuffer() { flush(); }
  PieceBuffer(const PieceBuffer&) = delete;
  PieceBuffer& operator=(const PieceBuffer&) = delete;

  PieceBuffer& operator+=(char c) {
    *room(1) = c;
    ++size_;
    return *this;
  }
  PieceBuffer& operator+=(std::string_view piece) {
    if (piece.size() > kRoom) {
      flush().append(piece);
      return *this;
    }
    std::memcpy(room(piece.size()), piece.data(), piece.size());
    size_ += piece.size();
    return *this;
  }
  template <std::integral T>
  void append_number(T number) {
    end_at(put_decimal(room(kDecimalRoom), number));
  }

  // Where up to `size` bytes can be written, kRoom at most; then end_at() says where they end.
  char* room(std::size_t size) {
    if (size > kRoom - size_) flush();
    return pieces_.data() + size_;
  }
  void end_at(const char* end) { size_ = static_cast<std::size_t>(end - pieces_.data()); }

  // Returns the string, with all that came.
  std::string& flush() {
    out_.append(pieces_.data(), size_);
    size_ = 0;
    return out_;
  }

 private:
  std::string& out_;
  std::size_t size_ = 0;
  std::array<char, kRoom> pieces_;
};

}  // namespace proctree
