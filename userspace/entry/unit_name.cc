// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "entry/unit_name.hpp"

#include "base/parse_text.hpp"
#include "entry/address.hpp"

namespace proctree::entry {

namespace {

constexpr std::string_view kService = ".service";

// Between the @ and the ending; empty: it is no instance.
std::string_view instance_of(std::string_view unit) {
  const std::size_t at = unit.find('@');
  if (at == std::string_view::npos || !unit.ends_with(kService)) return {};
  unit.remove_suffix(kService.size());
  return at + 1 >= unit.size() ? std::string_view{} : unit.substr(at + 1);
}

std::string_view take_last(std::string_view& rest, char separator) {
  const std::size_t at = rest.rfind(separator);
  const std::string_view last = at == std::string_view::npos ? rest : rest.substr(at + 1);
  rest = at == std::string_view::npos ? std::string_view{} : rest.substr(0, at);
  return last;
}

bool is_endpoint(std::string_view text) {
  const std::string_view port = take_last(text, ':');
  return is_digits(port) && !text.empty();
}

}  // namespace

bool is_of_connection(std::string_view unit) {
  std::string_view rest = instance_of(unit);
  const std::string_view remote = take_last(rest, '-');
  const std::string_view local = take_last(rest, '-');
  const std::string_view number = rest.substr(0, rest.find('-'));
  if (!is_digits(number)) return false;
  return (is_endpoint(remote) && is_endpoint(local)) || (is_digits(remote) && is_digits(local));
}

void set_source_of(EntryFacts& entry, std::string_view unit) {
  std::string_view rest = instance_of(unit);
  std::string_view remote = take_last(rest, '-');
  if (!is_endpoint(remote)) return;
  const std::string_view port = take_last(remote, ':');
  set_source(entry, remote, port);
}

std::uint32_t asked_by(std::string_view unit) {
  if (!unit.starts_with("run-p")) return 0;
  unit.remove_prefix(5);
  const std::string_view pid = take_until(unit, '-');
  if (!unit.starts_with('i')) return 0;
  return parse_number<std::uint32_t>(pid).value_or(0);
}

}  // namespace proctree::entry
