// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A store in PostgreSQL as a place that lines are shipped to.
#pragma once

#include <memory>
#include <string>

#include "base/notice.hpp"
#include "history/retention.hpp"
#include "proctree/error.hpp"
#include "ship/remote_options.hpp"
#include "ship/ship_target.hpp"

namespace proctree {

struct PostgresTargetOptions {
  RemoteOptions remote;
  // Without a server at the start it ends; else it goes on trying, as it does later on.
  bool must_connect = false;
  HistoryBounds bounds = {};
  Notice notice;
};

// `to`: postgresql://…
[[nodiscard]] Result<std::unique_ptr<ShipTarget>> open_postgres_target(const std::string& to,
                                                                       PostgresTargetOptions options);

}  // namespace proctree
