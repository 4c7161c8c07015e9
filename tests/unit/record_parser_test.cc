// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lines of which some fields are passed by: they are checked all the same.
#include "replay/record_parser.hpp"

#include <random>

#include "replay_fixture.hpp"

namespace proctree {
namespace {

constexpr std::string_view kPassedBy[] = {"ns", "args", "caps_effective", "session_leader", "args_size"};

std::vector<std::string> lines() {
  std::vector<std::string> texts;
  for (const std::uint64_t seq : {2U, 3U, 4U}) {
    const std::string number = std::to_string(seq / 2);
    texts.push_back(
        recorded("exec", seq,
                 process_fields(30, "date", 1) + ",\"ns\":{\"pid\":1,\"mnt\":" + number +
                     "},\"session_leader\":{\"pid\":3,\"comm\":\"\u00e4\\u0000\"},\"args\":[\"a\",\"" +
                     number + "\"],\"args_size\":" + number + "2,\"caps_effective\":\"00ff\""));
    texts.back().pop_back();
  }
  return texts;
}

// What a parser makes of it that has seen nothing before.
bool is_same_to_a_new_one(RecordParser& parser, std::string_view text) {
  RecordParser fresh;
  fresh.leave_out(kPassedBy);
  const bool taken = parser.parse(text).has_value();
  return taken == fresh.parse(text).has_value() && parser.is_json() == fresh.is_json() &&
         parser.line().seq == fresh.line().seq && parser.line().task.comm == fresh.line().task.comm &&
         parser.unknown_field() == fresh.unknown_field();
}

TEST(RecordParser, ChecksWhatItHasSeenBeforeAsWhatItHasNot) {
  RecordParser parser;
  parser.leave_out(kPassedBy);
  const auto texts = lines();
  for (int i = 0; i < 3; ++i) {
    for (const std::string& text : texts) ASSERT_TRUE(parser.parse(text)) << text;
  }
  std::mt19937 random(3);
  const std::string_view bytes = "\"\\{}[],:0a\xc3 ";
  for (int i = 0; i < 30'000; ++i) {
    std::string text = texts[random() % texts.size()];
    for (unsigned changes = 1 + random() % 2; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      if (random() % 3 == 0) {
        text.erase(at, 1 + random() % 9);
      } else if (random() % 2 == 0) {
        text.insert(at, 1, bytes[random() % bytes.size()]);
      } else {
        text[at] = bytes[random() % bytes.size()];
      }
    }
    ASSERT_TRUE(is_same_to_a_new_one(parser, text)) << text;
    const bool is_remembered = i % 50 != 0 || parser.parse(texts[random() % texts.size()]);
    ASSERT_TRUE(is_remembered);
  }
}

// A number that another begins with is not that number.
TEST(RecordParser, TakesNoNumberForTheBeginningOfAnother) {
  RecordParser parser;
  parser.leave_out(kPassedBy);
  for (const char* size : {"1", "12", "123", "12", "1e5", "1"}) {
    const std::string text =
        recorded("exec", 2, process_fields(30, "date", 1) + ",\"args_size\":" + std::string(size));
    EXPECT_TRUE(parser.parse(text.substr(0, text.size() - 1))) << size;
  }
}

}  // namespace
}  // namespace proctree
