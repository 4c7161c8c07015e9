// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Shortens a line of JSON to its limit: cut texts, each with its mark, in a valid object that still
// identifies its process. The cost is linear in the line's length.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "sink/env_cutter.hpp"
#include "sink/line_pieces.hpp"

namespace proctree {

inline constexpr std::size_t kLineMaxDefault = 65'536;
inline constexpr std::size_t kLineMaxLeast = 8'192;
// What is nearest stays longest.
inline constexpr std::size_t kNearestAncestors = 8;

class LineCutter {
 public:
  // `line`: one object of valid JSON, longer than `most`, which is kLineMaxLeast at least. Valid until the
  // next call.
  [[nodiscard]] std::string_view cut(std::string_view line, std::size_t most);

 private:
  void drop_ancestors(std::size_t most, std::size_t least);
  void limit(Cut cut, std::size_t most);
  void write();
  void write_piece(std::size_t index);
  void write_text(const LinePiece& piece, std::size_t limit);
  void write_list(const LinePiece& piece, std::size_t limit);
  void write_exact(const LinePiece& piece, std::size_t limit);
  void write_exact(const LinePiece& piece, std::string_view text);
  void write_mark(std::uint32_t object, std::string_view name);
  void drop_members(std::size_t most);

  std::string_view line_;
  LinePieces found_;
  std::size_t size_ = 0;             // of what will be written, at most
  std::size_t ancestors_ = 0;        // how many of them stay
  std::vector<std::size_t> limits_;  // of each piece; kAll
  std::vector<std::size_t> ancestor_sizes_;
  std::vector<std::size_t> sizes_;  // those of one kind, to share what is left among them
  std::string out_;
  std::string bytes_;
  JsonWriter json_;
  EnvCutter env_;
};

}  // namespace proctree
