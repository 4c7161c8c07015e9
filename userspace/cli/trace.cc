// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// trace: follows the whole host.
#include <malloc.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "base/counted.hpp"
#include "base/try.hpp"
#include "cli/caller.hpp"
#include "cli/commands.hpp"
#include "cli/filter_texts.hpp"
#include "cli/hashing.hpp"
#include "cli/notice.hpp"
#include "cli/privileges.hpp"
#include "cli/service_manager.hpp"
#include "cli/still_to_come.hpp"
#include "cli/trace_loop.hpp"
#include "cli/trace_options.hpp"
#include "cli/trace_output.hpp"
#include "engine/engine.hpp"
#include "engine/host.hpp"
#include "sink/output.hpp"
#include "source/open_source.hpp"

namespace proctree {

namespace {

// Of the whole host, whatever the filters let through. The last line, so that it has all losses.
void print_totals(const Engine& engine, bool filtered) {
  const Totals& totals = engine.totals();
  std::string text = counted(totals.forks, "fork") + ", " + counted(totals.execs, "exec") + ", " +
                     counted(totals.exits, "exit");
  if (const auto failed = engine.failed_execs()) text += ", " + counted(*failed, "failed exec");
  if (filtered) text += " on the whole host";
  text += ", " + std::to_string(totals.lost) + " lost";
  print_notice(text);
}

void report_start(const Host& host, std::uint64_t processes) {
  if (host.nested_pid_namespace) {
    print_notice(
        "in a container's pid namespace: what ran outside of it already is not known; "
        "run it on the host, or start the container with --pid=host");
  }
  print_notice("tracing, " + std::to_string(processes) + " processes known");
}

// The manager's watchdog, where it has one.
LoopTask heartbeat(ServiceManager& manager) {
  return [&manager, next = std::uint64_t{0}](std::uint64_t now_ns) mutable -> Result<ChoreDone> {
    if (manager.heartbeat_ns() == 0) return ChoreDone{};
    if (now_ns >= next) {
      manager.alive();
      next = now_ns + manager.heartbeat_ns();
    }
    return ChoreDone{.due_ns = next, .ends = false};
  };
}

// Nobody waits for the lines of a spool: read in batches of twice as many events they cost half the
// cpu. But what is read elsewhere once its event is there (netlink's facts of /proc, files to hash) is
// read as soon as for other outputs.
std::uint64_t longest_nap_ns(const TraceOptions& options) {
  const bool reads_elsewhere = options.source != EventSource::bpf || options.capture.hash;
  return options.has_output() || reads_elsewhere ? Pacer::kLongestNapNs : 2 * Pacer::kLongestNapNs;
}

Result<void> follow(const TraceOptions& options, Engine& engine, Source& source, TraceOutput& front,
                    SignalFd& signals, ServiceManager& manager, const Hashes* hashes) {
  // Loading took ten times as much as following does.
  malloc_trim(0);
  // A user who takes the line below as the sign to begin finds the first record written.
  if (auto flushed = front.sink().flush(); !flushed) return flushed;
  if (const std::string awaited = still_to_come(options.record.filters, engine.table()); !awaited.empty())
    print_notice(awaited + ", yet" + name_hint(options.record.filters));
  report_start(engine.host(), engine.processes());
  PROCTREE_CHECK(manager.ready(engine.processes()));
  LoopOptions loop{.duration_s = options.duration_s,
                   .longest_nap_ns = longest_nap_ns(options),
                   .on_signal = [&front](const SignalFd::Signal& signal) { return front.on_signal(signal); },
                   .is_over = {},
                   .chores = {heartbeat(manager)},
                   .waker = {}};
  if (hashes != nullptr) add_hashes(loop, engine, *hashes);
  if (auto begun = front.begin(engine, loop); !begun) return begun;
  if (auto ran = run_loop(engine, source, front.sink(), signals, loop); !ran) return ran;
  manager.stopping();
  return engine.stop();
}

Result<SignalFd> open_signals(const TraceOptions& options) {
  if (options.watch) return SignalFd::open({SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP});
  return SignalFd::open({SIGINT, SIGTERM, SIGHUP, SIGWINCH});
}

}  // namespace

Result<int> run_command(const TraceOptions& options) {
  const auto caller = PROCTREE_TRY(find_caller(options.record.as_root));
  const auto whose = PROCTREE_TRY(whose_processes(options.record, caller));
  auto manager = PROCTREE_TRY(as_caller(caller, [] { return ServiceManager::from_environment(); }));
  std::optional<Account> account;
  if (!options.run_as.empty()) {
    auto found = PROCTREE_TRY(find_account(options.run_as));
    account = std::move(found);
  }
  auto signals = PROCTREE_TRY(open_signals(options));
  std::unique_ptr<Hashes> hashes;
  if (options.capture.hash) hashes = PROCTREE_TRY(start_hashing(account));
  // The output first: trying it costs nothing, and the user can fix its errors himself.
  auto front = options.watch ? open_watch(options) : open_lines(options, caller, account, signals, manager);
  if (!front && is_reader_gone(front.error())) return EXIT_SUCCESS;  // none came until the end was asked for
  if (!front) return tl::make_unexpected(std::move(front.error()));
  if (!options.capture.env.empty()) forbid_core_dumps();
  auto host = PROCTREE_TRY(this_host());
  auto source = PROCTREE_TRY(open_source(options.source, source_options_of(options.capture)));

  EngineOptions engine_options = (*front)->engine_options(whose);
  engine_options.hashes = hashes.get();
  Engine engine(*source, (*front)->sink(), std::move(host), std::move(engine_options));
  auto followed = engine.start();
  if (followed) followed = reduce_privileges(privileges_to_follow(options.source, *source), account);
  if (followed) (*front)->on_started();
  if (followed) followed = engine.report_start();
  const bool started = followed.has_value();
  if (started) followed = follow(options, engine, *source, **front, signals, manager, hashes.get());
  // The spool still gets what has been collected, and its last line.
  if (started && !followed && (*front)->leave_spool_alone()) static_cast<void>(engine.stop());
  followed = (*front)->end(std::move(followed));
  if (started) {
    (*front)->print_summary();
    print_totals(engine, !options.record.filters.empty());
  }
  if (!followed && !is_reader_gone(followed.error())) return tl::make_unexpected(std::move(followed.error()));
  return EXIT_SUCCESS;
}

}  // namespace proctree
