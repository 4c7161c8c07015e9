// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/ip_address.hpp"

#include <gtest/gtest.h>

#include <string>

namespace proctree {
namespace {

TEST(IpAddress, IsOfEitherFamily) {
  for (const char* address : {"192.0.2.7", "0.0.0.0", "::", "2001:db8::7", "::ffff:192.0.2.7",
                              "1111:2222:3333:4444:5555:6666:255.255.255.255"})
    EXPECT_TRUE(is_ip_address(address)) << address;
}

TEST(IpAddress, NamesNothingElse) {
  for (const char* text : {"", "192.0.2", "192.0.2.256", "192.0.2.7 ", "fe80::1%eth0", "[::1]", "UNKNOWN"})
    EXPECT_FALSE(is_ip_address(text)) << text;
  EXPECT_FALSE(is_ip_address(std::string(100, '1')));
}

}  // namespace
}  // namespace proctree
