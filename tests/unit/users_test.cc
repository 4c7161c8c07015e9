// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "procfs/users.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <optional>
#include <string>

#include "temp_tree.hpp"

namespace proctree {
namespace {

class Users : public ::testing::Test {
 protected:
  UserNames of(std::string_view text) {
    tree_.write("passwd", text);
    return UserNames(tree_.path("passwd"));
  }
  TempTree tree_;
};

TEST_F(Users, NamesBothWays) {
  UserNames users = of("root:x:0:0:root:/root:/bin/bash\nalice:x:1000:1000::/home/alice:/bin/sh\n");
  EXPECT_EQ(users.name(0), "root");
  EXPECT_EQ(users.name(1000), "alice");
  EXPECT_EQ(users.uid("alice"), 1000U);
  EXPECT_EQ(users.uid("bob"), std::nullopt);
  EXPECT_EQ(users.uid(""), std::nullopt);
}

TEST_F(Users, NumberWhereThereIsNoName) {
  UserNames users = of("root:x:0:0::/:/bin/sh\n");
  EXPECT_EQ(users.name(4294967295U), "4294967295");
  EXPECT_EQ(users.name(12), "12");
}

TEST_F(Users, NumbersStayForAWhile) {
  UserNames users = of("");
  const std::string_view first = users.name(1);
  for (std::uint32_t uid = 2; uid <= 256; ++uid) EXPECT_EQ(users.name(uid), std::to_string(uid));
  EXPECT_EQ(first, "1");
}

TEST_F(Users, FirstEntryWins) {
  UserNames users = of("root:x:0:0\ntoor:x:0:0\nroot:x:5:5\n");
  EXPECT_EQ(users.name(0), "root");
  EXPECT_EQ(users.uid("root"), 0U);
  EXPECT_EQ(users.uid("toor"), 0U);
}

TEST_F(Users, LastLineNeedsNoNewline) {
  UserNames users = of("a:x:1:1\nb:x:2");
  EXPECT_EQ(users.name(1), "a");
  EXPECT_EQ(users.name(2), "b");
}

TEST_F(Users, GarbageIsPassedOver) {
  UserNames users =
      of("\n:::\n:x:1:\nno colons\n# comment:x:2:\n+nis:x:3:\n-nis:x:3:\nneg:x:-4:\nbig:x:4294967296:\n"
         "minus:x:4294967295:\nhex:x:0x5:\nblank:x: 6:\ntail:x:7z:\nempty:x::\nshort:x\n" +
         std::string("nul\0name:x:8:\n", 14) + "good:x:9:9\n\xff\xfe:x:10:\n");
  for (const std::uint32_t uid : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 4294967295U}) {
    EXPECT_EQ(users.name(uid), std::to_string(uid));
  }
  EXPECT_EQ(users.name(9), "good");
  EXPECT_EQ(users.name(10), "\xff\xfe");
}

TEST_F(Users, HugeLinesAndHugeFiles) {
  const std::string huge(5'000'000, 'a');
  UserNames users = of(huge + ":x:1:\nb:x:2:2:" + huge + "\nc:x:3:\n");
  EXPECT_EQ(users.name(1), "1");
  EXPECT_EQ(users.name(2), "b");
  EXPECT_EQ(users.name(3), "c");

  tree_.write("passwd", "a:x:1:1\n");
  std::filesystem::resize_file(tree_.path("passwd"),
                               std::uintmax_t{1} << 40);  // sparse: read whole it would be a TiB
  users.refresh();
  EXPECT_EQ(users.name(1), "a");
}

TEST_F(Users, NoFileAndNoRegularFile) {
  UserNames none(tree_.path("absent"));
  EXPECT_EQ(none.name(0), "0");
  tree_.fifo("pipe");
  UserNames pipe(tree_.path("pipe"));
  EXPECT_EQ(pipe.name(0), "0");
  UserNames folder(tree_.root());
  EXPECT_EQ(folder.name(0), "0");
}

TEST_F(Users, RefreshSeesAChange) {
  UserNames users = of("alice:x:1000:\n");
  tree_.write("new", "alicia:x:1000:\nbob:x:1001:\n");
  std::filesystem::rename(tree_.path("new"), tree_.path("passwd"));
  EXPECT_EQ(users.name(1000), "alice");
  users.refresh();
  EXPECT_EQ(users.name(1000), "alicia");
  EXPECT_EQ(users.uid("bob"), 1001U);
  EXPECT_EQ(users.uid("alice"), std::nullopt);
}

TEST_F(Users, RefreshKeepsWhatItHasWhileTheFileIsAway) {
  UserNames users = of("alice:x:1000:\n");
  tree_.remove("passwd");
  users.refresh();
  EXPECT_EQ(users.name(1000), "alice");
}

}  // namespace
}  // namespace proctree
