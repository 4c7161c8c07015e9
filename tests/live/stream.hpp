// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A JSON lines stream read back, and what must hold of any stream whatever happened on the host.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json.hpp"
#include "problems.hpp"

namespace proctree::live {

struct Record {
  std::string type;
  std::uint64_t seq = 0;
  std::uint64_t ktime_ns = 0;
  std::uint32_t pid = 0;
  std::string id;  // empty: the type has none
  Json json;
};

struct Stream {
  std::vector<Record> records;
  std::vector<Record> segments;  // lines that say what a file goes on with

  [[nodiscard]] std::size_t count(std::string_view type) const;
  [[nodiscard]] const Record* first(std::string_view type) const;
};

// Every line strict JSON with the fields that all lines have; seq 1, 2, 3, …; nothing torn.
// `all_facts` false: of a source that may find a process gone before it could look at it.
[[nodiscard]] Stream read_stream(const std::string& text, Problems& problems, bool all_facts = true);

// A whole run that saw everything: first `start`, last `stop`, totals as counted, nothing lost.
// `all_written` false: what was written had been filtered, so only the totals' presence is checked.
void check_whole(const Stream& stream, bool all_written, Problems& problems);

}  // namespace proctree::live
