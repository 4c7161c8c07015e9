// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a replay has survived and its user should know: counted by kind, and told in one line each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace proctree {

class ReplayWarnings {
 public:
  // A crash of its writer left a line unfinished.
  void torn(std::uint64_t line) { add(torn_, line, {}); }
  void unknown_type(std::uint64_t line, std::string_view name) { add(unknown_types_, line, name); }
  void unknown_field(std::uint64_t line, std::string_view name) { add(unknown_fields_, line, name); }
  // A line had been read already: whoever delivers at least once delivers some twice.
  void doubled(std::uint64_t line) { add(doubled_, line, {}); }
  // So many lines are missing from the sequence, in so many places.
  void set_gaps(std::uint64_t missing, std::uint64_t count, std::uint64_t first_line) {
    missing_ = missing;
    gaps_.count = count;
    gaps_.first_line = first_line;
  }

  [[nodiscard]] std::vector<std::string> texts() const;

 private:
  struct Kind {
    std::uint64_t count = 0;
    std::uint64_t first_line = 0;
    std::string first_name;
  };
  static void add(Kind& kind, std::uint64_t line, std::string_view name);

  Kind torn_;
  Kind unknown_types_;
  Kind unknown_fields_;
  Kind doubled_;
  Kind gaps_;
  std::uint64_t missing_ = 0;
};

}  // namespace proctree
