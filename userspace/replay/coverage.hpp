// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a recording lacks, as its lines show it: streams without a `stop` line, times at which no tracer ran,
// losses, and requested times outside of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/moment.hpp"
#include "replay/recorded_line.hpp"

namespace proctree {

class Coverage {
 public:
  // What is asked for; `at` is of a tree, `since` and `until` of lines.
  struct Asked {
    std::optional<Moment> since = {};
    std::optional<Moment> until = {};
    std::optional<Moment> at = {};
  };
  explicit Coverage(const Asked& asked) : asked_(asked) {}

  // Each line in its order, a `segment` too.
  void note(const RecordedLine& line);

  // One line each. `losses`: what was lost up to `at` too, for an output that doesn't show it in its place.
  [[nodiscard]] std::vector<std::string> texts(bool losses) const;
  // For streams that it has from `start` to `stop`: ends of processes that filters, or a loss of lines, left
  // out.
  [[nodiscard]] std::uint64_t missing_exits() const;
  // A line that is asked for was there.
  [[nodiscard]] bool has_asked() const { return between_; }

 private:
  static constexpr std::size_t kStreamsMost = 1024;  // beyond these the oldest is forgotten
  static constexpr std::size_t kNameMost = 256;

  struct Stream {
    std::string host;  // by `host.id` or its name
    std::int64_t first_ns = 0;
    std::int64_t last_ns = 0;
    std::uint64_t exits = 0;
    std::uint64_t exits_reported = 0;  // by `stop`
    bool has_begin = false;            // a `start` or a `segment`; else lines were picked out of it
    bool has_start = false;
    bool has_stop = false;
  };
  // No stream of a host has a line between.
  struct Hole {
    std::int64_t from_ns = 0;
    std::int64_t until_ns = 0;
  };
  struct Losses {
    std::uint64_t events = 0;
    std::uint64_t lines = 0;
    std::uint64_t places = 0;
  };
  Stream& stream_of(const RecordedLine& line);
  void note_asked(const RecordedLine& line);
  void note_loss(const RecordedLine& line);
  static void note_exits(Stream& stream, const RecordedLine& line);
  [[nodiscard]] std::vector<Hole> holes() const;
  void add_streams_without_stop(std::vector<std::string>& to) const;
  void add_holes(std::vector<std::string>& to) const;
  void add_losses(std::vector<std::string>& to) const;
  void add_asked(std::vector<std::string>& to) const;

  using Streams = std::map<std::string, Stream, std::less<>>;
  Asked asked_;
  Streams streams_;
  std::deque<Streams::iterator> oldest_;
  Stream* last_stream_ = nullptr;  // most lines are of the stream of the line before
  std::string last_name_;
  std::uint64_t unnamed_ = 0;  // older recordings don't name their streams: each begins with a `start`
  Losses losses_;
  std::optional<std::int64_t> first_ns_;
  std::int64_t last_ns_ = 0;
  bool reaches_since_ = false;
  bool reaches_until_ = false;
  bool reaches_at_ = false;
  bool between_ = false;
};

}  // namespace proctree
