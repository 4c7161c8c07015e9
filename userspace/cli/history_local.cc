// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The stores of this host.
#include "cli/commands.hpp"

#ifdef PROCTREE_HAS_HISTORY

#include "cli/history_command.hpp"
#include "cli/notice.hpp"
#include "history/local_store.hpp"

namespace proctree {

Result<int> run_command(const HistoryOptions& options) {
  return run_history(options,
                     [](const HistoryOptions& asked) { return open_local_store(asked.where, print_notice); });
}

}  // namespace proctree

#else

namespace proctree {

Result<int> run_command(const HistoryOptions&) {
  return fail(ErrorCode::unsupported, "this proctree was built without SQLite: it has no history",
              "build it where libsqlite3-dev is installed");
}

}  // namespace proctree

#endif
