// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "procfs/account.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "temp_tree.hpp"

namespace proctree {
namespace {

class AccountTest : public ::testing::Test {
 protected:
  Result<Account> find(std::string_view name, std::string_view passwd, std::string_view group) {
    tree_.write("passwd", passwd);
    tree_.write("group", group);
    return find_account(name, tree_.path("passwd"), tree_.path("group"));
  }
  TempTree tree_;
};

TEST_F(AccountTest, IdsAndAllGroups) {
  const auto found =
      find("alice", "root:x:0:0::/:\nalice:x:1000:100::/home/alice:/bin/sh\n",
           "root:x:0:\nadm:x:4:bob,alice\nusers:x:100:alice\nlist:x:38:malice,alicex\naudit:x:9:alice");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->name, "alice");
  EXPECT_EQ(found->uid, 1000U);
  EXPECT_EQ(found->gid, 100U);
  EXPECT_EQ(found->groups, (std::vector<std::uint32_t>{100, 4, 9}));
}

TEST_F(AccountTest, UnknownIsWrongUsage) {
  for (const char* name : {"bob", "", "+", "#alice", "ali", "alice:x"}) {
    const auto found = find(name, "alice:x:1000:100::/:\n+::::::\n#alice:x:1:1::/:\n", "");
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error().code, ErrorCode::invalid_argument);
  }
}

TEST_F(AccountTest, IdsThatAreNoneAreNotTakenForZero) {
  for (const char* line : {"alice:x::100::/:\n", "alice:x:1000:::/:\n", "alice:x:4294967295:100::/:\n",
                           "alice:x:-1:100::/:\n", "alice:x:1000", "alice"}) {
    EXPECT_FALSE(find("alice", line, "")) << line;
  }
}

TEST_F(AccountTest, GroupsThatAreNoneAreLeftOut) {
  const auto found =
      find("alice", "alice:x:1000:100::/:\n", "a:x::alice\nb:x:4294967295:alice\n+:x:5:alice\n:x:6:alice\nc");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->groups, (std::vector<std::uint32_t>{100}));
}

TEST_F(AccountTest, WhoIsKnownByNumber) {
  tree_.write("passwd", "alice:x:1000:100::/home/alice:/bin/sh\n");
  tree_.write("group", "users:x:100:\nadm:x:4:alice,jdoe\n");
  const auto of = [&](std::uint32_t uid, std::string_view name) {
    return account_of(uid, 100, name, tree_.path("passwd"), tree_.path("group"));
  };
  EXPECT_EQ(of(1000, "alice").home, "/home/alice");
  EXPECT_EQ(of(1000, "").name, "alice");
  EXPECT_EQ(of(1000, "").groups, (std::vector<std::uint32_t>{100, 4}));
  // Only a name service knows this one.
  const Account jdoe = of(655400007, "jdoe");
  EXPECT_EQ(jdoe.uid, 655400007U);
  EXPECT_EQ(jdoe.name, "jdoe");
  EXPECT_EQ(jdoe.home, "");
  EXPECT_EQ(jdoe.groups, (std::vector<std::uint32_t>{100, 4}));
  EXPECT_EQ(of(7, "").name, "7");
  EXPECT_EQ(account_of(7, 8, "x", tree_.path("none"), tree_.path("none")).groups,
            (std::vector<std::uint32_t>{8}));
}

TEST_F(AccountTest, FilesThatCannotBeReadAreReported) {
  const auto found = find_account("root", tree_.path("nowhere"), tree_.path("nowhere"));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::not_found);
  EXPECT_FALSE(find_account("root", "/etc/passwd", "/dev"));
}

}  // namespace
}  // namespace proctree
