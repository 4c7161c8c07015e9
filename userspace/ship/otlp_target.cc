// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/otlp_target.hpp"

#include <map>
#include <utility>

#include "base/host_clock.hpp"
#include "base/try.hpp"
#include "schema/otlp.hpp"
#include "ship/curl_client.hpp"
#include "ship/http_headers.hpp"
#include "ship/otlp_sender.hpp"
#include "ship/remote_address.hpp"

namespace proctree {

namespace {

constexpr std::size_t kRecordsMost = 2'000;       // of a batch
constexpr std::uint64_t kOldestNs = 200'000'000;  // a batch that isn't full waits so long for more
constexpr std::size_t kRecordsBetweenRuns = 128;
constexpr std::size_t kOriginsMost = 256;

class ToOtlp final : public ShipTarget {
 public:
  ToOtlp(std::unique_ptr<HttpClient> client, OtlpSenderOptions options)
      : sender_(std::move(client), std::move(options)) {}

  Result<bool> put(const SpoolItem& item, const StreamHead& head) override {
    if (!sender_.has_room()) PROCTREE_CHECK(sender_.run());
    if (!sender_.has_room()) return false;
    batch_.add(origin_of(head), records_.write(item.text, item.moment, realtime_now_ns()), item.stream,
               position_after(item));
    if (batch_.size() == 1) begun_ns_ = boot_now_ns();
    if (batch_.size() == kRecordsMost || batch_.bytes() >= sender_.batch_bytes()) close_batch();
    if (++put_ % kRecordsBetweenRuns == 0) PROCTREE_CHECK(sender_.run());
    return true;
  }

  Result<void> flush() override {
    if (batch_.size() != 0 && boot_now_ns() - begun_ns_ >= kOldestNs && sender_.has_room()) close_batch();
    return sender_.run();
  }

  Result<void> acknowledge(const ShipProgress&, ShipProgress& done) override {
    PROCTREE_CHECK(flush());
    sender_.take_done(done);
    return {};
  }

  [[nodiscard]] int fd() const override { return sender_.fd(); }
  [[nodiscard]] ShipCounters counters() const override { return sender_.counters(); }
  Result<void> close() override { return {}; }

 private:
  void close_batch() { sender_.add(std::exchange(batch_, {})); }

  // Of each stream's head; what two of them say the same is one.
  const OtlpBatch::Origin& origin_of(const StreamHead& head) {
    if (!origin_ || head.host != head_.host || head.tracer != head_.tracer) {
      head_ = head;
      std::string key = head.host + '\n' + head.tracer;
      if (origins_.size() >= kOriginsMost && !origins_.contains(key)) origins_.clear();
      OtlpBatch::Origin& known = origins_[std::move(key)];
      if (!known)
        known = std::make_shared<schema::OtlpOrigin>(schema::make_otlp_origin(head.host, head.tracer));
      origin_ = known;
    }
    return origin_;
  }

  OtlpSender sender_;
  schema::OtlpRecords records_;
  OtlpBatch batch_;
  std::uint64_t begun_ns_ = 0;
  std::uint64_t put_ = 0;
  StreamHead head_;
  OtlpBatch::Origin origin_;
  std::map<std::string, OtlpBatch::Origin> origins_;
};

std::string url_of(const RemoteAddress& address) {
  const bool has_port = address.hosts.find(':', address.hosts.rfind(']') + 1) != std::string::npos;
  return address.scheme.substr(address.scheme.find('+') + 1) + "://" + address.hosts +
         (has_port ? "" : ":4318") + '/' + (address.path.empty() ? "v1/logs" : address.path);
}

}  // namespace

Result<std::unique_ptr<ShipTarget>> open_otlp_target(const std::string& to, OtlpTargetOptions options) {
  const RemoteAddress address = PROCTREE_TRY(parse_remote(to));
  const RemoteOptions& remote = options.remote;
  PROCTREE_CHECK(check_readable(remote));
  const auto headers = [credentials = remote.credentials]() -> Result<std::vector<std::string>> {
    std::vector<std::string> all = {"Content-Type: application/x-protobuf", "Content-Encoding: gzip",
                                    "Expect:"};  // without a pause before each body
    if (credentials.empty()) return all;
    for (std::string& header : PROCTREE_TRY(read_http_headers(credentials))) all.push_back(std::move(header));
    return all;
  };
  auto client = PROCTREE_TRY(open_curl_client(url_of(address), remote));
  client->set_headers(PROCTREE_TRY(headers()));
  const auto notice = [to, say = options.notice](const std::string& text) { say(to + ": " + text); };
  return std::make_unique<ToOtlp>(std::move(client), OtlpSenderOptions{notice, boot_now_ns, headers});
}

}  // namespace proctree
