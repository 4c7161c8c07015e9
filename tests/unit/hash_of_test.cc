// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include <gtest/gtest.h>

#include <string>

#include "base/hash_index.hpp"

namespace proctree {
namespace {

// Of 32 bits two may be equal by chance, once in some million runs of all of this.
TEST(HashOf, DependsOnEachByteAndOnTheSize) {
  for (std::size_t size = 0; size <= 50; ++size) {
    const std::string text(size, 'a');
    const std::uint32_t hash = hash_of(text);
    EXPECT_EQ(hash_of(std::string(size, 'a')), hash);
    EXPECT_NE(hash_of(text + '\0'), hash) << size;
    EXPECT_NE(hash_of(text + 'a'), hash) << size;
    for (std::size_t at = 0; at < size; ++at) {
      std::string other = text;
      other[at] = 'b';
      EXPECT_NE(hash_of(other), hash) << at << " of " << size;
    }
  }
}

}  // namespace
}  // namespace proctree
