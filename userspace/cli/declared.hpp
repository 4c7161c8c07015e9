// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// How command_line.cc declares an option: where its value goes, and the error for a wrong one.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/duration.hpp"
#include "base/parse_text.hpp"

namespace proctree {

inline std::string bounds_text(double least, double most) {
  std::ostringstream text;
  text.precision(17);
  text << "between " << least << " and " << most;
  return text.str();
}

// Declares options on a CLI::App, each with the place where its value goes. Values are read here, so that the
// error for a wrong one is one short line; a Take returns what is wrong, or nothing.
class Declared {
 public:
  using Take = std::function<std::string(const std::string&)>;
  template <class T>
  using Choices = std::initializer_list<std::pair<const char*, T>>;

  explicit Declared(CLI::App& app) : app_(app) {}

  CLI::Option* value(const char* name, const std::string& type, const char* help, const Take& take) {
    return app_
        .add_option(
            name,
            [name, take](const CLI::results_t& words) {
              for (const std::string& word : words) {
                const std::string wrong = take(word);
                if (!wrong.empty()) throw CLI::ValidationError(name, wrong);
              }
              return true;
            },
            help)
        ->type_name(type);
  }

  CLI::Option* text(const char* name, const char* type, std::string& into, const char* help) {
    return value(name, type, help, [&into](const std::string& word) {
      into = word;
      return std::string();
    });
  }

  // May repeat; each takes one word.
  CLI::Option* values(const char* name, const std::string& type, const char* help, const Take& take) {
    return value(name, type, help, take)
        ->expected(1, CLI::detail::expected_max_vector_size)
        ->allow_extra_args(false);
  }

  CLI::Option* texts(const char* name, const char* type, std::vector<std::string>& into, const char* help) {
    return values(name, type, help, [&into](const std::string& word) {
      into.push_back(word);
      return std::string();
    });
  }

  // `least` itself is no value where `above`.
  template <class T, class Into>
  CLI::Option* number(const char* name, const char* type, Into& into, T least, T most, const char* help,
                      bool above = false) {
    return value(name, type, help, [&into, least, most, above](const std::string& word) -> std::string {
      T number{};
      const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
      const bool is_number = error == std::errc() && end == word.data() + word.size();
      if (!is_number || !(number >= least && number <= most) || (above && number == least)) {
        return word + (above ? " is no number above 0"
                             : " is no number " +
                                   bounds_text(static_cast<double>(least), static_cast<double>(most)));
      }
      into = number;
      return {};
    });
  }

  CLI::Option* pid(const char* name, const char* type, std::uint32_t& into, const char* help) {
    return value(name, type, help, [&into](const std::string& word) -> std::string {
      const auto pid = parse_number<std::uint32_t>(word);
      if (!pid || *pid == 0) return word + " is no pid; proctree find --comm NAME prints those of a name";
      into = *pid;
      return {};
    });
  }

  // Longer than 0, in seconds.
  template <class Into>
  CLI::Option* duration(const char* name, Into& seconds, const char* help) {
    return value(name, "DURATION", help, [&seconds](const std::string& word) -> std::string {
      const auto ns = parse_duration(word);
      if (!ns || *ns == 0) return word + " is no duration above 0, such as 90, 10m or 2h";
      seconds = static_cast<double>(*ns) / 1e9;
      return {};
    });
  }

  template <class T>
  CLI::Option* choice(const char* name, const char* type, T& into, Choices<T> choices, const char* help) {
    std::string names;
    for (const auto& [word, meaning] : choices) names += (names.empty() ? "" : ",") + std::string(word);
    const std::vector<std::pair<const char*, T>> known(choices);
    return value(name, type + (":{" + names + "}"), help,
                 [&into, known, names](const std::string& word) -> std::string {
                   const auto at = std::ranges::find_if(
                       known, [&word](const auto& entry) { return word == entry.first; });
                   if (at == known.end()) return word + " is none of " + names;
                   into = at->second;
                   return {};
                 })
        ->default_str(choices.begin()->first);
  }

  CLI::Option* flag(const char* name, bool& into, const char* help, bool meaning = true) {
    return app_.add_flag_callback(
        name, [&into, meaning] { into = meaning; }, help);
  }

  // A flag that stands for one value of several.
  template <class T>
  CLI::Option* meaning(const char* name, T& into, T value, const char* help) {
    return app_.add_flag_callback(
        name, [&into, value] { into = value; }, help);
  }

  void excludes(CLI::Option* option, std::initializer_list<const char*> others) {
    for (const char* other : others) option->excludes(app_.get_option(other));
  }

  // All that are declared from here on stand below this heading in --help.
  void group(const char* heading) { app_.option_defaults()->group(heading); }
  void ungroup() { group("Options"); }

 private:
  CLI::App& app_;
};

}  // namespace proctree
