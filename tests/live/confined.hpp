// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A tracer that gives up its privileges, or has few from the first as the service has: how it is started, and
// what the kernel says it has left.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "live.hpp"

namespace proctree::live {

inline constexpr const char* kNoCapability = "0000000000000000";

struct Way {
  const char* name;
  const char* user;  // nullptr: none given
  bool as_service = false;
};

// A folder of its own, as LogsDirectory makes one.
class UsersDir : public TempDir {
 public:
  UsersDir();
};

[[nodiscard]] std::string unit_of_service();

// The options in full for a run in this way; as the service: in its own folder, under a unit of this text.
[[nodiscard]] Tracer::Options confined(Tracer::Options options, const Way& way, const UsersDir& own,
                                       const std::string& unit);

// The value of a line of /proc/PID/status, its blanks as the kernel has them.
[[nodiscard]] std::string status_value(pid_t pid, const std::string& key);

// That of Uid or Gid where all four are one.
[[nodiscard]] std::string four_times(std::uint32_t id);

}  // namespace proctree::live
