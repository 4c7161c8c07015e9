// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The line of a process of a store, up its creators.
#pragma once

#include <string>
#include <vector>

#include "history/store.hpp"

namespace proctree {

struct HistoryLink {
  HistoryProcess process;
  HistoryImage image;  // at the requested time
  std::string user;    // of the process itself at that image, of others when they forked the one before
};

struct HistoryLine {
  std::vector<HistoryLink> links;  // the process first
  std::int64_t unknown_pid = 0;    // that of the creator of the last, where no more of that is known
};

// As it was at that time, by the clock of the process's birth.
[[nodiscard]] Result<HistoryLine> history_line(HistoryStore& store, const HistoryProcess& process,
                                               std::int64_t at_ns);
// When the process began to be what it last was.
[[nodiscard]] Result<std::int64_t> last_change(HistoryStore& store, const HistoryProcess& process);

// One that nothing made: it has no creator, which isn't the same as that none is known.
[[nodiscard]] bool is_first_of_host(const HistoryProcess& process);
// Whether it leads to such a one by edges that are more than guessed, and by processes whose names are known.
[[nodiscard]] Result<bool> is_complete(HistoryStore& store, const HistoryLine& line);

[[nodiscard]] Result<std::string> chain_text(HistoryStore& store, const HistoryLine& line);

}  // namespace proctree
