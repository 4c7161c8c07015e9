// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lines of a stream as a store keeps them: many in one zstd frame, in the order of their numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proctree/error.hpp"

namespace proctree {

struct NumberedLine {
  std::uint64_t seq = 0;
  std::string_view text;
};

// Gathers lines until they are a block.
class LineBlock {
 public:
  static constexpr std::size_t kFullSize = 256 << 10;

  void add(std::uint64_t seq, std::int64_t realtime_ns, std::string_view text);
  [[nodiscard]] bool is_empty() const { return places_.empty(); }
  [[nodiscard]] bool is_full() const { return text_.size() >= kFullSize; }
  [[nodiscard]] std::int64_t first_ns() const { return first_ns_; }
  [[nodiscard]] std::int64_t last_ns() const { return last_ns_; }
  [[nodiscard]] std::uint64_t seq_from() const { return seq_from_; }
  [[nodiscard]] std::uint64_t seq_to() const { return seq_to_; }
  // Valid until the next call. Leaves the block empty.
  [[nodiscard]] Result<std::string_view> take();

 private:
  struct Place {
    std::uint64_t seq;
    std::size_t begin;
    std::size_t size;
  };
  std::string text_;
  std::string sorted_;
  std::string packed_;
  std::vector<Place> places_;
  std::int64_t first_ns_ = 0;
  std::int64_t last_ns_ = 0;
  std::uint64_t seq_from_ = 0;
  std::uint64_t seq_to_ = 0;
};

// The lines of a block, in `text`. One that makes no sense is an error.
[[nodiscard]] Result<void> unpack_lines(std::string_view block, std::string& text,
                                        std::vector<NumberedLine>& lines);

}  // namespace proctree
