// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/ship_history.hpp"

#include "base/try.hpp"
#include "cli/history_command.hpp"
#include "cli/notice.hpp"
#include "ship/remote_address.hpp"
#ifdef PROCTREE_HAS_HISTORY
#include "history/postgres.hpp"
#include "history/postgres_target.hpp"
#endif

namespace proctree {

#ifdef PROCTREE_HAS_HISTORY

namespace {

Result<std::unique_ptr<HistoryStore>> open_store(const HistoryOptions& options) {
  if (!is_postgres(options.where))
    return fail(ErrorCode::unsupported,
                options.where.substr(0, options.where.find(':')) + ":// is no history store",
                "write sqlite:FILE or postgresql://HOST/DATABASE");
  return HistoryStore::open(PROCTREE_TRY(open_postgres_to_read(options.where, options.remote)));
}

}  // namespace

Result<std::unique_ptr<ShipTarget>> open_remote_store(const ShipOptions& options) {
  const HistoryBounds bounds = PROCTREE_TRY(parse_history_bounds(options.keep));
  // Between two servers the options are of the one that lines come from; libpq has files for the other.
  const RemoteOptions remote = is_remote(options.from) ? RemoteOptions() : options.remote;
  return open_postgres_target(options.to, {remote, options.once, bounds, print_notice});
}

Result<int> ask_remote_store(const HistoryOptions& options) { return run_history(options, open_store); }

Result<int> ask_remote_store(const WhyOptions& options) {
  return ask_remote_store(history_of(options, options.history));
}

#else

namespace {

tl::unexpected<Error> no_history() {
  return fail(ErrorCode::unsupported, "this proctree-ship was built without SQLite: it has no history",
              "build it where libsqlite3-dev is installed");
}

}  // namespace

Result<std::unique_ptr<ShipTarget>> open_remote_store(const ShipOptions&) { return no_history(); }
Result<int> ask_remote_store(const HistoryOptions&) { return no_history(); }
Result<int> ask_remote_store(const WhyOptions&) { return no_history(); }

#endif

}  // namespace proctree
