// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which host this is, for the stream's first line and for process ids.
#pragma once

#include "engine/record.hpp"

namespace proctree {

[[nodiscard]] Result<Host> this_host();

}  // namespace proctree
