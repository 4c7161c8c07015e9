// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/postgres_target.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/try.hpp"
#include "history/ingest.hpp"
#include "history/postgres.hpp"
#include "history/postgres_schema.hpp"

namespace proctree {

namespace {

constexpr std::size_t kLinesMost = 20'000;
constexpr std::size_t kBytesMost = std::size_t{16} << 20;
constexpr std::chrono::seconds kRetry{1};

// Lines are gathered for a second, and go in one transaction. What fails is sent again, all of it and by a
// new connection: lines that the server has after all don't count twice.
class ToPostgres final : public ShipTarget {
 public:
  ToPostgres(std::string where, PostgresTargetOptions options)
      : where_(std::move(where)), options_(std::move(options)) {}

  Result<void> connect() {
    auto database = PROCTREE_TRY(open_postgres_to_write(where_, options_.remote));
    writer_ = PROCTREE_TRY(HistoryWriter::open(std::move(database), renew_postgres_tables));
    const bool has_bounds = options_.bounds.age_ns || options_.bounds.bytes;
    if (has_bounds) PROCTREE_CHECK(writer_->set_bounds(options_.bounds));
    is_known_ = true;
    return {};
  }

  Result<bool> put(const SpoolItem& item, const StreamHead& head) override {
    if (lines_.size() >= kLinesMost || bytes_ >= kBytesMost) {
      const bool is_stored = PROCTREE_TRY(store());
      if (!is_stored) return false;
    }
    Gathered line{std::string(item.text), {}};
    if (head.stream != stream_) {
      stream_ = head.stream;
      line.head = head;
    }
    bytes_ += item.text.size();
    lines_.push_back(std::move(line));
    return true;
  }
  Result<void> flush() override { return {}; }
  Result<void> acknowledge(const ShipProgress& put, ShipProgress& done) override {
    const bool is_stored = PROCTREE_TRY(store());
    if (is_stored) done = put;
    return {};
  }
  [[nodiscard]] ShipCounters counters() const override { return counters_; }
  Result<void> close() override { return writer_ ? writer_->keep_bounds() : Result<void>(); }

 private:
  using Clock = std::chrono::steady_clock;
  struct Gathered {
    std::string text;
    std::optional<StreamHead> head;  // of a stream that begins here
  };

  // False: the server is away; what is gathered stays.
  Result<bool> store() {
    if (lines_.empty()) return true;
    if (Clock::now() < retry_at_) return false;
    auto stored = writer_ ? Result<void>() : connect();
    // A user who was accepted once may be again: a password is changed on one side first.
    if (!stored && is_known_ && stored.error().code == ErrorCode::permission)
      stored.error().code = ErrorCode::io;
    if (stored) stored = take_all();
    if (!stored) return try_again(std::move(stored.error()));
    if (std::exchange(is_away_, false)) options_.notice(where_name() + " is there again");
    lines_.clear();
    bytes_ = 0;
    return true;
  }

  Result<void> take_all() {
    for (const Gathered& line : lines_) {
      if (line.head)
        PROCTREE_CHECK(writer_->take_head(line.head->stream, line.head->host, line.head->tracer));
      PROCTREE_CHECK(writer_->take_shipped(line.text));
    }
    return writer_->commit();
  }

  Result<bool> try_again(Error error) {
    writer_.reset();
    if (error.code != ErrorCode::io) return tl::make_unexpected(std::move(error));
    ++counters_.refused;
    counters_.resent += lines_.size();
    retry_at_ = Clock::now() + kRetry;
    if (!std::exchange(is_away_, true)) options_.notice(error.message + "; trying again");
    return false;
  }

  [[nodiscard]] std::string where_name() const { return where_.substr(0, where_.find('?')); }

  const std::string where_;
  const PostgresTargetOptions options_;
  std::unique_ptr<HistoryWriter> writer_;  // null: not connected
  std::vector<Gathered> lines_;
  std::size_t bytes_ = 0;
  std::string stream_;
  Clock::time_point retry_at_;
  bool is_known_ = false;  // it was connected once
  bool is_away_ = false;
  ShipCounters counters_;
};

}  // namespace

Result<std::unique_ptr<ShipTarget>> open_postgres_target(const std::string& to,
                                                         PostgresTargetOptions options) {
  const bool must_connect = options.must_connect;
  auto target = std::make_unique<ToPostgres>(to, std::move(options));
  if (auto connected = target->connect(); !connected) {
    if (must_connect || connected.error().code != ErrorCode::io)
      return tl::make_unexpected(std::move(connected.error()));
  }
  return target;
}

}  // namespace proctree
