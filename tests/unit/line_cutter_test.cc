// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/line_cutter.hpp"

#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/json_cursor.hpp"
#include "base/utf8.hpp"

namespace proctree {
namespace {

using simdjson::dom::element;

// What may be cut, as it was before: the exact bytes.
struct Made {
  std::map<std::string, std::string> texts;  // the line's own
  std::vector<std::string> args;
  std::map<std::string, std::string> env;
  std::size_t ancestors = 0;
  std::size_t links = 0;
};

class LineCutterTest : public testing::Test {
 protected:
  std::uint64_t random(std::uint64_t below) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return (state_ >> 33) % below;
  }

  std::string hostile(std::size_t most) {
    static const std::vector<std::string> kUnits = {
        "x",        "\x01", "\"", "\\", "\xff", "\xe2\x80", "é", "\u202e", "\xf3\xa0\x80\x81",
        "\xf0\x9f", "日",   "/a"};
    std::string text;
    const std::size_t size = random(most + 1);
    const bool mixed = random(3) == 0;
    std::size_t unit = random(kUnits.size());
    while (text.size() < size) {
      if (mixed) unit = random(kUnits.size());
      text += kUnits[unit];
    }
    return text;
  }

  template <std::size_t N>
  void text(const char (&name)[N], std::size_t most) {
    const std::string value = hostile(most);
    made_.texts[name] = value;
    json_.string_field(name, value);
  }

  std::string line() {
    made_ = {};
    names_.clear();
    json_.clear();
    json_.begin_object();
    json_.field("v", 1);
    json_.plain_field("type", "exec");
    json_.plain_field("stream", "0123456789abcdef-77-1234567");
    json_.field("seq", 18446744073709551615U);
    json_.field("pid", 4194304);
    json_.plain_field("id", "0123456789abcdef-4194304-123456789012");
    text("comm", 15);
    text("exe", random(2) == 0 ? 4096 : 100);
    text("cwd", random(2) == 0 ? 4096 : 100);
    if (random(4) == 0) json_.field("cwd_truncated", true);
    text("user", random(20) == 0 ? 9'000 : 32);
    write_args();
    write_chain();
    write_ancestors();
    write_env();
    json_.field("lineage_complete", true);
    json_.end_object();
    return std::string(json_.text());
  }

  void write_args() {
    std::string joined;
    bool valid = true;
    json_.key("args");
    json_.begin_array();
    for (std::size_t i = random(12); i > 0; --i) {
      made_.args.push_back(hostile(random(3) == 0 ? 16'000 : 50));
      joined += (made_.args.size() > 1 ? std::string(1, '\0') : "") + made_.args.back();
      valid &= json_.string(made_.args.back());
    }
    json_.end_array();
    if (!valid) json_.raw_field("args", joined);
    json_.field("args_size", joined.size() + 1);
  }

  // Names may look like marks.
  void write_env() {
    if (random(3) == 0) return;
    const std::size_t count = random(random(2) == 0 ? 300 : 6);
    const std::size_t longest = random(3) == 0 ? 9'000 : 40;
    json_.key("env");
    json_.begin_object();
    for (std::size_t i = 0; i < count; ++i) {
      static const std::vector<std::string> kNames = {"A",       "A_truncated", "env",
                                                      "env_raw", "\"\\ö",       "LONG_NAME"};
      const std::string name = kNames[random(kNames.size())] + std::to_string(i);
      made_.env[name] = hostile(longest);
      json_.string_key(name);
      json_.string(made_.env[name]);
      names_.push_back(name);
    }
    json_.end_object();
    if (std::ranges::all_of(made_.env, [](const auto& each) { return is_utf8(each.second); })) return;
    json_.key("env_raw");
    json_.begin_object();
    for (const std::string& name : names_) {
      if (is_utf8(made_.env[name])) continue;
      json_.string_key(name);
      json_.base64(made_.env[name]);
    }
    json_.end_object();
    if (random(4) == 0) json_.field("env_truncated", true);
  }

  void write_chain() {
    std::string chain;
    made_.links = 1 + random(random(4) == 0 ? 1'500 : 20);
    for (std::size_t i = 0; i < made_.links; ++i)
      chain += (i != 0 ? ";" : "") + std::to_string(i) + "|\\x01\\x02\\x7c\\xff|root";
    json_.string_field("chain", chain);
  }

  void write_ancestors() {
    json_.key("ancestors");
    json_.begin_array();
    made_.ancestors = random(64);
    const std::size_t longest = random(3) == 0 ? 4'096 : 60;
    for (std::size_t i = 0; i < made_.ancestors; ++i) {
      json_.begin_object();
      json_.field("pid", i + 1);
      json_.string_field("comm", hostile(15));
      json_.string_field("exe", hostile(longest));
      json_.key("forked_as");
      json_.begin_object();
      json_.string_field("exe", hostile(longest));
      json_.end_object();
      json_.end_object();
    }
    json_.end_array();
  }

  static bool is_true(const element& object, const std::string& name) {
    bool truth = false;
    return object[name].get(truth) == simdjson::SUCCESS && truth;
  }
  static bool has(const element& object, const std::string& name) {
    return object[name].error() == simdjson::SUCCESS;
  }

  // A text stands as it was, or cut and marked; ends at a whole code point (simdjson looks).
  void check_text(const element& now, const element& before, const std::string& name) {
    const std::string_view text = now[name].get_string();
    const std::string_view was = before[name].get_string();
    ASSERT_TRUE(was.starts_with(text)) << name;
    if (text.size() < was.size()) {
      ASSERT_TRUE(is_true(now, name + "_truncated")) << name;
    }
    if (!is_true(now, name + "_truncated")) {
      ASSERT_EQ(has(now, name + "_raw"), has(before, name + "_raw")) << name;
    }
    if (has(now, name + "_raw")) {
      ASSERT_TRUE(has(before, name + "_raw"));
    }
    if (is_true(now, name + "_truncated") && !is_true(before, name + "_truncated")) {
      ASSERT_LT(text.size(), was.size());
    }
  }

  // Valid until the next one. Many cuts are of one line, and getting a parser's memory costs more than
  // parsing.
  element parse_whole(const std::string& line) { return whole_.parse(line); }

  void check(const element& before, std::string_view cut, std::size_t most) {
    ASSERT_LE(cut.size(), most);
    const element now = cut_.parse(cut.data(), cut.size());
    ASSERT_TRUE(is_true(now, "line_truncated"));
    for (const char* name : {"type", "stream", "id"})
      ASSERT_EQ(std::string_view(now[name]), std::string_view(before[name]));
    ASSERT_EQ(std::uint64_t{now["seq"]}, std::uint64_t{before["seq"]});
    ASSERT_EQ(std::uint64_t{now["args_size"]}, std::uint64_t{before["args_size"]});
    ASSERT_TRUE(is_true(now, "lineage_complete"));
    for (const char* name : {"comm", "exe", "cwd", "user"}) check_text(now, before, name);
    check_args(now, before);
    check_env(now, before);
    const std::string_view chain = now["chain"];
    const std::string_view whole = before["chain"];
    ASSERT_TRUE(whole.starts_with(chain) && (chain.size() == whole.size() || whole[chain.size()] == ';'))
        << chain;
    ASSERT_EQ(chain.size() < whole.size(), is_true(now, "chain_truncated"));
    check_ancestors(now, before);
    check_order(now, before);
    // No key twice.
    std::map<std::string, int> keys;
    for (const auto& field : now.get_object()) ASSERT_EQ(++keys[std::string(field.key)], 1) << field.key;
  }

  void check_args(const element& now, const element& before) {
    std::size_t count = 0;
    const auto was = before["args"].get_array();
    for (const element& arg : now["args"].get_array()) {
      const std::string_view text = arg;
      const std::string_view full = was.at(count++);
      ASSERT_TRUE(full.starts_with(text));
      if (text.size() < full.size()) {
        ASSERT_TRUE(is_true(now, "args_truncated"));
        ASSERT_EQ(count, now["args"].get_array().size());
      }
    }
    ASSERT_LE(count, was.size());
    if (count < was.size()) {
      ASSERT_TRUE(is_true(now, "args_truncated"));
    }
  }

  // The first variables, whole or cut, and nothing that wasn't there.
  void check_env(const element& now, const element& before) {
    ASSERT_EQ(has(now, "env"), has(before, "env"));
    if (!has(now, "env")) {
      ASSERT_FALSE(has(now, "env_truncated") || has(now, "env_raw"));
      return;
    }
    bool whole = before["env"].get_object().size() == now["env"].get_object().size();
    std::size_t raws = 0;
    std::size_t at = 0;
    for (const auto& [name, value] : now["env"].get_object()) {
      const std::string_view text = value;
      ASSERT_EQ(name, names_.at(at++));
      const std::string& was = made_.env.at(std::string(name));
      std::string_view kept = text;
      if (element raw; now["env_raw"].at_key(name).get(raw) == simdjson::SUCCESS) {
        const std::string base64 = '"' + std::string(std::string_view(raw)) + '"';
        cursor_.start(base64);
        ASSERT_TRUE(cursor_.base64(kept)) << base64;
        ASSERT_FALSE(is_utf8(kept));
        json_.clear();
        json_.string(kept);
        ASSERT_EQ(std::string_view(variable_.parse(std::string(json_.text()))), text);
        ++raws;
      }
      ASSERT_TRUE(was.starts_with(kept)) << name;
      whole &= kept.size() == was.size();
    }
    ASSERT_EQ(raws, has(now, "env_raw") ? now["env_raw"].get_object().size() : 0);
    ASSERT_EQ(is_true(now, "env_truncated"), !whole || is_true(before, "env_truncated"));
  }

  void check_ancestors(const element& now, const element& before) {
    const auto list = now["ancestors"].get_array();
    const auto was = before["ancestors"].get_array();
    ASSERT_LE(list.size(), was.size());
    ASSERT_EQ(list.size() < was.size(), is_true(now, "ancestors_truncated"));
    std::size_t at = 0;
    for (const element& ancestor : list) {
      const element full = was.at(at);
      ASSERT_EQ(std::uint64_t{ancestor["pid"]}, ++at);
      check_text(ancestor, full, "comm");
      check_text(ancestor, full, "exe");
      check_text(ancestor["forked_as"], full["forked_as"], "exe");
    }
  }

  // What goes later is whole as long as what goes before is not at its least: a text as short as a mark
  // stays.
  void check_order(const element& now, const element& before) {
    const std::size_t ancestors = now["ancestors"].get_array().size();
    const bool args = is_true(now, "args_truncated");
    const bool exe = is_true(now, "exe_truncated");
    const bool chain = is_true(now, "chain_truncated");
    if (args || exe || chain) {
      ASSERT_LE(ancestors, kNearestAncestors);
    }
    if (exe || chain) {
      std::size_t left = 0;
      for (const element& arg : now["args"].get_array()) left += std::string_view(arg).size();
      ASSERT_LE(left, 40U) << "paths are cut while arguments stand";
    }
    if (chain) {
      ASSERT_LE(std::string_view(now["exe"]).size(), 100U);
    }
    (void)before;
  }

  JsonWriter json_;
  LineCutter cutter_;
  simdjson::dom::parser whole_, cut_, variable_;
  JsonCursor cursor_;
  Made made_;
  std::vector<std::string> names_;  // of the variables, in order
  std::uint64_t state_ = 3;
};

TEST_F(LineCutterTest, WhateverTheLineItFitsAndSaysWhatIsMissing) {
  std::size_t cuts = 0;
  for (int round = 0; round < 1'500; ++round) {
    const std::string made = line();
    const element before = parse_whole(made);
    for (const std::size_t most : {std::size_t{8'192}, 8'193 + random(2'000), std::size_t{16'384},
                                   std::size_t{65'536}, made.size() - 1}) {
      if (made.size() <= most || most < kLineMaxLeast) continue;
      ++cuts;
      const std::string cut(cutter_.cut(made, most));
      check(before, cut, most);
      if (HasFatalFailure())
        FAIL() << "round " << round << ", at most " << most << "\n" << cut.substr(0, 2'000);
    }
  }
  EXPECT_GT(cuts, 2'000U);
}

// Each too short to be worth cutting: the last ones go, and nothing else does.
TEST_F(LineCutterTest, OfManySmallVariablesTheLastGo) {
  json_.begin_object();
  json_.plain_field("type", "exec");
  json_.key("env");
  json_.begin_object();
  for (int i = 0; i < 240; ++i) {
    json_.string_key("VARIABLE_" + std::to_string(100 + i));
    json_.string((i % 2 == 0 ? "\xff" : "y") + std::string(24, 'x'));
  }
  json_.end_object();
  json_.key("env_raw");
  json_.begin_object();
  for (int i = 0; i < 240; i += 2) {
    json_.string_key("VARIABLE_" + std::to_string(100 + i));
    json_.base64("\xff" + std::string(24, 'x'));
  }
  json_.end_object();
  json_.key("stdio");
  json_.begin_array();
  json_.end_array();
  json_.plain_field("chain", "1|a|root;2|b|root");
  json_.field("lineage_complete", true);
  json_.end_object();
  ASSERT_GT(json_.text().size(), kLineMaxLeast);
  const std::string cut(cutter_.cut(json_.text(), kLineMaxLeast));
  EXPECT_LE(cut.size(), kLineMaxLeast);
  EXPECT_GT(cut.size(), kLineMaxLeast - 128);
  const element now = cut_.parse(cut);
  const std::size_t count = now["env"].get_object().size();
  EXPECT_EQ(now["env_raw"].get_object().size(), (count + 1) / 2);
  EXPECT_TRUE(has(now["env"], "VARIABLE_100") && !has(now["env"], "VARIABLE_339"));
  EXPECT_TRUE(is_true(now, "env_truncated") && is_true(now, "line_truncated"));
  EXPECT_TRUE(has(now, "stdio") && has(now, "chain") && is_true(now, "lineage_complete"));
  EXPECT_FALSE(has(now, "chain_truncated"));
}

// A mark is beside `env`: within it would stand for a variable.
TEST_F(LineCutterTest, LongVariablesAreCutBothWays) {
  const std::string exact = std::string(5'000, '\xfe') + "end";
  json_.begin_object();
  json_.plain_field("type", "exec");
  json_.key("env");
  json_.begin_object();
  json_.string_key("AB");
  json_.string(exact);
  json_.string_key("AB_truncated");
  json_.string("a variable's name");
  json_.string_key("CD");
  json_.string(std::string(9'000, 'c'));
  json_.end_object();
  json_.key("env_raw");
  json_.begin_object();
  json_.string_key("AB");
  json_.base64(exact);
  json_.end_object();
  json_.end_object();
  const std::string cut(cutter_.cut(json_.text(), kLineMaxLeast));
  EXPECT_LE(cut.size(), kLineMaxLeast);
  const element now = cut_.parse(cut);
  EXPECT_TRUE(is_true(now, "env_truncated"));
  ASSERT_EQ(now["env"].get_object().size(), 3U);
  EXPECT_EQ(std::string_view(now["env"]["AB_truncated"]), "a variable's name");
  EXPECT_GT(std::string_view(now["env"]["CD"]).size(), 3'000U);
  const std::string base64 = '"' + std::string(std::string_view(now["env_raw"]["AB"])) + '"';
  cursor_.start(base64);
  std::string_view bytes;
  ASSERT_TRUE(cursor_.base64(bytes));
  EXPECT_GT(bytes.size(), 500U);
  EXPECT_TRUE(exact.starts_with(bytes));
  EXPECT_EQ(std::string_view(now["env"]["AB"]).size(), 3 * bytes.size()) << "a U+FFFD for each";
}

TEST_F(LineCutterTest, EveryLimitFits) {
  std::string made;
  while (made.size() < 60'000) made = line();
  const element before = parse_whole(made);
  for (std::size_t most = kLineMaxLeast; most < 12'000; ++most) {
    check(before, cutter_.cut(made, most), most);
    if (HasFatalFailure()) {
      FAIL() << most;
    }
  }
}

TEST_F(LineCutterTest, WhatNoWriterOfOursMakesFitsToo) {
  const std::string head = R"({"v":1,"type":"exec","seq":7,"pid":5)";
  const std::string many = [] {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += ",\"k" + std::to_string(i) + "\":1";
    return text;
  }();
  const std::vector<std::string> lines = {
      head + ",\"x\":[" + std::string(30'000, '[') + std::string(30'000, ']') + "]}",
      head + ",\"x\":\"" + std::string(50'000, 'x') + "\"}",
      head + many + "}",
      head + ",\"" + std::string(50'000, 'k') + "\":1}",
      head + ",\"x\":1" + std::string(50'000, '0') + "}",
      head + std::string(50'000, ' ') + "}",
      head + ", \"args\" : [ \"" + std::string(20'000, 'a') + "\" , \"b\" ] , \"z\" : { } }",
      head + ",\"exe\":\"" + std::string(40'000, '\\') + "\"}",
      head + ",\"exe\":\"a\",\"exe_raw\":\"" + std::string(40'000, 'A') + "\"}",
      head + ",\"ancestors\":[" + std::string(20'000, ' ') + "{\"pid\":1}, {\"pid\":2,\"a\":[\"" +
          std::string(9'000, 'y') + "\"]}]}",
      head + ",\"env\":{\"A\":[" + std::string(9'000, '7') + "],\"B\":{\"A_truncated\":true},\"C\":\"c\"}}",
      head + R"(,"env":{},"env":{"B":")" + std::string(9'000, 'b') + "\"}}",
      head + R"(,"env":{"B":"b"},"x":1,"env_raw":{"B":")" + std::string(9'000, 'A') + "\"}}",
      head + R"(,"env":{"B":"b","C":5},"env_raw":{"C":"AA==","D":[{}],"B":")" + std::string(9'000, 'A') +
          "\"}}",
      head + R"(,"env":{"B":")" + std::string(9'000, 'b') + R"("},"env_raw":"b"})",
      head + ",\"env\":{\"" + std::string(9'000, 'n') + "\":\"\"}}",
      head + ",\"ancestors\":[],\"ancestors\":[{}],\"e\":\"" + std::string(9'000, 'y') + "\"}",
  };
  for (const std::string& made : lines) {
    for (const std::size_t most : {std::size_t{8'192}, std::size_t{8'999}}) {
      const std::string cut(cutter_.cut(made, most));
      EXPECT_LE(cut.size(), most) << made.substr(0, 100);
      simdjson::dom::parser parser;
      element now;
      ASSERT_EQ(parser.parse(cut).get(now), simdjson::SUCCESS) << made.substr(0, 100) << "\n"
                                                               << cut.substr(0, 300);
      EXPECT_EQ(std::uint64_t{now["pid"]}, 5U);
      EXPECT_TRUE(is_true(now, "line_truncated"));
    }
  }
}

}  // namespace
}  // namespace proctree
