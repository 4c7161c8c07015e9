// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Brings batches to a receiver, at least once, for as long as it takes. A failing receiver gets one request
// at a time, more and more seldom. What it will never take is given up record by record, so that one of them
// doesn't cost the others, and counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/notice.hpp"
#include "proctree/error.hpp"
#include "ship/gzip.hpp"
#include "ship/http_client.hpp"
#include "ship/otlp_batch.hpp"
#include "ship/otlp_reply.hpp"
#include "ship/ship_target.hpp"

namespace proctree {

struct OtlpSenderOptions {
  Notice notice;
  std::function<std::uint64_t()> now_ns;  // of any running clock
  // The headers that a file of credentials has now, which may have changed: they are read at the start, and
  // again after the receiver has refused the client.
  std::function<Result<std::vector<std::string>>()> headers;
};

class OtlpSender {
 public:
  OtlpSender(std::unique_ptr<HttpClient> client, OtlpSenderOptions options);

  [[nodiscard]] bool has_room() const { return batches_.size() < kBatchesMost; }
  void add(OtlpBatch batch);
  // Sends what is due and takes replies, without waiting.
  Result<void> run();
  // Moves `done` past the batches that are through, in order.
  void take_done(ShipProgress& done);

  // What the receiver takes at once, as far as it is known.
  [[nodiscard]] std::size_t batch_bytes() const { return batch_bytes_; }
  [[nodiscard]] int fd() const { return client_->fd(); }
  [[nodiscard]] const ShipCounters& counters() const { return counters_; }

 private:
  static constexpr std::size_t kBatchesMost = 6;

  struct Sent {
    OtlpBatch batch;
    std::size_t open = 1;  // of its requests
  };
  struct Request {
    std::uint64_t id = 0;
    Sent* of = nullptr;
    RecordRange range;
    std::string body;  // made when it is first sent
    std::uint64_t timeout_ms = 0;
    unsigned failures = 0;            // of the receiver's own
    std::uint64_t accepted_then = 0;  // accepted_ at the first of them
  };

  using RequestPtr = std::unique_ptr<Request>;

  Result<void> send(RequestPtr request);
  void take_reply(std::uint64_t id, const HttpReply& http);
  void take_accepted(const Request& request, const OtlpReply& reply);
  void take_broken(RequestPtr request, const HttpReply& http, const OtlpReply& reply);
  void send_later(RequestPtr request, const HttpReply& http, const OtlpReply& reply);
  void split(const Request& request);
  void refuse(const Request& request, const OtlpReply& reply);
  void close(const Request& request);
  void back_off(const HttpReply& http);
  void read_headers();
  void report(const std::string& kind, const std::string& text);

  const std::unique_ptr<HttpClient> client_;
  const OtlpSenderOptions options_;
  Gzip gzip_;
  std::minstd_rand random_{std::random_device{}()};
  std::deque<std::unique_ptr<Sent>> batches_;  // in order, from the oldest that isn't through
  std::deque<RequestPtr> waiting_;             // to be sent
  std::vector<RequestPtr> in_flight_;
  ShipProgress through_;           // of batches that take_done() has not counted
  std::uint64_t accepted_ = 0;     // requests
  unsigned invalid_in_a_row_ = 0;  // requests, none accepted between
  std::uint64_t backoff_ns_ = 0;   // 0: the receiver is well
  std::uint64_t resume_ns_ = 0;
  std::uint64_t next_id_ = 0;
  std::size_t batch_bytes_ = std::size_t{1} << 20;
  ShipCounters counters_;
  struct Reported {
    std::string kind;
    std::uint64_t ns = 0;
  };
  std::vector<Reported> reported_;
  bool trouble_reported_ = false;
};

}  // namespace proctree
