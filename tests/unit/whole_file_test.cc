// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Files that are read and replaced as a whole.
#include "base/whole_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "base/file_descriptor.hpp"
#include "temp_tree.hpp"

namespace proctree {
namespace {

TEST(WholeFileTest, IsReplacedWhateverStandsAtTheTemporaryName) {
  const TempTree dir;
  const std::string path = dir.path("file"), temporary = dir.path("new"), theirs = dir.path("theirs");
  std::ofstream(theirs) << "theirs";
  for (const bool links : {false, true}) {
    std::filesystem::create_symlink(theirs, temporary);
    if (links) {
      std::filesystem::remove(temporary);
      std::filesystem::create_hard_link(theirs, temporary);
    }
    ASSERT_TRUE(replace_file(AT_FDCWD, temporary, path, "ours", 0640, Sync::yes));
    EXPECT_EQ(dir.read("file"), "ours");
    EXPECT_EQ(dir.read("theirs"), "theirs");
    EXPECT_FALSE(std::filesystem::exists(temporary));
  }
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777 & ~0640U, 0U);
  EXPECT_FALSE(replace_file(AT_FDCWD, dir.path("none/new"), path, "x", 0640, Sync::no));
  EXPECT_EQ(errno, ENOENT);
}

TEST(WholeFileTest, IsReadUpToTheBound) {
  const TempTree dir;
  const std::string path = dir.path("file");
  const std::string text(100'000, 'x');
  std::ofstream(path) << text;
  std::string found = "before";
  ASSERT_TRUE(read_whole(FileDescriptor(::open(path.c_str(), O_RDONLY)).get(), text.size(), found));
  EXPECT_EQ(found, text);
  EXPECT_FALSE(read_whole(FileDescriptor(::open(path.c_str(), O_RDONLY)).get(), text.size() - 1, found));
  EXPECT_EQ(errno, EFBIG);
}

}  // namespace
}  // namespace proctree
