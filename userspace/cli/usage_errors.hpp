// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The errors for words that CLI11 has refused or left over.
#pragma once

#include <CLI/App.hpp>
#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/nearest_word.hpp"
#include "proctree/error.hpp"

namespace proctree {

// The first option with an empty value, which nothing could match or be called.
inline std::string empty_value(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name();
    if (name.starts_with("--") && option->get_expected_min() > 0 &&
        std::ranges::find(option->results(), "") != option->results().end()) {
      return name;
    }
  }
  return "";
}

// The same for `--name=`. CLI11 takes the next word for its value, and refuses it where there is none.
inline std::string ends_in_equals(const CLI::App& app, std::span<const std::string> words) {
  for (const std::string& word : words) {
    const std::string name = word.ends_with('=') ? word.substr(0, word.size() - 1) : "";
    if (name.starts_with("--") && app.get_option_no_throw(name) != nullptr) return name;
  }
  return "";
}

inline tl::unexpected<Error> no_value(const std::string& name) {
  return fail(ErrorCode::not_found, name + ": an empty value names nothing",
              "leave it out, or name something");
}

inline tl::unexpected<Error> wrong_usage(std::string what, const std::string& command) {
  return fail(ErrorCode::invalid_argument, std::move(what), "see proctree " + command + "--help");
}

// The long options that --help lists.
inline std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    if (option->nonpositional()) names.push_back(option->get_name());
  return names;
}

// What is neither an option nor an argument that the command takes; empty: nothing.
inline std::string left_over(const CLI::App& app) {
  std::vector<std::string> words = app.remaining();
  std::erase(words, "--");
  const auto option = std::ranges::find_if(words, [](const auto& word) { return word.starts_with('-'); });
  if (option != words.end()) {
    const std::string name = option->substr(0, option->find('='));
    return "there is no option " + *option + did_you_mean(name, option_names(app));
  }
  if (words.empty()) return {};
  const auto arguments = app.get_options([](const CLI::Option* known) { return known->get_positional(); });
  std::string takes = arguments.empty()       ? "options only, no argument"
                      : arguments.size() == 1 ? "one"
                                              : "only";
  for (const CLI::Option* argument : arguments) takes += ' ' + argument->get_name(true);
  return app.get_name() + " takes " + takes + ": " + words.front() + " is one too many";
}

// CLI11's message in words that say what to change.
inline std::string reworded(const CLI::App& app, const CLI::ParseError& error) {
  const std::string text = error.what();
  const std::string_view before = "Could not convert: ";  // a flag's value
  const std::string from = text.starts_with(before) ? text.substr(before.size()) : text;
  const std::string name = from.substr(0, from.find_first_of(": "));
  const CLI::Option* option = app.get_option_no_throw(name);
  if (option == nullptr) return text;
  const std::string kind = error.get_name(), last = text.substr(text.rfind(' ') + 1);
  if (kind == "ExcludesError") return name + " can't be combined with " + last;
  if (kind == "RequiresError") return name + " takes effect only with " + last;
  if (option->get_expected_max() == 0) return name + " takes no value";
  if (kind != "ArgumentMismatch") return text;
  if (option->count() > 1)
    return name + " is given " + std::to_string(option->count()) + " times, but takes one value";
  return name + " takes a value: " + option->get_type_name();
}

}  // namespace proctree
