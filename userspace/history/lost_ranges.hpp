// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which numbers of a stream were reported as missing: the union of the reports less the lines that came all
// the same, whatever came first.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/number_ranges.hpp"
#include "sink/json_lines.hpp"

namespace proctree {

// What is said of each number of a range. Of several reports of one number the least counts.
struct LossReport {
  bool is_of_follower = false;  // its line has no number; the tracer's own report is a line of the stream
  std::int64_t until_ns = 0;    // since 1970: by then it was missing
  std::uint64_t ktime_ns = 0;

  friend auto operator<=>(const LossReport&, const LossReport&) = default;
};

struct LostRange {
  std::uint64_t to = 0;
  LossReport report;
  std::string
      line;  // with the differences of totals, of a follower's range that nothing has touched; else empty

  friend bool operator==(const LostRange&, const LostRange&) = default;
};

class LostRanges {
 public:
  using Map = std::map<std::uint64_t, LostRange>;  // by its first number; they stay apart

  // `from` is not above `range.to`, and that is below the largest number.
  void add(std::uint64_t from, LostRange range);
  // These have come.
  void subtract(const NumberRanges& come);
  [[nodiscard]] const Map& ranges() const { return ranges_; }
  void clear() { ranges_.clear(); }

 private:
  using Piece = std::pair<std::uint64_t, LostRange>;

  Map::iterator first_reaching(std::uint64_t number);
  void put(const std::vector<Piece>& pieces);

  Map ranges_;
};

// The line of a follower's range that was touched: of the first line's loss it names the host and the tracer.
[[nodiscard]] std::string touched_line(const StreamHead& head, std::uint64_t from, const LostRange& range);
// Whether a follower's `lost` line says what its lines stood for.
[[nodiscard]] bool has_differences(std::string_view line);

}  // namespace proctree
