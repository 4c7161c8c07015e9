// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <utility>

#include "base/try.hpp"
#include "cli/privileges.hpp"
#include "cli/record_outputs.hpp"
#include "cli/trace_output.hpp"
#include "sink/output.hpp"

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

class TraceLines final : public TraceOutput {
 public:
  TraceLines(const TraceOptions& options, const Caller& caller, Output output,
             std::unique_ptr<TimelineSink> timeline, ServiceManager& manager)
      : options_(options),
        foreign_(caller && options.run_as.empty() && options.record.output && *options.record.output != "-"
                     ? caller->name
                     : ""),
        output_(std::move(output)),
        timeline_(std::move(timeline)),
        made_(
            make_sink(options.record, output_, {timeline_.get(), options.record.stats ? &stats_ : nullptr})),
        manager_(manager) {}

  [[nodiscard]] EngineOptions engine_options(const WhoseProcesses& whose) const override {
    return options_.engine_options(whose);
  }
  [[nodiscard]] Sink& sink() override { return *made_.sink; }

  void on_started() override {
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
    auto reopened = foreign_.empty() ? output_.reopen() : output_.flush();
    manager_.reloaded();
    if (!reopened) return tl::make_unexpected(std::move(reopened.error()));
    return true;
  }

  void print_summary() override {
    if (options_.record.stats) print_stats(stats_);
  }

  Result<void> end(Result<void> followed) override {
    if (followed) followed = output_.close();
    return close_timeline(timeline_.get(), std::move(followed));
  }

 private:
  const TraceOptions& options_;
  const std::string foreign_;  // as whom the output was opened, where it can't be opened so again; else empty
  Output output_;
  std::unique_ptr<TimelineSink> timeline_;
  StatsSink stats_;
  MadeSink made_;
  ServiceManager& manager_;
};

}  // namespace

Result<std::unique_ptr<TraceOutput>> open_lines(const TraceOptions& options, const Caller& caller,
                                                SignalFd& signals, ServiceManager& manager) {
  auto output = PROCTREE_TRY(open_output(options.record, caller, STDOUT_FILENO,
                                         {signals.fd(), [&signals] { return signals.stop_arrived(); }}));
  auto timeline = PROCTREE_TRY(open_timeline(options.record, caller, {output.fd()}));
  return std::make_unique<TraceLines>(options, caller, std::move(output), std::move(timeline), manager);
}

}  // namespace proctree
