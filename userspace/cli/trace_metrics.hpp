// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A trace's metrics for Prometheus.
#pragma once

#include <string>

#include "engine/engine.hpp"
#include "spool/spool_writer.hpp"

namespace proctree {

// `spool` may be null.
[[nodiscard]] std::string trace_metrics(const Engine& engine, const SpoolWriter* spool);

}  // namespace proctree
