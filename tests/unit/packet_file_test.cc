// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/packet_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>

#include "temp_tree.hpp"

namespace proctree {
namespace {

class PacketFileTest : public testing::Test {
 protected:
  [[nodiscard]] std::string error_of(const std::string& name, std::span<const int> others = {}) const {
    const auto file = PacketFile::open(tree_.path(name), others);
    return file ? "" : file.error().to_string();
  }

  TempTree tree_;
};

TEST_F(PacketFileTest, BeginsAgain) {
  tree_.write("file", "what was there before");
  auto file = PacketFile::open(tree_.path("file"), {});
  ASSERT_TRUE(file);
  EXPECT_EQ(tree_.read("file"), "");
  ASSERT_TRUE(file->append("one"));
  ASSERT_TRUE(file->append("two"));
  EXPECT_EQ(tree_.read("file"), "");
  ASSERT_TRUE(file->flush());
  EXPECT_EQ(tree_.read("file"), "onetwo");
  ASSERT_TRUE(file->append("three"));
  ASSERT_TRUE(file->close());
  EXPECT_EQ(tree_.read("file"), "onetwothree");
}

TEST_F(PacketFileTest, IsNotForEveryonesEyes) {
  const mode_t mask = ::umask(0);
  ASSERT_TRUE(PacketFile::open(tree_.path("file"), {}));
  ::umask(mask);
  struct stat status {};
  ASSERT_EQ(::stat(tree_.path("file").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640U);
}

TEST_F(PacketFileTest, SaysWhyItCannotBe) {
  EXPECT_NE(error_of("no/such/dir").find("make its directory first"), std::string::npos);
  EXPECT_NE(error_of(".").find("Is a directory"), std::string::npos) << error_of(".");
  tree_.fifo("fifo");
  EXPECT_NE(error_of("fifo"), "");  // without waiting for a reader
  const FileDescriptor reader(::open(tree_.path("fifo").c_str(), O_RDONLY | O_NONBLOCK));
  EXPECT_NE(error_of("fifo").find("is not a regular file"), std::string::npos) << error_of("fifo");
}

TEST_F(PacketFileTest, IsNoneThatIsInUse) {
  tree_.write("recording", "lines");
  tree_.link("other-name", tree_.path("recording"));
  const FileDescriptor recording(::open(tree_.path("recording").c_str(), O_RDONLY));
  const int others[] = {STDOUT_FILENO, recording.get()};
  EXPECT_NE(error_of("other-name", others).find("by this very command"), std::string::npos);
  EXPECT_EQ(tree_.read("recording"), "lines");
}

// The limit falls into the middle of a packet.
TEST_F(PacketFileTest, LeavesWholePacketsWhereNoMoreFits) {
  ::signal(SIGXFSZ, SIG_IGN);
  const std::string packet(1000, 'p');
  auto file = PacketFile::open(tree_.path("file"), {});
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->append(packet));
  ASSERT_TRUE(file->flush());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{1500, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  ASSERT_TRUE(file->append(packet));
  const auto failed = file->flush();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().to_string().find("File too large"), std::string::npos);
  EXPECT_EQ(tree_.read("file"), packet);
  // And goes on, once there is room.
  EXPECT_TRUE(file->close());
  EXPECT_EQ(tree_.read("file"), packet + packet);
}

}  // namespace
}  // namespace proctree
