// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/sha256.hpp"

#include <gtest/gtest.h>

namespace proctree {
namespace {

std::string digest(std::string_view text, std::size_t piece = ~std::size_t{0}) {
  Sha256 hash;
  for (std::size_t at = 0; at < text.size(); at += std::min(piece, text.size()))
    hash.update(text.substr(at, piece));
  return hash.hex_digest();
}

// The examples of FIPS 180-4, and lengths around a block's end (by sha256sum).
TEST(Sha256, IsThatOfTheStandard) {
  EXPECT_EQ(digest(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(digest(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnThePieces) {
  for (const std::size_t size : {55U, 56U, 63U, 64U, 65U, 119U, 128U}) {
    const std::string text(size, 'x');
    EXPECT_EQ(digest(text, 1), digest(text)) << size;
    EXPECT_EQ(digest(text, 7), digest(text)) << size;
  }
}

}  // namespace
}  // namespace proctree
