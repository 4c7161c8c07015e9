// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Cursors and targets of a shipping: no line twice, whenever the run before ended.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "ship/cursor.hpp"
#include "ship/lines_at_end.hpp"
#include "ship/schema_target.hpp"
#include "ship/ship_source.hpp"
#include "ship/ship_target.hpp"
#include "temp_tree.hpp"

namespace proctree {
namespace {

std::string shipped_line(std::string_view stream, std::uint64_t seq, std::string_view type = "exec") {
  return R"({"v":1,"type":")" + std::string(type) + R"(","stream":")" + std::string(stream) + R"(","seq":)" +
         std::to_string(seq) + R"(,"time":"2026-01-01T00:00:00.000000000Z","ktime_ns":)" +
         std::to_string(seq) + R"(,"pid":1})" + '\n';
}

class ShipTest : public testing::Test {
 protected:
  void put(const std::string& name, const std::string& text, std::ios::openmode mode = std::ios::trunc) {
    std::ofstream(dir_.path(name), std::ios::binary | mode) << text;
  }
  // As the command does, without a cursor.
  void ship(const std::string& from, const std::string& to, StreamPositions positions = {},
            std::optional<schema::Schema> schema = {}) {
    auto source = open_ship_source(dir_.path(from), std::move(positions));
    ASSERT_TRUE(source) << source.error().to_string();
    auto target = open_ship_target(dir_.path(to), {}, schema);
    ASSERT_TRUE(target) << target.error().to_string();
    if (schema)
      target = in_schema(std::move(*target), *schema, [this](const std::string& text) { notices_ += text; });
    while (true) {
      const auto item = (*source)->next();
      ASSERT_TRUE(item) << item.error().to_string();
      if (*item == nullptr) break;
      if ((*target)->has(**item)) continue;
      ASSERT_TRUE(*(*target)->put(**item, (*source)->head()));
    }
    ShipProgress done;
    ASSERT_TRUE((*target)->acknowledge({}, done));
    ASSERT_TRUE((*target)->close());
  }

  TempTree dir_;
  std::string notices_;
};

TEST_F(ShipTest, ACursorIsReadAsItWasSaved) {
  const StreamPositions positions = {{"a-1-2", {7, {1, 2, 3, 4}}}, {"b-1-2", {1, {}}}};
  {
    const auto cursor = Cursor::open(dir_.path("c"), "/to");
    ASSERT_TRUE(cursor);
    EXPECT_TRUE(cursor->positions().empty());
    ASSERT_TRUE(cursor->save(positions));
    const auto second = Cursor::open(dir_.path("c"), "/to");
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().message.find("another process"), std::string::npos);
  }
  const auto cursor = Cursor::open(dir_.path("c"), "/to");
  ASSERT_TRUE(cursor);
  EXPECT_EQ(cursor->positions(), positions);
}

TEST_F(ShipTest, ACursorIsOfOneTarget) {
  { ASSERT_TRUE(Cursor::open(dir_.path("c"), "/to")->save({})); }
  EXPECT_FALSE(Cursor::open(dir_.path("c"), "/other"));
  put("c", "{");
  EXPECT_FALSE(Cursor::open(dir_.path("c"), "/to"));
  EXPECT_EQ(target_name(dir_.path("x")), target_name(dir_.path("./x")));
  EXPECT_EQ(target_name(dir_.path("x/")), target_name(dir_.path("x")));
}

TEST_F(ShipTest, ARecordingGoesOverOnce) {
  const std::string all =
      shipped_line("a-1-2", 1, "start") + shipped_line("a-1-2", 2) + shipped_line("a-1-2", 3);
  put("from", all + shipped_line("a-1-2", 2) + "{\"v\":1,\"type\":\"ex");
  ship("from", "to");
  EXPECT_EQ(dir_.read("to"), all);
  ship("from", "to");
  EXPECT_EQ(dir_.read("to"), all);
}

// What only the first line says stands in each document, wherever the shipping began.
TEST_F(ShipTest, LinesBecomeDocumentsOfASchema) {
  const std::string start =
      R"({"v":1,"type":"start","stream":"a-1-2","seq":1,"time":"2026-01-01T00:00:00.000000000Z","ktime_ns":1,)"
      R"("host":{"name":"web-1","boot_id":"b","kernel":"k","arch":"x86_64"},"tracer":{"version":"0","pid":7}})"
      "\n";
  put("from", start + shipped_line("a-1-2", 2) + shipped_line("a-1-2", 3));
  ship("from", "all", {}, schema::Schema::ecs);
  const std::string all = dir_.read("all");
  EXPECT_EQ(std::ranges::count(all, '\n'), 3);
  EXPECT_NE(all.find(R"("id":"a-1-2-3")"), std::string::npos) << all;
  EXPECT_EQ(all.find(R"("v":1)"), std::string::npos) << all;
  ship("from", "rest", {{"a-1-2", {2, {}}}}, schema::Schema::ecs);
  EXPECT_EQ(dir_.read("rest"), all.substr(all.rfind('\n', all.size() - 2) + 1));
  EXPECT_NE(dir_.read("rest").find("web-1"), std::string::npos);
  EXPECT_EQ(notices_, "");

  put("nameless", shipped_line("c-1-2", 4) + shipped_line("c-1-2", 5));
  ship("nameless", "ocsf", {}, schema::Schema::ocsf);
  EXPECT_EQ(notices_, "the lines don't hold their host's name: device.hostname is \"unknown\"");
}

TEST_F(ShipTest, WhatIsNoLineOfAStreamIsReported) {
  put("from", "root:x:0:0\n\n" + shipped_line("a-1-2", 1, "start") + "{}\n" + shipped_line("a-1-2", 2));
  std::vector<std::string> notices;
  const auto source =
      open_ship_source(dir_.path("from"), {}, [&](const std::string& text) { notices.push_back(text); });
  ASSERT_TRUE(source);
  EXPECT_NE((*source)->next().value(), nullptr);
  EXPECT_NE((*source)->next().value(), nullptr);
  EXPECT_EQ((*source)->next().value(), nullptr);
  ASSERT_EQ(notices.size(), 2U);
  EXPECT_TRUE(notices[0].starts_with(dir_.path("from") + " line 1: ")) << notices[0];
  EXPECT_EQ(notices[1], "2 lines skipped");

  put("none", "root:x:0:0\n");
  const auto none = open_ship_source(dir_.path("none"), {});
  ASSERT_TRUE(none);
  EXPECT_FALSE((*none)->next());
}

TEST_F(ShipTest, APipeThatIsSilentIsNotItsEnd) {
  dir_.fifo("pipe");
  std::fstream writer(dir_.path("pipe"), std::ios::in | std::ios::out);  // which waits for no reader
  writer << shipped_line("a-1-2", 1, "start") << shipped_line("a-1-2", 2) << std::flush;
  auto opened = open_ship_source(dir_.path("pipe"), {});
  ASSERT_TRUE(opened) << opened.error().to_string();
  ShipSource& source = **opened;
  EXPECT_NE(source.next().value(), nullptr);
  EXPECT_NE(source.next().value(), nullptr);
  EXPECT_EQ(source.next().value(), nullptr);
  EXPECT_FALSE(source.is_at_end(true));
  EXPECT_GE(source.fd(), 0) << "to be waited for together with signals and the target";
  writer << shipped_line("a-1-2", 3) << std::flush;
  const SpoolItem* item = source.next().value();
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(item->seq_to, 3U);
  writer.close();
  EXPECT_EQ(source.next().value(), nullptr);
  EXPECT_TRUE(source.is_at_end(true));
}

// Only the first line of each says it, or one that says that it is missing.
TEST_F(ShipTest, LinesOfStreamsInTurnsHaveTheirHosts) {
  const auto host = [](const std::string& name) {
    return R"(,"host":{"name":")" + name + R"(","boot_id":"b"},"tracer":{"pid":7}})" + '\n';
  };
  const std::string moment = R"("time":"2026-01-01T00:00:00.000000000Z","ktime_ns":3)";
  std::string lines = R"({"v":1,"type":"start","stream":"a-1-2","seq":1,)" + moment + host("one") +
                      R"({"v":1,"type":"lost","stream":"b-1-2",)" + moment +
                      R"(,"where":"spool","seq_from":1,"seq_to":1,"count":1)" + host("two");
  for (std::uint64_t seq = 2; seq < 4; ++seq)
    lines += shipped_line("a-1-2", seq) + shipped_line("b-1-2", seq);
  put("from", lines);
  auto source = open_ship_source(dir_.path("from"), {});
  ASSERT_TRUE(source);
  std::size_t count = 0;
  while (const SpoolItem* item = (*source)->next().value()) {
    EXPECT_EQ((*source)->head().stream, item->stream);
    EXPECT_NE((*source)->head().host.find(item->stream == "a-1-2" ? "one" : "two"), std::string::npos)
        << item->text;
    ++count;
  }
  EXPECT_EQ(count, 6U);
  ship("from", "to", {}, schema::Schema::ocsf);
  EXPECT_EQ(notices_, "");  // of a host that isn't known
}

TEST_F(ShipTest, WhatTheTargetEndsWithDoesNotComeAgain) {
  const std::string first = shipped_line("a-1-2", 1, "start") + shipped_line("a-1-2", 2);
  put("from", first + shipped_line("a-1-2", 3) + shipped_line("a-1-2", 4));
  // As a kill leaves it: lines that no cursor knows of, the last torn.
  put("to", first + shipped_line("a-1-2", 3).substr(0, 40));
  ship("from", "to");
  EXPECT_EQ(dir_.read("to"), first + shipped_line("a-1-2", 3) + shipped_line("a-1-2", 4));
}

// A kill ends what is in the file anywhere, with the cursor at the last line of the stream that stood before.
TEST_F(ShipTest, DocumentsComeOnceWhereverAKillEndedTheFile) {
  std::string lines;
  for (const char* stream : {"a-1-2", "b-1-2"}) {
    lines += R"({"v":1,"type":"start","stream":")" + std::string(stream) +
             R"(","seq":1,"time":"2026-01-01T00:00:00.000000000Z","ktime_ns":1,)"
             R"("host":{"name":"web-1","boot_id":"b","kernel":"k","arch":"x86_64"},"tracer":{"pid":7}})"
             "\n";
    lines += shipped_line(stream, 2);
    lines += R"({"v":1,"type":"lost","stream":")" + std::string(stream) +
             R"(","time":"2026-01-01T00:00:00.000000000Z","ktime_ns":3,"where":"spool","seq_from":3,)"
             R"("seq_to":9,"count":7,"forks":7,"execs":0,"exits":0,"lost":0})"
             "\n";
    lines += shipped_line(stream, 10);
  }
  put("from", lines);
  for (const auto schema : {schema::Schema::ecs, schema::Schema::ocsf}) {
    ship("from", "whole", {}, schema);
    const std::string whole = dir_.read("whole");
    ASSERT_EQ(std::ranges::count(whole, '\n'), 8);
    for (std::size_t size = 0; size <= whole.size(); size += size < 20 ? 1 : 97) {
      put("killed", whole.substr(0, size));
      ship("from", "killed", {}, schema);
      ASSERT_EQ(dir_.read("killed"), whole) << size;
    }
    put("whole", "");
  }
  EXPECT_EQ(notices_, "");
}

TEST_F(ShipTest, LinesOfSeveralStreamsComeOnceWhereverAKillEndedTheFile) {
  std::string all;
  for (std::uint64_t seq = 1; seq < 20; ++seq) {
    for (const char* stream : {"a-1-2", "b-1-2", "c-1-2"})
      all += shipped_line(stream, seq, seq == 1 ? "start" : "exec");
  }
  put("from", all);
  for (std::size_t size = 0; size <= all.size(); size += 41) {
    put("killed", all.substr(0, size));
    ship("from", "killed");
    ASSERT_EQ(dir_.read("killed"), all) << size;
  }
}

// Of a file that is longer than what is looked at, the first line there is most likely half of one.
TEST_F(ShipTest, TheEndOfALongFileIsLookedAt) {
  const std::string first = shipped_line("a-1-2", 1, "start");
  constexpr std::size_t kLine = std::size_t{1} << 20;
  std::string text = first + R"({"v":1,"type":"exec","stream":"a-1-2","seq":2,"padding":")" +
                     std::string(kLine, 'x') + "\"}\n";
  while (text.size() < LinesAtEnd::kBytes + kLine / 2) text += std::string(kLine / 8, 'x') + '\n';
  put("to", text + shipped_line("a-1-2", 3) + shipped_line("a-1-2", 4));
  const auto lines = LinesAtEnd::read(dir_.path("to"), std::nullopt);
  ASSERT_TRUE(lines) << lines.error().to_string();
  EXPECT_FALSE(lines->has("a-1-2", 1, 1));
  EXPECT_FALSE(lines->has("a-1-2", 2, 4));
  EXPECT_TRUE(lines->has("a-1-2", 3, 4));
  EXPECT_FALSE(lines->has("b-1-2", 3, 4));
}

// What is put between two acknowledgements is known again after a kill.
TEST_F(ShipTest, ATargetIsAcknowledgedBeforeMoreIsPutThanWillBeLookedAt) {
  const std::string text(1 << 20, 'x');
  SpoolItem item;
  item.text = text;
  item.stream = "a-1-2";
  auto file = open_ship_target(dir_.path("to"), {});
  ASSERT_TRUE(file);
  std::uint64_t lines = 0;
  for (; !(*file)->wants_acknowledgement_before(item); ++lines) ASSERT_TRUE(*(*file)->put(item, {}));
  EXPECT_LE(2 * lines * text.size(), LinesAtEnd::kBytes);
  ShipProgress done;
  ASSERT_TRUE((*file)->acknowledge({}, done));
  EXPECT_FALSE((*file)->wants_acknowledgement_before(item));

  // A spool knows its last stream alone.
  const std::string line = shipped_line("a-1-2", 1, "start");
  item.text = std::string_view(line).substr(0, line.size() - 1);
  item.seq_from = item.seq_to = item.seq = 1;
  auto spool = open_ship_target(dir_.path("spool/"), {});
  ASSERT_TRUE(spool);
  StreamHead head;
  head.stream = "a-1-2";
  ASSERT_TRUE(*(*spool)->put(item, head));
  EXPECT_FALSE((*spool)->wants_acknowledgement_before(item));
  item.stream = "b-1-2";
  EXPECT_TRUE((*spool)->wants_acknowledgement_before(item));
  ASSERT_TRUE((*spool)->acknowledge({}, done));
  EXPECT_FALSE((*spool)->wants_acknowledgement_before(item));
  ASSERT_TRUE((*spool)->close());
}

TEST_F(ShipTest, ASpoolOfOneStreamAfterAnother) {
  std::string all;
  for (const char* stream : {"aa-1-2", "bb-1-2"}) {
    all += shipped_line(stream, 1, "start");
    for (std::uint64_t seq = 2; seq < 20; ++seq) all += shipped_line(stream, seq);
  }
  put("from", all);
  ship("from", "spool/");
  ship("from", "spool/");
  ship("spool", "back");
  EXPECT_EQ(dir_.read("back"), all);
}

}  // namespace
}  // namespace proctree
