// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/env_cutter.hpp"

#include <algorithm>
#include <utility>

#include "sink/cut_text.hpp"

namespace proctree {

namespace {

constexpr std::string_view kRawBegin = ",\"env_raw\":{";
constexpr std::size_t kQuotes = 2;

bool is_text(std::string_view line, const LineVariable& variable) {
  return line[variable.value.begin] == '"';
}

// In quotes, with a colon, and a comma before it.
std::size_t key_size(const LineVariable& variable) { return variable.name.size() + kQuotes + 2; }

std::size_t body_size(const LineVariable& variable) { return variable.value.size() + variable.raw.size(); }

std::string_view inside(std::string_view line, Span text) {
  return line.substr(text.begin + 1, text.size() - kQuotes);
}

void append_key(std::string& out, std::string_view name, bool is_first) {
  if (!is_first) out += ',';
  out += '"';
  out += name;
  out += "\":";
}

}  // namespace

void EnvCutter::write(std::string& out, std::string_view line, const std::vector<LineVariable>& variables,
                      std::size_t limit) {
  const std::size_t count = choose(line, variables, limit);
  raw_.clear();
  out += '{';
  for (std::size_t i = 0; i < count; ++i) {
    append_key(out, variables[i].name, i == 0);
    write_value(out, line, variables[i]);
  }
  out += '}';
  if (raw_.empty()) return;
  out += kRawBegin;
  out += raw_;
  out += '}';
}

// How many stay, the first ones; share_ is how long.
std::size_t EnvCutter::choose(std::string_view line, const std::vector<LineVariable>& variables,
                              std::size_t limit) {
  sizes_.clear();
  std::size_t fixed = 2;  // what no cut makes smaller
  std::size_t least = 0;  // what the rest takes at least
  bool has_raw = false;
  std::size_t count = 0;
  for (const LineVariable& variable : variables) {
    const bool is_cuttable = is_text(line, variable);
    std::size_t more = key_size(variable) + (is_cuttable ? 0 : body_size(variable));
    if (variable.raw.size() != 0)
      more += key_size(variable) + (std::exchange(has_raw, true) ? 0 : kRawBegin.size() + 1);
    const std::size_t more_least = is_cuttable ? std::min(body_size(variable), kTextLeast) : 0;
    if (fixed + least + more + more_least > limit) break;
    fixed += more;
    least += more_least;
    if (is_cuttable) sizes_.push_back(body_size(variable));
    ++count;
  }
  share_ = share_of(sizes_, limit - fixed);
  return count;
}

void EnvCutter::write_value(std::string& out, std::string_view line, const LineVariable& variable) {
  const bool is_raw = variable.raw.size() != 0;
  const auto begin_raw = [&] { append_key(raw_, variable.name, raw_.empty()); };
  if (!is_text(line, variable) || body_size(variable) <= share_) {
    out += line.substr(variable.value.begin, variable.value.size());
    if (!is_raw) return;
    begin_raw();
    raw_ += line.substr(variable.raw.begin, variable.raw.size());
    return;
  }
  if (!is_raw) {
    const std::string_view text = inside(line, variable.value);
    out += '"';
    out += text.substr(0, cut_place(text, share_ - kQuotes));
    out += '"';
    return;
  }
  std::string_view bytes = decode_base64(inside(line, variable.raw), share_, bytes_);
  bytes = bytes.substr(0, fitting(bytes, false, share_ - 2 * kQuotes));
  json_.clear();
  const bool is_valid = json_.string(bytes);
  out += json_.text();
  if (is_valid) return;
  begin_raw();
  json_.clear();
  json_.base64(bytes);
  raw_ += json_.text();
}

}  // namespace proctree
