// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/nats_source.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string_view>
#include <utility>

#include "base/host_clock.hpp"
#include "base/timestamp.hpp"
#include "base/try.hpp"
#include "ship/nats_link.hpp"
#include "ship/nats_message.hpp"
#include "ship/nats_pull.hpp"
#include "ship/nats_stored.hpp"
#include "ship/nats_words.hpp"
#include "ship/stream_heads.hpp"
#include "spool/line_head.hpp"

namespace proctree {

namespace {

constexpr std::size_t kBatch = 500;
constexpr std::uint64_t kUnacknowledgedMost = 4'000;
// Of all that share a consumer; the server's own default of 1,000 is less than one of them may have.
constexpr std::int64_t kAckPendingMost = 16 * static_cast<std::int64_t>(kUnacknowledgedMost);
constexpr std::int64_t kAckWaitNs = 60 * kNsPerSecond;
constexpr std::int64_t kInactiveNs = 300 * kNsPerSecond;
constexpr std::int64_t kFetchMs = 500;
constexpr std::int64_t kGiveBackMs = 1'000;
constexpr const char* kAcknowledged = "+ACK";
constexpr const char* kNotTaken = "-NAK";
constexpr std::uint64_t kLagNs = 10 * static_cast<std::uint64_t>(kNsPerSecond);

struct FreeConsumer {
  void operator()(jsConsumerInfo* info) const { jsConsumerInfo_Destroy(info); }
};
using ConsumerInfo = std::unique_ptr<jsConsumerInfo, FreeConsumer>;

class FromNats final : public ShipSource {
 public:
  FromNats(RemoteAddress address, NatsSourceOptions options)
      : link_(std::move(address), options.remote, options.notice), options_(std::move(options)) {}
  ~FromNats() override {
    give_back();
    disconnect();
  }

  Result<void> open() {
    auto connected = connect();
    return options_.once ? connected : link_.outlive(std::move(connected));
  }

  Result<const SpoolItem*> next() override {
    while (true) {
      if (at_ == batch_.size()) {
        const bool has_more = PROCTREE_TRY(fetch());
        if (!has_more) return nullptr;
      }
      if (take(batch_[at_++].get())) return &item_;
    }
  }

  [[nodiscard]] const StreamHead& head() const override { return head_; }
  [[nodiscard]] int fd() const override { return -1; }
  [[nodiscard]] bool waits() const override { return true; }
  [[nodiscard]] bool is_at_end(bool) const override { return is_at_end_; }
  [[nodiscard]] std::uint64_t window() const override { return kUnacknowledgedMost; }

  // One that is lost on its way comes again: whoever stores lines counts each once.
  Result<void> acknowledge(std::uint64_t lines) override {
    while (!unacknowledged_.empty() && unacknowledged_.front().number <= lines) {
      const Unacknowledged& line = unacknowledged_.front();
      answer(line.reply, kAcknowledged);
      if (bucket_) stored_[line.stream].add(line.from, line.to);
      unacknowledged_.pop_front();
    }
    publish_stored();
    if (link_.is_open()) natsConnection_FlushTimeout(link_.connection()->get(), kFetchMs);
    return {};
  }

 private:
  // A line that the target has, and where to say so.
  struct Unacknowledged {
    std::uint64_t number;
    std::string reply;
    std::string stream;
    std::uint64_t from;
    std::uint64_t to;
  };

  // What can't be written now is tried again with what comes next.
  void publish_stored() {
    while (bucket_ && link_.is_open() && !stored_.empty()) {
      if (auto added = bucket_->add(stored_.begin()->first, stored_.begin()->second); !added)
        return link_.report(added.error().to_string());
      stored_.erase(stored_.begin());
    }
  }

  void drop_batch() {
    batch_.clear();
    at_ = 0;
  }

  void disconnect() {
    link_.close();
    drop_batch();
    pull_.reset();
    bucket_.reset();
    context_.reset();
    link_.disconnect();
  }

  Result<void> connect() {
    return NatsLink::attempt([this] { return set_up(); }, [this] { disconnect(); });
  }

  Result<void> set_up() {
    PROCTREE_CHECK(link_.connect());
    const NatsStream stream = PROCTREE_TRY(find_stream(*link_.connection(), link_.stream()));
    context_ = PROCTREE_TRY(open_context(*link_.connection()));
    if (!link_.was_ready()) {
      last_wanted_ = stream.last_seq;
      is_at_end_ = options_.once && last_wanted_ == 0;
    }
    PROCTREE_CHECK(subscribe());
    if (!options_.durable.empty())
      bucket_ = PROCTREE_TRY(NatsStored::open(context_.get(), options_.until_stored));
    link_.ready();
    return {};
  }

  Result<void> subscribe() {
    const ConsumerInfo info = PROCTREE_TRY(open_consumer());
    consumer_ = info->Name;
    received_ = 0;
    pull_ = PROCTREE_TRY(NatsPull::open(*link_.connection(), link_.stream(), consumer_));
    return {};
  }

  Result<ConsumerInfo> open_consumer() {
    jsConsumerInfo* raw = nullptr;
    jsErrCode code{};
    natsStatus status = NATS_OK;
    if (!options_.durable.empty()) {
      status = js_GetConsumerInfo(&raw, context_.get(), link_.stream().c_str(), options_.durable.c_str(),
                                  nullptr, &code);
      if (status == NATS_OK) return checked(ConsumerInfo(raw));
      if (status != NATS_NOT_FOUND && code != JSConsumerNotFoundErr)
        return nats_failure("cannot look the consumer " + options_.durable + " up", status);
    }
    jsConsumerConfig config;
    jsConsumerConfig_Init(&config);
    const std::string subjects(kSubjects);
    config.FilterSubject = subjects.c_str();
    config.AckPolicy = js_AckExplicit;
    config.AckWait = kAckWaitNs;
    config.MaxAckPending = kAckPendingMost;
    if (!options_.durable.empty()) {
      config.Durable = options_.durable.c_str();
    } else {
      config.InactiveThreshold = kInactiveNs;
      config.AckPolicy = js_AckNone;
      config.MaxAckPending = 0;
      if (last_seen_ != 0) {
        config.DeliverPolicy = js_DeliverByStartSequence;
        config.OptStartSeq = last_seen_ + 1;
      }
    }
    status = js_AddConsumer(&raw, context_.get(), link_.stream().c_str(), &config, nullptr, &code);
    if (status != NATS_OK) return nats_failure("cannot make a consumer of " + link_.stream(), status);
    return ConsumerInfo(raw);
  }

  // A consumer of that name that was made for something else.
  Result<ConsumerInfo> checked(ConsumerInfo info) const {
    const bool is_push = info->Config->DeliverSubject != nullptr && *info->Config->DeliverSubject != '\0';
    if (!is_push && info->Config->AckPolicy == js_AckExplicit) return info;
    return fail(ErrorCode::unsupported,
                "the consumer " + options_.durable + " is no pull consumer with explicit acknowledgement",
                "give another --name");
  }

  // False: there is none at present.
  Result<bool> fetch() {
    drop_batch();
    if (!link_.is_open()) {
      const bool connected = PROCTREE_TRY(reconnect());
      if (!connected) return false;
    }
    if (is_at_end_) return false;
    const natsStatus status = pull_->fetch(kBatch, kFetchMs, batch_);
    if (status == NATS_OK) {
      received_ += batch_.size();
      silent_since_ns_ = 0;
      return true;
    }
    if (status == NATS_TIMEOUT) {
      if (options_.once) look_for_end();
      return false;
    }
    if (status != NATS_OK) {
      link_.report("cannot read from " + link_.where() + ": " + natsStatus_GetText(status) +
                   "; trying again");
      disconnect();
    }
    return false;
  }

  Result<bool> reconnect() {
    const std::uint64_t now_ns = boot_now_ns();
    if (now_ns < link_.next_attempt_ns()) {
      nats_Sleep(static_cast<std::int64_t>(
          std::min<std::uint64_t>((link_.next_attempt_ns() - now_ns) / 1'000'000, kFetchMs)));
      return false;
    }
    PROCTREE_CHECK(link_.outlive(connect()));
    return link_.is_open();
  }

  // Nothing came: what was stored when it began has been handed out, or will be acknowledged by another. A
  // consumer lives on one server of a cluster, whose own copy of the stream may lag: that it has no more is
  // true only once it has come to the last message, or some time later.
  void look_for_end() {
    jsConsumerInfo* raw = nullptr;
    jsErrCode code{};
    if (js_GetConsumerInfo(&raw, context_.get(), link_.stream().c_str(), consumer_.c_str(), nullptr, &code) !=
        NATS_OK)
      return;
    const ConsumerInfo info(raw);
    const bool has_more =
        info->NumPending != 0 || info->NumAckPending > static_cast<std::int64_t>(unacknowledged_.size());
    // What a consumer of this one's own has sent may be on its way still; of another's that is what waits for
    // an acknowledgement.
    const bool has_come = !options_.durable.empty() || info->Delivered.Consumer <= received_;
    const std::uint64_t delivered =
        std::max<std::uint64_t>(last_seen_, has_come ? info->Delivered.Stream : 0);
    if (has_more || delivered >= last_wanted_) {
      is_at_end_ = !has_more;
      return;
    }
    const std::uint64_t now_ns = boot_now_ns();
    if (silent_since_ns_ == 0) silent_since_ns_ = now_ns;
    is_at_end_ = now_ns - silent_since_ns_ >= kLagNs;
    if (is_at_end_)
      link_.report(link_.where() + " had message " + std::to_string(last_wanted_) +
                   " when this began, and brought none behind " + std::to_string(delivered) +
                   ": they are no lines of proctree's, are gone, or its servers have not caught up");
  }

  // False: there is nothing to hand out of it.
  bool take(natsMsg* message) {
    if (options_.once && options_.durable.empty()) {
      const std::uint64_t seq = sequence_of(message);
      if (seq >= last_wanted_) is_at_end_ = true;
      if (seq > last_wanted_) return false;
      last_seen_ = seq;
    }
    const char* reply = natsMsg_GetReply(message);
    if (!parse(message)) {
      answer(reply == nullptr ? "" : reply, kAcknowledged);
      return false;
    }
    ++lines_;
    if (!options_.durable.empty()) {
      // The lines that a `lost` names count as stored.
      const bool names_lines = line_.type == "lost" && line_.seq_from != 0;
      const std::uint64_t from = names_lines ? std::min(line_.seq_from, item_.seq_from) : item_.seq_from;
      unacknowledged_.push_back(
          {lines_, reply == nullptr ? "" : reply, stream_key(item_.stream), from, item_.seq_to});
    }
    return true;
  }

  bool parse(natsMsg* message) {
    const std::string_view text = text_of(message);
    if (text.find('\n') != std::string_view::npos || !parser_.parse(text, line_)) return false;
    if (line_.version != kLineVersion || line_.stream.empty() || !line_.is_of_stream()) return false;
    if (stream_ != line_.stream) stream_ = line_.stream;
    if (!line_.host.empty()) {
      head_ = head_of(line_);
      heads_.remember(head_);
    } else if (head_.stream != stream_) {
      head_ = find_head(natsMsg_GetSubject(message));
    }
    item_ = item_of(text, stream_, line_, {line_.ktime_ns, parse_time(line_.time).value_or(0)}, {});
    return true;
  }

  // Lines of many streams come in turns, and not each of them from its beginning: this may have begun later,
  // or another one of those that share the consumer has got its `start`. The server has that still, where no
  // later stream of its host began.
  StreamHead find_head(std::string_view subject) {
    if (const StreamHead* known = heads_.find(stream_)) return *known;
    StreamHead head{stream_, "{}", "{}"};
    const std::string start = std::string(subject.substr(0, subject.rfind('.'))) + ".start";
    natsMsg* raw = nullptr;
    jsErrCode code{};
    const natsStatus status =
        context_ ? js_GetLastMsg(&raw, context_.get(), link_.stream().c_str(), start.c_str(), nullptr, &code)
                 : NATS_CONNECTION_CLOSED;
    if (status != NATS_OK && status != NATS_NOT_FOUND) return head;  // asked again with its next line
    if (status == NATS_OK) {
      const NatsMessage message(raw);
      LineHeadParser parser;
      LineHead line;
      if (parser.parse(text_of(raw), line) && line.stream == stream_) head = head_of(line);
    }
    heads_.remember(head);
    return head;
  }

  static std::uint64_t sequence_of(natsMsg* message) {
    jsMsgMetaData* data = nullptr;
    if (natsMsg_GetMetaData(&data, message) != NATS_OK) return 0;
    const std::uint64_t seq = data->Sequence.Stream;
    jsMsgMetaData_Destroy(data);
    return seq;
  }

  void answer(const std::string& reply, const char* what) {
    if (!reply.empty() && !options_.durable.empty() && link_.is_open())
      natsConnection_PublishString(link_.connection()->get(), reply.c_str(), what);
  }

  // What has been fetched and not stored is another's at once, not only when the server has waited for it.
  void give_back() {
    if (options_.durable.empty() || !link_.is_open()) return;
    for (const Unacknowledged& line : unacknowledged_) answer(line.reply, kNotTaken);
    for (; at_ < batch_.size(); ++at_) {
      const char* reply = natsMsg_GetReply(batch_[at_].get());
      answer(reply == nullptr ? "" : reply, kNotTaken);
    }
    natsConnection_FlushTimeout(link_.connection()->get(), kGiveBackMs);
  }

  NatsLink link_;
  const NatsSourceOptions options_;
  NatsContext context_;
  std::unique_ptr<NatsPull> pull_;
  std::string consumer_;
  std::uint64_t received_ = 0;  // from it, since this subscribed
  NatsPull::Messages batch_;    // messages up to at_ are handed out
  std::size_t at_ = 0;
  std::unique_ptr<NatsStored> bucket_;
  std::map<std::string, StoredRanges> stored_;  // of each stream, and not written yet
  std::deque<Unacknowledged> unacknowledged_;
  std::uint64_t lines_ = 0;        // handed out
  std::uint64_t last_wanted_ = 0;  // of the stream's own numbers
  std::uint64_t last_seen_ = 0;
  std::uint64_t silent_since_ns_ = 0;  // it had no more, short of the last message; 0: something came
  bool is_at_end_ = false;
  LineHeadParser parser_;
  LineHead line_;
  StreamHead head_;  // of the last line's stream
  StreamHeads heads_;
  std::string stream_;
  SpoolItem item_;
};

}  // namespace

Result<std::unique_ptr<ShipSource>> open_nats_source(const std::string& from, NatsSourceOptions options) {
  auto source = std::make_unique<FromNats>(PROCTREE_TRY(parse_remote(from)), std::move(options));
  PROCTREE_CHECK(source->open());
  return std::unique_ptr<ShipSource>(std::move(source));
}

}  // namespace proctree
