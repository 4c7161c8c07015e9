// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/try.hpp"
#include "cli/privileges.hpp"
#include "cli/record_outputs.hpp"
#include "cli/trace_output.hpp"
#include "cli/trace_spool.hpp"
#include "sink/output.hpp"
#include "sink/tee_sink.hpp"

namespace proctree {

namespace {

void report_given_up(const std::string& output) {
  if (const auto why = why_not_reopen(output)) {
    std::fprintf(
        stderr,
        "proctree: without its first privileges it can make no file in %s: on SIGHUP %s must be there "
        "already and writable\n",
        why->c_str(), output.c_str());
  }
}

void print_owner(const std::string& output, const std::string& name) {
  std::fprintf(stderr,
               "proctree: %s is opened as %s, who called sudo: SIGHUP does not open it anew; rotation takes "
               "--as-root or --run-as\n",
               output.c_str(), name.c_str());
}

struct TraceFiles {
  std::unique_ptr<TraceSpool> spool;
  std::optional<Output> output;
  std::unique_ptr<TimelineSink> timeline;
};

class TraceLines final : public TraceOutput {
 public:
  TraceLines(const TraceOptions& options, const Caller& caller, TraceFiles files, ServiceManager& manager)
      : options_(options),
        foreign_(caller && options.run_as.empty() && options.record.output && *options.record.output != "-"
                     ? caller->name
                     : ""),
        files_(std::move(files)),
        manager_(manager) {
    if (files_.output) made_ = make_sink(options.record, *files_.output);
    // The spool is first: it never fails, so that it has each record that any other sink has.
    add(files_.spool ? &files_.spool->sink() : nullptr);
    add(made_.sink.get());
    add(files_.timeline.get());
    add(options.record.stats ? &stats_ : nullptr);
  }

  [[nodiscard]] EngineOptions engine_options(const WhoseProcesses& whose) const override {
    return options_.engine_options(whose);
  }
  [[nodiscard]] Sink& sink() override { return *sink_; }

  void on_started() override {
    if (files_.spool) files_.spool->start();
    if (!files_.output) return;
    if (!foreign_.empty()) return print_owner(*options_.record.output, foreign_);
    if (options_.record.output) report_given_up(*options_.record.output);
  }

  Result<void> begin(Engine&, LoopOptions&) override { return {}; }

  Result<bool> on_signal(const SignalFd::Signal& signal) override {
    if (signal.number == SIGWINCH) {
      if (made_.on_resize) made_.on_resize();
      return true;
    }
    if (signal.number != SIGHUP) return false;
    manager_.reloading();
    auto reopened = reopen();
    manager_.reloaded();
    if (!reopened) return tl::make_unexpected(std::move(reopened.error()));
    return true;
  }

  void print_summary() override {
    if (options_.record.stats) print_stats(stats_);
  }

  Result<void> end(Result<void> followed) override {
    if (files_.output && followed) followed = files_.output->close();
    if (files_.spool) {
      auto closed = files_.spool->close();
      if (followed) followed = std::move(closed);
    }
    return close_timeline(files_.timeline.get(), std::move(followed));
  }

 private:
  void add(Sink* sink) {
    if (sink == nullptr) return;
    sink_ = sink_ == nullptr ? sink : &tees_.emplace_back(*sink_, *sink);
  }

  Result<void> reopen() {
    if (!files_.output) return {};
    if (!foreign_.empty()) return files_.output->flush();
    PROCTREE_CHECK(files_.output->reopen());
    if (made_.on_reopen && options_.record.output && *options_.record.output != "-") made_.on_reopen();
    return {};
  }

  const TraceOptions& options_;
  const std::string foreign_;  // as whom the output was opened, where it can't be opened so again; else empty
  TraceFiles files_;
  StatsSink stats_;
  MadeSink made_;
  std::deque<TeeSink> tees_;
  Sink* sink_ = nullptr;  // all of them
  ServiceManager& manager_;
};

}  // namespace

Result<std::unique_ptr<TraceOutput>> open_lines(const TraceOptions& options, const Caller& caller,
                                                const std::optional<Account>& account, SignalFd& signals,
                                                ServiceManager& manager) {
  TraceFiles files;
  if (!options.spool.folder.empty()) files.spool = PROCTREE_TRY(TraceSpool::open(options, caller, account));
  if (options.has_output()) {
    files.output = PROCTREE_TRY(open_output(options.record, caller, STDOUT_FILENO,
                                            {signals.fd(), [&signals] { return signals.stop_arrived(); }}));
  }
  const int output_fd = files.output ? files.output->fd() : -1;
  files.timeline = PROCTREE_TRY(open_timeline(options.record, caller, {output_fd}));
  return std::make_unique<TraceLines>(options, caller, std::move(files), manager);
}

}  // namespace proctree
