// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/ship_ends.hpp"

#include <memory>
#include <utility>

#include "base/try.hpp"
#include "cli/record_outputs.hpp"
#ifdef PROCTREE_HAS_HISTORY
#include "history/history_target.hpp"
#include "history/schema.hpp"
#endif
#include "history/store_prefix.hpp"
#include "ship/remote_address.hpp"
#include "ship/schema_target.hpp"

namespace proctree {

namespace {

Result<std::unique_ptr<ShipSource>> open_source(const ShipOptions& options, StreamPositions from) {
  return open_ship_source(options.from, std::move(from), print_notice);
}

Result<std::unique_ptr<ShipTarget>> open_target(const ShipOptions& options, StopRequest stop) {
  if (!options.to.starts_with(kSqlitePrefix)) {
    if (options.format == Format::jsonl) return open_ship_target(options.to, std::move(stop));
    const schema::Schema schema = schema_of(options.format);
    auto target = PROCTREE_TRY(open_ship_target(options.to, std::move(stop), schema));
    return in_schema(std::move(target), schema, print_notice);
  }
#ifdef PROCTREE_HAS_HISTORY
  const std::string file = PROCTREE_TRY(history_file(options.to));
  return open_history_target(file, options.keep);
#else
  return fail(ErrorCode::unsupported, "--to: this proctree was built without SQLite: it has no history",
              "build it where libsqlite3-dev is installed");
#endif
}

}  // namespace

ShipEnds local_ship_ends() { return {open_source, open_target}; }

std::string name_of_target(const std::string& to) {
  if (is_remote(to)) return to;
  if (!to.starts_with(kSqlitePrefix)) return target_name(to);
  return std::string(kSqlitePrefix) + target_name(to.substr(kSqlitePrefix.size()));
}

}  // namespace proctree
