// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A long text in several lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace proctree::watch {

// `text` (without colours) in lines of at most `columns`; where it takes more than `most` of them, the last
// ends in `…`.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t columns, std::size_t most);

}  // namespace proctree::watch
