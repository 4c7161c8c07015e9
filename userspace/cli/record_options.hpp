// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What is written, of which processes, how and where: the options of all commands that write records, and
// what they mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/filter.hpp"
#include "sink/event_set.hpp"
#include "tree/table.hpp"

namespace proctree {

enum class Format : std::uint8_t { text, chain, jsonl };

struct RecordOptions {
  Format format = Format::text;
  std::optional<std::string> output;  // none: the command's own
  std::string timeline;               // empty: none
  std::vector<std::string> events;    // empty: what the format writes by default
  std::vector<std::string> comms;
  std::vector<std::string> users;
  std::vector<std::string> under;  // names and pids
  std::vector<std::string> containers;
  std::optional<std::size_t> ancestors;
  std::optional<std::size_t> line_max;
  double memory_mib = 256;
  bool as_root = false;  // not as who called sudo

  [[nodiscard]] EventSet event_set() const;
  // Without the pids of --under: which process each means is the command's to say.
  [[nodiscard]] Filter filter() const;
  [[nodiscard]] std::vector<std::uint32_t> under_pids() const;
  [[nodiscard]] std::size_t ancestors_max() const { return ancestors.value_or(64); }
  [[nodiscard]] Retention retention() const;
};

}  // namespace proctree
