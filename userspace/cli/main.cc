// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The proctree program: reads the command line, runs the command chosen, tells errors.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "cli/command.hpp"
#include "proctree/error.hpp"
#include "tree/escape.hpp"

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

// One line, whatever stands in the text: file names and arguments may hold anything.
void tell(std::string_view text) {
  std::string line = "proctree: ";
  proctree::append_visible(line, text);
  line += '\n';
  // Where standard error is closed too there is nobody left to tell.
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

// Standard descriptors that were closed must not become a file of ours: a message would be written into it.
// Each is filled with one on which its use fails as it did: reading from a 0, writing to a 1 or 2.
bool hold_standard_descriptors() {
  static constexpr std::array kStandard = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  return std::ranges::all_of(kStandard, [](int fd) {
    // The lowest free one is taken, which is this.
    return fcntl(fd, F_GETFD) >= 0 || open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) == fd;
  });
}

int tell_usage(const CLI::App& app, const std::string& what) {
  std::string help = "see proctree ";
  for (const CLI::App* command : app.get_subcommands()) help += command->get_name() + " ";
  tell(what + "; " + help + "--help");
  return kWrongUsage;
}

int run(int argc, char** argv) {
  CLI::App app("Process lineage from eBPF: who started what, and who started that.", "proctree");
  proctree::Action action;
  proctree::add_trace_command(app, action);
  proctree::add_run_command(app, action);
  proctree::add_replay_command(app, action);
  proctree::add_tree_command(app, action);
  proctree::add_chain_command(app, action);
  proctree::add_find_command(app, action);
  proctree::add_doctor_command(app, action);

  app.require_subcommand(0,
                         1);  // that there is one is looked at below: what is wrong with a word comes first
  const std::string version = "proctree " PROCTREE_VERSION;
  app.set_version_flag("--version", version, "Print the version and exit");
  for (CLI::App* command : app.get_subcommands({})) {
    command->set_version_flag("--version", version, "Print the version and exit");
  }

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // --help and --version
    return tell_usage(app, error.what());
  }
  if (!action) return tell_usage(app, "no command given");

  const auto result = action();
  if (result) return *result;
  tell(result.error().to_string());
  return result.error().code == proctree::ErrorCode::invalid_argument ? kWrongUsage : kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  if (!hold_standard_descriptors()) return kFailed;
  // A reader that went away, and a file that may not grow, are errors of write(2), told like any other.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::bad_alloc&) {
    tell("out of memory; free some, or raise the limit on it (ulimit -v)");
    return kFailed;
  } catch (const std::exception& error) {
    tell(error.what());
    return kFailed;
  }
}
