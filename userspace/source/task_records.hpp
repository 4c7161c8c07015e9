// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The records of one pass of the task iterator, out of reads that end anywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "source/decode.hpp"
#include "source/source.hpp"

namespace proctree {

// A record that can't be used is handed to `on_bad`, and the next one is taken; one whose size is wrong ends
// the pass, since the next one can't be found.
class TaskRecords {
 public:
  using BadHandler = std::function<void(std::span<const std::byte>)>;

  // `decoder` outlives it.
  TaskRecords(Decoder& decoder, BadHandler on_bad) : decoder_(decoder), on_bad_(std::move(on_bad)) {}

  // Where the next bytes go; empty: the pass has ended.
  [[nodiscard]] std::span<std::byte> room();
  // That many bytes have come. 0: there are no more.
  void add(std::size_t bytes);
  // Hands over at most `most` records of those that are whole by now; returns how many they were.
  Result<std::size_t> take(std::size_t most, const Source::TaskHandler& handler);

 private:
  [[nodiscard]] std::span<const std::byte> rest() { return all().subspan(taken_, filled_ - taken_); }
  [[nodiscard]] bool is_whole(std::span<const std::byte> rest) const;
  [[nodiscard]] std::span<std::byte> all() { return std::as_writable_bytes(std::span(storage_)); }

  Decoder& decoder_;
  BadHandler on_bad_;
  std::vector<std::uint64_t> storage_ = std::vector<std::uint64_t>(32 * 1024);
  std::size_t taken_ = 0;
  std::size_t filled_ = 0;
  bool last_came_ = false;
  bool ended_ = false;
};

}  // namespace proctree
