// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which lines a file ends with: those that an earlier run wrote and then had no time to note in its cursor
// are among them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/number_ranges.hpp"
#include "proctree/error.hpp"
#include "schema/translator.hpp"

namespace proctree {

class LinesAtEnd {
 public:
  // So much of the file is looked at.
  static constexpr std::uint64_t kBytes = std::uint64_t{64} << 20;

  LinesAtEnd() = default;
  // What is no regular file, or can't be opened for reading, has none. `schema`: of the documents that its
  // lines are; std::nullopt: they are JSON lines.
  static Result<LinesAtEnd> read(const std::string& path, std::optional<schema::Schema> schema);

  // All of the stream's numbers from `first` to `last`.
  [[nodiscard]] bool has(std::string_view stream, std::uint64_t first, std::uint64_t last) const;

 private:
  std::map<std::string, NumberRanges, std::less<>> streams_;
};

}  // namespace proctree
