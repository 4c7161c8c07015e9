// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/trace_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

#include "proctree_event.h"

namespace proctree {

namespace {

// What the program takes beside the tree: its output, what it reads, and what loading the programs left.
constexpr double kProgramMib = 8;

// A pid, where the text is one.
std::optional<std::uint32_t> as_pid(const std::string& text) {
  std::uint32_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return pid;
}

}  // namespace

EventSet TraceOptions::event_set() const {
  if (events.empty()) return format == Format::jsonl ? EventSet{} : EventSet::only_exec();
  const auto has = [this](const char* name) {
    return std::find(events.begin(), events.end(), name) != events.end();
  };
  return {.exec = has("exec"), .fork = has("fork"), .exit = has("exit")};
}

EngineOptions TraceOptions::engine_options() const {
  EngineOptions engine;
  engine.version = PROCTREE_VERSION;
  for (const std::string& name : comms) engine.filter.comms.emplace_back(as_comm(name));
  engine.filter.users = users;
  engine.filter.containers = containers;
  for (const std::string& name : under) {
    if (const auto pid = as_pid(name)) {
      engine.under_pids.push_back(*pid);
    } else {
      engine.filter.under_comms.emplace_back(as_comm(name));
    }
  }
  engine.write_snapshot = snapshot && format == Format::jsonl;  // lines of the other formats are events
  engine.exec_limit = count;
  engine.retention.bytes_max = static_cast<std::size_t>((memory_mib - kProgramMib) * 1024 * 1024);
  return engine;
}

std::uint64_t TraceOptions::ring_bytes() const { return static_cast<std::uint64_t>(ring_mib * 1024 * 1024); }

void add_trace_options(CLI::App& command, TraceOptions& options) {
  const std::map<std::string, Format> formats = {
      {"text", Format::text}, {"chain", Format::chain}, {"jsonl", Format::jsonl}};
  const std::map<std::string, EventSource> sources = {{"bpf", EventSource::bpf},
                                                      {"netlink", EventSource::netlink}};
  command
      .add_option("--format", options.format,
                  "text: for people, one line an exec; chain: only the chain string; jsonl: the audit stream")
      ->transform(CLI::CheckedTransformer(formats).description("text|chain|jsonl"))
      ->type_name("FORMAT");
  command.add_option("--output", options.output, "Append to FILE (- is standard output)")->type_name("FILE");
  command.add_option("--events", options.events, "What is written: exec, fork, exit, separated by commas")
      ->delimiter(',')
      ->check(CLI::IsMember({"exec", "fork", "exit"}))
      ->type_name("LIST");
  command.add_option("--comm", options.comms, "Only processes of this command name (may repeat)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command.add_option("--user", options.users, "Only processes of this user, by name or number (may repeat)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command
      .add_option("--under", options.under,
                  "Only what descends from this process, or from one of this command name (may repeat)")
      ->type_name("NAME|PID")
      ->allow_extra_args(false);
  command
      .add_option("--container", options.containers,
                  "Only this container; the id's beginning will do (may repeat)")
      ->type_name("ID")
      ->allow_extra_args(false);
  command.add_option("--duration", options.duration_s, "Stop after so many seconds")
      ->type_name("S")
      ->check(CLI::PositiveNumber);
  command.add_option("--count", options.count, "Stop after N execs that the filters let through")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command.add_option("--ancestors", options.ancestors, "At most N entries in `ancestors`")
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--args-max", options.args_max,
                  "Bytes of arguments kept of an exec; their real size is always told")
      ->type_name("BYTES")
      ->check(CLI::Range(0, PT_ARGS_LIMIT))
      ->capture_default_str();
  command
      .add_option("--ring-size", options.ring_mib, "Size of the ring buffer, rounded up to a power of two")
      ->type_name("MIB")
      ->check(CLI::Range(0.0, 1024.0))
      ->capture_default_str();
  command
      .add_option("--memory-max", options.memory_mib,
                  "Most memory to take beside the ring; history gives way first, living lineage last")
      ->type_name("MIB")
      ->check(CLI::Range(16.0, 65536.0))
      ->capture_default_str();
  command.add_option("--source", options.source, "Where events come from")
      ->type_name("SOURCE")
      ->transform(CLI::CheckedTransformer(sources).description("bpf|netlink"))
      ->default_str("bpf");
  command.add_flag("--snapshot", options.snapshot,
                   "First write a record for each process that runs already (jsonl)");
}

}  // namespace proctree
