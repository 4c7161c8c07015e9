// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which lines have been read, by stream and number, in any order: a line that was delivered twice counts
// once, and what is missing is known at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/number_ranges.hpp"
#include "replay/line_memory.hpp"
#include "replay/recording_reader.hpp"

namespace proctree {

class Sequences {
 public:
  struct Line {
    std::string_view stream;
    std::uint64_t seq = 0;
    bool begins = false;  // a stream: `start`
  };
  // False: it has been read before.
  bool take(const Line& line, std::string_view text, LinePlace place);
  // A line reports these as missing, with a reason: they are no gap.
  void account_for(std::string_view stream, std::uint64_t seq_from, std::uint64_t seq_to);

  struct Gaps {
    std::uint64_t missing = 0;  // lines
    std::uint64_t count = 0;
    LinePlace first;  // behind the first
  };
  [[nodiscard]] Gaps gaps() const;

 private:
  // Beyond these the oldest is forgotten, and what comes of it again counts again. Ours are 40 bytes long.
  static constexpr std::size_t kStreamsMost = 1024;
  static constexpr std::size_t kRangesMost = 4096;
  static constexpr std::size_t kNameMost = 256;

  struct Stream {
    NumberRanges ranges;
    NumberRanges accounted;  // of those that lines say are missing
    std::optional<LinePlace> first_gap;
    Gaps forgotten;
  };
  // Older recordings don't name their streams: each begins with a `start`, and a line is known again by its
  // bytes, as far back as that.
  struct Unnamed {
    std::uint64_t seq = 0;
    LineMemory lines;
    Gaps gaps;
  };
  bool take_unnamed(const Line& line, std::string_view text, LinePlace place);
  static bool take(Stream& stream, std::uint64_t seq, LinePlace place);
  Stream& stream_of(std::string_view name);
  static void add(Gaps& to, const Gaps& gaps);
  static Gaps gaps_of(const Stream& stream);
  static Gaps gap(const Stream& stream, std::uint64_t from, std::uint64_t to);

  std::map<std::string, Stream, std::less<>> streams_;
  std::deque<std::map<std::string, Stream, std::less<>>::iterator> oldest_;
  Stream* last_ = nullptr;  // most lines are of the stream of the line before
  std::string last_name_;
  Gaps forgotten_;
  Unnamed unnamed_;
};

}  // namespace proctree
