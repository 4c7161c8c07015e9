// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/pattern.hpp"

#include <fnmatch.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/duration.hpp"

namespace proctree {
namespace {

bool matches(const char* pattern, std::string_view text) { return Pattern(pattern).matches(text); }

TEST(Pattern, StarsAndQuestionMarksMatchSlashesAndDots) {
  EXPECT_TRUE(matches("/usr/*", "/usr/lib/jvm/java"));
  EXPECT_TRUE(matches("*python3.1?", "/usr/bin/python3.11"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("*", ".hidden"));
  EXPECT_FALSE(matches("?", ""));
  EXPECT_TRUE(matches("[a-c]*[!0-9]", "b7x"));
  EXPECT_TRUE(matches("[[:upper:]]ode", "Code"));
  EXPECT_TRUE(matches("\\*", "*"));
  EXPECT_FALSE(matches("\\*", "x"));
}

TEST(Pattern, ABracketThatNothingClosesIsItself) {
  EXPECT_TRUE(matches("[", "["));
  EXPECT_TRUE(matches("a[b", "a[b"));
  EXPECT_TRUE(matches("a[*", "a[bc"));
  EXPECT_TRUE(matches("[]", "[]"));
  EXPECT_TRUE(matches("[!", "[!"));
  EXPECT_TRUE(matches("*[a", "x[a"));
}

TEST(Pattern, ExactlyHasNoSpecialBytes) {
  EXPECT_TRUE(Pattern::exactly("a*").matches("a*"));
  EXPECT_FALSE(Pattern::exactly("a*").matches("ab"));
}

// Of those without brackets and backslashes fnmatch(3) is the judge of all, of the others where each is
// closed.
TEST(Pattern, AgreesWithFnmatch) {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same each time
  const std::string alphabet = "ab-*?/.";
  const std::vector<std::string> pieces = {"[ab]", "[!a]", "[a-c]", "[]a]", "[[:digit:]b]",
                                           "\\*",  "\\a",  "[^-b]", "[a-]"};
  for (int round = 0; round < 200'000; ++round) {
    std::string pattern, text;
    for (auto i = random() % 6; i > 0; --i) {
      if (random() % 4 == 0) {
        pattern += pieces[random() % pieces.size()];
      } else {
        pattern += alphabet[random() % alphabet.size()];
      }
    }
    for (auto i = random() % 6; i > 0; --i) text += "ab-c/.1*"[random() % 8];
    EXPECT_EQ(Pattern(pattern).matches(text), fnmatch(pattern.c_str(), text.c_str(), 0) == 0)
        << pattern << " and " << text;
  }
}

TEST(Pattern, TakesNoLongerThanTheProductOfBoth) {
  std::string stars;
  for (int i = 0; i < 200; ++i) stars += "*a";
  EXPECT_FALSE(Pattern(stars + "b").matches(std::string(100'000, 'a')));
}

TEST(Duration, AsPeopleWriteThem) {
  constexpr std::uint64_t kSecond = 1'000'000'000;
  EXPECT_EQ(parse_duration("90"), 90 * kSecond);
  EXPECT_EQ(parse_duration("1.5"), kSecond + kSecond / 2);
  EXPECT_EQ(parse_duration(".5"), kSecond / 2);
  EXPECT_EQ(parse_duration("0"), 0U);
  EXPECT_EQ(parse_duration("500ms"), kSecond / 2);
  EXPECT_EQ(parse_duration("10m"), 600 * kSecond);
  EXPECT_EQ(parse_duration("2h"), 7200 * kSecond);
  EXPECT_EQ(parse_duration("1h30m"), 5400 * kSecond);
  EXPECT_EQ(parse_duration("7d"), 7 * 86400 * kSecond);
  for (const char* wrong : {"", "x", "1x", "-1", "+1", "m", "1m1", "30m1h", "1h1h", "1 m", "nan", "inf",
                            "1e3", "0x1", "1..5", ".", "999999999999d", "99999999999999999999999999"}) {
    EXPECT_EQ(parse_duration(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace proctree
