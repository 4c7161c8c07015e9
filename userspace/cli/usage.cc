// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/usage.hpp"

#include "base/parse_text.hpp"
#include "cli/ship_usage.hpp"
#include "ship/remote_address.hpp"
#include "tree/process_id.hpp"

namespace proctree {

namespace {

std::string no_effect(const RecordOptions& record) {
  return record.filters.failed && !is_json(record.format) && !record.events.empty() &&
                 !record.event_set().exit && record.timeline.empty() && !record.stats
             ? "--failed: no exec is a failure, and --events leaves exits out"
             : "";
}

bool is_pid_or_id(std::string_view text) {
  return parse_number<std::uint32_t>(text) || parse_process_id(text, text.substr(0, text.find('-')));
}

std::string no_effect(const RecordOptions& record, const CaptureOptions& capture) {
  const bool is_written = record.format != Format::chain || !record.timeline.empty() || record.stats;
  const auto wanted = !capture.env.empty() ? "--env"
                      : capture.stdio      ? "--stdio"
                      : capture.hash       ? "--hash"
                                           : "";
  if (*wanted != '\0' && !is_json(record.format))
    return std::string(wanted) + ": only --format jsonl, ecs and ocsf have it";
  if (*wanted != '\0' && !record.event_set().exec)
    return std::string(wanted) + ": execs have it, and --events leaves them out";
  if (capture.failed_execs && !is_written) return "--failed-execs: --format chain has no line for them";
  return capture.failed_execs ? "" : no_effect(record);
}

}  // namespace

std::string no_effect(const TraceOptions& options) {
  const SpoolChoice& spool = options.spool;
  if (options.source == EventSource::netlink) {
    if (options.capture.fair_kib != 0) return "--fair: it takes --source bpf";
    if (options.capture.ring != RingKind::automatic) return "--ring: it takes --source bpf";
    if (!options.capture.env.empty()) return "--env: it takes --source bpf";
    if (options.capture.stdio) return "--stdio: it takes --source bpf";
    if (options.capture.hash) return "--hash: it takes --source bpf";
  }
  if (spool.max_mib < spool.segment_mib) return "--spool-max: less than one --segment";
  const bool has_lines = options.record.format == Format::jsonl;
  if (options.record.fold && !has_lines && (spool.folder.empty() || options.record.format_given))
    return "--fold: only jsonl has lines for it";
  if (options.record.fold && !options.record.events.empty())
    return "--fold: whole lives repeat, and --events leaves out parts of them";
  if (options.snapshot && !options.writes_json())
    return "--snapshot: only --format jsonl, ecs and ocsf have lines for it";
  if (options.count != 0 && options.record.filters.failed)
    return "--count: it counts execs, and --failed lets none through";
  RecordOptions record = options.record;
  if (!spool.folder.empty()) record.format = Format::jsonl;  // it has lines for everything
  return no_effect(record, options.capture);
}

std::string no_effect(const RunOptions& options) { return no_effect(options.record, options.capture); }

std::string no_effect(const ReplayCommandOptions& options) {
  const bool of_a_moment = options.tree && options.record.format != Format::tree;
  if (of_a_moment && options.record.stats) return "--stats: --tree counts nothing without --all";
  if (of_a_moment && options.record.filters.failed) return "--failed: --tree draws no ends without --all";
  if (of_a_moment && !(options.since.empty() && options.until.empty()))
    return "--since and --until: --tree is of one moment, which --at names";
  if (!of_a_moment && !options.at.empty()) return "--at: --all draws what ran at any time";
  return no_effect(options.record);
}

std::string no_effect(const TreeOptions& options) {
  if (options.up && options.pid == 0) return "--up: without a PID all ancestors are shown";
  return !options.pids && options.format == TreeOptions::Format::json ? "--no-pids: --format json is of pids"
                                                                      : "";
}

std::string no_effect(const HistoryOptions& options) {
  if (auto wrong = wrong_address("WHERE", options.where); !wrong.empty()) return wrong;
  if (!is_remote(options.where) && options.remote.any())
    return "--credentials and --tls-…: the store is on this host";
  using Question = HistoryOptions::Question;
  const bool needs = options.question == Question::chain || options.question == Question::why;
  const bool takes = needs || options.question == Question::tree;
  if (needs && options.process.empty()) return "PROCESS: chain and why are of a process, which it names";
  if (takes && options.question != Question::why && !options.process.empty() &&
      !is_pid_or_id(options.process))
    return "PROCESS: " + options.process +
           " is neither a pid nor an id; find --comm finds those of a name, and why takes names";
  return !takes && !options.process.empty()
             ? "this question takes no PROCESS: " + options.process + " is one too many"
             : "";
}

}  // namespace proctree
