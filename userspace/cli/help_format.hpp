// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The layout of --help: no line wider than COLUMNS, or than 80. What an option excludes or needs is left to
// the error message.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/parse_text.hpp"
#include "base/width.hpp"

namespace proctree {

// The width asked for, within what can be read.
inline std::size_t help_columns() {
  constexpr std::size_t kDefault = 80, kLeast = 40, kMost = 160;
  const char* columns = std::getenv("COLUMNS");
  const auto asked = parse_number<std::uint32_t>(columns == nullptr ? "" : columns);
  return std::clamp<std::size_t>(asked.value_or(kDefault), kLeast, kMost);
}

// Appends `text` at column `at`, and what doesn't fit into `columns` on lines that begin at `indent`. Words
// stay whole.
inline void append_wrapped(std::string& out, std::string_view text, std::size_t at, std::size_t indent,
                           std::size_t columns) {
  bool is_first = true;
  while (!text.empty()) {
    const std::string_view word = take_until(text, ' ');
    const std::size_t width = text_width(word);
    if (!is_first && at + 1 + width > columns) {
      out.append("\n").append(indent, ' ');
      at = indent;
    } else if (!is_first) {
      out += ' ';
      ++at;
    }
    out += word;
    at += width;
    is_first = false;
  }
  out += '\n';
}

class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override {
    std::string out;
    append_wrapped(out, app->get_description(), 0, 0, columns_);
    return out;
  }

  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    return CLI::detail::find_and_replace(CLI::Formatter::make_help(app, name, mode), "\n\n\n", "\n\n");
  }

  std::string make_group(std::string heading, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    std::string out = "\n";
    append_wrapped(out, heading + ':', 0, 0, columns_);
    for (const CLI::Option* option : options) out += make_option(option, is_positional);
    return out;
  }

  std::string make_option(const CLI::Option* option, bool is_positional) const override {
    return entry(make_option_name(option, is_positional) + make_option_opts(option),
                 option->get_description());
  }

  std::string make_option_opts(const CLI::Option* option) const override {
    std::string out;
    if (option->get_type_size() == 0) return out;
    if (!option->get_type_name().empty()) out += ' ' + option->get_type_name();
    if (!option->get_default_str().empty() && !option->get_required()) out += '=' + option->get_default_str();
    if (option->get_positional() && option->get_expected_max() == CLI::detail::expected_max_vector_size)
      out += " ...";
    if (option->get_required()) out += " REQUIRED";
    return out;
  }

  std::string make_option_usage(const CLI::Option* option) const override {
    std::string out = make_option_name(option, true);
    if (option->get_expected_max() == CLI::detail::expected_max_vector_size) out += " ...";
    return option->get_required() ? out : '[' + out + ']';
  }

 private:
  [[nodiscard]] std::string entry(const std::string& label, const std::string& description) const {
    constexpr std::size_t kIndent = 24;
    std::string out = "  " + label;
    const std::size_t width = text_width(out);
    if (width + 1 < kIndent) {
      out.append(kIndent - width, ' ');
    } else {
      out.append("\n").append(kIndent, ' ');
    }
    append_wrapped(out, description, kIndent, kIndent, columns_);
    return out;
  }

  std::size_t columns_ = help_columns();
};

}  // namespace proctree
