// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Writes JSON directly into one reused buffer: no tree of values, no allocation once it has grown.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/decimal.hpp"

namespace proctree {

// Numbers up to this are exact in a double, which is all that JavaScript, jq and others have.
inline constexpr std::uint64_t kExactMost = std::uint64_t{1} << 53;

// A member of the outermost object, or a retained piece of it that holds whole members, by where it stands in
// the text.
struct JsonMember {
  std::size_t begin = 0;    // its first name's quote
  std::size_t value = 0;    // 0: a piece of members
  std::uint64_t piece = 0;  // number of the piece that it is, or that is its value; 0: none, or not retained
};

// Noted while a text is written, so that it needn't be parsed again.
struct JsonMembers {
  std::vector<JsonMember> list;
  // Numbers of the pieces that are elements of an array which is a member; 0: one that was not retained.
  std::vector<std::uint64_t> elements;
  bool exact = true;  // no number is above kExactMost
  std::uint64_t last_piece = 0;

  void clear() {
    list.clear();
    elements.clear();
    exact = true;
  }
};

// The same of a piece of text that is written again as it is.
struct JsonPiece {
  std::uint64_t number = 0;
  bool exact = true;
};

// Where in its table the writer of a piece retains it: what is made of it may be retained likewise.
inline constexpr std::size_t kJsonPiecePlaces = 4096;
[[nodiscard]] constexpr std::size_t place_of_piece(std::uint64_t number) { return number % kJsonPiecePlaces; }

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
    if (members_ == nullptr) return;
    members_->clear();
    depth_ = 0;
  }
  // Of each text from the next clear() on.
  void note_members(JsonMembers& members) { members_ = &members; }
  [[nodiscard]] std::string_view text() const { return {buffer_.data(), size_}; }

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  template <std::size_t N>
  void key(const char (&name)[N]) {
    char* at = room(N + 3);
    if (comma_) *at++ = ',';
    note_member(at, N - 1);
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
    note_member(at, name.size());
    *at++ = '"';
    std::memcpy(at, name.data(), name.size());
    at += name.size();
    *at++ = '"';
    *at++ = ':';
    end_at(at);
    comma_ = false;
  }

  // Any bytes, as string() has them. Not of the outermost object where members are noted.
  void string_key(std::string_view name) {
    string(name);
    *room(1) = ':';
    ++size_;
    comma_ = false;
  }

  template <std::integral T>
  void value(T number) {
    char* at = room(kDecimalRoom + 1);
    if (comma_) *at++ = ',';
    end_at(put_decimal(at, number));
    comma_ = true;
    if constexpr (sizeof number > 4) {
      constexpr auto kMost = static_cast<std::int64_t>(kExactMost);
      if (std::cmp_greater(number, kMost) || std::cmp_less(number, -kMost)) [[unlikely]]
        if (members_ != nullptr) members_->exact = false;
    }
  }
  void value(bool truth) { ascii_literal(truth ? "true" : "false"); }

  // A string that is known to hold nothing but plain ASCII without `"` and `\`.
  void plain(std::string_view text);

  // Any bytes. A byte that is not part of valid UTF-8 becomes U+FFFD: returns false if there was one.
  // Control characters and hidden code points become \uXXXX, so that no terminal obeys them.
  bool string(std::string_view text) {
    return put_plain(text) || put_escaped(text, std::numeric_limits<std::size_t>::max()).valid;
  }
  // As string(), but of what no line will hold no more is written once all is longer than `most`.
  struct Taken {
    std::size_t bytes = 0;  // of the text
    bool valid = true;
  };
  Taken string_up_to(std::string_view text, std::size_t most) {
    return put_plain(text) ? Taken{text.size(), true} : put_escaped(text, most);
  }
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
  // The same, with what is to be noted wherever it is repeated. `index`: below kJsonPiecePlaces. Equal
  // numbers stand for equal texts; of a text longer than `most` the number is 0.
  template <class Write>
  [[nodiscard]] std::string_view capture(JsonPiece& piece, std::size_t index, std::size_t most,
                                         Write&& write) {
    if (members_ == nullptr) return capture(std::forward<Write>(write));
    const Noted before = begin_piece();
    const std::string_view text = capture(std::forward<Write>(write));
    end_piece(before, text.size() > most ? 0 : next_piece(index), piece);
    return text;
  }
  void repeat(std::string_view captured, const JsonPiece& piece) {
    if (members_ != nullptr) note_piece(piece, size_ + (comma_ ? 1 : 0));
    repeat(captured);
  }
  // The same once more.
  void repeat(std::string_view captured) {
    char* at = room(captured.size() + 1);
    if (comma_) *at++ = ',';
    std::memcpy(at, captured.data(), captured.size());
    end_at(at + captured.size());
    comma_ = true;
  }

  template <std::size_t N>
  void repeat_field(const char (&name)[N], std::string_view captured) {
    key(name);
    append(captured);
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
  static constexpr std::size_t kBlock = 1024;  // bytes of a string at a time
  static constexpr std::uint32_t kNotNoted = std::uint32_t{1} << 31;

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
    ++depth_;
  }
  void close(char bracket) {
    char* at = room(1);
    *at++ = bracket;
    end_at(at);
    comma_ = true;
    --depth_;
  }

  // What was noted before a piece that is being written.
  struct Noted {
    std::size_t begin = 0;
    std::size_t members = 0;
    std::size_t elements = 0;
    bool exact = true;
  };
  void note_member(const char* at, std::size_t name_size) {
    if (depth_ != 1) return;
    const auto begin = static_cast<std::size_t>(at - buffer_.data());
    members_->list.push_back({begin, begin + name_size + 3, 0});
  }
  [[nodiscard]] Noted begin_piece() {
    return {size_ + (comma_ ? 1 : 0), members_->list.size(), members_->elements.size(),
            std::exchange(members_->exact, true)};
  }
  [[nodiscard]] std::uint64_t next_piece(std::size_t index);
  void end_piece(const Noted& before, std::uint64_t number, JsonPiece& piece);
  void note_piece(const JsonPiece& piece, std::size_t begin);
  void ascii_literal(std::string_view text);
  bool put_plain(std::string_view text);  // false: nothing is written
  Taken put_escaped(std::string_view text, std::size_t most);
  void append(std::string_view text) {
    std::memcpy(room(text.size()), text.data(), text.size());
    size_ += text.size();
  }

  std::string buffer_;  // as large as it ever had to be; size_ bytes of it count
  std::size_t size_ = 0;
  bool comma_ = false;  // the next key or value follows another
  JsonMembers* members_ = nullptr;
  std::uint32_t depth_ = kNotNoted;  // objects and arrays that are open
};

}  // namespace proctree
