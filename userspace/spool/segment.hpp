// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The names of a spool's segments: NUMBER-STREAM-FIRSTSEQ.jsonl, compressed .jsonl.zst. They are ordered by
// number: no clock is involved. A folder into which another spool was copied has numbers twice: then the
// stream and the first line's number decide.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace proctree {

// For owner and group, whatever the umask: followers are of that group.
inline constexpr mode_t kSegmentMode = 0640;
inline constexpr mode_t kSpoolFolderMode = 0750;

struct SegmentName {
  std::uint64_t number = 0;  // from 1, one more for each segment of a folder
  std::string stream;
  std::uint64_t first_seq = 0;
  bool compressed = false;

  // "000000000001-2899dae44fa44eef-4711-55558-1.jsonl"
  [[nodiscard]] std::string file_name() const;
};

// Of the same lines, compressed or not.
[[nodiscard]] bool is_same_segment(const SegmentName& a, const SegmentName& b);
// A strict order of segments. One without a number, which none has, is before all.
[[nodiscard]] bool is_before(const SegmentName& a, const SegmentName& b);

// nullopt for all that file_name() doesn't return.
[[nodiscard]] std::optional<SegmentName> parse_segment_name(std::string_view name);

// The name that a file of the spool has until it is whole: hidden, and never a segment's.
[[nodiscard]] std::string temporary_name(std::string_view name);
[[nodiscard]] bool is_temporary_name(std::string_view name);

}  // namespace proctree
