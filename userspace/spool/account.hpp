// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// DIR/account: what is known of the streams whose lines are gone, wholly or in part. One object of JSON:
// {"v":1,"streams":[{"stream":…,"last_seq":N,"forks":…,"execs":…,"exits":…,"lost":…}]}; `last_seq` is that
// of the last line that is gone, and the totals are what all lines up to it stand for. Of a stream that is
// wholly gone, nothing else has its `host` and `tracer`, and that line's `time` and `ktime_ns`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proctree/error.hpp"
#include "sink/json_lines.hpp"

namespace proctree {

struct StreamAccount {
  std::string stream;
  std::uint64_t last_seq = 0;
  LineTotals totals;
  std::string host = {};  // as JSON, tracer too; empty: not known
  std::string tracer = {};
  std::string time = {};  // of the last line; empty: not known
  std::uint64_t ktime_ns = 0;

  friend bool operator==(const StreamAccount&, const StreamAccount&) = default;
};

class SpoolAccount {
 public:
  // An empty one where the folder has none.
  static Result<SpoolAccount> read(int folder_fd, const std::string& path);
  static Result<SpoolAccount> parse(std::string_view text);
  // Replaces the file by rename; no sync.
  [[nodiscard]] Result<void> write(int folder_fd, const std::string& path) const;
  [[nodiscard]] std::string to_json() const;

  // All lines of the stream up to `last_seq` are gone. What is not known of it stays as it was.
  void set(const StreamAccount& stream);
  [[nodiscard]] const std::vector<StreamAccount>& streams() const { return streams_; }

 private:
  std::vector<StreamAccount> streams_;  // in the order in which they were dropped first
};

}  // namespace proctree
