// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/escape.hpp"

#include <algorithm>
#include <array>

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

// What no shell gives a meaning to, anywhere in a word.
constexpr std::array<bool, 256> kBare = [] {
  std::array<bool, 256> bare{};
  for (const char c :
       std::string_view("%+,-./0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")) {
    bare[byte_of(c)] = true;
  }
  return bare;
}();

constexpr bool is_bare(char c) { return kBare[byte_of(c)]; }

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
  if (charset == Charset::utf8) return append_escaped(out, text, VisibleRules<Charset::utf8>{});
  append_escaped(out, text, VisibleRules<Charset::ascii>{});
}

void append_shell_word(std::string& out, std::string_view text, Charset charset) {
  if (!text.empty() && std::ranges::all_of(text, is_bare)) {
    out += text;
  } else if (fits_single_quotes(text, charset)) {
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

}  // namespace proctree
