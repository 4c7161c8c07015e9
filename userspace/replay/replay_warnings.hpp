// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Damage that a replay has survived and its user should know of: counted by kind, and reported in one line
// each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "replay/recording_reader.hpp"

namespace proctree {

class ReplayWarnings {
 public:
  // A crash of its writer left a line unfinished.
  void torn(LinePlace place, std::uint64_t lines = 1) { add(torn_, place, lines); }
  // A compressed file ended early, before this line was whole.
  void cut_short(LinePlace place) { add(cut_short_, place); }
  void blank(LinePlace place) { add(blank_, place); }
  // NULs stood before this line.
  void nuls(LinePlace place) { add(nuls_, place); }
  void unknown_type(LinePlace place, std::string_view name) { add(unknown_types_, place, 1, name); }
  void unknown_field(LinePlace place, std::string_view name) { add(unknown_fields_, place, 1, name); }
  // A line had been read already: at least once may be twice.
  void repeated(LinePlace place) { add(repeated_, place); }
  // Lines are missing from the sequence, in `count` places.
  void set_gaps(std::uint64_t missing, std::uint64_t count, LinePlace first) {
    missing_ = missing;
    gaps_.count = count;
    gaps_.first = first;
  }

  // `reader` is the one that the places are of.
  [[nodiscard]] std::vector<std::string> texts(const RecordingReader& reader) const;

 private:
  struct Kind {
    std::uint64_t count = 0;
    LinePlace first;
    std::string first_name;
  };
  static void add(Kind& kind, LinePlace place, std::uint64_t count = 1, std::string_view name = {});

  Kind torn_;
  Kind cut_short_;
  Kind blank_;
  Kind nuls_;
  Kind unknown_types_;
  Kind unknown_fields_;
  Kind repeated_;
  Kind gaps_;
  std::uint64_t missing_ = 0;
};

}  // namespace proctree
