// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// trace: follows the whole host.
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "cli/command.hpp"
#include "cli/trace_loop.hpp"
#include "cli/trace_options.hpp"
#include "engine/engine.hpp"
#include "engine/host.hpp"
#include "sink/output.hpp"
#include "source/netlink/netlink_source.hpp"
#ifdef PROCTREE_HAS_BPF
#include "source/bpf/bpf_source.hpp"
#include "source/bpf/host_checks.hpp"
#endif

namespace proctree {

namespace {

Result<std::unique_ptr<Source>> open_source(const TraceOptions& options) {
  if (options.source == "netlink") {
    auto source = NetlinkSource::open({.args_max = options.args_max, .buffer_bytes = options.ring_bytes()});
    if (!source) return tl::make_unexpected(std::move(source.error()));
    return std::unique_ptr<Source>(std::move(*source));
  }
#ifdef PROCTREE_HAS_BPF
  auto source = BpfSource::open({.args_max = options.args_max, .ring_bytes = options.ring_bytes()});
  if (!source) return tl::make_unexpected(explain_failed_start(std::move(source.error())));
  return std::unique_ptr<Source>(std::move(*source));
#else
  return fail(ErrorCode::unsupported, "this proctree was built without BPF",
              "trace with --source netlink, or build it with -DPROCTREE_BPF=ON");
#endif
}

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

Result<void> follow(Engine& engine, Source& source, Sink& sink, SignalFd& signals, const LoopOptions& loop) {
  // Loading took ten times as much as following does.
  malloc_trim(0);
  // Who takes the line below for the sign to begin finds the first record written.
  if (auto flushed = sink.flush(); !flushed) return flushed;
  tell_start(engine.host(), engine.processes());
  if (auto ran = run_loop(engine, source, sink, signals, loop); !ran) return ran;
  return engine.stop();
}

Result<int> trace(const TraceOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  auto signals = SignalFd::open();
  if (!signals) return tl::make_unexpected(std::move(signals.error()));
  // The output first: it costs nothing to try, and its error is the user's own to mend.
  auto output = Output::open(options.record.output);
  if (!output) return tl::make_unexpected(std::move(output.error()));
  output->stop_waiting_on(signals->fd(), [&signals] { return signals->stop_arrived(); });
  auto host = this_host();
  if (!host) return tl::make_unexpected(std::move(host.error()));
  auto source = open_source(options);
  if (!source) return tl::make_unexpected(std::move(source.error()));

  const MadeSink made = make_sink(options.record, *output);
  Engine engine(**source, *made.sink, std::move(*host), options.engine_options());
  const LoopOptions loop{.duration_s = options.duration_s,
                         .on_hangup = [&output] { return output->reopen(); },
                         .on_resize = made.on_resize};
  auto followed = engine.start();
  const bool started = followed.has_value();
  if (started) followed = follow(engine, **source, *made.sink, *signals, loop);
  if (followed) followed = output->close();
  if (started) tell_totals(engine.totals());
  if (!followed && !is_reader_gone(followed.error())) return tl::make_unexpected(std::move(followed.error()));
  return EXIT_SUCCESS;
}

}  // namespace

void add_trace_command(CLI::App& app, Action& action) {
  auto options = std::make_shared<TraceOptions>();
  CLI::App* command =
      app.add_subcommand("trace", "Follow the whole host: a line for each exec, with its ancestors");
  add_trace_options(*command, *options);
  command->callback([options, &action] { action = [options] { return trace(*options); }; });
}

}  // namespace proctree
