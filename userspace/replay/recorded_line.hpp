// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What one line of a JSON lines stream (version 1) says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/record.hpp"
#include "proctree/facts.hpp"
#include "tree/event.hpp"
#include "tree/record_kind.hpp"

namespace proctree {

// An entry of `ancestors`.
struct RecordedAncestor {
  ProcKey self;  // start_ns 0: its pid is all that is known
  std::string_view comm = kUnknownComm;
  std::string_view exe;
  std::string_view user;            // what it acted as
  std::string_view image_user;      // what its image began as, where that is another
  std::string_view forked_as_comm;  // the earlier image that did the fork; empty: the present one did
  std::string_view forked_as_exe;
  std::string_view args;      // each ended by NUL
  std::string_view args_raw;  // joined by NUL, where they are no UTF-8
  std::string_view title;
  std::string_view tty;
  bool args_known = false;
  bool args_truncated = false;
  bool title_truncated = false;
  Edge edge = Edge::inferred;
  std::uint32_t folded = 0;
  bool known = false;  // else only its key is
  bool exited = false;
};

struct RecordedLine {
  // A position in the line.
  struct Place {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  [[nodiscard]] bool is_of_process() const { return kind && proctree::is_of_process(*kind); }

  std::optional<RecordKind> kind;  // none: `type` is unknown
  std::string_view type_name;
  std::uint64_t version = 0;
  std::string_view stream;
  std::uint64_t seq = 0;
  std::uint64_t ktime_ns = 0;
  std::int64_t realtime_ns = 0;

  // start
  std::string_view host_name;
  std::string_view host_id;
  std::string_view boot_id;
  std::string_view kernel;
  std::string_view arch;
  std::string_view tracer_version;
  std::string_view source;
  std::uint64_t tracer_pid = 0;
  std::uint64_t processes = 0;
  bool lists_events = false;  // which of the following were written:
  bool has_forks = false;
  bool has_exits = false;
  bool has_failed_execs = false;
  std::uint32_t fair_kib = 0;
  std::string_view ring;

  // process, fork, exec, exit and failed_exec. Of a process that could not be read (has_proc_facts() in
  // tree/event.hpp) most is left out.
  TaskFacts task;
  ImageFacts image;
  std::string_view user;
  std::optional<std::uint32_t> creator_pid;  // 0: it has no creator at all
  std::optional<ProcKey> creator;            // its start time exact, or of older recordings at clock ticks
  std::uint64_t creator_start_ns = 0;        // 0: an older recording, which has only the id
  std::optional<Resynced> resynced;          // a resync's, not an event's
  std::optional<EntryFacts> entry;
  std::string_view creator_comm;  // of a fork: empty where the child has the same
  RecordedFacts recorded;
  std::string_view chain;
  std::vector<RecordedAncestor> ancestors;
  bool ancestors_truncated = false;
  std::optional<PreviousImage> previous;
  std::optional<StandardFiles> stdio;
  ExitEvent exit;
  FailedExec failed;

  // `ancestors` without its brackets, and the end of its first entries, as many as were asked for.
  Place ancestors_place;
  std::size_t first_ancestors_end = 0;

  // Of a `repeat`: the number of the line that the lives repeat; `totals` are theirs.
  std::uint64_t repeats = 0;
  std::uint64_t failures = 0;

  LostEvent lost;
  // Of a loss of lines, or for want of a tracer: where it happened; empty: a loss of events.
  std::string_view where;
  std::uint64_t seq_from = 0;
  std::uint64_t seq_to = 0;
  Mending mending;
  Totals totals;
  std::optional<std::uint64_t> failed_execs;  // stop, and of a lost line's count
};

}  // namespace proctree
