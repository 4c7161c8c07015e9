// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// All that is known of one process, in lines for a person.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/record.hpp"
#include "sink/text_style.hpp"
#include "watch/process_marks.hpp"

namespace proctree::watch {

struct DetailsOf {
  const ProcessTable& table;
  Users& users;
  const Host& host;
  Slot slot = kNoSlot;
  const ProcessState* life = nullptr;
  std::int64_t boot_realtime_ns = 0;  // when the host booted, since 1970
};

// At most `most` lines, what matters most first; the chain has what lines the rest leaves.
[[nodiscard]] std::vector<std::string> details(const DetailsOf& of, const TextStyle& style,
                                               std::size_t columns, std::size_t most);

}  // namespace proctree::watch
