// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A target whose lines are documents of a schema (ECS, OCSF), made of those that are shipped.
#pragma once

#include <memory>

#include "base/notice.hpp"
#include "schema/translator.hpp"
#include "ship/ship_target.hpp"

namespace proctree {

// `warn` is called once where documents lack what only a stream's first line has.
[[nodiscard]] std::unique_ptr<ShipTarget> in_schema(std::unique_ptr<ShipTarget> target, schema::Schema schema,
                                                    Notice warn);

}  // namespace proctree
