// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/shipping.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/host_clock.hpp"
#include "base/prometheus.hpp"
#include "base/try.hpp"
#include "cli/caller.hpp"
#include "cli/metrics_file.hpp"
#include "cli/metrics_listener.hpp"
#include "cli/ship_ends.hpp"
#include "cli/signal_fd.hpp"
#include "ship/cursor.hpp"
#include "ship/remote_address.hpp"
#include "sink/output.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kAcknowledgeNs = 1'000'000'000;
constexpr std::uint64_t kLinesBetweenLooks = 1024;  // at clock and signals
constexpr int kPollMs = 1000;
constexpr int kRetryMs = 100;
// The time that a remote target gets for its last acknowledgements, once the end is asked for.
constexpr std::uint64_t kLastAcknowledgementsNs = 3'000'000'000;

// Where the position is stored; empty: nowhere.
Result<std::string> cursor_path(const ShipOptions& options) {
  if (is_nats(options.from)) return std::string();  // its consumer is the place
  if (!options.cursor.empty()) return options.cursor;
  const char* folders = std::getenv("STATE_DIRECTORY");
  if (folders != nullptr && *folders != '\0') {
    const std::string_view first = std::string_view(folders).substr(0, std::string_view(folders).find(':'));
    return std::string(first) + '/' + options.name + ".cursor";
  }
  if (options.once) return std::string();
  return fail(ErrorCode::invalid_argument, "there is no place to keep the cursor in",
              "give --cursor FILE, or --once to read from the beginning and keep no place");
}

StopRequest stop_request(SignalFd& signals) {
  return {signals.fd(), [&signals] { return signals.stop_arrived(); }};
}

class Shipping {
 public:
  // `target`: where it is open already; null: what the options name.
  static Result<Shipping> open(const ShipOptions& options, const ShipEnds& ends, SignalFd& signals,
                               std::unique_ptr<ShipTarget> target);
  Result<void> run();

 private:
  Shipping(const ShipOptions& options, SignalFd& signals) : options_(options), signals_(signals) {}
  Result<void> follow();
  Result<bool> put(const SpoolItem& item);
  Result<void> wait_for_acknowledgements();
  Result<void> acknowledge();
  Result<bool> take_signals();
  void wait(int source_fd, int timeout_ms);
  void serve_metrics();
  // The source hands out no more than it may have unacknowledged.
  [[nodiscard]] bool has_room() const { return put_.lines - done_.lines < source_->window(); }
  [[nodiscard]] bool is_behind() const { return done_.lines != put_.lines; }
  [[nodiscard]] std::string metrics() const;

  const ShipOptions& options_;
  SignalFd& signals_;
  std::optional<Cursor> cursor_;
  std::unique_ptr<ShipSource> source_;
  std::unique_ptr<ShipTarget> target_;
  ShipProgress put_;
  ShipProgress done_;
  std::optional<MetricsListener> listener_;
  std::uint64_t saved_ = 0;  // of done_.lines
  std::uint64_t bytes_ = 0;
  std::uint64_t latest_ns_ = 0;  // boot time, of the last line
  std::int64_t latest_realtime_ns_ = 0;
  std::uint64_t due_ns_ = 0;
  bool is_stopped_ = false;
  bool has_failed_ = false;  // an acknowledgement: the target may lack what it once took
};

Result<Shipping> Shipping::open(const ShipOptions& options, const ShipEnds& ends, SignalFd& signals,
                                std::unique_ptr<ShipTarget> target) {
  Shipping shipping(options, signals);
  if (MetricsListener::is_address(options.metrics))
    shipping.listener_ = PROCTREE_TRY(MetricsListener::open(options.metrics));
  const std::string path = PROCTREE_TRY(cursor_path(options));
  if (!path.empty()) {
    shipping.cursor_ = PROCTREE_TRY(Cursor::open(path, name_of_target(options.to)));
    shipping.put_.positions = shipping.cursor_->positions();
    shipping.done_.positions = shipping.cursor_->positions();
  }
  shipping.source_ = PROCTREE_TRY(ends.source(options, shipping.put_.positions));
  shipping.target_ = std::move(target);
  if (!shipping.target_) shipping.target_ = PROCTREE_TRY(ends.target(options, stop_request(signals)));
  return shipping;
}

Result<void> Shipping::run() {
  auto ran = follow();
  // What has been put by then counts, whatever ended it.
  if (ran) ran = wait_for_acknowledgements();
  auto acknowledged = acknowledge();
  auto closed = target_->close();
  if (ran) ran = std::move(acknowledged);
  if (ran) ran = std::move(closed);
  return ran;
}

Result<void> Shipping::follow() {
  while (true) {
    const SpoolItem* item = has_room() ? PROCTREE_TRY(source_->next()) : nullptr;
    if (item != nullptr) {
      const bool taken = PROCTREE_TRY(put(*item));
      if (!taken) return {};
      if (put_.lines % kLinesBetweenLooks != 0) continue;
    } else {
      PROCTREE_CHECK(target_->flush());
      if (!has_room()) {
        PROCTREE_CHECK(acknowledge());
        if (!has_room()) wait(-1, kRetryMs);
      } else if (source_->is_at_end(options_.once)) {
        return {};
      } else {
        wait(source_->fd(), source_->waits() ? 0 : is_behind() ? kRetryMs : kPollMs);
      }
    }
    const bool stopped = PROCTREE_TRY(take_signals());
    if (stopped) return {};
    if (boot_now_ns() >= due_ns_) PROCTREE_CHECK(acknowledge());
  }
}

// False: the end was asked for while the target had no room.
Result<bool> Shipping::put(const SpoolItem& item) {
  if (target_->wants_acknowledgement_before(item)) PROCTREE_CHECK(acknowledge());
  while (!target_->has(item)) {
    const bool taken = PROCTREE_TRY(target_->put(item, source_->head()));
    if (taken) break;
    PROCTREE_CHECK(target_->flush());
    wait(-1, kRetryMs);
    const bool stopped = PROCTREE_TRY(take_signals());
    if (stopped) return false;
    if (boot_now_ns() >= due_ns_) PROCTREE_CHECK(acknowledge());
  }
  put_.advance(item.stream, position_after(item));
  bytes_ += item.text.size() + 1;
  latest_ns_ = item.moment.ktime_ns;
  latest_realtime_ns_ = item.moment.realtime_ns;
  return true;
}

// At the end of the source for as long as it takes, after a signal for a short time.
Result<void> Shipping::wait_for_acknowledgements() {
  PROCTREE_CHECK(acknowledge());
  std::uint64_t until_ns = is_stopped_ ? boot_now_ns() + kLastAcknowledgementsNs : 0;
  while (is_behind() && (until_ns == 0 || boot_now_ns() < until_ns)) {
    PROCTREE_CHECK(target_->flush());
    wait(-1, kRetryMs);
    const bool stopped = PROCTREE_TRY(take_signals());
    if (stopped && until_ns == 0) until_ns = boot_now_ns() + kLastAcknowledgementsNs;
    PROCTREE_CHECK(acknowledge());
  }
  return {};
}

// The cursor is past what the target has, and nothing else. Metrics come last: if they can't be written the
// cursor is still right.
Result<void> Shipping::acknowledge() {
  due_ns_ = boot_now_ns() + kAcknowledgeNs;
  if (is_behind() && !has_failed_) {
    // If it fails the next attempt's success says nothing of what this one lost.
    has_failed_ = true;
    PROCTREE_CHECK(target_->acknowledge(put_, done_));
    has_failed_ = false;
  }
  if (saved_ != done_.lines) {
    if (cursor_) PROCTREE_CHECK(cursor_->save(done_.positions));
    PROCTREE_CHECK(source_->acknowledge(done_.lines));
    saved_ = done_.lines;
  }
  if (listener_) {
    serve_metrics();
  } else if (!options_.metrics.empty()) {
    PROCTREE_CHECK(MetricsFile(options_.metrics).replace(metrics()));
  }
  return {};
}

void Shipping::wait(int source_fd, int timeout_ms) {
  std::array<pollfd, 4> fds = {pollfd{signals_.fd(), POLLIN, 0}, pollfd{target_->fd(), POLLIN, 0},
                               pollfd{source_fd, POLLIN, 0},
                               pollfd{listener_ ? listener_->fd() : -1, POLLIN, 0}};
  ::poll(fds.data(), fds.size(), timeout_ms);
  serve_metrics();
}

void Shipping::serve_metrics() {
  if (listener_) listener_->serve([this] { return metrics(); });
}

Result<bool> Shipping::take_signals() {
  while (const auto signal = signals_.take()) {
    if (signal->number != SIGHUP) {
      is_stopped_ = true;
    } else {
      // The old file may have lines that the cursor doesn't know yet; once it is moved away it is no longer
      // read.
      PROCTREE_CHECK(acknowledge());
      PROCTREE_CHECK(target_->reopen());
    }
  }
  return is_stopped_;
}

std::string Shipping::metrics() const {
  const ShipCounters counters = target_->counters();
  // Nothing waits: the last line may be as old as it likes.
  const std::int64_t lag_ns =
      is_behind() ? std::max<std::int64_t>(realtime_now_ns() - latest_realtime_ns_, 0) : 0;
  PrometheusText text;
  text.counter("proctree_ship_lines_total", "Lines put to the target.", put_.lines);
  text.counter("proctree_ship_bytes_total", "Bytes of these.", bytes_);
  text.counter("proctree_ship_acknowledged_lines_total", "Lines that the target has for sure.", done_.lines);
  text.counter("proctree_ship_resent_lines_total", "Lines sent more than once.", counters.resent);
  text.counter("proctree_ship_cut_lines_total", "Lines cut to the target's limit.", counters.cut);
  text.counter("proctree_ship_refused_total", "Refusals by the target.", counters.refused);
  text.gauge("proctree_ship_lag_lines", "Lines put that lack their acknowledgement.",
             put_.lines - done_.lines);
  text.gauge("proctree_ship_lag_seconds", "Age of the last line put, while one lacks its acknowledgement.",
             static_cast<std::uint64_t>(lag_ns / 1'000'000'000));
  text.gauge("proctree_ship_last_line_seconds", "Boot time of the last line.", latest_ns_ / 1'000'000'000);
  text.gauge("proctree_ship_streams", "Streams that the cursor knows.", put_.positions.size());
  return text.text();
}

}  // namespace

Result<int> run_shipping(const ShipOptions& options, const ShipEnds& ends) {
  auto signals = PROCTREE_TRY(SignalFd::open({SIGINT, SIGTERM, SIGHUP}));
  const auto caller = PROCTREE_TRY(find_caller(options.as_root));
  // Standard output is this process's own: as the caller a pipe of root's could not be opened once more, and
  // a stalled reader of it would hold up signals.
  std::unique_ptr<ShipTarget> target;
  if (options.to == "-") target = PROCTREE_TRY(ends.target(options, stop_request(signals)));
  auto ran = as_caller(caller, [&]() -> Result<void> {
    auto shipping = PROCTREE_TRY(Shipping::open(options, ends, signals, std::move(target)));
    return shipping.run();
  });
  if (!ran && !is_reader_gone(ran.error())) return tl::make_unexpected(std::move(ran.error()));
  return EXIT_SUCCESS;
}

}  // namespace proctree
