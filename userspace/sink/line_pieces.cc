// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/line_pieces.hpp"

#include <algorithm>
#include <array>

namespace proctree {

namespace {

constexpr std::string_view kMarkEnd = "_truncated";
constexpr std::string_view kRawEnd = "_raw";

// Shorter than a mark and its name, as ids and times are: cutting it gains nothing.
constexpr std::size_t kWorthCutting = 64;

constexpr std::array kPaths = {std::string_view("exe"),    std::string_view("filename"),
                               std::string_view("cwd"),    std::string_view("interpreter"),
                               std::string_view("cgroup"), std::string_view("path")};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

void LinePieces::find(std::string_view line) {
  line_ = line;
  at_ = objects_ = 0;
  ancestors_end_ = 0;
  open_.clear();
  pieces_.clear();
  variables_.clear();
  raw_variables_ = 0;
  has_env_ = false;
  ancestors_.clear();
  members_.clear();
  marks_.clear();
  // One value after the other; an object or array that begins is continued in the next round.
  do {
    read_value();
  } while (!open_.empty() && at_ < line_.size());
  std::ranges::sort(marks_);
}

bool LinePieces::is_marked(std::uint32_t object, std::string_view name) const {
  return std::ranges::binary_search(marks_, Mark{object, name});
}

void LinePieces::skip_blanks() {
  while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
}

// From its first quote to behind its last one.
void LinePieces::skip_string() {
  std::size_t from = at_ + 1;
  while (true) {
    const std::size_t quote = line_.find('"', from);
    if (quote == std::string_view::npos) {
      at_ = line_.size();
      return;
    }
    std::size_t slashes = 0;
    while (quote - slashes > from && line_[quote - slashes - 1] == '\\') ++slashes;
    from = quote + 1;
    if (slashes % 2 == 0) break;
  }
  at_ = from;
}

// The next value within what is open, with its name where it has one; or the end of what is open.
void LinePieces::read_value() {
  skip_blanks();
  if (at_ >= line_.size()) return;
  if (!open_.empty()) {
    if (line_[at_] == '}' || line_[at_] == ']') return close();
    open_.back().begin = at_;
    if (line_[at_] == ',') {
      ++at_;
      skip_blanks();
    }
    if (open_.back().object) read_key();
    skip_blanks();
    if (at_ >= line_.size()) return;
    open_.back().value = at_;
  }
  const char c = line_[at_];
  if (c == '{') return open(true);
  if (c == '[') return read_list() ? end_value() : open(false);
  if (c == '"') {
    read_string();
  } else {
    read_scalar();
  }
  end_value();
}

void LinePieces::read_key() {
  const std::size_t begin = at_;
  skip_string();
  open_.back().name = line_.substr(begin + 1, at_ - begin - 2);
  skip_blanks();
  ++at_;  // the colon
}

void LinePieces::end_value() {
  if (open_.empty()) return;
  const Open& in = open_.back();
  if (open_.size() == 1) members_.push_back({{in.begin, at_}, in.name});
  if (in.ancestors) ancestors_.push_back({in.begin, at_});
  if (in.env != Env::none) end_variable(in);
}

// The line's own first `env`, and `env_raw` right behind it.
LinePieces::Env LinePieces::env_of(const Open& in) const {
  if (open_.size() != 1) return Env::none;
  if (in.name == "env") return has_env_ ? Env::none : Env::values;
  const bool is_behind =
      !pieces_.empty() && pieces_.back().cut == Cut::env && pieces_.back().whole.end == in.begin;
  return in.name == "env_raw" && is_behind ? Env::raw : Env::none;
}

void LinePieces::end_variable(const Open& in) {
  const Span value{in.value, at_};
  if (in.env == Env::values) return variables_.push_back({in.name, value, {}});
  // Both have them in the same order.
  const auto begin = variables_.begin();
  auto at = begin + static_cast<std::ptrdiff_t>(raw_variables_);
  at = std::find_if(at, variables_.end(), [&](const LineVariable& each) { return each.name == in.name; });
  raw_variables_ = static_cast<std::size_t>(at - begin);
  if (at == variables_.end()) return;
  ++raw_variables_;
  const bool are_texts = line_[at->value.begin] == '"' && line_[value.begin] == '"';
  if (are_texts) at->raw = value;
}

void LinePieces::end_env(Env env) {
  const Open& in = open_.back();
  if (env == Env::raw) {
    pieces_.back().whole.end = at_;
    return;
  }
  LinePiece piece;
  piece.cut = Cut::env;
  piece.value = piece.whole = {in.value, at_};
  piece.name = in.name;
  piece.object = in.number;
  pieces_.push_back(piece);
}

void LinePieces::read_scalar() {
  const std::size_t begin = at_;
  at_ = std::min(line_.find_first_of(",]} \t\r\n", at_), line_.size());
  if (open_.empty() || !open_.back().object || line_.substr(begin, at_ - begin) != "true") return;
  const std::string_view name = open_.back().name;
  if (name.ends_with(kMarkEnd))
    marks_.push_back({open_.back().number, name.substr(0, name.size() - kMarkEnd.size())});
}

void LinePieces::read_string() {
  const std::size_t begin = at_;
  skip_string();
  if (!open_.empty() && open_.back().object && !take_raw({begin, at_})) add_piece({begin, at_}, false);
}

// An array of nothing but strings is one piece.
bool LinePieces::read_list() {
  if (open_.empty() || !open_.back().object) return false;
  const std::size_t begin = at_++;
  while (true) {
    skip_blanks();
    if (at_ < line_.size() && line_[at_] == ',') {
      ++at_;
    } else if (at_ < line_.size() && line_[at_] == '"') {
      skip_string();
    } else {
      break;
    }
  }
  if (at_ >= line_.size() || line_[at_] != ']' || open_.back().name == "ancestors") {
    at_ = begin;
    return false;
  }
  ++at_;
  add_piece({begin, at_}, true);
  return true;
}

void LinePieces::open(bool object) {
  Open opened;
  opened.object = object;
  opened.number = ++objects_;
  if (!open_.empty()) {
    const Open& in = open_.back();
    opened.ancestor = in.ancestors ? ancestors_.size() + 1 : in.ancestor;
    opened.ancestors = !object && open_.size() == 1 && in.name == "ancestors";
    opened.env = object && in.object ? env_of(in) : Env::none;
    has_env_ |= opened.env == Env::values;
    opened.whole = in.whole || opened.env != Env::none || (in.object && in.name.ends_with(kRawEnd));
  }
  open_.push_back(opened);
  ++at_;
}

void LinePieces::close() {
  ++at_;
  if (open_.back().ancestors) ancestors_end_ = at_;
  const Env env = open_.back().env;
  open_.pop_back();
  if (env != Env::none) end_env(env);
  end_value();
}

Cut LinePieces::cut_of(const Open& in, bool list) const {
  if (list && in.name == "args") return open_.size() == 1 ? Cut::args : Cut::ancestor_args;
  if (std::ranges::find(kPaths, in.name) != kPaths.end()) return Cut::path;
  if (open_.size() == 1 && in.name == "chain") return Cut::chain;
  return Cut::other;
}

void LinePieces::add_piece(Span value, bool list) {
  const Open& in = open_.back();
  // A part of exact bytes is of no use.
  if (in.whole || in.name.ends_with(kRawEnd)) return;
  LinePiece piece;
  piece.cut = cut_of(in, list);
  piece.list = list;
  piece.value = piece.whole = value;
  piece.name = in.name;
  piece.object = in.number;
  piece.ancestor = in.ancestor;
  if (value.size() > kWorthCutting || list) pieces_.push_back(piece);
}

// The exact bytes of the text before it.
bool LinePieces::take_raw(Span value) {
  const Open& in = open_.back();
  if (pieces_.empty()) return false;
  LinePiece& piece = pieces_.back();
  const bool behind = piece.object == in.number && piece.whole.end == in.begin && !piece.has_raw;
  if (!behind || in.name.size() != piece.name.size() + kRawEnd.size() || !in.name.starts_with(piece.name) ||
      !in.name.ends_with(kRawEnd)) {
    return false;
  }
  piece.has_raw = true;
  piece.whole.end = value.end;
  piece.raw = {value.begin + 1, value.end - 1};
  return true;
}

}  // namespace proctree
