// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/host_clock.hpp"
#include "base/try.hpp"
#include "cli/metrics_file.hpp"
#include "cli/notice.hpp"
#include "cli/privileges.hpp"
#include "cli/record_outputs.hpp"
#include "cli/trace_metrics.hpp"
#include "cli/trace_output.hpp"
#include "cli/trace_spool.hpp"
#include "sink/output.hpp"
#include "sink/tee_sink.hpp"

namespace proctree {

namespace {

void report_given_up(const std::string& output) {
  if (const auto why = why_not_reopen(output)) {
    print_notice("without its first privileges it can make no file in " + *why + ": on SIGHUP " + output +
                 " must be there already and writable");
  }
}

void print_owner(const std::string& output, const std::string& name) {
  print_notice(output + " is opened as " + name +
               ", who called sudo: SIGHUP does not open it anew; rotation takes --as-root or --run-as");
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
    // The spool comes first: it never fails, so that it has each record that any other sink has.
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

  Result<void> begin(Engine& engine, LoopOptions& loop) override {
    engine_ = &engine;
    if (options_.record.fold)
      loop.chores.emplace_back([this](std::uint64_t now_ns) { return expire(now_ns); });
    if (options_.metrics.empty()) return {};
    loop.chores.emplace_back([this](std::uint64_t now_ns) { return update_metrics(now_ns); });
    metrics_due_ns_ = boot_now_ns() + MetricsFile::kIntervalNs;
    return write_metrics();
  }

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

  bool leave_spool_alone() override {
    if (!files_.spool) return false;
    for (TeeSink& tee : tees_) tee.leave_first_alone();
    return true;
  }

  Result<void> end(Result<void> followed) override {
    if (files_.output && followed) followed = files_.output->close();
    if (files_.spool) {
      auto closed = files_.spool->close();
      if (followed) followed = std::move(closed);
    }
    if (engine_ != nullptr && !options_.metrics.empty() && followed) followed = write_metrics();
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
    if (made_.lines != nullptr) PROCTREE_CHECK(made_.lines->end_segment());
    PROCTREE_CHECK(files_.output->reopen());
    if (made_.lines != nullptr && options_.record.output && *options_.record.output != "-")
      made_.lines->begin_segment();
    return {};
  }

  // Lines that are held until it is known whether they repeat others.
  Result<ChoreDone> expire(std::uint64_t now_ns) {
    ChoreDone done;
    if (files_.spool) done.due_ns = PROCTREE_TRY(files_.spool->sink().expire(now_ns));
    if (made_.lines != nullptr)
      done.due_ns = std::min(done.due_ns, PROCTREE_TRY(made_.lines->expire(now_ns)));
    return done;
  }

  [[nodiscard]] Result<void> write_metrics() const {
    return MetricsFile(options_.metrics)
        .replace(trace_metrics(*engine_, files_.spool ? &files_.spool->writer() : nullptr));
  }
  // A file that can't be written is no reason to end tracing: its age shows it.
  Result<ChoreDone> update_metrics(std::uint64_t now_ns) {
    if (now_ns >= metrics_due_ns_) {
      metrics_due_ns_ = now_ns + MetricsFile::kIntervalNs;
      if (auto written = write_metrics(); !written && !std::exchange(metrics_fail_, true))
        print_notice(written.error().to_string());
    }
    return ChoreDone{.due_ns = metrics_due_ns_, .ends = false};
  }

  const TraceOptions& options_;
  const std::string foreign_;  // the user who opened the output, if it can't be reopened so; else empty
  TraceFiles files_;
  StatsSink stats_;
  MadeSink made_;
  std::deque<TeeSink> tees_;
  Sink* sink_ = nullptr;  // all of them
  ServiceManager& manager_;
  const Engine* engine_ = nullptr;
  std::uint64_t metrics_due_ns_ = 0;
  bool metrics_fail_ = false;
};

}  // namespace

Result<std::unique_ptr<TraceOutput>> open_lines(const TraceOptions& options, const Caller& caller,
                                                const std::optional<Account>& account, SignalFd& signals,
                                                ServiceManager& manager) {
  TraceFiles files;
  if (!options.metrics.empty()) PROCTREE_CHECK(check_replaceable("--metrics", caller, account));
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
