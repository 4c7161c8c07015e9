// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/filter_texts.hpp"

#include <cstddef>
#include <vector>

#include "base/pattern.hpp"
#include "tree/entry_type.hpp"

namespace proctree {

namespace {

constexpr std::size_t kTextMost = 256;
constexpr std::size_t kCommMost = 15;  // what the kernel holds of a name

void append_filters(std::string& text, const char* option, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    if (text.size() > kTextMost) return;
    if (!text.empty()) text += ' ';
    text += option;
    text += ' ' + value.substr(0, kTextMost);
  }
}

}  // namespace

std::string filter_text(const FilterOptions& options) {
  std::string text;
  append_filters(text, "--comm", options.comms);
  append_filters(text, "--not-comm", options.not_comms);
  append_filters(text, "--exe", options.exes);
  append_filters(text, "--not-exe", options.not_exes);
  append_filters(text, "--user", options.users);
  append_filters(text, "--under", options.under);
  append_filters(text, "--not-under", options.not_under);
  append_filters(text, "--container", options.containers);
  append_filters(text, "--unit", options.units);
  append_filters(text, "--arg", options.args);
  for (const EntryType type : options.entries)
    append_filters(text, "--entry", {std::string(entry_type_name(type))});
  if (options.failed) text += text.empty() ? "--failed" : " --failed";
  return text;
}

std::string name_hint(const FilterOptions& options) {
  for (const std::string& name : options.comms) {
    if (name.find('/') != std::string::npos) return "; no command name has a slash: give --exe " + name;
    if (name.find(',') != std::string::npos) return "; a comma makes no list: give --comm once for each name";
    if (name.size() > kCommMost && Pattern(name).is_literal())
      return "; command names have 15 bytes at most: give --exe, or --comm " + name.substr(0, kCommMost);
  }
  for (const std::string& name : options.under) {
    if (name.find('/') != std::string::npos) return "; --under takes a name, without a folder";
    if (name.find(',') != std::string::npos)
      return "; a comma makes no list: give --under once for each name";
  }
  for (const std::string& name : options.exes) {
    if (name.find(',') != std::string::npos) return "; a comma makes no list: give --exe once for each name";
  }
  return {};
}

}  // namespace proctree
