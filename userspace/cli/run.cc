// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// run: follows one command and what descends from it, and ends as it ends.
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/boot_clock.hpp"
#include "base/escape.hpp"
#include "base/try.hpp"
#include "base/width.hpp"
#include "cli/child_command.hpp"
#include "cli/commands.hpp"
#include "cli/hashing.hpp"
#include "cli/privileges.hpp"
#include "cli/record_outputs.hpp"
#include "cli/terminal.hpp"
#include "cli/trace_loop.hpp"
#include "cli/trace_options.hpp"
#include "engine/engine.hpp"
#include "engine/host.hpp"
#include "sink/output.hpp"
#include "sink/run_summary.hpp"
#include "source/open_source.hpp"
#include "tree/lineage.hpp"
#include "tree/queries.hpp"
#include "tree/table_forest.hpp"

namespace proctree {

namespace {

// As env(1), timeout(1) and shells have it.
constexpr int kNotExecutable = 126;
constexpr int kNotFound = 127;

// In lines that fit a terminal.
void print_line(const std::string& text) {
  const std::string line = "proctree: " + text;
  std::fprintf(stderr, "%s\n", wrapped_at_commas(line, look_at_terminal(STDERR_FILENO).width).c_str());
}

// The living processes below the command, whether or not that has ended.
std::vector<Slot> living_below(const ProcessTable& table, const ProcKey& command) {
  const Slot slot = table.find(command);
  if (slot == kNoSlot) return {};
  std::vector<Slot> living = descendants(TableForest(table), slot);
  std::erase_if(living, [&table](Slot below) { return table[below].exited; });
  return living;
}

class Run {
 public:
  Run(const RunOptions& options, const WhoseProcesses& whose, const Caller& caller, ChildCommand& child,
      SignalFd& signals, Hashes* hashes)
      : options_(options),
        whose_(whose),
        caller_(caller),
        child_(child),
        signals_(signals),
        hashes_(hashes) {}

  // Returns the status that the command ended with.
  Result<int> follow() {
    auto output = open_output(options_.record, caller_, STDERR_FILENO,
                              {signals_.fd(), [this] { return pass_signals(), is_left(); }});
    if (!output && is_reader_gone(output.error())) return *child_.status();  // none came for a FIFO
    if (!output) return tl::make_unexpected(std::move(output.error()));
    auto timeline = PROCTREE_TRY(open_timeline(options_.record, caller_, {output->fd()}));
    auto host = PROCTREE_TRY(this_host());
    if (host.nested_pid_namespace) {
      return fail(ErrorCode::unsupported,
                  "run can't tell its command from others in a container's pid namespace",
                  "start it on the host, or the container with --pid=host");
    }
    if (!options_.capture.env.empty()) forbid_core_dumps();
    SourceOptions from = source_options_of(options_.capture);
    from.follow_pid = static_cast<std::uint32_t>(child_.pid());
    auto source = PROCTREE_TRY(open_source(EventSource::bpf, from));

    StatsSink stats;
    made_ = make_sink(options_.record, *output, {timeline.get(), options_.record.stats ? &stats : nullptr});
    RunSummary summary(*made_.sink);
    EngineOptions engine_options = engine_options_of(options_.record, options_.capture, whose_);
    engine_options.hashes = hashes_;
    Engine engine(*source, summary, std::move(host), std::move(engine_options));
    PROCTREE_CHECK(engine.start());
    const Slot command = engine.table().find(static_cast<std::uint32_t>(child_.pid()));
    if (command == kNoSlot) return wait_for_command();  // a user has ended it
    command_ = engine.table().key(command);
    if (made_.end_lines_at) made_.end_lines_at(command_);
    auto followed = reduce_privileges(privileges_to_follow(EventSource::bpf, *source), std::nullopt);
    if (followed) followed = engine.report_start();
    if (followed) followed = summary.flush();
    if (!followed && !is_reader_gone(followed.error())) return tl::make_unexpected(followed.error());
    const std::uint64_t start_ns = boot_now_ns();
    if (auto released = child_.release(); !released) {
      return released.error().system_errno == EPIPE ? wait_for_command()
                                                    : exec_failed_status(released.error());
    }
    released_ = true;

    LoopOptions loop{.on_signal = [&](const SignalFd::Signal& signal) { return on_signal(signal); },
                     .is_over = [&] { return is_over(engine.table()); },
                     .chores = {},
                     .waker = {}};
    if (hashes_ != nullptr) add_hashes(loop, engine, *hashes_);
    if (followed) followed = run_loop(engine, *source, summary, signals_, loop);
    const std::uint64_t end_ns = boot_now_ns();
    if (followed) followed = engine.stop();
    if (followed) followed = output->close();
    followed = close_timeline(timeline.get(), std::move(followed));
    // Whatever happens to the records, the command is not cut short.
    const int status = wait_for_command();
    if (!followed && !is_reader_gone(followed.error()))
      return tl::make_unexpected(std::move(followed.error()));
    if (!options_.quiet) print_summary(summary, end_ns - start_ns, engine);
    if (options_.record.stats) print_stats(stats);
    return status;
  }

 private:
  // The command gets a terminal key's signal itself. Returns whether to go on.
  bool on_signal(const SignalFd::Signal& signal) {
    if (signal.number == SIGWINCH) {
      if (made_.on_resize) made_.on_resize();
    } else if (signal.number != SIGCHLD) {
      if (child_.status()) return false;  // enough of waiting for the others
      if (!signal.from_kernel) kill(child_.pid(), signal.number);
    }
    return true;
  }

  void pass_signals() {
    while (const auto signal = signals_.take()) asked_to_stop_ |= !on_signal(*signal);
  }

  // The records are no longer waited for.
  bool is_left() { return child_.status() && (asked_to_stop_ || !released_); }

  bool is_over(const ProcessTable& table) {
    return child_.status() && (!options_.wait_all || living_below(table, command_).empty());
  }

  int wait_for_command() {
    constexpr int kLookMs = 1000;
    for (;;) {
      pass_signals();
      if (const auto status = child_.status()) return *status;
      pollfd signals{signals_.fd(), POLLIN, 0};
      ::poll(&signals, 1, kLookMs);
    }
  }

  // The exit status for a command that could not be executed, as a wait(2) status.
  static Result<int> exec_failed_status(const Error& error) {
    std::string text;
    append_visible(text, error.to_string());
    print_line(text);
    return (error.system_errno == ENOENT ? kNotFound : kNotExecutable) << 8;
  }

  void print_summary(const RunSummary& summary, std::uint64_t wall_ns, Engine& engine) const {
    for (const std::string& line : summary.lines(wall_ns)) print_line(line);
    for (const Slot slot : living_below(engine.table(), command_)) {
      std::string line = "still running: ";
      append_chain(line, TableLineage(engine.table(), engine.users(), slot));
      print_line(line);
    }
  }

  const RunOptions& options_;
  const WhoseProcesses& whose_;
  const Caller& caller_;
  ChildCommand& child_;
  SignalFd& signals_;
  Hashes* hashes_;
  MadeSink made_;
  ProcKey command_;
  bool released_ = false;
  bool asked_to_stop_ = false;
};

}  // namespace

Result<int> run_command(const RunOptions& options) {
  if (options.command.empty())
    return fail(ErrorCode::invalid_argument, "no command given; see proctree run --help");
  const auto caller = PROCTREE_TRY(find_caller(options.record.as_root));
  const auto whose = PROCTREE_TRY(whose_processes(options.record, caller));
  auto child = PROCTREE_TRY(ChildCommand::fork(options.command, caller));
  auto signals = PROCTREE_TRY(SignalFd::open({SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGWINCH, SIGCHLD}));
  std::unique_ptr<Hashes> hashes;
  if (options.capture.hash) hashes = PROCTREE_TRY(start_hashing(std::nullopt));
  auto status = Run(options, whose, caller, child, signals, hashes.get()).follow();
  if (!status) return status;
  return end_like(*status);
}

}  // namespace proctree
