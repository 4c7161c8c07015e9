// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/parse_text.hpp"
#include "base/utf8.hpp"
#include "watch/frame.hpp"

namespace proctree::watch {

namespace {

constexpr char kEscape = '\x1b';
constexpr std::string_view kReport = "\x1b[<";
constexpr std::size_t kReportMost = 24;  // characters of one

void append_key(std::uint32_t code, std::vector<Key>& keys) {
  using Name = Key::Name;
  const auto named = [&keys](Name name) { keys.push_back({name, {}, 0}); };
  switch (code) {
    case '\r':
    case '\n':
      return named(Name::enter);
    case '\t':
      return named(Name::tab);
    case kEscape:
      return named(Name::escape);
    case 0x7f:
    case '\b':
      return named(Name::backspace);
    default:
      break;
  }
  if (code < 0x20) return;  // it means nothing to us
  append_utf8(keys.emplace_back().text, code);
}

// "0;12;3M": the first button, pressed in the third line. std::nullopt: nothing that we take.
std::optional<Key> key_of_report(std::string_view report) {
  constexpr std::uint32_t kModifiers = 4 | 8 | 16;  // Shift, Meta, Control
  if (!report.ends_with('M')) return std::nullopt;  // m: it was released
  report.remove_suffix(1);
  const std::size_t first = report.find(';');
  const std::size_t second = report.rfind(';');
  if (first == std::string_view::npos || second == first) return std::nullopt;
  const auto button = parse_number<std::uint32_t>(report.substr(0, first));
  const auto line = parse_number<std::uint32_t>(report.substr(second + 1));
  if (!button || !line || *line == 0) return std::nullopt;
  const std::size_t at = *line - 1;
  switch (*button & ~kModifiers) {
    case 0:
      return Key{Key::Name::click, {}, at};
    case 64:
      return Key{Key::Name::wheel_up, {}, at};
    case 65:
      return Key{Key::Name::wheel_down, {}, at};
    default:
      return std::nullopt;
  }
}

// Whether a report may begin so.
bool may_become_report(std::string_view text) {
  if (text.size() <= kReport.size()) return kReport.starts_with(text);
  return text.size() <= kReportMost && text.starts_with(kReport) &&
         text.find_first_not_of("0123456789;", kReport.size()) == std::string_view::npos;
}

}  // namespace

void KeyParser::take(std::uint32_t code, std::vector<Key>& keys) {
  if (pending_.empty() && code != kEscape) return append_key(code, keys);
  const char c = code < 0x80 ? static_cast<char>(code) : '\0';
  if (pending_.size() > kReport.size() && (c == 'M' || c == 'm')) {
    pending_ += c;
    if (auto key = key_of_report(std::string_view(pending_).substr(kReport.size())))
      keys.push_back(std::move(*key));
    pending_.clear();
    return;
  }
  if (may_become_report(pending_ + c)) {
    pending_ += c;
    return;
  }
  give_up(keys);
  take(code, keys);
}

void KeyParser::finish(std::vector<Key>& keys) {
  if (pending_.size() == 1) give_up(keys);
}

void KeyParser::give_up(std::vector<Key>& keys) {
  for (const char c : std::exchange(pending_, {})) append_key(static_cast<unsigned char>(c), keys);
}

}  // namespace proctree::watch
