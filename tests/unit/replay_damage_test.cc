// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a replay survives and what it refuses.
#include <string>

#include "replay_fixture.hpp"

namespace proctree {
namespace {

using Notes = std::vector<std::string>;

const std::string kExec =
    process_fields(7, "sh", 1) + lineage_fields("7|sh|root;1|init|root", ancestor(1, "init"));

class DamageTest : public ReplayTest {
 protected:
  // Why a recording with this line as its second is refused.
  std::string refusal(std::string_view line) {
    const Told told = copied(started() + std::string(line) + "\n" + recorded("exec", 3, kExec));
    EXPECT_EQ(told.output, started()) << "what stands before it is good";
    return told.error.substr(0, told.error.find("; "));
  }
  std::string refusal_of_field(std::string_view field) {
    const std::string line = recorded("exec", 2, "\"pid\":1," + std::string(field));
    return refusal(line.substr(0, line.size() - 1));
  }
};

TEST_F(DamageTest, ATornLastLineIsLeftOut) {
  const std::string whole = started() + recorded("exec", 2, kExec);
  const std::string torn = recorded("exec", 3, kExec);
  for (std::size_t size = 1; size < torn.size() - 1; ++size) {
    std::string text = whole;
    text.append(torn, 0, size);
    const Told told = copied(text);
    ASSERT_EQ(told.error, "") << size;
    ASSERT_EQ(told.output, whole) << size;
    ASSERT_EQ(told.notices, Notes{"1 torn line left out, at line 3"}) << size;
  }
}

TEST_F(DamageTest, NulsThatACrashOfTheMachineLeftAreLeftOut) {
  const std::string whole = started() + recorded("exec", 2, kExec);
  for (const std::string_view torn : {"", "{\"v\":1,\"type\":\"exec\",\"se"}) {
    const std::string nuls = std::string(torn) + std::string(5000, '\0');
    const Told last = copied(whole + nuls);
    EXPECT_EQ(last.output, whole);
    EXPECT_EQ(last.notices, Notes{"1 torn line left out, at line 3"});
    EXPECT_EQ(copied(whole + nuls + "\n" + whole).output, whole + whole);
  }
  EXPECT_EQ(copied(started() + std::string(3, '\0') + "\n" + recorded("exec", 2, kExec)).error.substr(0, 16),
            "line 2: not JSON");
}

TEST_F(DamageTest, AWholeLastLineNeedsNoNewline) {
  std::string text = started() + recorded("exec", 2, kExec);
  text.pop_back();
  const Told told = copied(text);
  EXPECT_EQ(told.output, text + "\n");
  EXPECT_EQ(told.notices, Notes{});
}

// The next tracer ends it, and begins.
TEST_F(DamageTest, ATornLineBeforeAStartIsLeftOut) {
  const std::string before = started() + recorded("exec", 2, kExec);
  const std::string after = started() + recorded("exec", 2, kExec);
  Told told = copied(before +
                     R"({"v":1,"type":"ex)"
                     "\n" +
                     after);
  EXPECT_EQ(told.error, "");
  EXPECT_EQ(told.output, before + after);
  EXPECT_EQ(told.notices, Notes{"1 torn line left out, at line 3"});
  // And that one may have been killed while it wrote its first line.
  told = copied(before +
                R"({"v":1,"type":"ex)"
                "\n{\"v\":1,\"ty\n" +
                after);
  EXPECT_EQ(told.output, before + after);
  EXPECT_EQ(told.notices, Notes{"2 torn lines left out, the first at line 3"});
}

TEST_F(DamageTest, ADamagedLineInTheMiddleIsRefused) {
  EXPECT_EQ(refusal("nonsense"), "line 2: not JSON: a value is expected");
  EXPECT_EQ(refusal(R"({"v":1,"type":"exec","seq":2)"),
            "line 2: not JSON: a comma or the end of the object is expected");
  EXPECT_EQ(refusal(std::string("{\"v\":1,\"type\":\"ex\0c\"}", 21)),
            "line 2: not JSON: a string holds a control character");
  EXPECT_EQ(refusal("{\"v\":1,\"type\":\"ex\xff\"}"), "line 2: not JSON: a string is not valid UTF-8");
  EXPECT_EQ(refusal(R"({"v":1,"type":"exec"}{"v":1})"), "line 2: not JSON: something follows the object");
  EXPECT_EQ(refusal(R"({"v":1,"x":)" + std::string(1'000'000, '[') + "}"),
            "line 2: not JSON: values are nested too deeply");
  EXPECT_EQ(refusal("[]"), "line 2: the line: an object is expected");
  EXPECT_EQ(refusal("null"), "line 2: the line: an object is expected");
}

// Not every line before a start was cut off by a crash.
TEST_F(DamageTest, GarbageBeforeAStartIsRefused) {
  EXPECT_EQ(copied("garbage\n" + started()).error.substr(0, 16), "line 1: not JSON");
  EXPECT_EQ(copied("garbage").error.substr(0, 16), "line 1: not JSON");
  EXPECT_EQ(copied(started() + "{\"v\":1,\"ty\n").error.substr(0, 16), "line 2: not JSON")
      << "ended, and nothing follows";
}

TEST_F(DamageTest, AnotherVersionIsRefused) {
  const Told told = copied(R"({"v":2,"type":["other"],"pid":"x"})"
                           "\n");
  EXPECT_EQ(told.error,
            "line 1: version 2 of the JSON lines; this proctree reads version 1; take a newer one");
  EXPECT_EQ(refusal(R"({"v":0,"type":"exec"})"), "line 2: v: is not 1");
  EXPECT_EQ(refusal(R"({"type":"exec","seq":2})"), "line 2: v: is missing");
}

TEST_F(DamageTest, ValuesOfAnotherKindAreRefused) {
  EXPECT_EQ(refusal_of_field(R"("pid":"1")"), "line 2: pid: a whole number is expected");
  EXPECT_EQ(refusal_of_field(R"("pid":-1)"), "line 2: pid: a whole number is expected");
  EXPECT_EQ(refusal_of_field(R"("pid":1.5)"), "line 2: pid: a whole number is expected");
  EXPECT_EQ(refusal_of_field(R"("pid":null)"), "line 2: pid: a whole number is expected");
  EXPECT_EQ(refusal_of_field(R"("pid":4294967296)"), "line 2: pid: the number is too large");
  EXPECT_EQ(refusal_of_field(R"("start_ns":18446744073709551616)"),
            "line 2: start_ns: a number is too large");
  EXPECT_EQ(refusal_of_field(R"("comm":7)"), "line 2: comm: a string is expected");
  EXPECT_EQ(refusal_of_field(R"("comm_raw":"a")"), "line 2: comm_raw: that is no base64");
  EXPECT_EQ(refusal_of_field(R"("comm_raw":"a===")"), "line 2: comm_raw: that is no base64");
  EXPECT_EQ(refusal_of_field(R"("comm_raw":"=aaa")"), "line 2: comm_raw: that is no base64");
  EXPECT_EQ(refusal_of_field(R"("comm_raw":"aa=a")"), "line 2: comm_raw: that is no base64");
  EXPECT_EQ(refusal_of_field(R"("creator_id":"x")"), "line 2: creator_id: that is no id");
  EXPECT_EQ(refusal_of_field(R"("creator_id":"a-1-99999999999999999999")"),
            "line 2: creator_id: that is no id");
  EXPECT_EQ(refusal_of_field(R"("args":{})"), "line 2: args: an array is expected");
  EXPECT_EQ(refusal_of_field(R"("args":[1])"), "line 2: args: a string is expected");
  EXPECT_EQ(refusal_of_field(R"("ns":[])"), "line 2: ns: an object is expected");
  EXPECT_EQ(refusal_of_field(R"("ancestors":[1])"), "line 2: ancestors: an object is expected");
  EXPECT_EQ(refusal_of_field(R"("setuid":1)"), "line 2: setuid: true or false is expected");
  EXPECT_EQ(refusal_of_field(R"("caps_effective":"xyz")"), "line 2: caps_effective: hex digits are expected");
  EXPECT_EQ(refusal_of_field(R"("exit_code":256)"), "line 2: exit_code: the number is too large");
  EXPECT_EQ(refusal_of_field(R"("signal":127)"), "line 2: signal: there is no such signal");
  EXPECT_EQ(refusal_of_field(R"("time":"yesterday")"), "line 2: time: that is no time of RFC 3339");
}

TEST_F(DamageTest, WhatEveryLineHasMustBeThere) {
  EXPECT_EQ(refusal(R"({"v":1})"), "line 2: type: is missing");
  EXPECT_EQ(refusal(R"({"v":1,"type":"stop"})"), "line 2: seq: is missing");
  EXPECT_EQ(refusal(R"({"v":1,"type":"stop","seq":2})"), "line 2: time: is missing");
  EXPECT_EQ(refusal(R"({"v":1,"type":"stop","seq":2,"time":"2026-03-01T09:30:00Z"})"),
            "line 2: ktime_ns: is missing");
  const std::string exec = recorded("exec", 2, "");
  EXPECT_EQ(refusal(exec.substr(0, exec.size() - 1)), "line 2: pid: is missing");
}

TEST_F(DamageTest, WhatIsNewerIsToldAndKept) {
  const std::string text =
      started(1, "b00t", R"(,"shiny":{"pid":[1.5,null]})") + recorded("exec", 2, kExec + R"(,"a":1,"b":2)") +
      recorded("frobnicated", 3, R"("pid":7,"what":true)") + recorded("teleported", 4, "");
  const Told told = copied(text);
  EXPECT_EQ(told.error, "");
  EXPECT_EQ(told.output, text);
  EXPECT_EQ(told.notices,
            (Notes{"2 lines of a type that this proctree doesn't know, the first at line 3 (frobnicated)",
                   "2 lines with fields that this proctree doesn't know, the first at line 1 (shiny)"}));
  // No name makes a notice long, or moves a terminal.
  const Told hostile = copied(started() + recorded("\\u001b[2J" + std::string(1000, 'x'), 2, ""));
  ASSERT_EQ(hostile.notices.size(), 1U);
  EXPECT_LT(hostile.notices[0].size(), 200U);
  EXPECT_NE(hostile.notices[0].find("\\x1b[2Jxxx"), std::string::npos) << hostile.notices[0];
}

TEST_F(DamageTest, AGapIsToldAndKept) {
  std::string text =
      started() + recorded("exec", 5, kExec) + recorded("exec", 6, kExec) + recorded("exec", 8, kExec);
  const Told told = copied(text);
  EXPECT_EQ(told.output, text);
  EXPECT_EQ(told.notices, Notes{"4 lines missing from the sequence, 2 gaps, the first at line 2"});
  EXPECT_EQ(copied(started() + recorded("exec", 2, kExec) + started() + recorded("exec", 2, kExec)).notices,
            Notes{})
      << "another stream";
  EXPECT_EQ(copied(recorded("exec", 40, kExec) + recorded("exec", 41, kExec)).notices, Notes{})
      << "rotated away";
  EXPECT_EQ(copied(started() + recorded("exec", 2, kExec) + recorded("exit", 2, "\"pid\":7")).notices,
            Notes{"0 lines missing from the sequence, 1 gap, at line 3"});
}

TEST_F(DamageTest, NothingIsARecordingToo) {
  for (const std::string_view nothing : {"", "\n", "\n \n\t\r\n "}) {
    const Told told = chains(nothing);
    EXPECT_EQ(told.output, "");
    EXPECT_EQ(told.error, "");
  }
}

TEST_F(DamageTest, EmptyLinesAreNone) {
  const std::string one = started();
  const std::string two = recorded("exec", 2, kExec);
  for (const std::string_view blank : {"\n", "\n\n\n", " \t\r\n"}) {
    const Told told = copied(std::string(blank) + one + std::string(blank) + two + std::string(blank));
    EXPECT_EQ(told.error, "");
    EXPECT_EQ(told.output, one + two);
    EXPECT_EQ(told.notices, Notes{});
    // Behind a line that a crash has left, too.
    const std::string next = started(1, "other");
    EXPECT_EQ(copied(one + "{\"v\":1,\"ty\n" + std::string(blank) + next + two).output, one + next + two);
  }
}

// Whoever delivers at least once delivers some lines twice: at once, or all of them again from an earlier one
// on.
TEST_F(DamageTest, ADoubledLineIsThereOnce) {
  const auto of = [](std::string_view stream, std::string_view type, std::uint64_t seq,
                     std::string_view fields) {
    std::string line = recorded(type, seq, fields);
    return line.insert(line.find(",\"seq\""), ",\"stream\":\"" + std::string(stream) + "\"");
  };
  std::vector<std::string> unnamed = {started(), recorded("exec", 2, kExec), recorded("exec", 3, kExec)};
  std::string once;
  std::string twice;
  for (const std::string& line : unnamed) {
    once += line;
    twice += line + line;
  }
  Told told = copied(twice);
  EXPECT_EQ(told.output, once);
  EXPECT_EQ(told.notices, (Notes{"3 lines left out that had been read already, the first at line 2"}));

  const std::string a1 = of("a", "start", 1, R"("host":{"name":"h","boot_id":"b00t"},"tracer":{})");
  const std::string a2 = of("a", "exec", 2, kExec);
  const std::string a3 = of("a", "newer", 3, "");
  const std::string b1 = of("b", "start", 1, R"("host":{"name":"h","boot_id":"b00t"},"tracer":{})");
  const std::string b2 = of("b", "exec", 2, kExec);
  told = copied(a1 + b1 + a2 + b2 + a1 + a2 + a3 + b2 + a3);
  EXPECT_EQ(told.output, a1 + b1 + a2 + b2 + a3);
  told = copied(a1 + a3 + b2 + a2 + b1);
  EXPECT_EQ(told.output, a1 + a3 + b2 + a2 + b1) << "nothing is missing in the end";
  EXPECT_EQ(told.notices, Notes{"1 line of a type that this proctree doesn't know, at line 2 (newer)"});
  told = copied(a1 + of("a", "exec", 5, kExec) + b1 + of("b", "exec", 3, kExec));
  EXPECT_EQ(told.notices, Notes{"4 lines missing from the sequence, 2 gaps, the first at line 2"});
}

}  // namespace
}  // namespace proctree
