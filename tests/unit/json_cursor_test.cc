// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/json_cursor.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace proctree {
namespace {

TEST(JsonCursorTest, AValueStandsAsItIsInTheText) {
  JsonCursor cursor;
  cursor.start(R"({"a": {"b" : [1, "\u0041"]} ,"c":"x","d":nul})");
  ASSERT_TRUE(cursor.begin_object());
  std::string_view key;
  std::string_view value;
  ASSERT_TRUE(cursor.next_key(key) && cursor.raw(value));
  EXPECT_EQ(value, R"({"b" : [1, "\u0041"]})");
  ASSERT_TRUE(cursor.next_key(key) && cursor.raw(value));
  EXPECT_EQ(value, R"("x")");
  EXPECT_TRUE(cursor.next_key(key));
  EXPECT_FALSE(cursor.raw(value));
}

using std::string_literals::operator""s;
using std::string_view_literals::operator""sv;

// Why it is no JSON; empty: it is.
std::string check(std::string_view text) {
  JsonCursor cursor;
  cursor.start(text);
  return cursor.skip() && cursor.end() ? "" : cursor.why();
}

std::string string_of(std::string_view text) {
  JsonCursor cursor;
  std::string_view out;
  cursor.start(text);
  EXPECT_TRUE(cursor.string(out) && cursor.end()) << text << ": " << cursor.why();
  return std::string(out);
}

TEST(JsonCursor, TakesAllOfTheGrammar) {
  for (const std::string_view text :
       {"{}", "[]", " { } ", "[ ]", "null", "true", "false", "0", "-0", "12.5e+3", "1E-9", R"("")",
        R"(["a",1,[],{}])", R"({"a":{"b":[null,{"c":""}]},"d":-1})", "\t[1 ,\r\n2]\n"}) {
    EXPECT_EQ(check(text), "") << text;
  }
}

TEST(JsonCursor, RefusesAllElse) {
  for (const std::string_view text : {""sv,
                                      " "sv,
                                      "{"sv,
                                      "}"sv,
                                      "[1"sv,
                                      "[1,]"sv,
                                      "[,1]"sv,
                                      "[1 2]"sv,
                                      R"({"a"})"sv,
                                      R"({"a":})"sv,
                                      R"({"a":1,})"sv,
                                      R"({,"a":1})"sv,
                                      R"({a:1})"sv,
                                      R"({"a" 1})"sv,
                                      "01"sv,
                                      "-"sv,
                                      "-01"sv,
                                      "1."sv,
                                      ".5"sv,
                                      "+1"sv,
                                      "1e"sv,
                                      "1e+"sv,
                                      "tru"sv,
                                      "nul"sv,
                                      "True"sv,
                                      "NaN"sv,
                                      R"("a)"sv,
                                      R"("\)"sv,
                                      R"("\x")"sv,
                                      R"("\u12")"sv,
                                      R"("\u12g4")"sv,
                                      R"("\ud800")"sv,
                                      R"("\ud800\u0041")"sv,
                                      R"("\udc00")"sv,
                                      "\"\x01\""sv,
                                      "\"a\tb\""sv,
                                      "\"\xff\""sv,
                                      "\"\xc3(\""sv,
                                      "\"\xed\xa0\x80\""sv,
                                      "1 1"sv,
                                      "{}}"sv,
                                      "[]x"sv,
                                      "\0"sv,
                                      "{\0}"sv,
                                      "\xef\xbb\xbf{}"sv,
                                      "'a'"sv,
                                      "[1]/**/"sv}) {
    EXPECT_NE(check(text), "") << text;
  }
}

TEST(JsonCursor, NestsOnlySoDeep) {
  const std::string open(JsonCursor::kDepthMax, '[');
  const std::string close(JsonCursor::kDepthMax, ']');
  EXPECT_EQ(check(open + close), "");
  EXPECT_EQ(check("[" + open + close + "]"), "values are nested too deeply");
  EXPECT_EQ(check(std::string(1'000'000, '[')), "values are nested too deeply");
  std::string objects;
  for (int i = 0; i < 1'000'000; ++i) objects += R"({"a":)";
  EXPECT_EQ(check(objects), "values are nested too deeply");
}

TEST(JsonCursor, GivesStringsAsTheyAreMeant) {
  EXPECT_EQ(string_of(R"("plain")"), "plain");
  EXPECT_EQ(string_of(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(string_of(R"("a\u0041\u00e9\u20ac\ud83d\ude00z")"), "aA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z");
  EXPECT_EQ(string_of(R"("\u0000")"), std::string(1, '\0'));
  EXPECT_EQ(string_of("\"\x7f caf\xc3\xa9 \xf0\x9f\x98\x80\""), "\x7f caf\xc3\xa9 \xf0\x9f\x98\x80");
  // At every place in a word of eight.
  const auto amid = [](std::size_t size, std::string_view text) {
    return std::string(size, 'x').append(text).append(size, 'x');
  };
  const auto quoted = [](std::string_view text) { return std::string("\"").append(text).append("\""); };
  for (std::size_t before = 0; before < 20; ++before) {
    EXPECT_EQ(string_of(quoted(amid(before, R"(\n\u00ff)"))), amid(before, "\n\xc3\xbf"));
    EXPECT_EQ(string_of(quoted(amid(before, "\xc3\xa9"))), amid(before, "\xc3\xa9"));
    EXPECT_EQ(check(quoted(amid(before, "\x1f"))), "a string holds a control character");
    EXPECT_EQ(check(quoted(std::string(before, 'x') + '\xc3')), "a string is not valid UTF-8");
  }
}

TEST(JsonCursor, ReadsWholeNumbers) {
  const auto number = [](std::string_view text) {
    JsonCursor cursor;
    std::uint64_t out = 0;
    cursor.start(text);
    return cursor.number(out) && cursor.end() ? std::to_string(out) : cursor.why();
  };
  EXPECT_EQ(number("0"), "0");
  EXPECT_EQ(number(" 18446744073709551615 "), "18446744073709551615");
  EXPECT_EQ(number("18446744073709551616"), "a number is too large");
  EXPECT_EQ(number("99999999999999999999999999"), "a number is too large");
  for (const std::string_view text : {"-1", "1.0", "1e3", "\"1\"", "", "null"}) {
    EXPECT_EQ(number(text), "a whole number is expected") << text;
  }
  EXPECT_EQ(number("007"), "a number begins with 0");
}

TEST(JsonCursor, ReadsNegativeNumbersWhereTheyMayBe) {
  const auto number = [](std::string_view text) {
    JsonCursor cursor;
    cursor.start(text);
    std::int64_t value = 0;
    return cursor.number(value) && cursor.end() ? std::optional(value) : std::nullopt;
  };
  EXPECT_EQ(number("-100"), -100);
  EXPECT_EQ(number(" 7 "), 7);
  EXPECT_EQ(number("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  for (const char* text :
       {"-", "- 1", "--1", "-01", "-1.5", "9223372036854775808", "-9223372036854775809", ""})
    EXPECT_EQ(number(text), std::nullopt) << text;
}

TEST(JsonCursor, WalksObjectsAndArrays) {
  JsonCursor cursor;
  cursor.start(R"({"a":[1,2],"b":{"c":true},"d":[]} )");
  std::string_view key;
  std::uint64_t number = 0;
  bool truth = false;
  ASSERT_TRUE(cursor.begin_object());
  ASSERT_TRUE(cursor.next_key(key));
  EXPECT_EQ(key, "a");
  ASSERT_TRUE(cursor.begin_array());
  ASSERT_TRUE(cursor.next_element() && cursor.number(number));
  EXPECT_EQ(number, 1U);
  ASSERT_TRUE(cursor.next_element() && cursor.number(number));
  EXPECT_EQ(number, 2U);
  EXPECT_FALSE(cursor.next_element());
  ASSERT_TRUE(cursor.next_key(key) && cursor.begin_object() && cursor.next_key(key));
  EXPECT_EQ(key, "c");
  EXPECT_TRUE(cursor.boolean(truth) && truth);
  EXPECT_FALSE(cursor.next_key(key));
  ASSERT_TRUE(cursor.next_key(key) && cursor.begin_array());
  EXPECT_FALSE(cursor.next_element());
  EXPECT_FALSE(cursor.next_key(key));
  EXPECT_FALSE(cursor.failed());
  EXPECT_TRUE(cursor.end());
}

// Strings with escapes in every place, one after the other: what is made of one stays apart from the others,
// and all of it within memory as large as the text. (AddressSanitizer sees what goes beyond.)
TEST(JsonCursor, DecodesWhatWasEscaped) {
  for (const std::size_t size : {0, 4, 400, 4000, 100'000}) {
    for (const std::string_view four : {R"(\/AAA)"sv, R"(\u002fAAA)"sv, "/AAA"sv}) {
      const std::string plain(size, 'A');
      std::string text = "[";
      for (int i = 0; i < 3; ++i) text += "\"" + plain + std::string(four) + "\",\"\\u00e4" + plain + "\",";
      text.back() = ']';
      JsonCursor cursor;
      cursor.start(text);
      ASSERT_TRUE(cursor.begin_array());
      const std::string bytes = std::string(size / 4 * 3, '\0') + "\xfc\0\0"s;
      std::vector<std::string_view> all(3);
      for (std::string_view& raw : all) {
        std::string_view beside;
        ASSERT_TRUE(cursor.next_element() && cursor.base64(raw)) << cursor.why();
        ASSERT_TRUE(cursor.next_element() && cursor.string(beside)) << cursor.why();
        EXPECT_EQ(beside, "\u00e4" + plain);
      }
      for (const std::string_view raw : all) EXPECT_EQ(raw, bytes);
      EXPECT_FALSE(cursor.next_element());
      EXPECT_TRUE(cursor.end());
    }
  }
}

// Once something was wrong nothing is right any more, and the first reason stays.
TEST(JsonCursor, StaysRefused) {
  JsonCursor cursor;
  std::string_view key;
  std::uint64_t number = 0;
  cursor.start(R"({"a":"x","b":1})");
  ASSERT_TRUE(cursor.begin_object() && cursor.next_key(key));
  EXPECT_FALSE(cursor.number(number));
  EXPECT_FALSE(cursor.next_key(key));
  EXPECT_FALSE(cursor.end());
  EXPECT_TRUE(cursor.failed());
  EXPECT_STREQ(cursor.why(), "a whole number is expected");
}

// Of every length, whatever follows them.
TEST(JsonCursor, NumbersOfEveryLength) {
  const std::string digits = "98765432109876543210";
  JsonCursor cursor;
  for (std::size_t length = 1; length <= 19; ++length) {
    for (const char next : {'\0', ' ', '/', ':', '.', 'e', 'a', '\x1f', '\xb9'}) {
      std::string text = digits.substr(0, length);
      if (next != '\0') text += next;
      text += "9999999999999999";  // which is no part of it
      if (next == '\0') text.resize(length);
      cursor.start(text);
      std::uint64_t value = 0;
      if (next == '.' || next == 'e') {
        EXPECT_FALSE(cursor.number(value)) << text;
        continue;
      }
      ASSERT_TRUE(cursor.number(value)) << text;
      EXPECT_EQ(std::to_string(value), digits.substr(0, length));
      EXPECT_EQ(cursor.last_end(), text.data() + length) << text;
    }
  }
  std::uint64_t value = 0;
  cursor.start("18446744073709551615");
  EXPECT_TRUE(cursor.number(value));
  EXPECT_EQ(value, std::numeric_limits<std::uint64_t>::max());
  for (const char* large : {"18446744073709551616", "99999999999999999999", "184467440737095516150"}) {
    cursor.start(large);
    EXPECT_FALSE(cursor.number(value)) << large;
  }
}

// Text is looked through by 16: what ends it is found at every place.
TEST(JsonCursor, StringsOfEveryLength) {
  JsonCursor cursor;
  for (std::size_t length = 0; length <= 50; ++length) {
    const std::string plain(length, 'x');
    for (const std::string_view mark : {"", "\\n", "\xc3\xa9", "\x7f", "\x01", "\xff"}) {
      const std::string text = '"' + plain + std::string(mark) + plain + "\" and twenty bytes more";
      cursor.start(text);
      std::string_view value;
      if (mark == "\x01" || mark == "\xff") {
        EXPECT_FALSE(cursor.string(value)) << text;
        continue;
      }
      ASSERT_TRUE(cursor.string(value)) << text << ": " << cursor.why();
      EXPECT_EQ(value, plain + (mark == "\\n" ? "\n" : std::string(mark)) + plain);
      EXPECT_EQ(cursor.last_end(), text.data() + text.find("\" and") + 1);
    }
    const std::string endless = '"' + plain;
    cursor.start(endless);
    std::string_view value;
    EXPECT_FALSE(cursor.string(value)) << endless;
  }
}

}  // namespace
}  // namespace proctree
