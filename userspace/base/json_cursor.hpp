// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Walks over one JSON text, strictly (RFC 8259, valid UTF-8), value by value as its reader asks for them: no
// tree of values, no allocation once its memory has grown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace proctree {

// Functions return false where the text is not as asked for; from then on all do, and why() says what was
// wrong. Strings are valid until the next start(), for as long as the text is there.
class JsonCursor {
 public:
  // Deeper values are refused. Ours are three levels deep.
  static constexpr unsigned kDepthMax = 64;

  void start(std::string_view text);

  bool begin_object();
  // The next key of the object; false at its end, too: ask failed().
  bool next_key(std::string_view& key);
  bool begin_array();
  // Whether there is one more element. It is read next.
  bool next_element();

  // Whether the next value is a string.
  bool at_string() { return peek() == '"'; }
  bool string(std::string_view& out);
  // The bytes that a string holds in base64.
  bool base64(std::string_view& out);
  // A whole number, not negative.
  bool number(std::uint64_t& out);
  bool number(std::int64_t& out);  // or negative
  bool boolean(bool& out);
  // Any value, checked all the same.
  bool skip();
  // Likewise, as it is in the text.
  bool raw(std::string_view& out);
  // The text from the next value on.
  std::string_view rest();
  // Over a value that has been checked: rest() begins with it.
  void pass_over(std::string_view value) { at_ += value.size(); }

  // Nothing but blanks may follow the text's one value.
  bool end();

  // Where the last value ended.
  [[nodiscard]] const char* last_end() const { return at_; }

  [[nodiscard]] bool failed() const { return why_ != nullptr; }
  [[nodiscard]] const char* why() const { return why_; }

 private:
  bool refuse(const char* why);
  // The next character that is no blank; NUL at the end.
  char peek() {
    if (at_ != end_ && static_cast<unsigned char>(*at_) > ' ') return *at_;
    return peek_beyond_blanks();
  }
  char peek_beyond_blanks();
  bool take(char wanted, const char* why);
  bool literal(std::string_view text);
  bool skip_number();
  bool skip_digits();
  void find_end_of_plain();
  bool string_with_more(const char* begin, std::string_view& out);
  bool unescape();
  bool hex4(std::uint32_t& out);
  char* room(std::size_t size);
  bool copy(const char* from, std::size_t size);
  bool copy_utf8(std::uint32_t code);

  const char* at_ = nullptr;
  const char* end_ = nullptr;
  const char* why_ = nullptr;
  bool fresh_ = false;  // an object or array has just begun
  // Values that differ from the text. Nothing made of a string is longer than that string, and none is made
  // of another: so it is never more than the text's own size.
  std::string memory_;
  std::size_t used_ = 0;
};

}  // namespace proctree
