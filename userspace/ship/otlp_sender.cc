// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/otlp_sender.hpp"

#include <algorithm>
#include <utility>

#include "base/try.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kS = 1'000 * kMs;
constexpr std::uint64_t kBackoffLeastNs = 500 * kMs;
constexpr std::uint64_t kBackoffMostNs = 30 * kS;
constexpr std::uint64_t kRetryAfterMostS = 3600;
constexpr std::uint64_t kTimeoutLeastMs = 10'000;
constexpr std::uint64_t kTimeoutMostMs = 300'000;
constexpr std::uint64_t kReportAgainNs = 600 * kS;
constexpr std::size_t kKindsMost = 32;
constexpr std::size_t kBatchBytesLeast = std::size_t{16} << 10;
// A receiver that fails so often is asked for less at once.
constexpr unsigned kFailuresMost = 5;
// A receiver that took none of this many requests is not sent the batch's single records.
constexpr unsigned kInvalidMost = 64;

std::string lines(std::size_t count) { return std::to_string(count) + (count == 1 ? " line" : " lines"); }

std::string with_message(const OtlpReply& reply) {
  return reply.message.empty() ? reply.why : reply.why + " (" + reply.message + ')';
}

}  // namespace

OtlpSender::OtlpSender(std::unique_ptr<HttpClient> client, OtlpSenderOptions options)
    : client_(std::move(client)), options_(std::move(options)) {}

void OtlpSender::add(OtlpBatch batch) {
  auto sent = std::make_unique<Sent>(Sent{std::move(batch)});
  auto request = std::make_unique<Request>();
  request->of = sent.get();
  request->range = {0, sent->batch.size()};
  batches_.push_back(std::move(sent));
  waiting_.push_back(std::move(request));
}

Result<void> OtlpSender::run() {
  const auto take = [&](std::uint64_t id, const HttpReply& reply) { take_reply(id, reply); };
  client_->run(take);
  bool any = false;
  while (!waiting_.empty() && client_->has_room() && options_.now_ns() >= resume_ns_ &&
         (backoff_ns_ == 0 || in_flight_.empty())) {
    RequestPtr next = std::move(waiting_.front());
    waiting_.pop_front();
    PROCTREE_CHECK(send(std::move(next)));
    any = true;
  }
  if (any) client_->run(take);
  return {};
}

void OtlpSender::take_done(ShipProgress& done) {
  done.append(through_);
  through_ = {};
}

Result<void> OtlpSender::send(RequestPtr request) {
  if (request->body.empty()) request->body = request->of->batch.request(request->range, gzip_);
  request->timeout_ms = std::max(request->timeout_ms, kTimeoutLeastMs);
  request->id = next_id_++;
  const Request& sent = *in_flight_.emplace_back(std::move(request));
  return client_->post(sent.id, sent.body, sent.timeout_ms);
}

void OtlpSender::take_reply(std::uint64_t id, const HttpReply& http) {
  const auto at = std::ranges::find_if(in_flight_, [&](const RequestPtr& each) { return each->id == id; });
  if (at == in_flight_.end()) return;
  RequestPtr request = std::move(*at);
  in_flight_.erase(at);
  const OtlpReply reply = read_otlp_reply(http);
  const bool is_one = request->range.size() == 1;
  switch (reply.outcome) {
    case OtlpOutcome::accepted:
      return take_accepted(*request, reply);
    case OtlpOutcome::misplaced:
      read_headers();
      [[fallthrough]];
    case OtlpOutcome::retry:
      return send_later(std::move(request), http, reply);
    case OtlpOutcome::broken:
      return take_broken(std::move(request), http, reply);
    case OtlpOutcome::too_large:
      if (is_one) return refuse(*request, reply);
      batch_bytes_ =
          std::clamp(request->of->batch.bytes() / request->of->batch.size() * request->range.size() / 2,
                     kBatchBytesLeast, batch_bytes_);
      return split(*request);
    case OtlpOutcome::invalid:
      if (is_one || ++invalid_in_a_row_ > kInvalidMost) return refuse(*request, reply);
      return split(*request);
  }
}

void OtlpSender::take_accepted(const Request& request, const OtlpReply& reply) {
  ++accepted_;
  invalid_in_a_row_ = 0;
  backoff_ns_ = 0;
  resume_ns_ = 0;
  if (std::exchange(trouble_reported_, false)) options_.notice("takes lines again");
  const std::size_t rejected =
      static_cast<std::size_t>(std::min<std::uint64_t>(reply.rejected, request.range.size()));
  counters_.refused += rejected;
  if (rejected != 0) {
    report("rejected", "took a request but for " + lines(rejected) +
                           (reply.message.empty() ? "" : " (" + reply.message + ')'));
  } else if (!reply.message.empty()) {
    report("warning", "warns: " + reply.message);
  }
  close(request);
}

// Repeated failures may be caused by one record. But a receiver that takes nothing else either is waited for.
void OtlpSender::take_broken(RequestPtr request, const HttpReply& http, const OtlpReply& reply) {
  if (request->failures++ == 0) request->accepted_then = accepted_;
  if (request->failures < kFailuresMost) return send_later(std::move(request), http, reply);
  if (request->range.size() == 1) {
    if (accepted_ != request->accepted_then) return refuse(*request, reply);
    return send_later(std::move(request), http, reply);
  }
  back_off(http);
  split(*request);
}

void OtlpSender::send_later(RequestPtr request, const HttpReply& http, const OtlpReply& reply) {
  counters_.resent += request->range.size();
  if (http.timed_out) request->timeout_ms = std::min(request->timeout_ms * 2, kTimeoutMostMs);
  back_off(http);
  report(reply.kind, with_message(reply) + "; lines wait");
  trouble_reported_ = true;
  // Behind the others: it may be the one that can't be taken.
  waiting_.push_back(std::move(request));
}

void OtlpSender::split(const Request& request) {
  const std::size_t middle = request.range.begin + request.range.size() / 2;
  for (const RecordRange half : {RecordRange{middle, request.range.end}, {request.range.begin, middle}}) {
    auto smaller = std::make_unique<Request>();
    smaller->of = request.of;
    smaller->range = half;
    smaller->timeout_ms = request.timeout_ms;
    smaller->accepted_then = request.accepted_then;
    if (request.failures != 0) smaller->failures = kFailuresMost - 1;
    waiting_.push_front(std::move(smaller));
  }
  ++request.of->open;
}

void OtlpSender::refuse(const Request& request, const OtlpReply& reply) {
  counters_.refused += request.range.size();
  report("refused " + reply.kind,
         "refused " + lines(request.range.size()) + ", which it will not have: " + with_message(reply));
  close(request);
}

void OtlpSender::close(const Request& request) {
  --request.of->open;
  for (; !batches_.empty() && batches_.front()->open == 0; batches_.pop_front())
    through_.append(batches_.front()->batch.progress());
}

void OtlpSender::back_off(const HttpReply& http) {
  const std::uint64_t now_ns = options_.now_ns();
  const bool is_asleep = now_ns < resume_ns_;  // of several requests that failed together the first counts
  if (!is_asleep) backoff_ns_ = std::clamp(backoff_ns_ * 2, kBackoffLeastNs, kBackoffMostNs);
  std::uniform_int_distribution<std::uint64_t> jitter(backoff_ns_ / 2, backoff_ns_);
  std::uint64_t delay_ns = jitter(random_);
  if (http.retry_after_s) delay_ns += std::min(*http.retry_after_s, kRetryAfterMostS) * kS - backoff_ns_ / 2;
  if (!is_asleep || http.retry_after_s) resume_ns_ = std::max(resume_ns_, now_ns + delay_ns);
}

void OtlpSender::read_headers() {
  auto headers = options_.headers();
  if (headers) return client_->set_headers(std::move(*headers));
  report("credentials", headers.error().to_string());
}

// Each kind once, and again while it lasts.
void OtlpSender::report(const std::string& kind, const std::string& text) {
  const std::uint64_t now_ns = options_.now_ns();
  const auto known = std::ranges::find_if(reported_, [&](const Reported& each) { return each.kind == kind; });
  if (known != reported_.end()) {
    if (now_ns - known->ns < kReportAgainNs) return;
    known->ns = now_ns;
  } else if (reported_.size() < kKindsMost) {
    reported_.push_back({kind, now_ns});
  } else {
    return;
  }
  options_.notice(text);
}

}  // namespace proctree
