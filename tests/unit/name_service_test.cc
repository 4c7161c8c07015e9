// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "procfs/name_service.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>

#include "procfs/users.hpp"
#include "temp_tree.hpp"

namespace proctree {
namespace {

using std::chrono::milliseconds;

class NameService : public testing::Test {
 protected:
  std::optional<NameServiceUser> ask(const std::string& user, const std::string& script,
                                     milliseconds limit = std::chrono::seconds(30)) {
    tree_.write("getent", "#!/bin/sh\n" + script + "\n");
    EXPECT_EQ(chmod(tree_.path("getent").c_str(), 0755), 0);
    return ask_name_service(user, limit, tree_.path("getent").c_str());
  }
  TempTree tree_;
};

TEST_F(NameService, ByNameAndByNumber) {
  const std::string script = R"(printf '%s:x:7:7::/:/bin/sh\n' "${3}")";
  EXPECT_EQ(ask("jdoe", script)->uid, 7U);
  EXPECT_EQ(ask("7", "echo jdoe:x:7:7::/:/bin/sh")->name, "jdoe");
  EXPECT_EQ(ask("jdoe", "echo jdoe:x:7:7; exec sleep 100 >&-")->uid, 7U) << "its output was closed";
}

TEST_F(NameService, AnEmptyOrMalformedOutputIsNoUser) {
  EXPECT_FALSE(ask("jdoe", "exit 2"));
  EXPECT_FALSE(ask("jdoe", "echo other:x:7:7"));
  EXPECT_FALSE(ask("jdoe", "echo jdoe:x:-1:7"));
  EXPECT_FALSE(ask("jdoe", "echo jdoe"));
  EXPECT_FALSE(ask("", "echo :x:7:7"));
  EXPECT_FALSE(ask("-i", "echo -i:x:7:7"));
  EXPECT_FALSE(ask_name_service("jdoe", milliseconds(1000), "/nonexistent"));
}

TEST_F(NameService, WaitsNoLongerThanItsLimit) {
  const auto began = std::chrono::steady_clock::now();
  EXPECT_FALSE(ask("jdoe", "exec sleep 100", milliseconds(50)));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(50));
}

TEST_F(NameService, LearntNamesStayOverARefreshAndTheFileWins) {
  tree_.write("passwd", "alice:x:1000:\n");
  UserNames users(tree_.path("passwd"));
  users.learn(7, "jdoe");
  users.learn(1000, "alias");
  tree_.write("passwd", "alice:x:1000:\nbob:x:1001:\n");
  users.refresh();
  EXPECT_EQ(users.name(7), "jdoe");
  EXPECT_EQ(users.uid("jdoe"), 7U);
  EXPECT_EQ(users.name(1000), "alice");
  EXPECT_EQ(users.name(1001), "bob");
}

}  // namespace
}  // namespace proctree
