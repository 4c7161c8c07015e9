// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What is sent again, narrowed down and given up: a receiver and a clock of the test's own.
#include "ship/otlp_sender.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/protobuf.hpp"
#include "base/protobuf_reader.hpp"

namespace proctree {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

std::string gunzip(std::string_view body) {
  z_stream stream{};
  EXPECT_EQ(::inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
  std::string plain(std::size_t{1} << 22, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(body.data()));
  stream.avail_in = static_cast<uInt>(body.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
  plain.resize(plain.size() - stream.avail_out);
  ::inflateEnd(&stream);
  return plain;
}

// The texts of all fields of that number.
std::vector<std::string> fields(std::string_view message, std::uint64_t number) {
  std::vector<std::string> found;
  ProtobufReader reader(message);
  while (reader.next()) {
    if (reader.field() == number && reader.is_bytes()) found.emplace_back(reader.bytes());
  }
  EXPECT_FALSE(reader.failed());
  return found;
}

// RESOURCE/RECORD of each record of a request.
std::vector<std::string> records_of(std::string_view body) {
  std::vector<std::string> records;
  for (const std::string& of_resource : fields(gunzip(body), 1)) {
    EXPECT_EQ(fields(of_resource, 3), std::vector<std::string>{"schema"});
    for (const std::string& of_scope : fields(of_resource, 2)) {
      EXPECT_EQ(fields(of_scope, 3), std::vector<std::string>{"schema"});
      for (const std::string& record : fields(of_scope, 2))
        records.push_back(fields(of_resource, 1).at(0) + '/' + record);
    }
  }
  return records;
}

// Replies to each request as `respond` says, when it is next run.
class MadeReceiver final : public HttpClient {
 public:
  struct State {
    std::function<HttpReply(const std::vector<std::string>& records)> respond;
    std::vector<std::vector<std::string>> requests;
    std::vector<std::uint64_t> timeouts_ms;
    std::vector<std::string> headers;
    std::multiset<std::string> taken;
    std::size_t most_at_once = 0;
  };
  explicit MadeReceiver(State& state) : state_(state) {}

  [[nodiscard]] bool has_room() const override { return waiting_.size() < 4; }
  Result<void> post(std::uint64_t id, std::string_view body, std::uint64_t timeout_ms) override {
    waiting_.emplace_back(id, records_of(body));
    state_.timeouts_ms.push_back(timeout_ms);
    state_.most_at_once = std::max(state_.most_at_once, waiting_.size());
    return {};
  }
  void run(const std::function<void(std::uint64_t, HttpReply&&)>& take) override {
    for (auto& [id, records] : std::exchange(waiting_, {})) {
      HttpReply reply = state_.respond(records);
      if (reply.status == 200) state_.taken.insert(records.begin(), records.end());
      state_.requests.push_back(std::move(records));
      take(id, std::move(reply));
    }
  }
  void set_headers(std::vector<std::string> headers) override { state_.headers = std::move(headers); }
  [[nodiscard]] int fd() const override { return -1; }

 private:
  State& state_;
  std::vector<std::pair<std::uint64_t, std::vector<std::string>>> waiting_;
};

HttpReply status(int number) {
  HttpReply reply;
  reply.status = number;
  return reply;
}

class OtlpSenderTest : public testing::Test {
 protected:
  OtlpSenderTest() {
    receiver_.respond = [](const auto&) { return status(200); };
    sender_ = std::make_unique<OtlpSender>(
        std::make_unique<MadeReceiver>(receiver_),
        OtlpSenderOptions{[this](const std::string& text) { said_.push_back(text); },
                          [this] { return now_ns_; },
                          [this] { return Result<std::vector<std::string>>(headers_); }});
  }
  // Lines of two hosts and streams, in turn.
  void add(std::size_t count) {
    OtlpBatch batch;
    for (std::size_t i = 0; i < count; ++i) {
      ++seq_;
      const std::string stream = seq_ % 2 == 0 ? "a" : "b";
      batch.add(seq_ % 2 == 0 ? first_ : second_, std::to_string(seq_), stream, {seq_, {}});
      all_.insert((seq_ % 2 == 0 ? "one/" : "two/") + std::to_string(seq_));
    }
    sender_->add(std::move(batch));
  }
  void run_until_done(std::uint64_t seconds_most = 3600) {
    const std::uint64_t end = now_ns_ + seconds_most * kSecond;
    while (done_.lines != seq_ && now_ns_ < end) {
      ASSERT_TRUE(sender_->run());
      sender_->take_done(done_);
      now_ns_ += kSecond / 100;
    }
    ASSERT_EQ(done_.lines, seq_);
  }
  static OtlpBatch::Origin origin(const std::string& name) {
    ProtobufWriter resource;
    resource.string(1, name);
    ProtobufWriter schema;
    schema.string(3, "schema");
    return std::make_shared<schema::OtlpOrigin>(
        schema::OtlpOrigin{std::string(resource.bytes()), "", std::string(schema.bytes())});
  }

  OtlpBatch::Origin first_ = origin("one");
  OtlpBatch::Origin second_ = origin("two");
  MadeReceiver::State receiver_;
  std::vector<std::string> headers_ = {"A: 1"};
  std::vector<std::string> said_;
  std::uint64_t now_ns_ = kSecond;
  std::uint64_t seq_ = 0;
  std::multiset<std::string> all_;
  std::unique_ptr<OtlpSender> sender_;
  ShipProgress done_;
};

TEST_F(OtlpSenderTest, SendsEachRecordOfEachHostOnce) {
  add(10);
  add(1);
  run_until_done();
  EXPECT_EQ(receiver_.taken, all_);
  EXPECT_EQ(done_.positions.at("a").seq, 10u);
  EXPECT_EQ(done_.positions.at("b").seq, 11u);
  EXPECT_EQ(sender_->counters().resent, 0u);
  EXPECT_TRUE(said_.empty());
}

TEST_F(OtlpSenderTest, ProgressWaitsForTheOldestBatch) {
  receiver_.respond = [](const auto& records) {
    return status(records.front() == "two/1" || records.front() == "one/2" ? 503 : 200);
  };
  add(2);
  add(2);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(sender_->run());
    sender_->take_done(done_);
    now_ns_ += kSecond / 100;
  }
  EXPECT_EQ(done_.lines, 0u);
  EXPECT_EQ(receiver_.taken.size(), 2u);
}

TEST_F(OtlpSenderTest, WhatIsThroughTakesNoRoom) {
  while (sender_->has_room()) add(1);
  ASSERT_TRUE(sender_->run());
  ASSERT_TRUE(sender_->run());
  EXPECT_TRUE(sender_->has_room());
  run_until_done();
}

TEST_F(OtlpSenderTest, AsksAReceiverInTroubleMoreAndMoreSeldomOneAtATime) {
  receiver_.respond = [](const auto&) { return status(503); };
  for (int i = 0; i < 4; ++i) add(1);
  std::vector<std::uint64_t> moments;
  for (std::size_t seen = 0; now_ns_ < 600 * kSecond; now_ns_ += kSecond / 100) {
    receiver_.most_at_once = 0;
    ASSERT_TRUE(sender_->run());
    if (receiver_.requests.size() != seen) moments.push_back(now_ns_);
    if (!moments.empty()) {
      EXPECT_LE(receiver_.most_at_once, seen == 0 ? 4u : 1u);
    }
    seen = receiver_.requests.size();
  }
  EXPECT_GT(moments.size(), 20u);
  EXPECT_LT(moments.size(), 60u);
  for (std::size_t i = 8; i < moments.size(); ++i) {
    EXPECT_GE(moments[i] - moments[i - 1], 15 * kSecond);
    EXPECT_LE(moments[i] - moments[i - 1], 31 * kSecond);
  }
  EXPECT_EQ(said_.size(), 1u) << said_.back();
  receiver_.respond = [](const auto&) { return status(200); };
  run_until_done();
  EXPECT_EQ(receiver_.taken, all_);
  EXPECT_EQ(said_.back(), "takes lines again");
}

TEST_F(OtlpSenderTest, ComesBackWhenItIsAskedTo) {
  std::uint64_t refused_ns = 0;
  std::uint64_t taken_ns = 0;
  receiver_.respond = [&](const auto&) {
    HttpReply reply = status(refused_ns == 0 ? 429 : 200);
    (refused_ns == 0 ? refused_ns : taken_ns) = now_ns_;
    reply.retry_after_s = 120;
    return reply;
  };
  add(3);
  run_until_done();
  EXPECT_GE(taken_ns - refused_ns, 120 * kSecond);
  EXPECT_LE(taken_ns - refused_ns, 122 * kSecond);
}

TEST_F(OtlpSenderTest, GivesASlowReceiverLonger) {
  int left = 8;
  receiver_.respond = [&](const auto&) {
    HttpReply reply = status(left-- > 0 ? 0 : 200);
    reply.timed_out = reply.status == 0;
    return reply;
  };
  add(1);
  run_until_done();
  EXPECT_EQ(receiver_.timeouts_ms.front(), 10'000u);
  EXPECT_EQ(receiver_.timeouts_ms.back(), 300'000u);
}

TEST_F(OtlpSenderTest, FindsTheRecordsThatAreInvalid) {
  const std::set<std::string> bad = {"two/7", "one/300", "two/301"};
  receiver_.respond = [&](const auto& records) {
    return status(std::ranges::any_of(records, [&](const auto& each) { return bad.contains(each); }) ? 400
                                                                                                     : 200);
  };
  add(500);
  add(500);
  run_until_done();
  for (const std::string& each : bad) all_.erase(each);
  EXPECT_EQ(receiver_.taken, all_);
  EXPECT_EQ(sender_->counters().refused, bad.size());
  EXPECT_EQ(said_.size(), 1u);
}

TEST_F(OtlpSenderTest, DoesNotAskForEachRecordWhereNoneIsTaken) {
  receiver_.respond = [&](const auto&) { return status(400); };
  for (int i = 0; i < 6; ++i) add(1000);
  run_until_done();
  EXPECT_EQ(sender_->counters().refused, 6000u);
  EXPECT_LT(receiver_.requests.size(), 200u);
}

TEST_F(OtlpSenderTest, RefusesWhatBreaksAReceiverThatTakesTheOthers) {
  receiver_.respond = [&](const auto& records) {
    return status(std::ranges::find(records, "two/77") != records.end() ? 500 : 200);
  };
  add(100);
  run_until_done();
  all_.erase("two/77");
  EXPECT_EQ(receiver_.taken, all_);
  EXPECT_EQ(sender_->counters().refused, 1u);
}

TEST_F(OtlpSenderTest, WaitsForAReceiverThatIsBroken) {
  receiver_.respond = [&](const auto&) { return status(now_ns_ > 3600 * kSecond ? 200 : 500); };
  add(10);
  run_until_done(7200);
  EXPECT_EQ(receiver_.taken, all_);
  EXPECT_EQ(sender_->counters().refused, 0u);
}

TEST_F(OtlpSenderTest, SendsLessAtOnceToAReceiverOfLittle) {
  receiver_.respond = [](const auto& records) { return status(records.size() > 100 ? 413 : 200); };
  add(1000);
  run_until_done();
  EXPECT_EQ(receiver_.taken, all_);
  EXPECT_LT(sender_->batch_bytes(), std::size_t{1} << 20);
}

TEST_F(OtlpSenderTest, WaitsWhereItIsItselfThatIsRefused) {
  headers_ = {"A: 2"};
  receiver_.respond = [&](const auto&) {
    if (now_ns_ < 1000 * kSecond) return status(401);
    return status(receiver_.headers == headers_ ? 200 : 403);
  };
  add(4);
  run_until_done(7200);
  EXPECT_EQ(receiver_.taken, all_);
  EXPECT_EQ(sender_->counters().refused, 0u);
}

TEST_F(OtlpSenderTest, CountsWhatIsRejectedAndDoesNotRepeatIt) {
  ProtobufWriter partial;
  const std::size_t begun = partial.begin(1);
  partial.number(1, 2);
  partial.string(2, "old\x1b[2J");
  partial.end(begun);
  receiver_.respond = [&](const auto&) {
    HttpReply reply = status(200);
    reply.content_type = "application/x-protobuf";
    reply.body = partial.bytes();
    return reply;
  };
  add(5);
  run_until_done();
  EXPECT_EQ(receiver_.requests.size(), 1u);
  EXPECT_EQ(sender_->counters().refused, 2u);
  ASSERT_EQ(said_.size(), 1u);
  EXPECT_EQ(said_[0], R"(took a request but for 2 lines (old\x1b[2J))");
}

TEST(OtlpReply, IsReadWhateverItHolds) {
  HttpReply http;
  http.content_type = "application/x-protobuf";
  for (const int code : {200, 400}) {
    http.status = code;
    for (unsigned seed = 0; seed < 20'000; ++seed) {
      std::minstd_rand random(seed);
      http.body.assign(random() % 24, '\0');
      for (char& byte : http.body) byte = static_cast<char>(random() % 5 == 0 ? random() : random() % 20);
      EXPECT_LE(read_otlp_reply(http).message.size(), 1000u);
    }
  }
}

}  // namespace
}  // namespace proctree
