// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Writes JSON straight into one reused buffer: no tree of values, no allocation once it has grown.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace proctree {

// What the code point (or the bad byte) at `at` takes, in `text` and as JsonWriter::string() writes it.
struct JsonSize {
  std::size_t bytes = 0;
  std::size_t size = 0;
};
[[nodiscard]] JsonSize json_size_at(std::string_view text, std::size_t at);

// The caller keeps to the grammar (a key before each value of an object); commas are put by it. Keys are
// literals of ours and written as they are.
class JsonWriter {
 public:
  JsonWriter() : buffer_(kInitialSize, '\0') {}

  void clear() {
    size_ = 0;
    comma_ = false;
  }
  [[nodiscard]] std::string_view text() const { return {buffer_.data(), size_}; }

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  template <std::size_t N>
  void key(const char (&name)[N]) {
    char* at = room(N + 3);
    if (comma_) *at++ = ',';
    *at++ = '"';
    std::memcpy(at, name, N - 1);  // of a size that is known: no call
    at += N - 1;
    *at++ = '"';
    *at++ = ':';
    end_at(at);
    comma_ = false;
  }
  // A name of plain ASCII that is not known when this is compiled.
  void plain_key(std::string_view name) {
    char* at = room(name.size() + 4);
    if (comma_) *at++ = ',';
    *at++ = '"';
    std::memcpy(at, name.data(), name.size());
    at += name.size();
    *at++ = '"';
    *at++ = ':';
    end_at(at);
    comma_ = false;
  }

  // Any bytes, as string() has them.
  void string_key(std::string_view name) {
    string(name);
    *room(1) = ':';
    ++size_;
    comma_ = false;
  }

  template <std::integral T>
  void value(T number) {
    char* at = room(kNumberSize + 1);
    if (comma_) *at++ = ',';
    end_at(std::to_chars(at, at + kNumberSize, number).ptr);
    comma_ = true;
  }
  void value(bool truth) { ascii_literal(truth ? "true" : "false"); }

  // A string that is known to hold nothing but plain ASCII without `"` and `\`.
  void plain(std::string_view text);

  // Any bytes. A byte that is not part of valid UTF-8 becomes U+FFFD: answers false if there was one.
  // Control characters and hidden code points become \uXXXX, so that no terminal obeys them.
  bool string(std::string_view text);
  // As string(), but of what no line will hold no more is written once all is longer than `most`.
  struct Taken {
    std::size_t bytes = 0;  // of the text
    bool valid = true;
  };
  Taken string_up_to(std::string_view text, std::size_t most);
  // The bytes in base64.
  void base64(std::string_view bytes);
  // 16 lower-case hex digits, as /proc writes capabilities.
  void hex64(std::uint64_t number);

  // What `write` adds, without the comma before it. Valid until more is written.
  template <class Write>
  [[nodiscard]] std::string_view capture(Write&& write) {
    const std::size_t begin = size_ + (comma_ ? 1 : 0);
    write();
    return text().substr(begin);
  }
  // The same once more.
  void repeat(std::string_view captured) {
    char* at = room(captured.size() + 1);
    if (comma_) *at++ = ',';
    std::memcpy(at, captured.data(), captured.size());
    end_at(at + captured.size());
    comma_ = true;
  }

  template <std::size_t N, class T>
  void field(const char (&name)[N], T number) {
    key(name);
    value(number);
  }
  template <std::size_t N>
  void plain_field(const char (&name)[N], std::string_view text) {
    key(name);
    plain(text);
  }
  // The field `name`, and where it is not valid UTF-8 the field `name`_raw with the exact bytes.
  template <std::size_t N>
  void string_field(const char (&name)[N], std::string_view text) {
    key(name);
    if (!string(text)) raw_field(name, text);
  }
  template <std::size_t N>
  void raw_field(const char (&name)[N], std::string_view bytes) {
    char raw_name[N + 4];
    std::memcpy(raw_name, name, N - 1);
    std::memcpy(raw_name + N - 1, "_raw", 5);
    key(raw_name);
    base64(bytes);
  }

 private:
  static constexpr std::size_t kInitialSize = 16 * 1024;
  static constexpr std::size_t kBlock = 1024;     // bytes of a string at a time
  static constexpr std::size_t kNumberSize = 20;  // of 2^64 - 1, and of -2^63

  // At least `bytes` to write at; end_at() says how many were.
  char* room(std::size_t bytes) {
    if (buffer_.size() - size_ < bytes) grow(bytes);
    return buffer_.data() + size_;
  }
  void end_at(const char* end) { size_ = static_cast<std::size_t>(end - buffer_.data()); }
  void grow(std::size_t bytes);

  void open(char bracket) {
    char* at = room(2);
    if (comma_) *at++ = ',';
    *at++ = bracket;
    end_at(at);
    comma_ = false;
  }
  void close(char bracket) {
    char* at = room(1);
    *at++ = bracket;
    end_at(at);
    comma_ = true;
  }
  void ascii_literal(std::string_view text);
  void append(std::string_view text) {
    std::memcpy(room(text.size()), text.data(), text.size());
    size_ += text.size();
  }

  std::string buffer_;  // as large as it ever had to be; size_ bytes of it count
  std::size_t size_ = 0;
  bool comma_ = false;  // the next key or value follows another
};

}  // namespace proctree
