// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Small files that are read and replaced as a whole. Where a function returns false, errno has the reason.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace proctree {

[[nodiscard]] bool write_all(int fd, std::string_view text);
// To the end. EFBIG: there are more than `most` bytes.
[[nodiscard]] bool read_whole(int fd, std::size_t most, std::string& text);

enum class Sync : bool { no, yes };
// A reader finds the old file or the new one: `text` is written to a new file named `temporary`, which then
// is renamed. Names are relative to the folder, which may be AT_FDCWD.
[[nodiscard]] bool replace_file(int folder_fd, const std::string& temporary, const std::string& name,
                                std::string_view text, mode_t mode, Sync sync);

}  // namespace proctree
