// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/pattern.hpp"

#include <array>
#include <cctype>
#include <cstddef>
#include <optional>

namespace proctree {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

struct CharacterClass {
  std::string_view name;
  int (*has)(int);
};
constexpr std::array<CharacterClass, 12> kClasses = {{{"alnum", std::isalnum},
                                                      {"alpha", std::isalpha},
                                                      {"blank", std::isblank},
                                                      {"cntrl", std::iscntrl},
                                                      {"digit", std::isdigit},
                                                      {"graph", std::isgraph},
                                                      {"lower", std::islower},
                                                      {"print", std::isprint},
                                                      {"punct", std::ispunct},
                                                      {"space", std::isspace},
                                                      {"upper", std::isupper},
                                                      {"xdigit", std::isxdigit}}};

// What stands between `[` and `]`.
class Bracket {
 public:
  // `at` is behind the `[`.
  Bracket(std::string_view pattern, std::size_t at) : pattern_(pattern), at_(at) {}

  // Whether it has `byte`; none: it is not closed, or nonsense. Then end() is behind the `]`.
  std::optional<bool> has(unsigned char byte) {
    const bool negated = at_ < pattern_.size() && (pattern_[at_] == '!' || pattern_[at_] == '^');
    if (negated) ++at_;
    bool found = false;
    for (bool first = true;; first = false) {
      if (at_ >= pattern_.size()) return std::nullopt;
      if (pattern_[at_] == ']' && !first) break;
      const auto entry = entry_has(byte);
      if (!entry) return std::nullopt;
      found |= *entry;
    }
    ++at_;
    return found != negated;
  }
  [[nodiscard]] std::size_t end() const { return at_; }

 private:
  std::optional<bool> entry_has(unsigned char byte) {
    if (pattern_.substr(at_, 2) == "[:") {
      if (const std::size_t end = pattern_.find(":]", at_ + 2); end != kNone) {
        const std::string_view name = pattern_.substr(at_ + 2, end - at_ - 2);
        for (const CharacterClass& known : kClasses) {
          if (known.name != name) continue;
          at_ = end + 2;
          return known.has(byte) != 0;
        }
      }
    }
    const auto low = character();
    if (!low) return std::nullopt;
    if (at_ + 1 >= pattern_.size() || pattern_[at_] != '-' || pattern_[at_ + 1] == ']') return byte == *low;
    ++at_;
    const auto high = character();
    if (!high) return std::nullopt;
    return *low <= byte && byte <= *high;
  }
  // `x`, `\x`, `[=x=]` or `[.x.]`.
  std::optional<unsigned char> character() {
    if (at_ >= pattern_.size()) return std::nullopt;
    const bool escaped = pattern_[at_] == '\\';
    const std::string_view rest = pattern_.substr(at_);
    if (rest.size() >= 5 && rest[0] == '[' && (rest[1] == '=' || rest[1] == '.') && rest[3] == rest[1] &&
        rest[4] == ']') {
      at_ += 5;
      return static_cast<unsigned char>(rest[2]);
    }
    if (escaped && ++at_ >= pattern_.size()) return std::nullopt;
    return static_cast<unsigned char>(pattern_[at_++]);
  }

  std::string_view pattern_;
  std::size_t at_;
};

// Matches one byte against what stands at `at`, which goes behind it.
bool matches_one(std::string_view pattern, std::size_t& at, unsigned char byte) {
  const char special = pattern[at];
  if (special == '?') return ++at, true;
  if (special == '[') {
    Bracket bracket(pattern, at + 1);
    if (const auto has = bracket.has(byte)) {
      at = bracket.end();
      return *has;
    }
  }
  if (special == '\\') {
    if (++at == pattern.size()) return false;  // nothing follows: as in fnmatch(3) that matches nothing
  }
  return static_cast<unsigned char>(pattern[at++]) == byte;
}

// Only the last `*` is ever tried at another place.
bool glob(std::string_view pattern, std::string_view text) {
  std::size_t at = 0, in_text = 0;
  std::size_t star = kNone, star_text = 0;
  while (true) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = ++at;
      star_text = in_text;
      continue;
    }
    if (in_text == text.size()) return at == pattern.size();
    if (at < pattern.size() && matches_one(pattern, at, static_cast<unsigned char>(text[in_text]))) {
      ++in_text;
      continue;
    }
    if (star == kNone) return false;
    at = star;
    in_text = ++star_text;
  }
}

}  // namespace

Pattern::Pattern(std::string text)
    : text_(std::move(text)), literal_(text_.find_first_of("*?[\\") == std::string::npos) {}

Pattern Pattern::exactly(std::string_view text) {
  Pattern pattern;
  pattern.text_ = text;
  return pattern;
}

bool Pattern::matches(std::string_view text) const { return literal_ ? text == text_ : glob(text_, text); }

}  // namespace proctree
