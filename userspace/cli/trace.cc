// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// trace: follows the whole host.
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "cli/command.hpp"
#include "cli/privileges.hpp"
#include "cli/service_manager.hpp"
#include "cli/trace_loop.hpp"
#include "cli/trace_options.hpp"
#include "engine/engine.hpp"
#include "engine/host.hpp"
#include "sink/output.hpp"
#include "source/open_source.hpp"

namespace proctree {

namespace {

std::string counted(std::uint64_t count, const char* what) {
  return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

void tell_totals(const Totals& totals) {
  const std::string text = counted(totals.forks, "fork") + ", " + counted(totals.execs, "exec") + ", " +
                           counted(totals.exits, "exit") + ", " + std::to_string(totals.lost) + " lost";
  std::fprintf(stderr, "proctree: %s\n", text.c_str());
}

void tell_start(const Host& host, std::uint64_t processes) {
  if (host.nested_pid_namespace) {
    std::fputs(
        "proctree: in a container's pid namespace: what ran outside of it already is not known; "
        "run it on the host, or start the container with --pid=host\n",
        stderr);
  }
  std::fprintf(stderr, "proctree: tracing, %llu processes known\n",
               static_cast<unsigned long long>(processes));
}

void tell_what_is_given_up(const std::string& output) {
  if (const auto why = why_not_reopen(output)) {
    std::fprintf(
        stderr,
        "proctree: without its first privileges it can make no file in %s: on SIGHUP %s must be there "
        "already and writable\n",
        why->c_str(), output.c_str());
  }
}

Result<void> follow(Engine& engine, Source& source, Sink& sink, SignalFd& signals, const LoopOptions& loop,
                    ServiceManager& manager) {
  // Loading took ten times as much as following does.
  malloc_trim(0);
  // Who takes the line below for the sign to begin finds the first record written.
  if (auto flushed = sink.flush(); !flushed) return flushed;
  tell_start(engine.host(), engine.processes());
  if (auto told = manager.ready(engine.processes()); !told) return told;
  if (auto ran = run_loop(engine, source, sink, signals, loop); !ran) return ran;
  manager.stopping();
  return engine.stop();
}

Result<int> trace(const TraceOptions& options, const std::string& run_as) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  auto manager = ServiceManager::from_environment();
  if (!manager) return tl::make_unexpected(std::move(manager.error()));
  std::optional<Account> account;
  if (!run_as.empty()) {
    auto found = find_account(run_as);
    if (!found) return tl::make_unexpected(std::move(found.error()));
    account = std::move(*found);
  }
  auto signals = SignalFd::open({SIGINT, SIGTERM, SIGHUP, SIGWINCH});
  if (!signals) return tl::make_unexpected(std::move(signals.error()));
  // The output first: it costs nothing to try, and its error is the user's own to mend.
  auto output = Output::open(options.record.output);
  if (!output) return tl::make_unexpected(std::move(output.error()));
  auto timeline = open_timeline(options.record, {output->fd()});
  if (!timeline) return tl::make_unexpected(std::move(timeline.error()));
  output->stop_waiting_on(signals->fd(), [&signals] { return signals->stop_arrived(); });
  auto host = this_host();
  if (!host) return tl::make_unexpected(std::move(host.error()));
  auto source = open_source(
      options.source, {.args_max = options.capture.args_max, .ring_bytes = options.capture.ring_bytes()});
  if (!source) return tl::make_unexpected(std::move(source.error()));

  const MadeSink made = make_sink(options.record, *output, timeline->get());
  Engine engine(**source, *made.sink, std::move(*host), options.engine_options());
  const auto on_signal = [&](const SignalFd::Signal& signal) -> Result<bool> {
    if (signal.number == SIGWINCH) {
      if (made.on_resize) made.on_resize();
      return true;
    }
    if (signal.number != SIGHUP) return false;
    manager->reloading();
    auto reopened = output->reopen();
    manager->reloaded();
    if (!reopened) return tl::make_unexpected(std::move(reopened.error()));
    return true;
  };
  const LoopOptions loop{.duration_s = options.duration_s,
                         .on_signal = on_signal,
                         .is_over = {},
                         .heartbeat_ns = manager->heartbeat_ns(),
                         .on_heartbeat = [&manager] { manager->alive(); }};
  auto followed = engine.start();
  if (followed) followed = reduce_privileges(privileges_to_follow(options.source, **source), account);
  if (followed) followed = engine.tell_start();
  const bool started = followed.has_value();
  if (started) {
    tell_what_is_given_up(options.record.output);
    followed = follow(engine, **source, *made.sink, *signals, loop, *manager);
  }
  if (followed) followed = output->close();
  followed = close_timeline(timeline->get(), std::move(followed));
  if (started) tell_totals(engine.totals());
  if (!followed && !is_reader_gone(followed.error())) return tl::make_unexpected(std::move(followed.error()));
  return EXIT_SUCCESS;
}

}  // namespace

void add_trace_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<TraceOptions>();
  auto run_as = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("trace", "Follow the whole host: a line for each exec, with its ancestors");
  add_trace_options(*command, *options);
  command->add_option("--run-as", *run_as, "Once tracing has begun, go on as this user")->type_name("NAME");
  command->callback(
      [options, run_as, &action] { action = [options, run_as] { return trace(*options, *run_as); }; });
}

}  // namespace proctree
