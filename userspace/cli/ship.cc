// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// ship: lines from a spool or a recording to another place on this host.
#include <poll.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/boot_clock.hpp"
#include "base/prometheus.hpp"
#include "base/try.hpp"
#include "cli/commands.hpp"
#include "cli/metrics_file.hpp"
#include "cli/signal_fd.hpp"
#ifdef PROCTREE_HAS_HISTORY
#include "history/history_target.hpp"
#include "history/schema.hpp"
#endif
#include "ship/cursor.hpp"
#include "ship/ship_source.hpp"
#include "ship/ship_target.hpp"
#include "sink/output.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kAcknowledgeNs = 1'000'000'000;
constexpr std::uint64_t kLinesBetweenLooks = 1024;  // at clock and signals
constexpr int kPollMs = 1000;
constexpr int kRetryMs = 100;

Result<void> check_local(const char* option, const std::string& where) {
  for (const std::string_view remote :
       {"nats://", "tls://", "otlp+http://", "otlp+https://", "postgresql://"}) {
    if (!where.starts_with(remote)) continue;
    return fail(ErrorCode::unsupported,
                std::string(option) + ": " + std::string(remote) + " takes the program proctree-ship",
                "install the package proctree-ship");
  }
  return {};
}

constexpr std::string_view kStorePrefix = "sqlite:";

Result<std::unique_ptr<ShipTarget>> open_target(const std::string& to, StopRequest stop) {
  if (!to.starts_with(kStorePrefix)) return open_ship_target(to, std::move(stop));
#ifdef PROCTREE_HAS_HISTORY
  const std::string file = PROCTREE_TRY(history_file(to));
  return open_history_target(file);
#else
  return fail(ErrorCode::unsupported, "--to: this proctree was built without SQLite: it has no history",
              "build it where libsqlite3-dev is installed");
#endif
}

// By which a cursor knows its target again.
std::string name_of_target(const std::string& to) {
  if (!to.starts_with(kStorePrefix)) return target_name(to);
  return std::string(kStorePrefix) + target_name(to.substr(kStorePrefix.size()));
}

// Where the place is kept; empty: nowhere.
Result<std::string> cursor_path(const ShipOptions& options) {
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

class Shipping {
 public:
  static Result<Shipping> open(const ShipOptions& options, SignalFd& signals) {
    Shipping shipping(options, signals);
    const std::string path = PROCTREE_TRY(cursor_path(options));
    if (!path.empty()) shipping.cursor_ = PROCTREE_TRY(Cursor::open(path, name_of_target(options.to)));
    shipping.source_ = PROCTREE_TRY(
        open_ship_source(options.from, shipping.cursor_ ? shipping.cursor_->positions() : StreamPositions{}));
    shipping.target_ =
        PROCTREE_TRY(open_target(options.to, {signals.fd(), [&signals] { return signals.stop_arrived(); }}));
    return shipping;
  }

  Result<void> run() {
    auto ran = follow();
    // What has been put by then counts, whatever ended it.
    auto kept = acknowledge();
    auto closed = target_->close();
    if (ran) ran = std::move(kept);
    if (ran) ran = std::move(closed);
    return ran;
  }

 private:
  Shipping(const ShipOptions& options, SignalFd& signals) : options_(options), signals_(signals) {}

  Result<void> follow() {
    while (true) {
      const SpoolItem* item = PROCTREE_TRY(source_->next());
      if (item != nullptr) {
        const bool stopped = PROCTREE_TRY(put(*item));
        if (stopped) return {};
        if (++lines_ % kLinesBetweenLooks != 0) continue;
      } else {
        PROCTREE_CHECK(target_->flush());
        if (options_.once || !source_->goes_on()) return {};
        wait(source_->fd(), acknowledged_ == lines_ ? kPollMs : kRetryMs);
      }
      const bool stopped = PROCTREE_TRY(take_signals());
      if (stopped) return {};
      if (boot_now_ns() >= due_ns_) PROCTREE_CHECK(acknowledge());
    }
  }

  // True: the end was asked for while the target had no room.
  Result<bool> put(const SpoolItem& item) {
    // The target has had it from an earlier run, which ended before the cursor was saved.
    if (item.stream == target_->last_stream() && item.seq_to <= target_->last_seq()) return false;
    while (true) {
      const bool taken = PROCTREE_TRY(target_->put(item, source_->head()));
      if (taken) break;
      PROCTREE_CHECK(target_->flush());
      wait(-1, kRetryMs);
      const bool stopped = PROCTREE_TRY(take_signals());
      if (stopped) {
        unsent_ = true;
        return true;
      }
    }
    bytes_ += item.text.size() + 1;
    latest_ns_ = item.moment.ktime_ns;
    return false;
  }

  // The cursor is past what the target has, and nothing else.
  Result<void> acknowledge() {
    due_ns_ = boot_now_ns() + kAcknowledgeNs;
    if (!options_.metrics.empty()) PROCTREE_CHECK(MetricsFile(options_.metrics).replace(metrics()));
    if (acknowledged_ == lines_ || unsent_) return {};
    PROCTREE_CHECK(target_->acknowledge());
    if (cursor_) PROCTREE_CHECK(cursor_->save(source_->positions()));
    acknowledged_ = lines_;
    return {};
  }

  void wait(int fd, int timeout_ms) const {
    std::array<pollfd, 2> fds = {pollfd{signals_.fd(), POLLIN, 0}, pollfd{fd, POLLIN, 0}};
    ::poll(fds.data(), fds.size(), timeout_ms);
  }

  Result<bool> take_signals() {
    while (const auto signal = signals_.take()) {
      if (signal->number != SIGHUP) return true;
      PROCTREE_CHECK(target_->reopen());
    }
    return false;
  }

  [[nodiscard]] std::string metrics() const {
    PrometheusText text;
    text.counter("proctree_ship_lines_total", "Lines put to the target.", lines_);
    text.counter("proctree_ship_bytes_total", "Bytes of these.", bytes_);
    text.counter("proctree_ship_acknowledged_lines_total", "Lines that the target has for sure.",
                 acknowledged_);
    text.gauge("proctree_ship_last_line_seconds", "Boot time of the last line.", latest_ns_ / 1'000'000'000);
    text.gauge("proctree_ship_streams", "Streams that the cursor knows.", source_->positions().size());
    return text.text();
  }

  const ShipOptions& options_;
  SignalFd& signals_;
  std::optional<Cursor> cursor_;
  std::unique_ptr<ShipSource> source_;
  std::unique_ptr<ShipTarget> target_;
  std::uint64_t lines_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t latest_ns_ = 0;
  std::uint64_t due_ns_ = 0;
  bool unsent_ = false;  // the source is a line further than the target
};

}  // namespace

Result<int> run_command(const ShipOptions& options) {
  PROCTREE_CHECK(check_local("--from", options.from));
  PROCTREE_CHECK(check_local("--to", options.to));
  if (options.from.starts_with(kStorePrefix))
    return fail(ErrorCode::invalid_argument, "--from: a store is no stream",
                "see proctree history WHERE export");
  auto signals = PROCTREE_TRY(SignalFd::open({SIGINT, SIGTERM, SIGHUP}));
  auto shipping = PROCTREE_TRY(Shipping::open(options, signals));
  auto ran = shipping.run();
  if (!ran && !is_reader_gone(ran.error())) return tl::make_unexpected(std::move(ran.error()));
  return EXIT_SUCCESS;
}

}  // namespace proctree
