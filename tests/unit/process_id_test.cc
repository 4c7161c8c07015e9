// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/process_id.hpp"

#include <gtest/gtest.h>

#include <string>

namespace proctree {
namespace {

std::string id(std::string_view prefix, ProcKey key) {
  std::string out;
  append_process_id(out, prefix, key);
  return out;
}

TEST(ProcessId, TakesTheFirstDigitsOfTheBootId) {
  EXPECT_EQ(id_prefix_of("0f9c2d4e-8a31-4b57-9e60-1c2d3e4f5a6b\n"), "0f9c2d4e8a314b57");
  EXPECT_EQ(id_prefix_of("abc\n"), "abc");
  EXPECT_EQ(id_prefix_of(""), "");
}

TEST(ProcessId, CountsTicksRoundedDown) {
  EXPECT_EQ(id("b", {1, 0}), "b-1-0");
  EXPECT_EQ(id("b", {42, 9'999'999}), "b-42-0");
  EXPECT_EQ(id("b", {42, 10'000'000}), "b-42-1");
  EXPECT_EQ(id("0f9c2d4e8a314b57", {4302, 3'599'123'456'789}), "0f9c2d4e8a314b57-4302-359912");
  EXPECT_EQ(id("b", {0xffffffff, ~std::uint64_t{0}}), "b-4294967295-1844674407370");
}

TEST(ProcessId, IsReadBack) {
  EXPECT_EQ(parse_process_id("b-42-359912", "b"), (ProcKey{42, 3'599'120'000'000}));
  EXPECT_EQ(parse_process_id("b-0-0", "b"), (ProcKey{0, 0}));
  EXPECT_EQ(parse_process_id("b-4294967295-1844674407370", "b"),
            (ProcKey{0xffffffff, 18'446'744'073'700'000'000U}));
}

TEST(ProcessId, ThatNobodyWroteIsNone) {
  for (const char* id :
       {"", "b", "b-", "b-1", "b-1-", "b-1-2-", "b-1-2x", "b-1-2 ", "b--1-2", "b-+1-2", "b-01-2", "b-1-02",
        "c-1-2", "b-4294967296-2", "b-1-1844674407371", "b-1-99999999999999999999"}) {
    EXPECT_EQ(parse_process_id(id, "b"), std::nullopt) << id;
  }
}

}  // namespace
}  // namespace proctree
