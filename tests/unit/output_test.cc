// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/output.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

namespace proctree {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_file(const std::string& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  ASSERT_TRUE(out.good());
}

// Every line of `text` is whole: as append_lines wrote them, in order. Returns how many there are.
int count_whole_lines(const std::string& text) {
  std::istringstream in(text);
  std::string line;
  int count = 0;
  while (std::getline(in, line)) {
    EXPECT_EQ(line, "line " + std::to_string(count) + " " + std::string(100, 'x'));
    ++count;
  }
  EXPECT_TRUE(text.empty() || text.back() == '\n') << "torn";
  return count;
}

std::string line_of(int number) { return "line " + std::to_string(number) + " " + std::string(100, 'x'); }

class OutputTest : public testing::Test {
 protected:
  void SetUp() override {
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ, SIG_IGN);
    char name[] = "/tmp/proctree-output-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    dir_ = name;
    path_ = dir_ + "/out";
  }
  void TearDown() override {
    ::unlink(path_.c_str());
    ::unlink((path_ + ".1").c_str());
    ::umount(dir_.c_str());
    ::rmdir(dir_.c_str());
  }

  Output open(const std::string& path, StopRequest stop = {}) {
    auto output = Output::open(path, std::move(stop));
    if (!output) {
      ADD_FAILURE() << output.error().to_string();
      std::abort();
    }
    return std::move(*output);
  }

  std::string dir_;
  std::string path_;
};

TEST_F(OutputTest, AppendsWholeLines) {
  write_file(path_, "before\n");
  Output output = open(path_);
  ASSERT_TRUE(output.append("one"));
  ASSERT_TRUE(output.append(""));
  EXPECT_EQ(read_file(path_), "before\n") << "lines are written in batches";
  ASSERT_TRUE(output.flush());
  EXPECT_EQ(read_file(path_), "before\none\n\n");
  ASSERT_TRUE(output.append("two"));
  ASSERT_TRUE(output.close());
  EXPECT_EQ(read_file(path_), "before\none\n\ntwo\n");
}

TEST_F(OutputTest, WritesABatchByItself) {
  Output output = open(path_);
  for (int i = 0; i < 2000; ++i) ASSERT_TRUE(output.append(line_of(i)));
  EXPECT_GT(count_whole_lines(read_file(path_)), 1000);
  ASSERT_TRUE(output.append(std::string(300'000, 'y')));
  ASSERT_TRUE(output.flush());
  EXPECT_EQ(
      read_file(path_).size(), 300'001 + [] {
        std::size_t size = 0;
        for (int i = 0; i < 2000; ++i) size += line_of(i).size() + 1;
        return size;
      }());
}

TEST_F(OutputTest, IsNotForEveryonesEyes) {
  const mode_t before = ::umask(0);
  Output output = open(path_);
  ::umask(before);
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0640U);
  EXPECT_NE(::fcntl(output.fd(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(OutputTest, EndsALineThatACrashHasTorn) {
  write_file(path_, "whole\n{\"torn");
  Output output = open(path_);
  ASSERT_TRUE(output.append("next"));
  ASSERT_TRUE(output.flush());
  EXPECT_EQ(read_file(path_), "whole\n{\"torn\nnext\n");
}

// Of JSON lines half a one is of no use, and most readers end there. What others wrote isn't ours to cut.
TEST_F(OutputTest, CutsALineOfOursThatACrashHasTornWhereAsked) {
  const std::string line = R"({"v":1,"type":"exec","seq":2,"x":")" + std::string(100'000, 'x');
  const auto after = [&](const std::string& before) {
    write_file(path_, before);
    auto output = Output::open(path_, {}, TornLine::cut);
    EXPECT_TRUE(output && output->append("next") && output->close());
    return read_file(path_);
  };
  EXPECT_EQ(after("whole\n" + line), "whole\nnext\n");
  EXPECT_EQ(after(line), "next\n");
  EXPECT_EQ(after("whole\n{"), "whole\nnext\n");
  EXPECT_EQ(after("whole\n"), "whole\nnext\n");
  EXPECT_EQ(after("a shopping list"), "a shopping list\nnext\n");
  EXPECT_EQ(after("whole\n{\"other\":1"), "whole\n{\"other\":1\nnext\n");
  // NULs are what a crash of the machine leaves where the size reached the disk and the bytes did not.
  const std::string whole = line + "\"}\n";
  const std::string nuls(40'000, '\0');
  EXPECT_EQ(after(whole + nuls), whole + "next\n");
  EXPECT_EQ(after(whole + line.substr(0, 9) + nuls), whole + "next\n");
  EXPECT_EQ(after("an archive\n" + nuls), "an archive\n" + nuls + "\nnext\n");
}

TEST_F(OutputTest, SaysWhyAFileCannotBeOpened) {
  const auto missing = Output::open(dir_ + "/missing/out");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_NE(missing.error().message.find("/missing/out"), std::string::npos);
  EXPECT_NE(missing.error().remedy.find("directory"), std::string::npos);
  const auto directory = Output::open(dir_);
  ASSERT_FALSE(directory);
  EXPECT_EQ(directory.error().system_errno, EISDIR);
}

TEST_F(OutputTest, ReportsAFullDevice) {
  Output output = open("/dev/full");
  ASSERT_TRUE(output.append("line"));
  const auto flushed = output.flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().system_errno, ENOSPC);
  EXPECT_FALSE(is_reader_gone(flushed.error()));
  EXPECT_NE(flushed.error().message.find("/dev/full"), std::string::npos);
  EXPECT_NE(flushed.error().remedy.find("space"), std::string::npos);
}

TEST_F(OutputTest, StaysBoundedWhileNothingCanBeWritten) {
  Output output = open("/dev/full");
  int taken = 0;
  for (int i = 0; i < 10'000; ++i) taken += output.append(line_of(i)).has_value();
  EXPECT_LT(taken, 700) << "64 KiB of lines of about 109 bytes";
  EXPECT_GT(taken, 500);
}

TEST_F(OutputTest, LeavesNoTornLineOnAFullDisk) {
  if (::geteuid() != 0 || ::unshare(CLONE_NEWNS) != 0) GTEST_SKIP() << "mounting a small tmpfs takes root";
  ASSERT_EQ(::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  ASSERT_EQ(::mount("proctree-test", dir_.c_str(), "tmpfs", 0, "size=256k"), 0);
  write_file(dir_ + "/ballast", std::string(100'000, 'b'));
  Output output = open(path_);
  int taken = 0;
  Result<void> result;
  for (; result && taken < 5000; ++taken) result = output.append(line_of(taken));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().system_errno, ENOSPC);
  EXPECT_GT(count_whole_lines(read_file(path_)), 500);

  // With room again it goes on where it stopped: every line that was taken, once.
  ASSERT_EQ(::unlink((dir_ + "/ballast").c_str()), 0);
  --taken;  // the one that was refused
  ASSERT_TRUE(output.append(line_of(taken++)));
  ASSERT_TRUE(output.flush());
  EXPECT_EQ(count_whole_lines(read_file(path_)), taken);
}

TEST_F(OutputTest, LeavesNoTornLineAtAFileSizeLimit) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit small = before;
  small.rlim_cur = 10'000;
  Output output = open(path_);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(output.append(line_of(i)));
  const auto flushed = output.flush();
  const auto again = output.flush();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().system_errno, EFBIG);
  EXPECT_FALSE(again);
  EXPECT_GT(count_whole_lines(read_file(path_)), 80);
  ASSERT_TRUE(output.flush());
  EXPECT_EQ(count_whole_lines(read_file(path_)), 200);
}

// Until a pipe takes nothing more.
void wait_until_full(int write_end) {
  for (;;) {
    pollfd pipe = {write_end, POLLOUT, 0};
    if (::poll(&pipe, 1, 0) == 0) return;
    ::sched_yield();
  }
}

class PipeTest : public OutputTest {
 protected:
  void SetUp() override {
    OutputTest::SetUp();
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
    reader_ = ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ASSERT_GE(reader_, 0);
  }
  void TearDown() override {
    if (reader_ >= 0) ::close(reader_);
    OutputTest::TearDown();
  }
  int reader_ = -1;
};

TEST_F(PipeTest, ReportsThatTheReaderIsGone) {
  Output output = open(path_);
  ASSERT_TRUE(output.append("line"));
  ASSERT_TRUE(output.flush());
  ::close(reader_);
  reader_ = -1;
  ASSERT_TRUE(output.append("line"));
  const auto flushed = output.flush();
  ASSERT_FALSE(flushed);
  EXPECT_TRUE(is_reader_gone(flushed.error()));
}

TEST_F(PipeTest, WaitsForASlowReaderOfANonBlockingPipe) {
  Output output = open(path_);
  ASSERT_EQ(::fcntl(output.fd(), F_SETFL, O_NONBLOCK), 0);
  ASSERT_EQ(::fcntl(reader_, F_SETFL, 0), 0);
  constexpr int kLines = 5000;  // more than any pipe holds
  std::string read;
  std::thread reader([&] {
    wait_until_full(output.fd());
    char chunk[777];
    for (ssize_t n = 0; (n = ::read(reader_, chunk, sizeof chunk)) > 0;)
      read.append(chunk, static_cast<std::size_t>(n));
  });
  for (int i = 0; i < kLines; ++i) EXPECT_TRUE(output.append(line_of(i)));
  EXPECT_TRUE(output.close());
  reader.join();
  EXPECT_EQ(count_whole_lines(read), kLines);
}

TEST_F(PipeTest, AReaderThatTakesNothingHoldsUpNoStop) {
  int asked[2];
  ASSERT_EQ(::pipe2(asked, O_CLOEXEC), 0);
  std::atomic<bool> stop = false;
  Output output = open(path_, {asked[0], [&] { return stop.load(); }});
  std::thread signal([&] {
    wait_until_full(output.fd());
    stop = true;
    ASSERT_EQ(::write(asked[1], "x", 1), 1);
  });
  Result<void> written;
  for (int i = 0; i < 100'000 && written; ++i) written = output.append(line_of(i));
  signal.join();
  ASSERT_FALSE(written) << "the pipe never filled";
  EXPECT_NE(written.error().message.find("takes nothing"), std::string::npos) << written.error().message;
  ::close(asked[0]);
  ::close(asked[1]);
}

TEST_F(OutputTest, ReopensAfterRotation) {
  Output output = open(path_);
  ASSERT_TRUE(output.append("old"));
  ASSERT_EQ(::rename(path_.c_str(), (path_ + ".1").c_str()), 0);
  ASSERT_TRUE(output.reopen());
  ASSERT_TRUE(output.append("new"));
  ASSERT_TRUE(output.flush());
  EXPECT_EQ(read_file(path_ + ".1"), "old\n");
  EXPECT_EQ(read_file(path_), "new\n");
}

TEST_F(OutputTest, KeepsTheOldFileWhereReopeningFails) {
  Output output = open(path_);
  ASSERT_EQ(::rename(path_.c_str(), (path_ + ".1").c_str()), 0);
  ASSERT_EQ(::mkdir(path_.c_str(), 0700), 0);
  EXPECT_FALSE(output.reopen());
  ASSERT_EQ(::rmdir(path_.c_str()), 0);
  ASSERT_TRUE(output.append("still"));
  ASSERT_TRUE(output.flush());
  EXPECT_EQ(read_file(path_ + ".1"), "still\n");
}

TEST_F(OutputTest, MovesItsLinesAlong) {
  Output first = open(path_);
  ASSERT_TRUE(first.append("one"));
  Output second = std::move(first);
  ASSERT_TRUE(second.append("two"));
  ASSERT_TRUE(second.close());
  EXPECT_EQ(read_file(path_), "one\ntwo\n");
}

// A FIFO without a reader.
class LonelyPipeTest : public OutputTest {
 protected:
  void SetUp() override {
    OutputTest::SetUp();
    ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  }
  [[nodiscard]] int open_reader() const { return ::open(path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC); }
  static std::string read_some(int fd) {
    char text[256];
    const ssize_t n = ::read(fd, text, sizeof text);
    return {text, static_cast<std::size_t>(std::max<ssize_t>(n, 0))};
  }
};

TEST_F(LonelyPipeTest, IsWaitedForUntilAReaderComes) {
  int reader = -1;
  int looks = 0;
  Output output = open(path_, {-1, [&] {
                                 if (++looks == 2) reader = open_reader();
                                 return false;
                               }});
  ASSERT_TRUE(output.append("line"));
  ASSERT_TRUE(output.close());
  EXPECT_EQ(read_some(reader), "line\n");
  ::close(reader);
}

TEST_F(LonelyPipeTest, IsNotWaitedForOnceTheStopIsAskedFor) {
  const auto output = Output::open(path_, {-1, [] { return true; }});
  ASSERT_FALSE(output);
  EXPECT_TRUE(is_reader_gone(output.error())) << output.error().to_string();
}

TEST_F(LonelyPipeTest, WhatIsReopenedWithoutAReaderWaitsForOne) {
  int reader = open_reader();
  bool stop = false;
  Output output = open(path_, {-1, [&] {
                                 if (!stop) reader = open_reader();
                                 return stop;
                               }});
  ASSERT_TRUE(output.append("before"));
  ASSERT_TRUE(output.flush());
  EXPECT_EQ(read_some(reader), "before\n");
  ::close(reader);
  ASSERT_TRUE(output.reopen()) << "nobody reads it now";
  ASSERT_TRUE(output.append("after"));
  ASSERT_TRUE(output.flush()) << "the reader that comes gets it";
  EXPECT_EQ(read_some(reader), "after\n");
  ::close(reader);
  ASSERT_TRUE(output.reopen());
  stop = true;
  ASSERT_TRUE(output.append("never"));
  const auto flushed = output.flush();
  ASSERT_FALSE(flushed);
  EXPECT_TRUE(is_reader_gone(flushed.error()));
}

TEST_F(LonelyPipeTest, TheOldReaderHasItUntilANewOneIsThere) {
  const int old_reader = open_reader();
  Output output = open(path_);
  ASSERT_EQ(::rename(path_.c_str(), (path_ + ".1").c_str()), 0);
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  ASSERT_TRUE(output.reopen());
  ASSERT_TRUE(output.append("one"));
  ASSERT_TRUE(output.flush());
  EXPECT_EQ(read_some(old_reader), "one\n");
  const int reader = open_reader();
  ASSERT_TRUE(output.append("two"));
  ASSERT_TRUE(output.flush());
  EXPECT_EQ(read_some(reader), "two\n");
  ::close(old_reader);
  ::close(reader);
}

TEST_F(OutputTest, ASocketIsNoPipe) {
  ASSERT_EQ(::mknod(path_.c_str(), S_IFSOCK | 0600, 0), 0);
  EXPECT_FALSE(Output::open(path_, {-1, [] {
                                      ADD_FAILURE() << "it waits for a reader";
                                      return true;
                                    }}));
}

TEST_F(OutputTest, AStalledSocketOnAStandardDescriptorHoldsUpNoStop) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const int before = ::dup(STDOUT_FILENO);
  ASSERT_GE(::dup2(ends[0], STDOUT_FILENO), 0);
  {
    Output output = Output::standard(STDOUT_FILENO, {-1, [] { return true; }});
    Result<void> written;
    for (int i = 0; i < 100'000 && written; ++i) written = output.append(line_of(i));
    EXPECT_FALSE(written) << "the socket never filled";
  }
  ASSERT_GE(::dup2(before, STDOUT_FILENO), 0);
  for (const int fd : {before, ends[0], ends[1]}) ::close(fd);
}

TEST_F(OutputTest, StandardOutputIsADash) {
  Output output = open("-");
  ASSERT_TRUE(output.reopen());
  ASSERT_TRUE(output.close());
  EXPECT_NE(::fcntl(STDOUT_FILENO, F_GETFD), -1) << "not ours to close";
}

}  // namespace
}  // namespace proctree
