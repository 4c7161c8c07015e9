// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Publishing to JetStream with a window. Acknowledgements come to an inbox of ours under each line's ticket;
// one that does not come is not waited for longer than kAckNs, since a server that dies reports nothing.
#include "ship/nats_target.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/host_clock.hpp"
#include "base/try.hpp"
#include "ship/ack_box.hpp"
#include "ship/in_flight.hpp"
#include "ship/nats_link.hpp"
#include "ship/nats_message.hpp"
#include "ship/nats_words.hpp"
#include "ship/until_stored.hpp"
#include "sink/line_cutter.hpp"

namespace proctree {

namespace {

constexpr std::size_t kWindowLines = 4'000;
constexpr std::size_t kWindowBytes = std::size_t{8} << 20;
constexpr std::uint64_t kMs = 1'000'000;
constexpr std::uint64_t kAckNs = 5'000 * kMs;
constexpr std::uint64_t kSilentNs =
    3 * kAckNs;                                // lines wait and none is acknowledged: the connection is dead
constexpr std::uint64_t kProbeNs = 500 * kMs;  // between two lines that a full stream is tried with

struct Message {
  NatsMessage raw;
  std::size_t header_size = 0;
  std::uint64_t sent_ns = 0;  // 0: not on this connection
  std::uint32_t times = 0;    // sent
  bool is_cut = false;
};

// `reply`: where its acknowledgement comes to; null: nowhere.
Result<NatsMessage> make_message(const char* subject, const char* reply, const char* id,
                                 std::string_view text) {
  natsMsg* raw = nullptr;
  natsStatus status = natsMsg_Create(&raw, subject, reply, text.data(), static_cast<int>(text.size()));
  NatsMessage message(raw);
  if (status == NATS_OK) status = natsMsgHeader_Set(raw, kMessageIdHeader.data(), id);
  if (status != NATS_OK) return nats_failure("no message can be made for line " + std::string(id), status);
  return message;
}

const char* id_of(natsMsg* message) {
  const char* id = "";
  natsMsgHeader_Get(message, kMessageIdHeader.data(), &id);
  return id;
}

class ToNats final : public ShipTarget {
 public:
  ToNats(RemoteAddress address, NatsTargetOptions options)
      : link_(std::move(address), options.remote, options.notice), options_(std::move(options)) {
    if (options_.stream.until_stored)
      until_stored_.emplace(options_.reopen, [this](const std::string& text) { link_.report(text); });
  }
  ~ToNats() override { disconnect(); }

  Result<void> open() {
    auto connected = connect();
    return options_.must_connect ? connected : link_.outlive(std::move(connected));
  }

  Result<bool> put(const SpoolItem& item, const StreamHead& head) override {
    if (!has_room(item.text.size())) PROCTREE_CHECK(take_acks());
    if (!link_.is_open() || resend_from_ != kNone) return false;  // a refusal may have ended the connection
    if (!has_room(item.text.size())) {
      is_full_ = true;
      return false;
    }
    is_full_ = false;
    if (in_flight_.empty()) last_ack_ns_ = boot_now_ns();
    reply_.assign(prefix_).append(std::to_string(in_flight_.end()));
    Message message = PROCTREE_TRY(message_of(item, head, line_key(item), reply_.c_str()));
    const std::uint64_t ticket = in_flight_.add(item, std::move(message), item.text.size());
    PROCTREE_CHECK(send(ticket));
    return true;
  }

  Result<void> flush() override {
    PROCTREE_CHECK(take_acks());
    const std::uint64_t now_ns = boot_now_ns();
    if (!link_.is_open()) {
      if (now_ns < link_.next_attempt_ns()) return {};
      return reconnect();
    }
    find_overdue(now_ns);
    PROCTREE_CHECK(send_again(now_ns));
    if (until_stored_ && link_.is_open()) {
      until_stored_->send_gaps(now_ns,
                               [this](const SpoolItem& item, const StreamHead& head, const std::string& id) {
                                 auto message = message_of(item, head, id, nullptr);
                                 ++counters_.resent;
                                 if (message && fit(*message).value_or(false)) publish(*message);
                               });
    }
    if (is_full_) box_->wake_at(std::max<std::size_t>(in_flight_.size() / 8, 1));
    return {};
  }

  Result<void> acknowledge(const ShipProgress&, ShipProgress& done) override {
    PROCTREE_CHECK(take_acks());
    in_flight_.take_acknowledged(until_stored_ ? until_stored_->acknowledged(done) : done);
    if (until_stored_) until_stored_->advance(link_.is_open() ? bucket_.get() : nullptr, boot_now_ns(), done);
    return {};
  }

  [[nodiscard]] int fd() const override { return box_->fd(); }
  [[nodiscard]] ShipCounters counters() const override { return counters_; }
  Result<void> close() override {
    disconnect();
    return {};
  }

 private:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};
  using SharedBox = std::shared_ptr<AckBox>;

  // Connections

  void disconnect() {
    link_.close();
    if (inbox_ != nullptr) natsSubscription_Destroy(inbox_);
    inbox_ = nullptr;
    bucket_.reset();
    context_.reset();
    link_.disconnect();
  }

  Result<void> connect() {
    return NatsLink::attempt([this] { return set_up(); }, [this] { disconnect(); });
  }

  Result<void> set_up() {
    PROCTREE_CHECK(link_.connect());
    const NatsConnection& connection = *link_.connection();
    PROCTREE_CHECK(
        demand_room("the server", connection.max_payload(), "raise max_payload in its configuration"));
    stream_ = PROCTREE_TRY(open_stream(connection, link_.stream(), options_.stream));
    if (stream_.message_most != 0) {
      PROCTREE_CHECK(
          demand_room("the stream " + stream_.name, stream_.message_most, "raise its max_msg_size"));
    }
    if (!link_.was_ready()) {
      if (const std::string warning = stream_warning(stream_); !warning.empty()) options_.notice(warning);
    }
    PROCTREE_CHECK(subscribe(connection));
    if (until_stored_) {
      context_ = PROCTREE_TRY(open_context(connection));
      bucket_ = PROCTREE_TRY(NatsStored::open(context_.get(), true));
    }
    link_.ready();
    last_ack_ns_ = boot_now_ns();
    return {};
  }

  Result<void> demand_room(const std::string& where, std::size_t most, const char* remedy) {
    is_too_small_ = most < kPayloadLeast;
    if (!is_too_small_) return {};
    return fail(ErrorCode::unsupported,
                where + " takes messages of " + std::to_string(most) + " bytes, lines need " +
                    std::to_string(kPayloadLeast),
                remedy);
  }

  // Where acknowledgements come to, under a ticket's number. Messages name it for as long as they are in
  // flight: it is one on each connection.
  Result<void> subscribe(const NatsConnection& connection) {
    if (prefix_.empty()) {
      natsInbox* inbox = nullptr;
      if (const natsStatus status = natsInbox_Create(&inbox); status != NATS_OK)
        return nats_failure("no inbox", status);
      prefix_ = std::string(inbox) + '.';
      natsInbox_Destroy(inbox);
    }
    auto share = std::make_unique<SharedBox>(box_);
    const natsStatus status =
        natsConnection_Subscribe(&inbox_, connection.get(), (prefix_ + '*').c_str(), on_ack, share.get());
    if (status != NATS_OK) return nats_failure("cannot subscribe to " + prefix_ + '*', status);
    // The library's thread may be in on_ack() when we are done with it.
    natsSubscription_SetOnCompleteCB(
        inbox_, [](void* box) { delete static_cast<SharedBox*>(box); }, share.get());
    (void)share.release();
    natsSubscription_SetPendingLimits(inbox_, -1, -1);
    return {};
  }

  // All that lacks its acknowledgement goes again, in order.
  Result<void> reconnect() {
    if (link_.connection() != nullptr) {
      const std::string why = link_.connection()->take_report();
      link_.report("the connection to " + link_.where() + " ended" + (why.empty() ? "" : " (" + why + ')') +
                   "; trying again");
    }
    auto connected = connect();
    if (is_too_small_) return connected;
    PROCTREE_CHECK(link_.outlive(std::move(connected)));
    if (!link_.is_open()) return {};
    for (std::uint64_t ticket = in_flight_.first(); ticket != in_flight_.end(); ++ticket)
      in_flight_.find(ticket)->item.sent_ns = 0;
    resend_from_ = in_flight_.empty() ? kNone : in_flight_.first();
    is_probing_ = false;
    return send_again(boot_now_ns());
  }

  // Sending

  [[nodiscard]] bool has_room(std::size_t size) const {
    return in_flight_.empty() ||
           (in_flight_.size() < kWindowLines && in_flight_.bytes() + size <= kWindowBytes);
  }

  [[nodiscard]] const std::string& host_of(const SpoolItem& item, const StreamHead& head) {
    auto at = hosts_.find(item.stream);
    if (at == hosts_.end()) at = hosts_.emplace(std::string(item.stream), std::string()).first;
    if (at->second.empty())
      at->second = head.stream == item.stream ? host_token(head.host) : host_token("{}");
    return at->second;
  }

  Result<Message> message_of(const SpoolItem& item, const StreamHead& head, const std::string& id,
                             const char* reply) {
    const std::string subject = subject_of(host_of(item, head), item.type);
    Message message;
    message.raw = PROCTREE_TRY(make_message(subject.c_str(), reply, id.c_str(), item.text));
    message.header_size = header_size(id);
    return message;
  }

  // What a message may have beside its header, as the server and the stream have it now.
  [[nodiscard]] std::size_t text_most(const Message& message) const {
    std::size_t most = link_.connection()->max_payload();
    if (stream_.message_most != 0) most = std::min(most, stream_.message_most);
    return std::max(most, kPayloadLeast) - message.header_size;
  }

  Result<void> send(std::uint64_t ticket) {
    Message& message = in_flight_.find(ticket)->item;
    const bool fits = PROCTREE_TRY(fit(message));
    if (!fits) {
      in_flight_.acknowledge(ticket);
      return {};
    }
    if (message.times != 0) ++counters_.resent;
    ++message.times;
    message.sent_ns = boot_now_ns();
    // A connection that ended is noticed by flush(), all else by the acknowledgement that doesn't come.
    if (publish(message) != NATS_OK) message.sent_ns = 1;
    return {};
  }

  // False: it is left out, since it was no JSON that could be cut.
  Result<bool> fit(Message& message) {
    natsMsg* raw = message.raw.get();
    const std::size_t most = text_most(message);
    if (text_of(raw).size() <= most) return true;
    const std::string_view text = cutter_.cut(text_of(raw), most);
    if (!message.is_cut) ++counters_.cut;
    message.is_cut = true;
    if (text.size() <= most) {
      message.raw =
          PROCTREE_TRY(make_message(natsMsg_GetSubject(raw), natsMsg_GetReply(raw), id_of(raw), text));
      return true;
    }
    ++counters_.refused;
    link_.report("line " + std::string(id_of(raw)) + " can't be cut to the server's limit: it is left out");
    return false;
  }

  natsStatus publish(const Message& message) {
    return natsConnection_PublishMsg(link_.connection()->get(), message.raw.get());
  }

  void find_overdue(std::uint64_t now_ns) {
    if (in_flight_.empty()) {
      last_ack_ns_ = now_ns;
      return;
    }
    if (now_ns > last_ack_ns_ + kSilentNs) {
      link_.report(link_.where() + " acknowledges nothing; connecting again");
      disconnect();
      link_.try_again_at(now_ns);
      return;
    }
    if (resend_from_ != kNone) return;
    const auto* oldest = in_flight_.find(in_flight_.first());
    if (!oldest->is_acknowledged && now_ns > oldest->item.sent_ns + kAckNs) resend_from_ = in_flight_.first();
  }

  // What was refused or is overdue, in order; while the stream is full, one line at a time.
  Result<void> send_again(std::uint64_t now_ns) {
    if (resend_from_ == kNone || !link_.is_open()) return {};
    if (is_probing_ && now_ns < next_probe_ns_) return {};
    for (std::uint64_t ticket = std::max(resend_from_, in_flight_.first()); ticket != in_flight_.end();
         ++ticket) {
      const auto* entry = in_flight_.find(ticket);
      if (entry->is_acknowledged) continue;
      const bool waits = entry->item.sent_ns != 0 && now_ns < entry->item.sent_ns + kAckNs;
      if (waits && !is_probing_) continue;
      PROCTREE_CHECK(send(ticket));
      if (!is_probing_) continue;
      next_probe_ns_ = now_ns + kProbeNs;
      return {};
    }
    if (!is_probing_) resend_from_ = kNone;
    if (in_flight_.empty()) end_probing();
    return {};
  }

  // There is room again: what was refused goes at once.
  void end_probing() {
    is_probing_ = false;
    link_.end_reported();
    resend_from_ = in_flight_.empty() ? kNone : in_flight_.first();
  }

  // Acknowledgements

  static void on_ack(natsConnection*, natsSubscription*, natsMsg* raw, void* box) {
    (*static_cast<SharedBox*>(box))->put(NatsMessage(raw));
  }

  Result<void> take_acks() {
    box_->take(acks_);
    for (const NatsMessage& message : acks_) {
      const auto ticket = ticket_of(natsMsg_GetSubject(message.get()));
      if (!ticket) continue;
      const PublishAck ack = ack_of(message.get());
      if (ack.is_stored()) {
        PROCTREE_CHECK(take_stored(*ticket, ack));
      } else {
        take_refusal(*ticket, ack);
      }
    }
    acks_.clear();
    return {};
  }

  static std::optional<std::uint64_t> ticket_of(std::string_view subject) {
    const std::string_view number = subject.substr(subject.rfind('.') + 1);
    std::uint64_t ticket = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), ticket);
    if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
    return ticket;
  }

  static PublishAck ack_of(natsMsg* message) {
    if (!natsMsg_IsNoResponders(message)) return parse_publish_ack(text_of(message));
    PublishAck ack;
    ack.code = 503;
    ack.description = "no stream has this subject at present";
    return ack;
  }

  Result<void> take_stored(std::uint64_t ticket, const PublishAck& ack) {
    if (ack.stream != link_.stream()) {
      return fail(ErrorCode::unsupported,
                  "the stream " + ack.stream + " stored what was for " + link_.stream(),
                  "ship to " + ack.stream + ", or take the subjects " + std::string(kSubjects) + " from it");
    }
    last_ack_ns_ = boot_now_ns();
    in_flight_.acknowledge(ticket);
    if (is_probing_) end_probing();
    return {};
  }

  void take_refusal(std::uint64_t ticket, const PublishAck& ack) {
    auto* entry = in_flight_.find(ticket);
    if (entry == nullptr || entry->is_acknowledged) return;
    ++counters_.refused;
    entry->item.sent_ns = 0;
    last_ack_ns_ = boot_now_ns();  // it replies
    if (!is_probing_) next_probe_ns_ = last_ack_ns_ + kProbeNs;
    is_probing_ = true;
    resend_from_ = in_flight_.first();
    link_.report(link_.where() + " refuses lines: " + ack.description + "; they wait");
    // Its stream may have been given another limit.
    if (ack.error_code != JSStreamMessageExceedsMaximumErr) return;
    link_.try_again_at(0);
    disconnect();
  }

  NatsLink link_;
  const NatsTargetOptions options_;
  const SharedBox box_ = std::make_shared<AckBox>();
  std::vector<NatsMessage> acks_;
  natsSubscription* inbox_ = nullptr;
  NatsContext context_;  // of the bucket
  std::unique_ptr<NatsStored> bucket_;
  std::optional<UntilStored> until_stored_;
  NatsStream stream_;
  std::string prefix_;  // of our inbox
  std::string reply_;
  InFlight<Message> in_flight_;
  LineCutter cutter_;
  std::map<std::string, std::string, std::less<>> hosts_;  // of each stream, for as long as this runs
  ShipCounters counters_;
  std::uint64_t resend_from_ = kNone;  // a ticket: lines from here on may have to be sent again
  std::uint64_t next_probe_ns_ = 0;
  std::uint64_t last_ack_ns_ = 0;
  bool is_probing_ = false;    // lines were refused
  bool is_full_ = false;       // put() had no room
  bool is_too_small_ = false;  // the server or the stream, for a line
};

}  // namespace

Result<std::unique_ptr<ShipTarget>> open_nats_target(const std::string& to, NatsTargetOptions options) {
  auto target = std::make_unique<ToNats>(PROCTREE_TRY(parse_remote(to)), std::move(options));
  PROCTREE_CHECK(target->open());
  return std::unique_ptr<ShipTarget>(std::move(target));
}

}  // namespace proctree
