// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/filter_texts.hpp"

#include <gtest/gtest.h>

namespace proctree {
namespace {

TEST(FilterTexts, SayWhatWasGiven) {
  FilterOptions options;
  EXPECT_EQ(filter_text(options), "");
  options.failed = true;
  EXPECT_EQ(filter_text(options), "--failed");
  options.comms = {"make", "cc1"};
  options.under = {"77"};
  options.entries = {EntryType::ssh};
  EXPECT_EQ(filter_text(options), "--comm make --comm cc1 --under 77 --entry ssh --failed");
  options.comms.assign(10'000, std::string(10'000, 'x'));
  EXPECT_LT(filter_text(options).size(), 1024U);
}

TEST(FilterTexts, AHintSaysWhyANameNeverMatches) {
  const auto hint = [](const char* comm) {
    FilterOptions options;
    options.comms = {"make", comm};
    return name_hint(options);
  };
  EXPECT_EQ(hint("true"), "");
  EXPECT_EQ(hint("a-pattern-that-is-*-long"), "");
  EXPECT_NE(hint("/bin/true").find("--exe /bin/true"), std::string::npos);
  EXPECT_NE(hint("a,b").find("a comma makes no list"), std::string::npos);
  EXPECT_NE(hint("a-name-of-20-bytes-a").find("--comm a-name-of-20-by"), std::string::npos);
  FilterOptions options;
  options.under = {"sshd", "cron,make"};
  EXPECT_NE(name_hint(options).find("--under once"), std::string::npos);
  options.under = {"/usr/sbin/sshd"};
  EXPECT_NE(name_hint(options).find("without a folder"), std::string::npos);
}

}  // namespace
}  // namespace proctree
