// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The commands: the options of each, and its function. How options are written is command_line.cc's alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/filter_options.hpp"
#include "cli/record_options.hpp"
#include "cli/trace_options.hpp"
#include "history/history_choice.hpp"
#include "proctree/error.hpp"
#include "ship/remote_options.hpp"

namespace proctree {

struct RunOptions {
  RecordOptions record;
  CaptureOptions capture;
  std::vector<std::string> command;
  bool quiet = false;
  bool wait_all = false;
};

struct ReplayCommandOptions {
  RecordOptions record;
  std::vector<std::string> files;  // and folders
  bool tree = false;
  std::string since;  // each a moment, or empty
  std::string until;
  std::string at;
};

struct TreeOptions {
  enum class Format : std::uint8_t { text, json, dot };
  std::uint32_t pid = 0;        // 0: all
  bool up = false;              // its ancestors too
  std::uint32_t highlight = 0;  // 0: nobody
  FilterOptions filters;
  Format format = Format::text;
  Colour colour = Colour::automatic;
  bool pids = true;
  bool args = false;
  bool threads = false;
};

struct ChainOptions {
  std::uint32_t pid = 0;
  bool json = false;
};

struct FindOptions {
  FilterOptions filters;
  bool json = false;
};

struct WhyOptions {
  std::string process;   // a pid, or a name
  std::string history;   // a store to ask; empty: of what runs
  bool as_root = false;  // opens the store not as who called sudo
  bool json = false;
};

struct ShipOptions {
  std::string from;
  std::string to;
  Format format = Format::jsonl;  // of the lines in the target: that, ecs or ocsf
  std::string name = "proctree";
  bool name_given = false;
  std::string cursor;   // a file; empty: by the name, in $STATE_DIRECTORY
  std::string metrics;  // a file, or ADDR:PORT to listen on; empty: none
  std::string keep;     // of a history store: how old or large it may become; empty: everything is retained
  bool once = false;
  bool as_root = false;  // not as who called sudo
  RemoteOptions remote;
  StreamOptions stream;
};

struct HistoryOptions {
  enum class Question : std::uint8_t { find, tree, chain, why, stats, lines };
  std::string where;  // the store
  Question question = Question::find;
  std::string process;  // an id or a pid, of why a name too
  std::string since;    // each a moment, or empty
  std::string until;
  std::string at;
  HistoryChoice choice;
  bool json = false;
  bool utc = false;
  bool as_root = false;  // not as who called sudo
  RemoteOptions remote;
};

struct DoctorOptions {
  bool json = false;
  bool debug_bpf = false;
};

// Each returns its exit status, or the error that main prints on standard error (exit 2 for
// ErrorCode::invalid_argument, else 1).
Result<int> run_command(const TraceOptions& options);
Result<int> run_command(const RunOptions& options);
Result<int> run_command(const ReplayCommandOptions& options);
Result<int> run_command(const TreeOptions& options);
Result<int> run_command(const ChainOptions& options);
Result<int> run_command(const FindOptions& options);
Result<int> run_command(const WhyOptions& options);
Result<int> run_command(const ShipOptions& options);
Result<int> run_command(const HistoryOptions& options);
Result<int> run_command(const DoctorOptions& options);

}  // namespace proctree
