// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/siphash.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <string>

namespace proctree {
namespace {

constexpr SipKey kKey = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

Hash128 hash(std::string_view text, std::size_t piece = ~std::size_t{0}) {
  SipHash hash(kKey);
  for (std::size_t at = 0; at < text.size(); at += std::min(piece, text.size()))
    hash.update(text.substr(at, piece));
  return hash.finish();
}

std::string counting(std::size_t size) {
  std::string text;
  while (text.size() < size) text += static_cast<char>(text.size());
  return text;
}

// As `openssl mac -macopt hexkey:000102…0f -macopt size:16 SIPHASH` has them.
TEST(SipHash, IsThatOfItsAuthors) {
  EXPECT_EQ(hash(counting(0)), (Hash128{0xe6a825ba047f81a3, 0x930255c71472f66d}));
  EXPECT_EQ(hash(counting(1)), (Hash128{0x44af996bd8c187da, 0x45fc229b11597634}));
  EXPECT_EQ(hash(counting(2)), (Hash128{0xc75da4a48d227781, 0xe4ff0af6de8ba3fc}));
  EXPECT_EQ(hash(counting(15)), (Hash128{0x11a8b03399e99354, 0xd9c3cf970fec087e}));
  EXPECT_EQ(hash(counting(63)), (Hash128{0x4a83502f77d15051, 0x7cbd3f979a063e50}));
}

TEST(SipHash, DoesNotDependOnThePieces) {
  for (const std::size_t size : {7U, 8U, 9U, 16U, 63U, 200U}) {
    const std::string text = counting(size);
    for (const std::size_t piece : {1U, 3U, 8U, 13U}) EXPECT_EQ(hash(text, piece), hash(text)) << size;
  }
}

TEST(SipHash, TakesNumbersAsTheirBytes) {
  SipHash numbers(kKey);
  numbers.update(std::uint64_t{0x0706050403020100});
  const bool little = std::endian::native == std::endian::little;
  EXPECT_EQ(numbers.finish(), hash(little ? counting(8) : std::string("\7\6\5\4\3\2\1\0", 8)));
}

}  // namespace
}  // namespace proctree
