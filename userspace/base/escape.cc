// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/escape.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/escaper.hpp"

namespace proctree {

namespace {

constexpr unsigned char byte_of(char c) { return static_cast<unsigned char>(c); }

// What is appended at a time: the bytes that it may become are made room for first.
constexpr std::size_t kBlock = 1024;

// Nearly every name is this short, and making room in the string clears it first.
constexpr std::size_t kShort = 64;

template <class Rules>
void append_escaped(std::string& out, std::string_view text, Rules rules) {
  if (text.size() <= kShort) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): written before it is read
    std::array<char, kShort * Rules::kMost + kEscapeSlack> room;
    std::size_t at = 0;
    const char* end = escape_some(room.data(), text, at, text.size(), rules);
    out.append(room.data(), static_cast<std::size_t>(end - room.data()));
    return;
  }
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t stop = std::min(text.size(), at + kBlock);
    const std::size_t before = out.size();
    out.resize(before + (stop - at) * Rules::kMost + kEscapeSlack);
    const char* end = escape_some(out.data() + before, text, at, stop, rules);
    out.resize(static_cast<std::size_t>(end - out.data()));
  }
}

// Each byte of what is refused becomes \xHH; so do bytes that are no UTF-8.
struct HexRules {
  static constexpr std::size_t kMost = 4;

  static char* put_bad(char* to, unsigned char byte) {
    const char bad = static_cast<char>(byte);
    return put_hex_escapes(to, &bad, 1);
  }

 protected:
  static char* put(char* to, const char* bytes, std::size_t size, bool refused) {
    return refused ? put_hex_escapes(to, bytes, size) : put_bytes(to, bytes, size);
  }
};

template <std::size_t N>
constexpr AsciiForms hex_forms(const std::array<char, N>& specials) {
  AsciiForms forms;
  forms.for_controls([&](std::size_t byte) { forms.set_hex(byte); });
  for (const char special : specials) forms.set_hex(byte_of(special));
  return forms;
}

struct ChainRules : HexRules {
  static constexpr std::array kSpecials = {'|', ';', '\\'};
  static constexpr AsciiForms kForms = hex_forms(kSpecials);

  static char* put_code(char* to, const char* bytes, Utf8Char c) {
    return put(to, bytes, c.length, is_control(c.code));
  }
};

// Of a code point beyond ASCII.
template <Charset kCharset>
constexpr bool is_shown(std::uint32_t code) {
  return kCharset == Charset::utf8 && !is_control(code) && !is_hidden(code);
}

template <Charset kCharset>
struct VisibleRules : HexRules {
  static constexpr std::array kSpecials = {'\\'};
  static constexpr AsciiForms kForms = hex_forms(kSpecials);

  static char* put_code(char* to, const char* bytes, Utf8Char c) {
    return put(to, bytes, c.length, !is_shown<kCharset>(c.code));
  }
};

// Inside bash's $'…'.
template <Charset kCharset>
struct AnsiCRules : HexRules {
  static constexpr std::array kSpecials = {'\'', '\\'};
  static constexpr AsciiForms kForms = [] {
    AsciiForms forms;
    forms.for_controls([&](std::size_t byte) { forms.set_hex(byte); });
    for (const char special : kSpecials) forms.set(byte_of(special), {'\\', special});
    forms.set('\n', {'\\', 'n'});
    forms.set('\t', {'\\', 't'});
    forms.set('\r', {'\\', 'r'});
    return forms;
  }();

  static char* put_code(char* to, const char* bytes, Utf8Char c) {
    return put(to, bytes, c.length, !is_shown<kCharset>(c.code));
  }
};

// What no shell gives a meaning to, anywhere in a word, is left unmarked.
[[gnu::always_inline]] inline Sixteen not_bare(Sixteen bytes) {
  const auto within = [bytes](char first, char last) {
    return (bytes >= sixteen_of(first)) & (bytes <= sixteen_of(last));
  };
  const Sixteen bare = within('a', 'z') | within('+', ':') | within('@', 'Z') | (bytes == sixteen_of('_')) |
                       (bytes == sixteen_of('=')) | (bytes == sixteen_of('%'));
  return ~bare;
}

// Returns whether the word needs no quotes; else appends nothing.
bool append_bare_word(std::string& out, std::string_view word) {
  const std::size_t before = out.size();
  for (std::size_t at = 0; at < word.size(); at += kPlainMost) {
    std::array<char, kPlainMost> copy;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    const char* end = copy_unmarked(copy.data(), word.substr(at, kPlainMost), not_bare);
    if (end == nullptr) {
      out.resize(before);
      return false;
    }
    out.append(copy.data(), static_cast<std::size_t>(end - copy.data()));
  }
  return !word.empty();
}

// Inside '…' all stands for itself but the quote; what a terminal must not get cannot stand there.
bool fits_single_quotes(std::string_view text, Charset charset) {
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char c = utf8_at(text, at);
    if (c.length == 0 || c.code == '\'' || is_control(c.code) || is_hidden(c.code)) return false;
    if (c.code >= 0x80 && charset == Charset::ascii) return false;
    at += c.length;
  }
  return true;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char c = utf8_at(text, at);
    if (c.length == 0) return false;
    at += c.length;
  }
  return true;
}

void append_hex_escapes(std::string& out, std::string_view bytes) {
  const std::size_t before = out.size();
  out.resize(before + bytes.size() * HexRules::kMost);
  put_hex_escapes(out.data() + before, bytes.data(), bytes.size());
}

void append_chain_field(std::string& out, std::string_view text) { append_escaped(out, text, ChainRules{}); }

void append_visible(std::string& out, std::string_view text, Charset charset) {
  std::array<char, kPlainMost> copy;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  if (const char* end = copy_plain<'\\'>(copy.data(), text); end != nullptr) {
    out.append(copy.data(), static_cast<std::size_t>(end - copy.data()));
    return;
  }
  if (charset == Charset::utf8) return append_escaped(out, text, VisibleRules<Charset::utf8>{});
  append_escaped(out, text, VisibleRules<Charset::ascii>{});
}

void append_shell_word(std::string& out, std::string_view text, Charset charset) {
  if (append_bare_word(out, text)) return;
  if (fits_single_quotes(text, charset)) {
    out += '\'';
    out += text;
    out += '\'';
  } else {
    out += "$'";
    if (charset == Charset::utf8) {
      append_escaped(out, text, AnsiCRules<Charset::utf8>{});
    } else {
      append_escaped(out, text, AnsiCRules<Charset::ascii>{});
    }
    out += '\'';
  }
}

bool append_bare_words(std::string& out, std::string_view words) {
  if (words.ends_with('\0')) words.remove_suffix(1);
  if (words.empty() || words.size() > kBareWordsMost || words.front() == '\0' || words.back() == '\0')
    return false;
  // Whole blocks are read, and one byte more.
  std::array<char, kBareWordsMost + sizeof(Sixteen) + 1>
      copy;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  std::memcpy(copy.data(), words.data(), words.size());
  std::memset(copy.data() + words.size(), 'a', sizeof(Sixteen) + 1);
  Sixteen marks{};
  for (std::size_t at = 0; at < words.size(); at += sizeof(Sixteen)) {
    const Sixteen bytes = sixteen_at(copy.data() + at);
    const Sixteen ends = bytes == sixteen_of('\0');
    const Sixteen empty_words = ends & (sixteen_at(copy.data() + at + 1) == sixteen_of('\0'));
    marks |= (not_bare(bytes) & ~ends) | empty_words;
    const Sixteen spaced = bytes | (ends & sixteen_of(' '));
    std::memcpy(copy.data() + at, &spaced, sizeof spaced);
  }
  if (any(marks)) return false;
  out.append(copy.data(), words.size());
  return true;
}

}  // namespace proctree
