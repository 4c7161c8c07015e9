// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// JSON of hostile strings: it parses, says the string again, and where it can't (no valid UTF-8) the
// bytes stand beside it in base64. Input: the strings of an array, separated by NUL; all of it is `x`.
#include <simdjson.h>

#include <string>
#include <vector>

#include "base/escape.hpp"
#include "base/json.hpp"
#include "fuzz.hpp"

namespace proctree::fuzz {
namespace {

std::string base64_decode(std::string_view text) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  require(text.size() % 4 == 0, "base64 comes in fours");
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t group = 0;
    int padding = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const char c = text[i + k];
      padding += c == '=' ? 1 : 0;
      const std::size_t value = c == '=' ? 0 : kAlphabet.find(c);
      require(value != std::string_view::npos && (c == '=' || padding == 0), "base64's alphabet");
      group = group << 6 | static_cast<std::uint32_t>(value);
    }
    require(padding <= 2 && (padding == 0 || i + 4 == text.size()), "base64's padding");
    for (int k = 0; k < 3 - padding; ++k) bytes += static_cast<char>(group >> (16 - 8 * k) & 0xff);
  }
  return bytes;
}

// The text with U+FFFD for each byte that is no part of valid UTF-8.
std::string repaired(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char c = utf8_at(text, at);
    out += c.length == 0 ? std::string_view("\xef\xbf\xbd") : text.substr(at, c.length);
    at += c.length == 0 ? 1 : c.length;
  }
  return out;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find('\0');
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

void check(std::string_view text) {
  static JsonWriter json;  // reused, as sinks do
  const auto parts = split(text);
  json.clear();
  json.begin_object();
  json.field("n", text.size());
  json.string_field("x", text);
  json.key("args");
  json.begin_array();
  bool valid = true;
  for (const std::string_view part : parts) valid &= json.string(part);
  json.end_array();
  if (!valid) json.raw_field("args", text);
  json.key("caps");
  json.hex64(text.size());
  json.field("end", true);
  json.end_object();
  for (const char c : json.text()) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f, "one line");
  require(is_utf8(json.text()), "JSON is UTF-8");

  static simdjson::dom::parser parser;
  const std::string line(json.text());
  simdjson::dom::element root;
  require(parser.parse(line).get(root) == simdjson::SUCCESS, "it parses");
  require(std::uint64_t(root["n"]) == text.size(), "a number");
  require(bool(root["end"]), "the end");
  require(std::string_view(root["x"]) == repaired(text), "the string");
  std::string_view raw;
  const bool has_raw = root["x_raw"].get(raw) == simdjson::SUCCESS;
  require(has_raw == !is_utf8(text), "raw bytes beside what is not UTF-8, and only there");
  if (has_raw) require(base64_decode(raw) == text, "the raw bytes");
  const simdjson::dom::array args = root["args"];
  require(args.size() == parts.size(), "as many arguments");
  std::size_t at = 0;
  for (const simdjson::dom::element arg : args)
    require(std::string_view(arg) == repaired(parts[at++]), "each argument");
  if (!valid) require(base64_decode(std::string_view(root["args_raw"])) == text, "the raw arguments");
}

}  // namespace
}  // namespace proctree::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const proctree::fuzz::Exact input({data, size});
  proctree::fuzz::check(input.text());
  return 0;
}
