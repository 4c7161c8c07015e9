// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/variable_names.hpp"

#include <gtest/gtest.h>

#include <string>

namespace proctree {
namespace {

using std::string_literals::operator""s;

VariableNames names(std::initializer_list<std::string_view> patterns) {
  VariableNames of;
  for (const std::string_view pattern : patterns) EXPECT_TRUE(of.add(pattern)) << pattern;
  return of;
}

std::string taken(const std::string& environment, const VariableNames& of) {
  std::string out = "before\0"s;
  append_variables(out, environment, of);
  return out.substr(7);
}

TEST(VariableNames, ABareStarAndWhatIsNoNameAreRefused) {
  VariableNames of;
  for (const std::string& wrong : {"*"s, ""s, "A=B"s, "A*B"s, "A**"s, "A\0B"s, "\x1b[1m"s})
    EXPECT_FALSE(of.add(wrong)) << wrong;
  EXPECT_TRUE(of.empty());
}

TEST(VariableNames, TakeWhatMatchesWholeOrByItsBeginning) {
  const auto of = names({"LANG", "LC_*"});
  EXPECT_EQ(taken("LANG=C\0LANGUAGE=x\0LC_=1\0LC_ALL=a=b\0XLC_ALL=x\0lang=x\0LANG\0"s, of),
            "LANG=C\0LC_=1\0LC_ALL=a=b\0"s);
  EXPECT_EQ(taken("", of), "");
}

TEST(VariableNames, TheFirstOfANameCounts) {
  EXPECT_EQ(taken("A=1\0B=2\0A=3\0B=\0"s, names({"A", "B*"})), "A=1\0B=2\0"s);
}

TEST(VariableNames, OneThatWasCutIsLeftOut) {
  EXPECT_EQ(taken("A=1\0B=secr"s, names({"A", "B"})), "A=1\0"s);
  EXPECT_EQ(taken("A=1"s, names({"A"})), "");
}

TEST(VariableNames, ThereIsAMost) {
  std::string environment, out;
  for (std::size_t i = 0; i <= kVariablesMost; ++i) environment += "V" + std::to_string(i) + "=\0"s;
  EXPECT_TRUE(append_variables(out, environment, names({"V*"})));
  std::size_t count = 0;
  for_each_variable(out, [&](std::string_view, std::string_view) { ++count; });
  EXPECT_EQ(count, kVariablesMost);
  out.clear();
  EXPECT_FALSE(append_variables(out, environment, names({"V1"})));
}

}  // namespace
}  // namespace proctree
