// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which lines have been read, by stream and number: one that was delivered twice counts once, and what is
// missing is known at the end, in whatever order the lines of whichever streams came.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "replay/recorded_line.hpp"

namespace proctree {

class Sequences {
 public:
  // False: it has been read before. `number` is the line's in the file.
  bool take(const RecordedLine& line, std::string_view text, std::uint64_t number);

  struct Gaps {
    std::uint64_t missing = 0;  // lines
    std::uint64_t count = 0;
    std::uint64_t first_line = 0;  // where the first was seen
  };
  [[nodiscard]] Gaps gaps() const;

 private:
  // Beyond these the oldest is forgotten, and what comes of it again counts again. Ours are 40 bytes long.
  static constexpr std::size_t kStreamsMost = 1024;
  static constexpr std::size_t kRangesMost = 4096;
  static constexpr std::size_t kNameMost = 256;

  struct Stream {
    std::map<std::uint64_t, std::uint64_t> ranges;  // first to last
    std::uint64_t gap_line = 0;                     // where a gap was seen first
    Gaps forgotten;
  };
  // Older recordings don't name their streams: each begins with a `start`, and only a line that follows
  // itself is known to be there twice.
  struct Unnamed {
    std::uint64_t seq = 0;
    std::size_t size = 0;
    std::uint32_t hash = 0;
    Gaps gaps;
  };
  bool take_unnamed(const RecordedLine& line, std::string_view text, std::uint64_t number);
  static bool take(Stream& stream, std::uint64_t seq, std::uint64_t number);
  Stream& stream_of(std::string_view name);
  static void add(Gaps& to, const Gaps& gaps);
  static Gaps gaps_of(const Stream& stream);

  std::map<std::string, Stream, std::less<>> streams_;
  std::deque<std::map<std::string, Stream, std::less<>>::iterator> oldest_;
  Stream* last_ = nullptr;  // most lines are of the stream of the line before
  std::string last_name_;
  Gaps forgotten_;
  Unnamed unnamed_;
};

}  // namespace proctree
