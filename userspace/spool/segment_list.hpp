// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The segments of a spool, oldest first, and what they take on disk.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "proctree/error.hpp"
#include "spool/account.hpp"
#include "spool/segment.hpp"

namespace proctree {

struct Segment {
  SegmentName name;
  std::uint64_t bytes = 0;             // on disk
  std::optional<StreamAccount> end{};  // what is known of its stream once this one is gone; none: not yet
  bool stays_plain = false;
};

// What is in a folder. Of a segment that is there plain and compressed only the compressed one is listed;
// the other, and files that were never finished, are in `leftovers`, to be removed. All other names are
// strangers' and stay.
struct FolderContents {
  std::deque<Segment> segments;
  std::vector<std::string> leftovers;
};
[[nodiscard]] Result<FolderContents> list_folder(int folder_fd, const std::string& path);

}  // namespace proctree
