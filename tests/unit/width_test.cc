// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/width.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/escape.hpp"

namespace proctree {
namespace {

std::string fitting(std::string_view text, std::size_t columns) {
  std::string out;
  const std::size_t used = append_fitting(out, text, columns);
  EXPECT_EQ(used, text_width(out));
  EXPECT_LE(used, columns);
  EXPECT_TRUE(is_utf8(out));
  return out;
}

TEST(Width, CountsColumns) {
  EXPECT_EQ(text_width(""), 0U);
  EXPECT_EQ(text_width("bash"), 4U);
  EXPECT_EQ(text_width("é"), 1U);
  EXPECT_EQ(text_width("e\xcc\x81"), 1U);  // a combining accent
  EXPECT_EQ(text_width("日本"), 4U);
  EXPECT_EQ(text_width("😀"), 2U);
  EXPECT_EQ(text_width("←†…"), 3U);
  EXPECT_EQ(text_width("\x1b[1mbash\x1b[0m"), 4U);
}

// Plain bytes are counted many at a time, whatever stands between them.
TEST(Width, CountsPlainBytesAroundOthers) {
  for (std::size_t before = 0; before < 40; ++before) {
    for (std::size_t after = 0; after < 40; ++after) {
      const std::string left(before, 'x');
      const std::string right(after, 'y');
      ASSERT_EQ(text_width(left + "日" + right), before + 2 + after);
      ASSERT_EQ(text_width(left + "\x1b[1m" + right), before + after);
      ASSERT_EQ(fitting(left + "日" + right, before + 2 + after), left + "日" + right);
    }
  }
}

TEST(Fitting, KeepsWhatFits) {
  EXPECT_EQ(fitting("bash", 4), "bash");
  EXPECT_EQ(fitting("bash", 40), "bash");
  EXPECT_EQ(fitting("日本", 4), "日本");
  EXPECT_EQ(fitting("", 3), "");
  EXPECT_EQ(fitting("e\xcc\x81", 1), "e\xcc\x81");
  EXPECT_EQ(fitting("\x1b[1mab\x1b[0m", 2), "\x1b[1mab\x1b[0m");
}

TEST(Fitting, CutsBetweenCharacters) {
  EXPECT_EQ(fitting("bash", 3), "ba…");
  EXPECT_EQ(fitting("bash", 1), "…");
  EXPECT_EQ(fitting("bash", 0), "");
  EXPECT_EQ(fitting("日本語", 5), "日本…");
  EXPECT_EQ(fitting("日本語", 4), "日…");
  EXPECT_EQ(fitting("日", 1), "…");
  EXPECT_EQ(fitting("ae\xcc\x81zz", 3), "ae\xcc\x81…");
}

TEST(Fitting, EndsColoursThatItCuts) {
  EXPECT_EQ(fitting("\x1b[31mabcdef\x1b[0m", 3), "\x1b[31mab\x1b[0m…");
  EXPECT_EQ(fitting("\x1b[31mab\x1b[0mcdef", 4), "\x1b[31mab\x1b[0mc…");
  EXPECT_EQ(fitting("ab\x1b[31mcdef\x1b[0m", 3), "ab\x1b[31m\x1b[0m…");
}

TEST(Fitting, BoundsMarksThatTakeNoColumn) {
  std::string marks = "a";
  for (int i = 0; i < 100'000; ++i) marks += "\xcc\x81";
  EXPECT_LT(fitting(marks, 10).size(), 200U);
}

TEST(Fitting, HoldsForEveryWidth) {
  const std::string text = "a日\x1b[31m本e\xcc\x81x\x1b[0m語😀z";
  for (std::size_t columns = 0; columns < 20; ++columns) fitting(text, columns);
}

TEST(Width, ListsAreBrokenBehindCommas) {
  EXPECT_EQ(wrapped_at_commas("slowest: make(1) 2 s, cc1(2) 1 s, ld(3) 1 s", 24),
            "slowest: make(1) 2 s,\n  cc1(2) 1 s, ld(3) 1 s");
  EXPECT_EQ(wrapped_at_commas("slowest: make(1) 2 s, cc1(2) 1 s", 0), "slowest: make(1) 2 s, cc1(2) 1 s");
  EXPECT_EQ(wrapped_at_commas("still running: 1|a|root;2|b|root", 10), "still running: 1|a|root;2|b|root");
  EXPECT_EQ(wrapped_at_commas("a, b,", 4), "a,\n  b,");
  EXPECT_EQ(wrapped_at_commas("", 10), "");
}

}  // namespace
}  // namespace proctree
