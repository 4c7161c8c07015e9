// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The stores that are files of this host.
#include "cli/commands.hpp"

#ifdef PROCTREE_HAS_HISTORY

#include "base/try.hpp"
#include "cli/history_command.hpp"
#include "history/schema.hpp"

namespace proctree {

Result<int> run_command(const HistoryOptions& options) {
  return run_history(options, [](const HistoryOptions& asked) -> Result<std::unique_ptr<HistoryStore>> {
    return HistoryStore::open(PROCTREE_TRY(history_file(asked.where)));
  });
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
