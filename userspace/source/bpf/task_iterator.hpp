// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Reading the task iterator: every process, at about half a microsecond each.
#pragma once

#include "source/decode.hpp"
#include "source/source.hpp"

namespace proctree {

Result<void> iterate_tasks(int link_fd, Decoder& decoder, const Source::TaskHandler& handler);

}  // namespace proctree
