// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Reads a text that is known to be valid JSON as slices of itself: members and elements keep their spelling,
// so that what is passed on needs neither unescaping nor escaping.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace proctree::schema {

// Of any other text the slices are some slices: nothing outside of it is read.
class JsonText {
 public:
  explicit JsonText(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  // Enters the object or array that begins here.
  bool begin(char bracket) {
    if (peek() != bracket) return false;
    ++at_;
    return true;
  }
  // The next member of an object: its name without quotes, its value as it stands there.
  bool next_member(std::string_view& name, std::string_view& value) {
    if (!next_name(name)) return false;
    return next_value(value);
  }
  bool next_name(std::string_view& name) {
    if (peek() == ',') ++at_;
    if (peek() != '"') return false;
    const char* begin = at_;
    at_ = past_name(at_, end_);
    name = {begin + 1, static_cast<std::size_t>(at_ - begin - (at_ - begin > 1 ? 2 : 1))};
    if (peek() != ':') return false;
    ++at_;
    return true;
  }
  bool next_value(std::string_view& value) {
    if (peek() == '\0') return false;
    const char* begin = at_;
    at_ = past_value(at_, end_);
    value = {begin, static_cast<std::size_t>(at_ - begin)};
    return !value.empty();
  }
  // The same where the value is known.
  [[nodiscard]] std::string_view rest() {
    peek();
    return {at_, static_cast<std::size_t>(end_ - at_)};
  }
  void skip(std::size_t size) { at_ += size; }

  // The next element of an array.
  bool next_element(std::string_view& value) {
    if (peek() == ',') ++at_;
    return peek() != ']' && next_value(value);
  }

 private:
  char peek() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\r' || *at_ == '\n')) ++at_;
    return at_ == end_ ? '\0' : *at_;
  }
  static const char* past_string(const char* at, const char* end) {
    const char* const first = at + 1;
    for (at = first; at != end; ++at) {
      at = static_cast<const char*>(std::memchr(at, '"', static_cast<std::size_t>(end - at)));
      if (at == nullptr) return end;
      const char* slash = at;
      while (slash != first && slash[-1] == '\\') --slash;
      if ((at - slash) % 2 == 0) return at + 1;
    }
    return end;
  }
  // Names are short: a call costs more than they do.
  static const char* past_name(const char* at, const char* end) {
    const char* to = at + 1;
    while (to != end && *to != '"' && *to != '\\') ++to;
    return to != end && *to == '"' ? to + 1 : past_string(at, end);
  }
  static const char* past_value(const char* at, const char* end);

  const char* at_;
  const char* end_;
};

// Calls `use` with name and value of each member of an object.
template <class Use>
void for_each_member(std::string_view object, Use&& use) {
  JsonText members(object);
  if (!members.begin('{')) return;
  std::string_view name;
  std::string_view value;
  while (members.next_member(name, value)) use(name, value);
}

// Whether a double holds it.
[[nodiscard]] bool is_exact(std::string_view number);

// put_value() writes the value as it stands.
[[nodiscard]] bool passes_unchanged(std::string_view value, bool ours);

// Writes a value of the stream: a number that is not exact in a double becomes a string of the same digits,
// in an object or array too. `ours`: it is spelled as this program spells JSON.
void put_value(JsonWriter& json, std::string_view value, bool ours);

// The inside of a string, without quotes.
[[nodiscard]] inline std::string_view inside(std::string_view string) {
  return string.size() < 2 ? std::string_view{} : string.substr(1, string.size() - 2);
}

}  // namespace proctree::schema
