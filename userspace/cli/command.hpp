// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What each command's file offers to main.cc.
#pragma once

#include <functional>

#include "proctree/error.hpp"

namespace CLI {
class App;
}

namespace proctree {

// What the chosen command does once the whole command line has been parsed: its exit status, or the
// error that main tells on standard error (exit 2 for ErrorCode::invalid_argument, else 1).
using Action = std::function<Result<int>()>;

// Each adds its subcommand to `app`; when that is chosen on the command line, `action` becomes its work.
void add_trace_command(CLI::App& app, Action& action);
void add_run_command(CLI::App& app, Action& action);
void add_replay_command(CLI::App& app, Action& action);
void add_tree_command(CLI::App& app, Action& action);
void add_chain_command(CLI::App& app, Action& action);
void add_find_command(CLI::App& app, Action& action);
void add_doctor_command(CLI::App& app, Action& action);

}  // namespace proctree
