// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/json.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <limits>
#include <string>

#include "base/escape.hpp"
#include "sink/json_fragments.hpp"

// Text that misleads is what is tested here: NOLINTBEGIN(misc-misleading-bidirectional)
namespace proctree {
namespace {

using std::string_literals::operator""s;
using std::string_view_literals::operator""sv;

std::string json_string(std::string_view text) {
  JsonWriter json;
  json.string(text);
  return std::string(json.text());
}

std::string json_base64(std::string_view bytes) {
  JsonWriter json;
  json.base64(bytes);
  return std::string(json.text());
}

// What a strict parser reads from a document; an invalid document fails the test.
std::string parsed_string(std::string_view document) {
  simdjson::dom::parser parser;
  const simdjson::padded_string padded(document);
  std::string_view text;
  const auto error = parser.parse(padded).get_string().get(text);
  EXPECT_EQ(error, simdjson::SUCCESS) << document;
  return std::string(text);
}

// Written another way than the one under test: byte by byte.
std::string with_replacements(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const Utf8Char c = utf8_at(text, at);
    if (c.length == 0) out += "\xef\xbf\xbd";
    out += text.substr(at, c.length);
    at += c.length == 0 ? 1 : c.length;
  }
  return out;
}

// As `name=value/piece` each, where the text says so; of a piece of members what it begins with.
std::string noted(const JsonWriter& json, const JsonMembers& members) {
  std::string out;
  for (const JsonMember& member : members.list) {
    const std::string_view text = json.text().substr(member.begin);
    if (member.value == 0) {
      out += text.substr(0, 6);
    } else {
      out += text.substr(1, member.value - member.begin - 3);
      out += '=';
      out += json.text()[member.value];
    }
    out += member.piece == 0 ? "/0 " : "/piece ";
  }
  return out;
}

TEST(Json, NotesWhereMembersStand) {
  JsonMembers members;
  JsonWriter json;
  json.note_members(members);
  JsonFragments pieces{4};
  for (int round = 0; round < 3; ++round) {
    json.clear();
    json.begin_object();
    json.field("a", 1);
    pieces.put(json, 1, "b, c", [&] {
      json.field("b", 2);
      json.key("c");
      json.begin_object();
      json.field("x", 3);
      json.end_object();
    });
    json.key("d");
    pieces.put(json, 2, "d", [&] {
      json.begin_object();
      json.field("x", 4);
      json.end_object();
    });
    json.key("e");
    json.begin_array();
    for (std::size_t i = 0; i < 2; ++i) {
      pieces.put(json, 3, "e", [&] {
        json.begin_object();
        pieces.put(json, 0, "x", [&] { json.field("x", 5); });
        json.end_object();
      });
    }
    json.end_array();
    json.string_field("f", "\xff");
    json.end_object();
    EXPECT_EQ(json.text(),
              R"({"a":1,"b":2,"c":{"x":3},"d":{"x":4},"e":[{"x":5},{"x":5}],"f":"�","f_raw":"/w=="})");
    EXPECT_EQ(noted(json, members), R"(a=1/0 "b":2,/piece d={/piece e=[/0 f="/0 f_raw="/0 )");
    ASSERT_EQ(members.elements.size(), 2U);
    EXPECT_NE(members.elements[0], 0U);
    EXPECT_EQ(members.elements[0], members.elements[1]);
    EXPECT_TRUE(members.exact);
  }
  // Each text has a number of its own.
  const std::uint64_t before = members.elements[0];
  json.clear();
  json.begin_object();
  json.key("e");
  json.begin_array();
  for (const std::uint64_t number : {kExactMost, kExactMost + 1}) {
    pieces.put(json, 3, std::to_string(number), [&] { json.value(number); });
    EXPECT_EQ(members.exact, number == kExactMost);
  }
  EXPECT_NE(members.elements[0], before);
  EXPECT_NE(members.elements[1], members.elements[0]);
  pieces.put(json, 3, "long", [&] { json.plain(std::string(4096, 'x')); });
  EXPECT_EQ(members.elements[2], 0U);
  json.clear();
  json.begin_object();
  pieces.put(json, 3, std::to_string(kExactMost + 1), [&] { json.field("a", kExactMost + 1); });
  EXPECT_FALSE(members.exact);
  json.clear();
  EXPECT_TRUE(members.exact);
}

TEST(Json, PutsCommasWhereTheyBelong) {
  JsonWriter json;
  json.begin_object();
  json.field("a", 1);
  json.field("b", true);
  json.key("c");
  json.begin_array();
  json.end_array();
  json.key("d");
  json.begin_array();
  json.value(1);
  json.plain("x");
  json.begin_object();
  json.end_object();
  json.begin_object();
  json.field("e", false);
  json.end_object();
  json.base64("!");
  json.string("s");
  json.hex64(255);
  json.end_array();
  json.plain_field("f", "g");
  json.end_object();
  EXPECT_EQ(json.text(),
            R"({"a":1,"b":true,"c":[],"d":[1,"x",{},{"e":false},"IQ==","s","00000000000000ff"],"f":"g"})");
  json.clear();
  json.begin_array();
  json.end_array();
  EXPECT_EQ(json.text(), "[]");
}

TEST(Json, WritesEveryNumber) {
  JsonWriter json;
  json.begin_array();
  json.value(std::numeric_limits<std::uint64_t>::max());
  json.value(std::numeric_limits<std::int64_t>::min());
  json.value(0);
  json.end_array();
  EXPECT_EQ(json.text(), "[18446744073709551615,-9223372036854775808,0]");
}

TEST(Json, EscapesWhatATerminalWouldObey) {
  EXPECT_EQ(json_string("plain text, with $ymbols & <more>"), R"("plain text, with $ymbols & <more>")");
  EXPECT_EQ(json_string(R"(say "hi" \ bye)"), R"("say \"hi\" \\ bye")");
  EXPECT_EQ(json_string("\0\n\x1b[2J\x7f"sv), R"("\u0000\u000a\u001b[2J\u007f")");
  EXPECT_EQ(json_string("\xc2\x9b"), R"("\u009b")");
  EXPECT_EQ(json_string("\xe2\x80\xae\xf3\xa0\x80\x81"), R"("\u202e\udb40\udc01")");
  EXPECT_EQ(json_string("日本 é 😀"), R"("日本 é 😀")");
  EXPECT_EQ(json_string(""), R"("")");
}

TEST(Json, LooksAtEveryByteWhateverItsPlace) {
  for (std::size_t length = 0; length < 80; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (const char special : {'"', '\\', '\n', '\x7f', '\x1f', '\0', '\xff', '\x80'}) {
        std::string text(length, 'x');
        text[at] = special;
        ASSERT_EQ(parsed_string(json_string(text)), with_replacements(text));
      }
      for (const char harmless : {' ', '!', '#', '[', ']', '~', '!'}) {
        std::string text(length, harmless);
        ASSERT_EQ(json_string(text), '"' + text + '"');
      }
    }
  }
}

TEST(Json, EachBadByteIsOneReplacementBesideTheExactBytes) {
  JsonWriter json;
  json.begin_object();
  json.string_field("comm", "a\xff\xe2\x82z");
  json.string_field("exe", "/bin/true");
  json.end_object();
  EXPECT_EQ(json.text(),
            "{\"comm\":\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\",\"comm_raw\":\"Yf/igno=\",\"exe\":\"/bin/"
            "true\"}");
}

TEST(Json, EncodesBase64) {
  EXPECT_EQ(json_base64(""), R"("")");
  EXPECT_EQ(json_base64("f"), R"("Zg==")");
  EXPECT_EQ(json_base64("fo"), R"("Zm8=")");
  EXPECT_EQ(json_base64("foo"), R"("Zm9v")");
  EXPECT_EQ(json_base64("foobar"), R"("Zm9vYmFy")");
  EXPECT_EQ(json_base64("\xff\xfe\xfd\x00"sv), R"("//79AA==")");
}

TEST(Json, AnyBytesMakeAValidDocumentOfTheSameText) {
  std::uint64_t random = 7;
  const auto next = [&random] {
    random = random * 6364136223846793005U + 1442695040888963407U;
    return random >> 33;
  };
  const std::string_view pieces[] = {"plain words", "日本",    "\xf0\x9f\x98\x80", "\xe2\x80",
                                     "\\\"",        "\x1b[0m", "\xc2\x90"};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::uint64_t i = next() % 12; i > 0; --i) {
      if (next() % 2 == 0) {
        text += static_cast<char>(next());
      } else {
        text += pieces[next() % std::size(pieces)];
      }
    }
    const std::string document = json_string(text);
    ASSERT_EQ(parsed_string(document), with_replacements(text));
    for (const char c : document) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  }
}

// Long strings are written a block at a time: no sequence may be torn where two blocks meet.
TEST(Json, LongStringsOfAnyUnitAtAnyOffset) {
  for (const std::string_view unit :
       {"\x01"sv, "\x7f"sv, "\""sv, "\\"sv, "\xff"sv, "\xe2\x80"sv, "\xf0\x9f\x98"sv, "\xc2\x9b"sv,
        "\xc3\xa9"sv, "\xe2\x80\x8b"sv, "日"sv, "\xf3\xa0\x80\x81"sv, "😀"sv, "\x01x"sv, "\0"sv}) {
    for (std::size_t offset = 0; offset < 9; ++offset) {
      std::string text(offset, 'x');
      while (text.size() < 9'000) text += unit;
      ASSERT_EQ(parsed_string(json_string(text)), with_replacements(text)) << testing::PrintToString(unit);
    }
  }
}

TEST(JsonFragments, RepeatOnlyWhatEqualFactsMade) {
  JsonFragments fragments(1);
  const auto put = [&fragments](std::string_view facts, std::string_view value, bool second) {
    JsonWriter json;
    json.begin_object();
    if (second) json.field("first", 1);
    fragments.put(json, 0, facts, [&] { json.string_field("of", value); });
    json.end_object();
    return std::string(json.text());
  };
  EXPECT_EQ(put("a", "made of a", false), R"({"of":"made of a"})");
  EXPECT_EQ(put("a", "not asked", true), R"({"first":1,"of":"made of a"})");
  EXPECT_EQ(put("b", "made of b", true), R"({"first":1,"of":"made of b"})");
  EXPECT_EQ(put("b", "not asked", false), R"({"of":"made of b"})");
  EXPECT_EQ(put("a", "made of a again", false), R"({"of":"made of a again"})");
  // One that is too long to be retained is written, and takes no other's place.
  const std::string large(4096, 'x');
  EXPECT_EQ(put("c", large, false).size(), large.size() + 9);
  EXPECT_EQ(put("c", "made of c", false), R"({"of":"made of c"})");
  EXPECT_EQ(put(large, "one", false), R"({"of":"one"})");
  EXPECT_EQ(put(large, "other", false), R"({"of":"other"})");
}

TEST(Json, GrowsAsFarAsItMust) {
  const std::string large(1 << 20, '\x01');
  const std::string document = json_string(large);
  EXPECT_EQ(document.size(), 2 + 6 * large.size());
  EXPECT_EQ(parsed_string(document), large);
}

}  // namespace
}  // namespace proctree
// NOLINTEND(misc-misleading-bidirectional)
