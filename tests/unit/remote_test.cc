// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What of shipping beyond this host needs no connection: addresses, the words of JetStream, and the order in
// which acknowledgements move a cursor.
#include <gtest/gtest.h>

#include "ship/in_flight.hpp"
#include "ship/nats_words.hpp"
#include "ship/remote_address.hpp"
#include "ship/stored_ranges.hpp"

namespace proctree {
namespace {

SpoolItem item_of(std::string_view stream, std::uint64_t seq) {
  SpoolItem item;
  item.stream = stream;
  item.seq = item.seq_from = item.seq_to = seq;
  item.totals.execs = 1;
  item.before.execs = seq - 1;
  return item;
}

TEST(RemoteAddress, IsTakenApart) {
  const auto address = parse_remote("nats://a.example:4222,b:1/LINES");
  ASSERT_TRUE(address);
  EXPECT_EQ(address->scheme, "nats");
  EXPECT_EQ(address->hosts, "a.example:4222,b:1");
  EXPECT_EQ(address->path, "LINES");
  EXPECT_EQ(parse_remote("otlp+https://[::1]:4318/v1/logs")->path, "v1/logs");
  EXPECT_EQ(parse_remote("nats://h")->path, "");
  EXPECT_FALSE(parse_remote("nats:///LINES"));
  for (const char* where : {"nats://a,b:4222/LINES", "otlp+http://h"})
    EXPECT_EQ(parse_remote(where)->text(), where);
}

TEST(RemoteAddress, NamesAHostInEachElement) {
  for (const char* where :
       {"nats://,/L", "tls://,/L", "nats://a,/L", "nats://,a/L", "nats://a,,b/L", "nats://,",
        "nats://:4222/L", "tls://a,:4222/L", "nats://[]:4222/L", "otlp+http://,/v1/logs"}) {
    const auto address = parse_remote(where);
    ASSERT_FALSE(address) << where;
    EXPECT_EQ(address.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(address.error().to_string().find("names no host"), std::string::npos) << where;
  }
  EXPECT_EQ(host_name("a.example:4222"), "a.example");
  EXPECT_EQ(host_name("[::1]:4222"), "::1");
  EXPECT_EQ(host_name("a"), "a");
}

TEST(RemoteAddress, OfPostgresqlMayNameAUserAndNoHost) {
  EXPECT_TRUE(parse_remote("postgresql:///db?host=/run"));
  EXPECT_TRUE(parse_remote("postgresql://reader@h:5432/db"));
  for (const char* where :
       {"postgresql://reader:s3cret@h/db", "postgresql://a@b:s3cret@h/db", "postgres://:s3cret@h/db"})
    EXPECT_FALSE(parse_remote(where)) << where;
}

TEST(RemoteAddress, HasNoSecret) {
  for (const char* where : {"nats://user:s3cret@h/L", "nats://s3cret@h/L", "otlp+http://h/?token=s3cret",
                            "postgresql://h/db?password=s3cret", "nats://h,user:s3cret@i/L"}) {
    const auto address = parse_remote(where);
    ASSERT_FALSE(address) << where;
    EXPECT_EQ(address.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(address.error().to_string().find("s3cret"), std::string::npos);
  }
}

TEST(RemoteAddress, IsNoFile) {
  EXPECT_TRUE(is_remote("otlp+http://h/"));
  for (const char* where : {"nats:", "/nats://h/L", "sqlite:nats://", "https://h/", "-", ""})
    EXPECT_FALSE(is_remote(where)) << where;
}

TEST(NatsWords, AHostIsOneToken) {
  EXPECT_EQ(subject_token("web-1_A"), "web-1_A");
  EXPECT_EQ(subject_token("a.b c*>="), "a=2Eb=20c=2A=3E=3D");
  EXPECT_EQ(subject_token("\xc3\xa4"), "=C3=A4");
  EXPECT_EQ(subject_token(""), "unknown");
  EXPECT_EQ(host_token(R"({"name":"a.b","kernel":"6.1"})"), "a=2Eb");
  EXPECT_EQ(host_token(R"({"kernel":{"name":"x"}})"), "unknown");
  EXPECT_EQ(host_token("{}"), "unknown");
  EXPECT_EQ(host_token("no JSON"), "unknown");
  EXPECT_EQ(subject_of("h", "exec"), "proctree.v1.h.exec");
  EXPECT_EQ(subject_of("h", "a b"), "proctree.v1.h.a=20b");
}

TEST(NatsWords, ALineHasAKey) {
  SpoolItem item = item_of("0123456789abcdef-7-123", 42);
  EXPECT_EQ(line_key(item), "0123456789abcdef-7-123-42");
  item.seq = 0;
  item.seq_from = 40;
  EXPECT_EQ(line_key(item), "0123456789abcdef-7-123-40-42-lost");
}

// A recording may call its stream anything.
TEST(NatsWords, NoStreamForgesAHeader) {
  const std::string forged = line_key(item_of("a\r\nNats-Expected-Stream: x", 1));
  EXPECT_EQ(forged.find_first_of("\r\n :"), std::string::npos);
  const std::string long_one = line_key(item_of(std::string(100000, 'a'), 1));
  EXPECT_LT(long_one.size(), 100U);
  EXPECT_NE(long_one, line_key(item_of(std::string(100001, 'a'), 1)));
}

TEST(NatsWords, AcknowledgementsAreRead) {
  const auto stored = parse_publish_ack(R"({"stream":"LINES","seq":7,"duplicate":true})");
  EXPECT_TRUE(stored.is_stored());
  EXPECT_TRUE(stored.is_duplicate);
  EXPECT_EQ(stored.stream, "LINES");
  const auto full = parse_publish_ack(
      R"({"error":{"code":503,"err_code":10077,"description":"maximum bytes exceeded"},"stream":"LINES","seq":0})");
  EXPECT_FALSE(full.is_stored());
  EXPECT_EQ(full.error_code, 10077U);
  EXPECT_EQ(full.description, "maximum bytes exceeded");
  for (const char* text :
       {"", "+OK", "{}", R"({"seq":1})", R"({"stream":1,"seq":1})", R"({"stream":"L","seq":1)"})
    EXPECT_FALSE(parse_publish_ack(text).is_stored()) << text;
}

TEST(InFlight, ProgressEndsBeforeTheFirstThatLacksItsAcknowledgement) {
  InFlight<std::string> flight;
  ShipProgress done;
  done.positions["other"] = {9, {}};
  for (std::uint64_t seq = 1; seq <= 4; ++seq) {
    const SpoolItem item = item_of("s", seq);
    EXPECT_EQ(flight.add(item, "text", 10), seq - 1);
  }
  EXPECT_EQ(flight.bytes(), 40U);
  flight.acknowledge(2);
  flight.acknowledge(1);
  flight.take_acknowledged(done);
  EXPECT_EQ(done.lines, 0U);
  EXPECT_EQ(flight.size(), 4U);
  EXPECT_EQ(flight.bytes(), 20U);
  flight.acknowledge(0);
  flight.acknowledge(0);
  flight.acknowledge(99);
  flight.take_acknowledged(done);
  EXPECT_EQ(done.lines, 3U);
  EXPECT_EQ(done.positions["s"], (StreamPosition{3, {0, 3, 0, 0}}));
  EXPECT_EQ(done.positions["other"].seq, 9U);
  EXPECT_EQ(flight.first(), 3U);
  EXPECT_EQ(flight.find(2), nullptr);
  ASSERT_NE(flight.find(3), nullptr);
  EXPECT_EQ(flight.find(3)->item, "text");
  flight.take_acknowledged(done);
  EXPECT_EQ(done.lines, 3U);
}

// Of a recording, whose lines may stand in any order.
TEST(InFlight, APlaceIsNeverTakenBack) {
  InFlight<int> flight;
  flight.add(item_of("s", 5), 0, 1);
  flight.add(item_of("s", 2), 0, 1);
  flight.acknowledge(0);
  flight.acknowledge(1);
  ShipProgress done;
  flight.take_acknowledged(done);
  EXPECT_EQ(done.lines, 2U);
  EXPECT_EQ(done.positions["s"].seq, 5U);
}

TEST(StoredRanges, JoinWhateverTheirOrder) {
  StoredRanges stored;
  EXPECT_EQ(stored.contiguous(), 0U);
  EXPECT_TRUE(stored.gaps().empty());
  stored.add(5, 6);
  stored.add(9, 9);
  EXPECT_EQ(stored.contiguous(), 0U);
  EXPECT_EQ(stored.gaps(), (std::vector<StoredRanges::Range>{{1, 4}, {7, 8}}));
  stored.add(1, 2);
  stored.add(3, 4);
  EXPECT_EQ(stored.contiguous(), 6U);
  EXPECT_EQ(stored.contiguous(9), 9U);
  EXPECT_EQ(stored.contiguous(8), 7U);
  EXPECT_EQ(stored.contiguous(20), 19U);
  stored.add(2, 8);
  EXPECT_EQ(stored.contiguous(), 9U);
  EXPECT_TRUE(stored.gaps().empty());
  stored.add(0, 3);
  stored.add(12, 11);
  EXPECT_EQ(stored.json(), R"({"v":1,"seq":9,"ranges":[[1,9]]})");
}

TEST(StoredRanges, AreReadAsWritten) {
  StoredRanges stored;
  for (std::uint64_t seq = 1; seq < 100; seq += 2) stored.add(seq, seq);
  EXPECT_EQ(StoredRanges::parse(stored.json()), stored);
  for (const char* text : {"", "[]", R"({"ranges":[[1]]})", R"({"ranges":[[1,2,3]]})", R"({"ranges":[1,2]})",
                           R"({"ranges":[[1,2]})", R"({"ranges":[[-1,2]]})"})
    EXPECT_FALSE(StoredRanges::parse(text)) << text;
  EXPECT_EQ(StoredRanges::parse(R"({"v":1})"), StoredRanges());
}

// What doesn't fit is not said to be stored.
TEST(StoredRanges, AreBounded) {
  StoredRanges stored;
  for (std::uint64_t seq = 1; seq < 10000; seq += 2) stored.add(seq, seq);
  const auto read = StoredRanges::parse(stored.json());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->gaps().size(), 999U);
  EXPECT_LT(stored.json().size(), 20000U);
}

}  // namespace
}  // namespace proctree
