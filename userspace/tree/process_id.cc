// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/process_id.hpp"

#include <charconv>
#include <cstddef>
#include <limits>

#include "base/append_number.hpp"

namespace proctree {

namespace {

constexpr std::size_t kBootDigits = 16;

// Takes "-NUMBER" off the front of `text`, where NUMBER is written in the one shortest way.
template <class T>
std::optional<T> take_number(std::string_view& text) {
  if (text.size() < 2 || text[0] != '-' || (text[1] == '0' && text.size() > 2 && text[2] != '-'))
    return std::nullopt;
  T number = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

}  // namespace

std::string id_prefix_of(std::string_view boot_id) {
  std::string prefix;
  for (const char c : boot_id) {
    if (prefix.size() == kBootDigits) break;
    if (c != '-' && c != '\n') prefix += c;
  }
  return prefix;
}

void append_process_id(std::string& out, std::string_view id_prefix, const ProcKey& key) {
  out += id_prefix;
  out += '-';
  append_number(out, key.pid);
  out += '-';
  append_number(out, key.start_ns / kTickNs);
}

std::optional<ProcKey> parse_process_id(std::string_view id, std::string_view id_prefix) {
  if (!id.starts_with(id_prefix)) return std::nullopt;
  id.remove_prefix(id_prefix.size());
  const auto pid = take_number<std::uint32_t>(id);
  if (!pid) return std::nullopt;
  const auto ticks = take_number<std::uint64_t>(id);
  if (!ticks || !id.empty() || *ticks > std::numeric_limits<std::uint64_t>::max() / kTickNs)
    return std::nullopt;
  return ProcKey{*pid, *ticks * kTickNs};
}

}  // namespace proctree
