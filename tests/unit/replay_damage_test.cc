// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a replay survives and what it refuses.
#include <string>

#include "replay_fixture.hpp"

namespace proctree {
namespace {

using Warnings = std::vector<std::string>;

const std::string kExec =
    process_fields(7, "sh", 1) + lineage_fields("7|sh|root;1|init|root", ancestor(1, "init"));

class DamageTest : public ReplayTest {
 protected:
  // Why a recording with this line as its second is refused.
  std::string refusal(std::string_view line) {
    const Replayed replayed = copied(started() + std::string(line) + "\n" + recorded("exec", 3, kExec));
    EXPECT_EQ(replayed.output, started()) << "what stands before it is good";
    return replayed.error.substr(0, replayed.error.find("; "));
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
    const Replayed replayed = copied(text);
    ASSERT_EQ(replayed.error, "") << size;
    ASSERT_EQ(replayed.output, whole) << size;
    ASSERT_EQ(replayed.warnings, Warnings{"1 torn line left out, at line 3"}) << size;
  }
}

TEST_F(DamageTest, NulsThatACrashOfTheMachineLeftAreLeftOut) {
  const std::string whole = started() + recorded("exec", 2, kExec);
  const std::string next = started(1, "other") + recorded("exec", 2, kExec);
  const std::string nuls(5000, '\0');
  const std::string torn = "{\"v\":1,\"type\":\"exec\",\"se" + nuls;
  EXPECT_EQ(copied(whole + torn).output, whole);
  EXPECT_EQ(copied(whole + torn).warnings, Warnings{"1 torn line left out, at line 3"});
  EXPECT_EQ(copied(whole + torn + "\n" + next).output, whole + next);
  EXPECT_EQ(copied(whole + nuls).output, whole);
  EXPECT_EQ(copied(whole + nuls).warnings, Warnings{"NULs left out before 1 line, at line 3"});
  EXPECT_EQ(copied(whole + "{\"v\":1,\"ty\n" + nuls).error, "") << "neither line was ended";
}

// A writer that doesn't append goes on where it was when logrotate's copytruncate has cut the file.
TEST_F(DamageTest, NulsThatCopytruncateLeavesAreNoneOfTheLine) {
  const std::string one = started();
  const std::string two = recorded("exec", 2, kExec);
  const std::string hole(200'000, '\0');
  for (const std::string& text : {hole + one + two, one + hole + two, one + hole + "\n" + two}) {
    const Replayed replayed = copied(text);
    EXPECT_EQ(replayed.error, "");
    EXPECT_EQ(replayed.output, one + two);
    ASSERT_EQ(replayed.warnings.size(), 1U);
    EXPECT_EQ(replayed.warnings[0].find("NULs left out before 1 line, at line "), 0U) << replayed.warnings[0];
  }
}

TEST_F(DamageTest, AWholeLastLineNeedsNoNewline) {
  std::string text = started() + recorded("exec", 2, kExec);
  text.pop_back();
  const Replayed replayed = copied(text);
  EXPECT_EQ(replayed.output, text + "\n");
  EXPECT_EQ(replayed.warnings, Warnings{});
}

// The next tracer ends it, and begins.
TEST_F(DamageTest, ATornLineBeforeAStartIsLeftOut) {
  const std::string before = started() + recorded("exec", 2, kExec);
  const std::string after = started(1, "other") + recorded("exec", 2, kExec);
  Replayed replayed = copied(before +
                             R"({"v":1,"type":"ex)"
                             "\n" +
                             after);
  EXPECT_EQ(replayed.error, "");
  EXPECT_EQ(replayed.output, before + after);
  EXPECT_EQ(replayed.warnings, Warnings{"1 torn line left out, at line 3"});
  // And that one may have been killed while it wrote its first line.
  replayed = copied(before +
                    R"({"v":1,"type":"ex)"
                    "\n{\"v\":1,\"ty\n" +
                    after);
  EXPECT_EQ(replayed.output, before + after);
  EXPECT_EQ(replayed.warnings, Warnings{"2 torn lines left out, the first at line 3"});
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
  const Replayed replayed = copied(R"({"v":2,"type":["other"],"pid":"x"})"
                                   "\n");
  EXPECT_EQ(replayed.error,
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

TEST_F(DamageTest, WhatIsNewerIsReportedAndRetained) {
  const std::string text =
      started(1, "b00t", R"(,"shiny":{"pid":[1.5,null]})") + recorded("exec", 2, kExec + R"(,"a":1,"b":2)") +
      recorded("frobnicated", 3, R"("pid":7,"what":true)") + recorded("teleported", 4, "");
  const Replayed replayed = copied(text);
  EXPECT_EQ(replayed.error, "");
  EXPECT_EQ(replayed.output, text);
  EXPECT_EQ(replayed.warnings,
            (Warnings{"2 lines of a type that this proctree doesn't know, the first at line 3 (frobnicated)",
                      "2 lines with fields that this proctree doesn't know, the first at line 1 (shiny)"}));
  // No name makes a notice long, or moves a terminal.
  const Replayed hostile = copied(started() + recorded("\\u001b[2J" + std::string(1000, 'x'), 2, ""));
  ASSERT_EQ(hostile.warnings.size(), 1U);
  EXPECT_LT(hostile.warnings[0].size(), 200U);
  EXPECT_NE(hostile.warnings[0].find("\\x1b[2Jxxx"), std::string::npos) << hostile.warnings[0];
}

TEST_F(DamageTest, AGapIsReportedAndRetained) {
  std::string text =
      started() + recorded("exec", 5, kExec) + recorded("exec", 6, kExec) + recorded("exec", 8, kExec);
  const Replayed replayed = copied(text);
  EXPECT_EQ(replayed.output, text);
  EXPECT_EQ(replayed.warnings, Warnings{"4 lines missing from the sequence, 2 gaps, the first at line 2"});
  EXPECT_EQ(copied(started() + recorded("exec", 2, kExec) + started(1, "other") + recorded("exec", 2, kExec))
                .warnings,
            Warnings{})
      << "another stream";
  EXPECT_EQ(copied(recorded("exec", 40, kExec) + recorded("exec", 41, kExec)).warnings, Warnings{})
      << "rotated away";
  EXPECT_EQ(copied(started() + recorded("exec", 2, kExec) + recorded("exit", 2, "\"pid\":7")).warnings,
            Warnings{"0 lines missing from the sequence, 1 gap, at line 3"});
}

TEST_F(DamageTest, NothingIsARecordingToo) {
  for (const std::string_view nothing : {"", "\n", "\n \n\t\r\n "}) {
    const Replayed replayed = chains(nothing);
    EXPECT_EQ(replayed.output, "");
    EXPECT_EQ(replayed.error, "");
  }
}

TEST_F(DamageTest, EmptyLinesAreNone) {
  const std::string one = started();
  const std::string two = recorded("exec", 2, kExec);
  for (const std::string_view blank : {"\n", "\n\n\n", " \t\r\n"}) {
    const Replayed replayed =
        copied(std::string(blank) + one + std::string(blank) + two + std::string(blank));
    EXPECT_EQ(replayed.error, "");
    EXPECT_EQ(replayed.output, one + two);
    ASSERT_EQ(replayed.warnings.size(), 1U);
    EXPECT_EQ(replayed.warnings[0].substr(replayed.warnings[0].find(' ')),
              " blank lines left out, the first at line 1");
    // Behind a line that a crash has left, too.
    const std::string next = started(1, "other");
    EXPECT_EQ(copied(one + "{\"v\":1,\"ty\n" + std::string(blank) + next + two).output, one + next + two);
  }
}

// At least once may be twice: each line, or all of them again from an earlier one on.
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
  Replayed replayed = copied(twice);
  EXPECT_EQ(replayed.output, once);
  EXPECT_EQ(replayed.warnings, Warnings{"3 repeated lines left out, the first at line 2"});
  // All of it again, or the end of it.
  replayed = copied(once + once);
  EXPECT_EQ(replayed.output, once);
  EXPECT_EQ(replayed.warnings, Warnings{"3 repeated lines left out, the first at line 4"});
  EXPECT_EQ(copied(once + unnamed[1] + unnamed[2] + recorded("exec", 4, kExec)).output,
            once + recorded("exec", 4, kExec));
  // Another line of that number, or of another stream, is none of these.
  const std::string other = started(1, "other") + unnamed[1];
  EXPECT_EQ(copied(once + other).output, once + other);
  const std::string exit = recorded("exit", 3, R"("pid":7)");
  EXPECT_EQ(copied(once + exit).output, once + exit);

  const std::string a1 = of("a", "start", 1, R"("host":{"name":"h","boot_id":"b00t"},"tracer":{})");
  const std::string a2 = of("a", "exec", 2, kExec);
  const std::string a3 = of("a", "newer", 3, "");
  const std::string b1 = of("b", "start", 1, R"("host":{"name":"h","boot_id":"b00t"},"tracer":{})");
  const std::string b2 = of("b", "exec", 2, kExec);
  replayed = copied(a1 + b1 + a2 + b2 + a1 + a2 + a3 + b2 + a3);
  EXPECT_EQ(replayed.output, a1 + b1 + a2 + b2 + a3);
  replayed = copied(a1 + a3 + b2 + a2 + b1);
  EXPECT_EQ(replayed.output, a1 + a3 + b2 + a2 + b1) << "nothing is missing in the end";
  EXPECT_EQ(replayed.warnings,
            Warnings{"1 line of a type that this proctree doesn't know, at line 2 (newer)"});
  replayed = copied(a1 + of("a", "exec", 5, kExec) + b1 + of("b", "exec", 3, kExec));
  EXPECT_EQ(replayed.warnings, Warnings{"4 lines missing from the sequence, 2 gaps, the first at line 2"});
}

}  // namespace
}  // namespace proctree
