// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The form that passwd(5) and group(5) share: a line an entry, fields between colons.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "proctree/error.hpp"

struct stat;

namespace proctree {

// False for comments, NIS markers and garbage.
[[nodiscard]] bool is_account_name(std::string_view name);

// A uid or gid; -1 is nobody's: it means "no change" in system calls.
[[nodiscard]] std::optional<std::uint32_t> parse_account_number(std::string_view digits);

// Name and uid of a line of passwd(5), name:password:uid:…; none for comments, NIS markers and garbage.
[[nodiscard]] std::optional<std::pair<std::string_view, std::uint32_t>> parse_passwd_entry(
    std::string_view line);

// The file's text, up to a limit, and its status.
[[nodiscard]] Result<std::string> read_account_file(const std::string& path, struct ::stat& status);

}  // namespace proctree
