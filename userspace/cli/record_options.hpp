// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What is written, of which processes, how and where: the options of all commands that write records, and
// what they mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/filter.hpp"
#include "engine/record.hpp"
#include "sink/event_set.hpp"
#include "sink/output.hpp"
#include "sink/timeline_sink.hpp"
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
  double memory_mib = 256;

  [[nodiscard]] EventSet event_set() const;
  // Without the pids of --under: which process each means is the command's to say.
  [[nodiscard]] Filter filter() const;
  [[nodiscard]] std::vector<std::uint32_t> under_pids() const;
  [[nodiscard]] std::size_t ancestors_max() const { return ancestors.value_or(64); }
  [[nodiscard]] Retention retention() const;
};

// What --output names, else the standard descriptor.
[[nodiscard]] Result<Output> open_output(const RecordOptions& options, int standard_fd,
                                         StopRequest stop = {});

struct MadeSink {
  std::unique_ptr<Sink> sink;
  std::function<void()> on_resize;  // the terminal has another size; may be empty
};

// The sink for the format asked for, and the timeline beside, where there is one; both outlive it.
[[nodiscard]] MadeSink make_sink(const RecordOptions& options, Output& output,
                                 TimelineSink* timeline = nullptr);

// The timeline asked for; null: none is. `others`: what its file must not be.
[[nodiscard]] Result<std::unique_ptr<TimelineSink>> open_timeline(const RecordOptions& options,
                                                                  std::initializer_list<int> others);
// Closes it; answers its failure, where the command itself had none.
[[nodiscard]] Result<void> close_timeline(TimelineSink* timeline, Result<void> so_far);

}  // namespace proctree
