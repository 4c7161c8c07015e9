// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A receiver of OTLP/HTTP logs as a place that lines are shipped to.
#pragma once

#include <memory>
#include <string>

#include "base/notice.hpp"
#include "ship/remote_options.hpp"
#include "ship/ship_target.hpp"

namespace proctree {

struct OtlpTargetOptions {
  RemoteOptions remote;
  Notice notice;
};

// `to`: otlp+http://HOST[:PORT][/PATH], or otlp+https.
[[nodiscard]] Result<std::unique_ptr<ShipTarget>> open_otlp_target(const std::string& to,
                                                                   OtlpTargetOptions options);

}  // namespace proctree
