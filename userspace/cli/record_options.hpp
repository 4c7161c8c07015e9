// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What is written, of which processes, how and where: the options of all commands that write records, and
// what they mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/filter_options.hpp"
#include "cli/terminal.hpp"
#include "sink/event_set.hpp"
#include "tree/table.hpp"

namespace proctree {

// `tree` is drawn at the end: --tree, not --format.
enum class Format : std::uint8_t { text, chain, jsonl, ecs, ocsf, tree };

// JSON with a line for everything, in this project's words or in a schema's.
[[nodiscard]] constexpr bool is_json(Format format) {
  return format == Format::jsonl || format == Format::ecs || format == Format::ocsf;
}

struct RecordOptions {
  Format format = Format::text;
  bool format_given = false;
  bool fold = false;
  std::optional<std::string> output;  // none: the command's own
  std::string timeline;               // empty: none
  std::vector<std::string> events;    // empty: what the format writes by default
  FilterOptions filters;
  Colour colour = Colour::automatic;
  bool stats = false;
  std::optional<std::size_t> ancestors;
  std::optional<std::size_t> line_max;
  double memory_mib = 256;
  bool as_root = false;  // not as who called sudo

  [[nodiscard]] EventSet event_set() const;
  [[nodiscard]] std::size_t ancestors_max() const { return ancestors.value_or(64); }
  [[nodiscard]] Retention retention() const;
};

}  // namespace proctree
