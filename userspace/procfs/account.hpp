// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A user as whom a process could run: ids and groups, from /etc/passwd and /etc/group read as files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proctree/error.hpp"

namespace proctree {

struct Account {
  std::string name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string home;
  std::vector<std::uint32_t> groups;  // with `gid`, each once
};

// Of a user whose number is known, whether or not the files have him: without them his home is empty, and his
// groups are those that list the name.
[[nodiscard]] Account account_of(std::uint32_t uid, std::uint32_t gid, std::string_view name,
                                 const std::string& passwd_path = "/etc/passwd",
                                 const std::string& group_path = "/etc/group");

[[nodiscard]] Result<Account> find_account(std::string_view name,
                                           const std::string& passwd_path = "/etc/passwd",
                                           const std::string& group_path = "/etc/group");

}  // namespace proctree
