// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/escape.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

// Text that misleads is what is tested here: NOLINTBEGIN(misc-misleading-bidirectional)
namespace proctree {
namespace {

using std::string_literals::operator""s;
using std::string_view_literals::operator""sv;

std::string encode(std::uint32_t code) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xc0 | code >> 6), byte(0x80 | (code & 63))};
  if (code < 0x10000)
    return {byte(0xe0 | code >> 12), byte(0x80 | (code >> 6 & 63)), byte(0x80 | (code & 63))};
  return {byte(0xf0 | code >> 18), byte(0x80 | (code >> 12 & 63)), byte(0x80 | (code >> 6 & 63)),
          byte(0x80 | (code & 63))};
}

std::string chain_field(std::string_view text) {
  std::string out;
  append_chain_field(out, text);
  return out;
}

std::string visible(std::string_view text) {
  std::string out;
  append_visible(out, text);
  return out;
}

std::string shell_word(std::string_view text) {
  std::string out;
  append_shell_word(out, text);
  return out;
}

TEST(Utf8, KnowsEveryScalarValueAndNoSurrogate) {
  for (std::uint32_t code = 0; code < 0x110000; ++code) {
    const std::string text = encode(code);
    const Utf8Char c = utf8_at(text, 0);
    if (code >= 0xd800 && code < 0xe000) {
      ASSERT_EQ(c.length, 0U) << code;
    } else {
      ASSERT_EQ(c.length, text.size()) << code;
      ASSERT_EQ(c.code, code);
    }
  }
}

TEST(Utf8, RefusesWhatIsIllFormed) {
  const std::vector<std::string> ill_formed = {
      "\x80"s,              // a continuation alone
      "\xbf"s,              //
      "\xc0\x80"s,          // overlong NUL
      "\xc1\xbf"s,          // overlong
      "\xe0\x9f\xbf"s,      // overlong
      "\xed\xa0\x80"s,      // a surrogate
      "\xf0\x8f\xbf\xbf"s,  // overlong
      "\xf4\x90\x80\x80"s,  // beyond U+10FFFF
      "\xf5\x80\x80\x80"s,  //
      "\xff"s,              //
      "\xc3"s,              // cut
      "\xe2\x82"s,          //
      "\xf0\x9f\x98"s,      //
      "\xc3("s,             // no continuation
  };
  for (const std::string& text : ill_formed) {
    EXPECT_EQ(utf8_at(text, 0).length, 0U) << testing::PrintToString(text);
    EXPECT_FALSE(is_utf8(text)) << testing::PrintToString(text);
    EXPECT_FALSE(is_utf8("ok " + text)) << testing::PrintToString(text);
  }
  EXPECT_EQ(utf8_at("a", 1).length, 0U);
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("naïve ↦ 日本 😀"));
}

TEST(Escape, DetectsControlAndHiddenCodePoints) {
  EXPECT_TRUE(is_control(0));
  EXPECT_TRUE(is_control(0x1f));
  EXPECT_FALSE(is_control(0x20));
  EXPECT_FALSE(is_control(0x7e));
  EXPECT_TRUE(is_control(0x7f));
  EXPECT_TRUE(is_control(0x9b));  // CSI of 8-bit terminals
  EXPECT_FALSE(is_control(0xa0));
  for (const std::uint32_t code :
       {0xadU, 0x200bU, 0x200fU, 0x202aU, 0x202eU, 0x2066U, 0x2069U, 0xfeffU, 0xe0001U}) {
    EXPECT_TRUE(is_hidden(code)) << code;
  }
  for (const std::uint32_t code :
       {0x20U, 0x41U, 0xacU, 0xaeU, 0x200aU, 0x2010U, 0x2027U, 0x202fU, 0x4e00U, 0x1f600U}) {
    EXPECT_FALSE(is_hidden(code)) << code;
  }
}

TEST(ChainField, LeavesReadableTextAlone) {
  EXPECT_EQ(chain_field(""), "");
  EXPECT_EQ(chain_field("bash"), "bash");
  EXPECT_EQ(chain_field("(sd-pam) a:b/c~"), "(sd-pam) a:b/c~");
  EXPECT_EQ(chain_field("日本語"), "日本語");
}

TEST(ChainField, EscapesWhatCouldForgeALink) {
  EXPECT_EQ(chain_field("x;1|init|root"), "x\\x3b1\\x7cinit\\x7croot");
  EXPECT_EQ(chain_field("\\x3b"), "\\x5cx3b");
  EXPECT_EQ(chain_field("a\nb"), "a\\x0ab");
  EXPECT_EQ(chain_field("\x1b[31m"), "\\x1b[31m");
  EXPECT_EQ(chain_field("\x7f"), "\\x7f");
  EXPECT_EQ(chain_field("\0a"sv), "\\x00a");
  EXPECT_EQ(chain_field("\xc2\x9b"
                        "31m"),
            "\\xc2\\x9b31m");  // C1
  EXPECT_EQ(chain_field("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(chain_field("\xe2\x82"), "\\xe2\\x82");
  EXPECT_EQ(chain_field("\xc3\xa9\xc3"), "é\\xc3");
}

// Undoes append_chain_field: that it can be undone says that no two names look alike.
std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    out += static_cast<char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16));
    i += 3;
  }
  return out;
}

TEST(ChainField, IsLosslessAndValidUtf8ForAnyBytes) {
  std::uint64_t random = 1;
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (int i = 0; i < 15; ++i) {
      random = random * 6364136223846793005U + 1442695040888963407U;
      text += static_cast<char>(random >> 56);
    }
    const std::string field = chain_field(text);
    ASSERT_TRUE(is_utf8(field));
    ASSERT_EQ(field.find_first_of("|;"), std::string::npos);
    for (const char c : field) ASSERT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7f);
    ASSERT_EQ(unescape(field), text);
  }
}

TEST(Visible, EscapesWhatHidesOrReorders) {
  EXPECT_EQ(visible("a|b;c"), "a|b;c");
  EXPECT_EQ(visible("a\\b"), "a\\x5cb");
  EXPECT_EQ(visible("evil\xe2\x80\xaegpj.exe"), "evil\\xe2\\x80\\xaegpj.exe");  // right-to-left override
  EXPECT_EQ(visible("a\xe2\x80\x8b"
                    "b"),
            "a\\xe2\\x80\\x8bb");  // zero-width space
  EXPECT_EQ(visible("\xc2\x85\x9f"), "\\xc2\\x85\\x9f");
  EXPECT_EQ(visible("é日😀"), "é日😀");
}

// Long texts are escaped a block at a time: what a part of them becomes does not depend on where it lies.
TEST(Escape, LongTextsAreTheirPartsEscaped) {
  for (const std::string_view unit :
       {"\x01"sv, "\\"sv, "|"sv, "\xff"sv, "\xe2\x80"sv, "\xc2\x9b"sv, "é"sv, "\xe2\x80\x8b"sv, "日"sv,
        "\xf3\xa0\x80\x81"sv, "😀"sv, "\x01x"sv, "'"sv}) {
    for (std::size_t offset = 0; offset < 9; ++offset) {
      const std::string before(offset, 'x');
      std::string text = before;
      std::string as_field = before;
      std::string as_seen = before;
      while (text.size() < 5'000) {
        text += unit;
        as_field += chain_field(unit);
        as_seen += visible(unit);
      }
      ASSERT_EQ(chain_field(text), as_field) << testing::PrintToString(unit);
      ASSERT_EQ(visible(text), as_seen) << testing::PrintToString(unit);
    }
  }
}

TEST(ShellWord, IsBareWhereThatIsSafe) {
  EXPECT_EQ(shell_word("/usr/bin/gcc-12"), "/usr/bin/gcc-12");
  EXPECT_EQ(shell_word("--sort=time,name"), "--sort=time,name");
  EXPECT_EQ(shell_word("user@host:%1_+"), "user@host:%1_+");
}

TEST(ShellWord, IsQuotedElsewhere) {
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("two words"), "'two words'");
  EXPECT_EQ(shell_word("$HOME"), "'$HOME'");
  EXPECT_EQ(shell_word("a\\.b"), "'a\\.b'");
  EXPECT_EQ(shell_word("*"), "'*'");
  EXPECT_EQ(shell_word("~"), "'~'");
  EXPECT_EQ(shell_word("naïve"), "'naïve'");
  EXPECT_EQ(shell_word("it's"), "$'it\\'s'");
  EXPECT_EQ(shell_word("a\nb\tc\rd"), "$'a\\nb\\tc\\rd'");
  EXPECT_EQ(shell_word("\x1b]0;x\x07"), "$'\\x1b]0;x\\x07'");
  EXPECT_EQ(shell_word("\xff"
                       "a"),
            "$'\\xffa'");
  EXPECT_EQ(shell_word("a\\b\n"), "$'a\\\\b\\n'");
  EXPECT_EQ(shell_word("\xe2\x80\xae"), "$'\\xe2\\x80\\xae'");
}

// Words are looked at 16, eight or four bytes at a time: where in one a byte lies makes no difference.
TEST(ShellWord, IsBareByItsBytesAlone) {
  const std::string_view bare = "%+,-./0123456789:=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
  for (int byte = 1; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool is_bare = bare.find(c) != std::string_view::npos;
    for (std::size_t size = 1; size <= 140; size += size < 34 ? 1 : 17) {
      for (std::size_t at = 0; at < size; at += size < 34 ? 1 : 5) {
        std::string word(size, 'x');
        word[at] = c;
        ASSERT_EQ(shell_word(word) == word, is_bare) << byte << " at " << at << " of " << size;
      }
    }
  }
}

TEST(BareWords, AreWhatTheWordsAreOneByOne) {
  const std::vector<std::string> words = {
      "a", "-o", "out.o", "/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus", "x=1", std::string(60, 'y')};
  for (const std::string_view odd : {""sv, "two words"sv, "é"sv, "\xff"sv, "a\nb"sv, "$x"sv, "z"sv}) {
    for (std::size_t count = 1; count <= 8; ++count) {
      for (std::size_t odd_at = 0; odd_at <= count; ++odd_at) {  // at `count` there is none
        std::string args;
        std::string one_by_one;
        for (std::size_t i = 0; i < count; ++i) {
          const std::string word = i == odd_at ? std::string(odd) : words[(i + count) % words.size()];
          args += word + '\0';
          if (i != 0) one_by_one += ' ';
          one_by_one += shell_word(word);
        }
        const bool bare = odd_at == count || odd == "z";
        for (const std::size_t unended : {0U, 1U}) {
          // Without its end an empty last word is none.
          if (unended == 1 && odd_at == count - 1 && odd.empty()) continue;
          std::string out = "before ";
          ASSERT_EQ(append_bare_words(out, std::string_view(args).substr(0, args.size() - unended)), bare);
          ASSERT_EQ(out, bare ? "before " + one_by_one : "before ");
        }
      }
    }
  }
}

TEST(BareWords, AreBounded) {
  std::string out;
  EXPECT_TRUE(append_bare_words(out, std::string(kBareWordsMost, 'a')));
  EXPECT_EQ(out, std::string(kBareWordsMost, 'a'));
  EXPECT_FALSE(append_bare_words(out, std::string(kBareWordsMost + 1, 'a')));
  EXPECT_FALSE(append_bare_words(out, ""));
  EXPECT_FALSE(append_bare_words(out, "\0"sv));
  EXPECT_EQ(out.size(), kBareWordsMost);
}

}  // namespace
}  // namespace proctree
// NOLINTEND(misc-misleading-bidirectional)
