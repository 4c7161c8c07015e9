// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// One process as text: its name in its row, how it ended, and all that is known of it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/record.hpp"
#include "sink/text_style.hpp"
#include "watch/process_marks.hpp"

namespace proctree::watch {

// An event has said how it ended, a short while ago.
[[nodiscard]] inline bool has_reported_end(const ProcessState* state) {
  return state != nullptr && state->end.has_value();
}

// "name(pid)"; whether it has ended, where append_end() has no more to say.
void append_label(std::string& out, const TextStyle& style, const ProcessTable& table, Slot slot,
                  const ProcessState* state);
// "exited 0 after 27.4 ms"; of one that has_reported_end().
void append_end(std::string& out, const TextStyle& style, const Node& node, const ProcessState& state);

// `text` (without colours) in lines of at most `columns`; where it takes more than `lines_max` of them, the
// last ends in an ellipsis.
[[nodiscard]] std::vector<std::string> wrap(std::string_view text, std::size_t columns, std::size_t lines_max,
                                            Charset charset = Charset::utf8);

struct DetailsOf {
  const ProcessTable& table;
  Users& users;
  const Host& host;
  Slot slot = kNoSlot;
  const ProcessState* state = nullptr;
  std::int64_t boot_realtime_ns = 0;  // when the host booted, since 1970
};

// At most `lines_max` lines, what matters most first; the chain has what lines the rest leaves.
[[nodiscard]] std::vector<std::string> details(const DetailsOf& of, const TextStyle& style,
                                               std::size_t columns, std::size_t lines_max);

}  // namespace proctree::watch
