// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A command looked up along PATH is what execvp(3) would execute.
#include "base/path_search.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "temp_tree.hpp"

namespace proctree {
namespace {

using Files = std::vector<std::string>;

class PathSearch : public testing::Test {
 protected:
  // The folders a, b, c and one that isn't there.
  [[nodiscard]] std::string path() const {
    return tree.path("a") + ":" + tree.path("nosuch") + ":" + tree.path("b") + ":" + tree.path("c");
  }
  void program(const std::string& name, mode_t mode = 0755) const {
    tree.write(name, "#!/bin/sh\n");
    ASSERT_EQ(::chmod(tree.path(name).c_str(), mode), 0);
  }
  TempTree tree;
};

TEST_F(PathSearch, FindsWhatMayBeExecutedInOrder) {
  program("c/tool");
  program("b/tool");
  EXPECT_EQ(find_on_path("tool", path()).files, (Files{tree.path("b/tool"), tree.path("c/tool")}));
  EXPECT_FALSE(find_on_path("tool", path()).denied);
  EXPECT_TRUE(find_on_path("other", path()).files.empty());
  EXPECT_FALSE(find_on_path("other", path()).denied);
}

TEST_F(PathSearch, PassesOverWhatMayNotBeExecuted) {
  program("a/tool", 0644);
  tree.write("b/tool/in-a-folder-of-that-name", "");
  program("c/tool");
  const PathMatches found = find_on_path("tool", path());
  EXPECT_EQ(found.files, Files{tree.path("c/tool")});
  EXPECT_TRUE(found.denied);
  tree.remove("c/tool");
  EXPECT_TRUE(find_on_path("tool", path()).files.empty());
  EXPECT_TRUE(find_on_path("tool", path()).denied) << "EACCES, not ENOENT";
}

TEST_F(PathSearch, TakesASlashAsItIs) {
  EXPECT_EQ(find_on_path("./tool", path()).files, Files{"./tool"});
  EXPECT_EQ(find_on_path("/no/such", "").files, Files{"/no/such"});
  EXPECT_TRUE(find_on_path("", path()).files.empty());
}

TEST_F(PathSearch, AnEmptyFolderIsTheWorkingDirectory) {
  program("here");
  const std::string before = std::filesystem::current_path();
  ASSERT_EQ(::chdir(tree.root().c_str()), 0);
  EXPECT_EQ(find_on_path("here", ":/nosuch").files, Files{"./here"});
  EXPECT_EQ(find_on_path("here", "/nosuch:").files, Files{"./here"});
  EXPECT_EQ(find_on_path("here", "").files, Files{"./here"});
  EXPECT_TRUE(find_on_path("here", "/nosuch").files.empty());
  ASSERT_EQ(::chdir(before.c_str()), 0);
}

}  // namespace
}  // namespace proctree
