// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The stores of this host that a question can be asked of: files, and what a spool or a recording is read
// into.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/notice.hpp"
#include "history/store.hpp"
#include "proctree/error.hpp"

namespace proctree {

// Beyond it a store that stays is cheaper than to read everything for each question.
inline constexpr std::int64_t kPassingBytesMost = std::int64_t{4} << 30;

// `where`: sqlite:FILE; else a spool's folder or a recording, as `ship --from` takes them. All lines that the
// latter has now are read into a store that ends with what is returned, whatever ends that: its file, in
// $TMPDIR or /var/tmp, has no name. More than `bytes_most` of it is an error. `notice` gets what the reader
// says of lines that are none.
[[nodiscard]] Result<std::unique_ptr<HistoryStore>> open_local_store(
    const std::string& where, Notice notice, std::int64_t bytes_most = kPassingBytesMost);

}  // namespace proctree
