// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What only the first line of a stream, or of a part of it, says: the host and the tracer.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/source_line.hpp"

namespace proctree::schema {

using BootId = std::array<char, 16>;

// Texts are JSON strings with their quotes; empty: not known.
struct StreamOrigin {
  std::string stream;
  std::string host_name;
  std::string host_id;
  std::string boot_id;
  std::string kernel;
  std::string arch;
  std::string tracer_version;
  std::string tracer_pid;  // digits
  std::optional<BootId> boot;
  std::string written;  // what a schema makes of all that
};

// By the streams' names. Lines of an older tracer have none: the last nameless origin is theirs.
class StreamOrigins {
 public:
  // `line` is a `start` or a `segment`.
  StreamOrigin& learn(const SourceLine& line);
  // nullptr: its first line hasn't been read.
  [[nodiscard]] const StreamOrigin* find(std::string_view stream) const;

 private:
  static constexpr std::size_t kMost = 64;  // then the oldest goes
  std::vector<StreamOrigin> origins_;
  std::size_t next_ = 0;
};

}  // namespace proctree::schema
