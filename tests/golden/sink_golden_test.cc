// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Every output format against its golden file, and what no golden file can show of the JSON lines.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/escape.hpp"
#include "base/width.hpp"
#include "played.hpp"

namespace proctree {
namespace {

TEST(Golden, JsonlOfADay) { expect_golden("day.jsonl", play_jsonl(&Scene::play_day)); }
TEST(Golden, JsonlOfAnAttack) { expect_golden("attack.jsonl", play_jsonl(&Scene::play_attack)); }
TEST(Golden, JsonlWithFewAncestors) {
  expect_golden("depths.jsonl",
                play_jsonl(&Scene::play_depths, {.events = EventSet::only_exec(), .ancestors_max = 2}));
}
TEST(Golden, ChainOfADay) { expect_golden("day.chain", play_chain(&Scene::play_day)); }
TEST(Golden, ChainOfAnAttack) { expect_golden("attack.chain", play_chain(&Scene::play_attack)); }
TEST(Golden, TextOfADay) { expect_golden("day.txt", play_text(&Scene::play_day, kExecsAtWidth100)); }
TEST(Golden, TextOfADayWithAllEvents) {
  expect_golden("day-all.txt", play_text(&Scene::play_day, kAllEvents));
}
TEST(Golden, TextOfADayInColour) {
  expect_golden("day-colour.txt",
                play_text(&Scene::play_day, {.events = {}, .colour = true, .header = true, .width = 120}));
}
TEST(Golden, TextOfAnAttack) { expect_golden("attack.txt", play_text(&Scene::play_attack, kAllEvents)); }
TEST(Golden, TextOfDepths) { expect_golden("depths.txt", play_text(&Scene::play_depths, kExecsAtWidth100)); }
TEST(Golden, TextWithFewAncestors) {
  expect_golden("depths-few.txt", play_text(&Scene::play_depths, {.ancestors_max = 2}));
}

TEST(Text, IsAsciiWhereThatIsTheCharset) {
  for (const Play part : {&Scene::play_day, &Scene::play_attack, &Scene::play_depths}) {
    for (const std::size_t width : {0U, 20U, 80U}) {
      const std::string text =
          play_text(part, {.events = {}, .charset = Charset::ascii, .header = true, .width = width});
      for (const char c : text) ASSERT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << text;
    }
  }
}

// In each line, or before the first of a day that none before was of.
TEST(Text, WritesTheDay) {
  constexpr std::int64_t kThatDay = 1'772'330'400'000'000'000;
  const auto days = [](TextOptions options) {
    std::size_t count = 0;
    for (const std::string& line : lines_of(play_text(&Scene::play_day, options)))
      count += static_cast<std::size_t>(line.starts_with("2026-03-01"));
    return count;
  };
  EXPECT_EQ(days({}), 1U);
  EXPECT_EQ(days({.now_ns = kThatDay}), 0U);
  EXPECT_EQ(days({.now_ns = kThatDay - 86'400'000'000'000}), 1U);
  EXPECT_GT(days({.dates = true}), 20U);
}

class JsonlTest : public testing::TestWithParam<PlayedPart> {};

// A new one writes each record: it has nothing to repeat.
class ForgetfulSink final : public Sink {
 public:
  explicit ForgetfulSink(Output& output) : output_(output) {}

  Result<void> on_start(const StartRecord& record) override { return fresh().on_start(record); }
  Result<void> on_process(const ProcessRecord& record) override { return fresh().on_process(record); }
  Result<void> on_lost(const LostRecord& record) override { return fresh().on_lost(record); }
  Result<void> on_hash(const HashRecord& record) override { return fresh().on_hash(record); }
  Result<void> on_resync(const ResyncRecord& record) override { return fresh().on_resync(record); }
  Result<void> on_stop(const StopRecord& record) override { return fresh().on_stop(record); }
  Result<void> flush() override { return output_.flush(); }

 private:
  JsonlSink& fresh() {
    sink_.emplace(output_, JsonlOptions{});
    return *sink_;
  }
  Output& output_;
  std::optional<JsonlSink> sink_;
};

// What was written before is written again only where it is still true.
TEST_P(JsonlTest, SaysWhatOneWithoutMemorySays) {
  const auto lines = lines_of(play_jsonl(GetParam().play));
  const auto fresh =
      lines_of(play(GetParam().play, [](Output& output) { return std::make_unique<ForgetfulSink>(output); }));
  ASSERT_EQ(lines.size(), fresh.size());
  const auto without_seq = [](const std::string& line) {
    const std::size_t seq = line.find("\"seq\":");
    return line.substr(0, seq) + line.substr(line.find(',', seq));
  };
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(without_seq(lines[i]), without_seq(fresh[i]));
}

TEST_P(JsonlTest, IsStrictJsonNumberedLineByLine) {
  simdjson::dom::parser parser;
  std::uint64_t seq = 0;
  const std::string text = play_jsonl(GetParam().play);
  const auto lines = lines_of(text);
  ASSERT_GT(lines.size(), 10U);
  EXPECT_EQ(text.back(), '\n');
  for (const std::string& line : lines) {
    simdjson::dom::object object;
    ASSERT_EQ(parser.parse(simdjson::padded_string(line)).get_object().get(object), simdjson::SUCCESS)
        << line;
    std::set<std::string_view> names;
    for (const auto& field : object)
      EXPECT_TRUE(names.insert(field.key).second) << field.key << " twice in " << line;
    EXPECT_EQ(std::uint64_t{object["v"]}, 1U);
    EXPECT_EQ(std::uint64_t{object["seq"]}, ++seq);
    EXPECT_EQ(std::string_view{object["stream"]}, "0f9c2d4e8a314b57-77-3599998") << line;
    EXPECT_TRUE(line.starts_with("{\"v\":1,\"type\":\"")) << line;
    for (const char c : line) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) << line;
    for (std::size_t at = 0; at < line.size();) {
      const Utf8Char c = utf8_at(line, at);
      ASSERT_TRUE(c.length != 0 && !is_control(c.code) && !is_hidden(c.code)) << line;
      at += c.length;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Scene, JsonlTest, testing::ValuesIn(kParts), name_of_part);

// The chain and the ancestors of a line show the same lineage.
TEST(Jsonl, ChainAndAncestorsAgree) {
  simdjson::dom::parser parser;
  int execs = 0;
  for (const std::string& line : lines_of(play_jsonl(&Scene::play_day))) {
    const simdjson::dom::object object = parser.parse(simdjson::padded_string(line));
    if (std::string_view(object["type"]) != "exec") continue;
    ++execs;
    std::string pids = std::to_string(std::uint64_t{object["pid"]});
    for (const simdjson::dom::element ancestor : simdjson::dom::array(object["ancestors"])) {
      pids += ' ' + std::to_string(std::uint64_t{ancestor["pid"]});
    }
    std::string chain_pids;
    std::istringstream chain{std::string(std::string_view(object["chain"]))};
    for (std::string link; std::getline(chain, link, ';');) {
      const std::string pid = link.substr(0, link.find('|'));
      if (pid == "0") continue;  // an ancestor without a pid has no entry
      if (!chain_pids.empty()) chain_pids += ' ';
      chain_pids += pid;
    }
    EXPECT_EQ(pids, chain_pids);
  }
  EXPECT_GT(execs, 10);
}

TEST(Jsonl, WritesTheEventsThatWereAskedFor) {
  const std::string text =
      play_jsonl(&Scene::play_day, {.events = {.exec = false, .fork = false, .exit = true}});
  EXPECT_EQ(text.find("\"type\":\"exec\""), std::string::npos);
  EXPECT_EQ(text.find("\"type\":\"fork\""), std::string::npos);
  for (const char* type : {"start", "process", "exit", "lost", "resync", "stop"}) {
    EXPECT_NE(text.find("\"type\":\"" + std::string(type) + '"'), std::string::npos) << type;
  }
}

TEST(Text, FitsEveryTerminal) {
  for (const Play part : {&Scene::play_day, &Scene::play_attack, &Scene::play_depths}) {
    for (const std::size_t width : {1U, 2U, 20U, 33U, 40U, 57U, 58U, 80U, 133U, 500U}) {
      for (const bool colour : {false, true}) {
        const std::string text =
            play_text(part, {.events = {}, .colour = colour, .header = true, .width = width});
        for (const std::string& line : lines_of(text)) {
          EXPECT_LE(text_width(line), width) << line;
          EXPECT_TRUE(is_utf8(line)) << line;
        }
      }
    }
  }
}

// Escapes reach the terminal only where they are our own colours.
TEST(Text, NeverLetsATerminalObeyAProcess) {
  for (const Play part : {&Scene::play_day, &Scene::play_attack, &Scene::play_depths}) {
    for (const std::string& line : lines_of(play_text(part, {.events = {}, .header = true}))) {
      for (std::size_t at = 0; at < line.size();) {
        const Utf8Char c = utf8_at(line, at);
        ASSERT_TRUE(c.length != 0 && !is_control(c.code) && !is_hidden(c.code)) << line;
        at += c.length;
      }
    }
  }
}

// A full device ends the stream by an error that says so; no sink swallows it.
TEST(Sinks, HandOnAFailure) {
  const auto failure = [](const MakeSink& make_sink) {
    auto output = Output::open("/dev/full");
    EXPECT_TRUE(output);
    const auto sink = make_sink(*output);
    Scene scene(*sink);
    scene.play_day();
    return scene.failure();
  };
  for (const std::string& message :
       {failure([](Output& output) { return std::make_unique<JsonlSink>(output, JsonlOptions{}); }),
        failure([](Output& output) { return std::make_unique<ChainSink>(output, ChainSinkOptions{}); }),
        failure([](Output& output) { return std::make_unique<TextSink>(output, TextOptions{}); })}) {
    EXPECT_NE(message.find("/dev/full"), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace proctree
