// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Hashes of files by a real helper process, which runs here without any privilege of its own.
#include "hash/hashes.hpp"

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/sha256.hpp"
#include "hash/hash_helper.hpp"
#include "procfs/parse.hpp"
#include "temp_tree.hpp"

namespace proctree {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::string contents_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string sha256_of(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.hex_digest();
}

ProcKey self() {
  const std::string text = contents_of("/proc/self/stat");
  return {static_cast<std::uint32_t>(::getpid()), parse_stat(text)->start_ticks * kTickNs};
}

FileState state_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return {{status.st_dev, status.st_ino},
          static_cast<std::uint64_t>(status.st_size),
          status.st_ctim.tv_sec * std::int64_t{1'000'000'000} + status.st_ctim.tv_nsec};
}

// An exec as a source reports it, with the memory that it points to.
struct MadeExec {
  explicit MadeExec(std::string exe_path, ProcKey process = {4'000'000, 1}) : path(std::move(exe_path)) {
    state.state = state_of(path);
    event.task.self = process;
    event.task.exec_seq = 7;
    event.image.exe = path;
    event.image.exe_inode = state.state.file.inode;
  }
  const ExecEvent& get() {
    event.exe_state = &state;
    return event;
  }

  std::string path;
  ExeState state;
  ExecEvent event;
};

class HashesTest : public testing::Test {
 protected:
  Hashes& start(HashLimits limits = {}) {
    auto helper = start_hash_helper([] { return Result<void>{}; }, limits);
    EXPECT_TRUE(helper) << helper.error().to_string();
    return hashes_.emplace(std::move(*helper));
  }
  std::string make(const std::string& name, std::string_view bytes) {
    tree_.write(name, bytes);
    return tree_.path(name);
  }
  // Followed as by an exec: its access time, which a lookup in the cache alone can't set, is no more due to
  // be set. That takes another tick of the clock than that of its birth.
  static void follow(const fs::path& link) {
    ::usleep(20'000);
    ASSERT_TRUE(fs::exists(link));
  }
  // Until nothing is waited for.
  void settle() {
    const auto end = Clock::now() + std::chrono::seconds(30);
    while (hashes_->is_waiting() && hashes_->fd() >= 0 && Clock::now() < end) {
      pollfd socket{hashes_->fd(), POLLIN, 0};
      ::poll(&socket, 1, 1000);
      const auto taken = hashes_->take([this](const LateHash& hash) {
        late_.push_back({hash.process, hash.exec_seq, hash.file, {}});
        texts_.emplace_back(hash.sha256);
        return Result<void>{};
      });
      ASSERT_TRUE(taken);
    }
    EXPECT_FALSE(hashes_->is_waiting());
  }
  // What came late of one file; or why nothing did.
  std::string late_of(const ExecEvent& exec) {
    EXPECT_EQ(hashes_->of(exec), "");
    return settled();
  }
  std::string script_of(const ExecEvent& exec) {
    hashes_->ask_for_script(exec);
    return settled();
  }
  std::string settled() {
    const std::size_t before = texts_.size();
    auto missed = counters();
    settle();
    if (texts_.size() > before) return texts_.back();
    for (const auto& [name, value] : counters())
      if (value != missed[name]) return name;
    return "nothing";
  }
  std::map<std::string, std::uint64_t> counters() {
    std::vector<Counter> list;
    hashes_->append_counters(list);
    std::map<std::string, std::uint64_t> counters;
    for (const Counter& counter : list) counters.emplace(counter.name, counter.value);
    return counters;
  }

  TempTree tree_;
  std::optional<Hashes> hashes_;
  std::vector<LateHash> late_;
  std::vector<std::string> texts_;
};

TEST(DigestCache, KeepsWhatWasAskedForLast) {
  DigestCache cache(1);
  const auto state = [](std::uint64_t inode) { return FileState{{1, inode}, 10, 5}; };
  for (std::uint64_t inode = 1; inode <= 4; ++inode) cache.insert(state(inode), Digest{});
  EXPECT_NE(cache.find(state(1)), nullptr);
  Digest digest{};
  digest.fill('a');
  cache.insert(state(5), digest);
  EXPECT_EQ(cache.find(state(2)), nullptr);
  EXPECT_NE(cache.find(state(1)), nullptr);
  ASSERT_NE(cache.find(state(5)), nullptr);
  EXPECT_EQ(text_of(*cache.find(state(5))), std::string(64, 'a'));
  FileState other = state(5);
  other.ctime_ns = 6;
  EXPECT_EQ(cache.find(other), nullptr);
}

TEST_F(HashesTest, ALivingProcessesExecutable) {
  start();
  MadeExec exec(fs::read_symlink("/proc/self/exe"), self());
  EXPECT_EQ(late_of(exec.get()), sha256_of(contents_of(exec.path)));
  ASSERT_EQ(late_.size(), 1U);
  EXPECT_EQ(late_[0].process, exec.event.task.self);
  EXPECT_EQ(late_[0].exec_seq, 7U);
  EXPECT_EQ(late_[0].file, HashedFile::executable);
  EXPECT_EQ(hashes_->of(exec.get()), texts_[0]);  // known from here on
}

// Its link leads to what it runs, whatever its path is by now.
TEST_F(HashesTest, OneThatHasNoPath) {
  start();
  MadeExec exec(fs::read_symlink("/proc/self/exe"), self());
  exec.event.image.exe_deleted = true;
  exec.event.image.exe = "/nowhere (deleted)";
  EXPECT_EQ(late_of(exec.get()), sha256_of(contents_of(exec.path)));
}

TEST_F(HashesTest, AnEndedProcessesByItsPath) {
  start();
  MadeExec exec(make("tool", "what it was"));
  EXPECT_EQ(late_of(exec.get()), sha256_of("what it was"));
  MadeExec empty(make("empty", ""));
  EXPECT_EQ(late_of(empty.get()), sha256_of(""));
}

TEST_F(HashesTest, AnotherFileIsNotTaken) {
  start();
  const std::string path = make("tool", "what it was");
  for (int change = 0; change < 4; ++change) {
    MadeExec exec(path);
    FileState& state = exec.state.state;
    if (change == 0) ++state.file.inode;
    if (change == 1) ++state.file.dev;
    if (change == 2) ++state.size;
    if (change == 3) ++state.ctime_ns;
    EXPECT_EQ(late_of(exec.get()), "hash_changed") << change;
  }
}

TEST_F(HashesTest, OfAProcessThatExecutesAnotherFile) {
  start();
  MadeExec exec(make("tool", "not what this test is"), self());
  exec.event.image.exe_deleted = true;
  EXPECT_EQ(late_of(exec.get()), "hash_changed");
}

// A process that serves a file system may never reply.
TEST_F(HashesTest, AFileOfAProcesssIsNotAskedFor) {
  start();
  MadeExec exec(fs::read_symlink("/proc/self/exe"), self());
  exec.state.file_system = 0x65735546;  // FUSE
  EXPECT_EQ(late_of(exec.get()), "hash_refused");
}

// What could have changed since without another state counts while its process executes it.
TEST_F(HashesTest, WhatHasJustChangedOrLiesInMemoryMustRunStill) {
  start();
  MadeExec ended(make("ended", "x"));
  const std::int64_t then = ended.state.state.ctime_ns;
  EXPECT_EQ(hashes_->of(ended.get(), then + 1'000'000), "");
  EXPECT_EQ(settled(), "hash_gone");
  EXPECT_EQ(hashes_->of(ended.get(), then + 1'000'000'000), "");
  EXPECT_EQ(settled(), sha256_of("x"));
  EXPECT_EQ(hashes_->of(ended.get(), then + 1'000'000'000), sha256_of("x"));
  EXPECT_EQ(hashes_->of(ended.get(), then + 1'000'000), "") << "not from the cache either";
  EXPECT_EQ(settled(), "hash_gone");

  MadeExec running("/proc/self/exe", self());
  running.state.file_system = 0x01021994;  // tmpfs
  EXPECT_EQ(hashes_->of(running.get()), "");
  EXPECT_EQ(settled(), sha256_of(contents_of("/proc/self/exe")));
  EXPECT_EQ(hashes_->of(running.get()), "") << "its next exec may be of other contents";
  EXPECT_EQ(settled(), sha256_of(contents_of("/proc/self/exe")));
}

TEST_F(HashesTest, OneFileIsReadOnce) {
  start();
  MadeExec exec(make("tool", std::string(1 << 20, 'x')));
  for (std::uint32_t pid = 1; pid <= 3; ++pid) {
    exec.event.task.self.pid = 4'000'000 + pid;
    EXPECT_EQ(hashes_->of(exec.get()), "");
  }
  settle();
  ASSERT_EQ(late_.size(), 3U);
  EXPECT_EQ(late_[2].process.pid, 4'000'003U);
  EXPECT_EQ(texts_[2], sha256_of(std::string(1 << 20, 'x')));
}

TEST_F(HashesTest, ALargerOneThanTheBoundIsNotRead) {
  start({.bytes_a_second = 1 << 20, .file_bytes = 4096});
  MadeExec exec(make("tool", ""));
  fs::resize_file(exec.path, std::uintmax_t{1} << 40);
  exec.state.state = state_of(exec.path);
  EXPECT_EQ(late_of(exec.get()), "hash_too_large");
}

TEST_F(HashesTest, OneThatChangesWhileItIsReadIsNotReported) {
  start({.bytes_a_second = 1 << 20});
  MadeExec exec(make("tool", std::string(6 << 20, 'x')));
  EXPECT_EQ(hashes_->of(exec.get()), "");
  std::this_thread::sleep_for(std::chrono::milliseconds(500));  // it takes five seconds
  ASSERT_EQ(::truncate(exec.path.c_str(), 6 << 20), 0);
  EXPECT_EQ(settled(), "hash_changed");
}

TEST_F(HashesTest, ReadsSoMuchASecondAndSmallFilesFirst) {
  start({.bytes_a_second = 1 << 20});
  MadeExec large(make("large", std::string(4 << 20, 'x')));
  MadeExec small(make("small", "y"));
  const auto begin = Clock::now();
  EXPECT_EQ(hashes_->of(large.get()), "");
  small.event.task.exec_seq = 8;
  EXPECT_EQ(hashes_->of(small.get()), "");
  settle();
  EXPECT_GE(Clock::now() - begin, std::chrono::milliseconds(2500));  // a second is lent
  ASSERT_EQ(late_.size(), 2U);
  EXPECT_EQ(late_[0].exec_seq, 8U);
}

TEST_F(HashesTest, Scripts) {
  start();
  MadeExec exec(fs::read_symlink("/proc/self/exe"), self());
  ImageFacts& image = exec.event.image;
  image.interpreter = "/bin/sh";
  const std::string path = make("script", "#!/bin/sh\n");
  image.filename = path;
  EXPECT_EQ(script_of(exec.get()), sha256_of("#!/bin/sh\n"));
  EXPECT_EQ(late_.back().file, HashedFile::script);
  EXPECT_EQ(script_of(exec.get()), sha256_of("#!/bin/sh\n"));

  make("script", "#!/bin/sh\ntrue\n");
  EXPECT_EQ(script_of(exec.get()), sha256_of("#!/bin/sh\ntrue\n")) << "what stands there now";

  const std::string cwd = tree_.root();
  image.filename = "./script";
  image.cwd = cwd;
  EXPECT_EQ(script_of(exec.get()), sha256_of("#!/bin/sh\ntrue\n"));

  tree_.link("link", "script");
  follow(tree_.path("link"));
  image.filename = "link";
  EXPECT_EQ(script_of(exec.get()), sha256_of("#!/bin/sh\ntrue\n"));

  image.filename = "missing";
  EXPECT_EQ(script_of(exec.get()), "hash_gone");
  image.filename = "/dev/fd/3";
  EXPECT_EQ(script_of(exec.get()), "nothing");
  exec.event.task.self = {4'000'000, 1};
  image.filename = path;
  EXPECT_EQ(script_of(exec.get()), "hash_gone") << "its root went with it";
}

TEST_F(HashesTest, WhatIsNoRegularFileIsNotOpened) {
  start();
  MadeExec exec(fs::read_symlink("/proc/self/exe"), self());
  exec.event.image.interpreter = "/bin/sh";
  tree_.fifo("fifo");
  tree_.link("to_fifo", "fifo");
  const std::string link = tree_.path("to_fifo");
  follow(link);
  for (const std::string& path :
       {tree_.path("fifo"), link, tree_.root(), std::string("/dev/zero"), std::string("/dev/tty")}) {
    exec.event.image.filename = path;
    EXPECT_EQ(script_of(exec.get()), "hash_refused") << path;
  }
  // A link of the kernel's own leads where no path does.
  exec.event.image.filename = "/proc/self/exe";
  EXPECT_EQ(script_of(exec.get()), "hash_gone");
}

// The helper's reader: the one child of our one child of that name.
pid_t reader_of_helper() {
  std::map<pid_t, pid_t> parents;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    if (!parse_number<pid_t>(entry.path().filename().native())) continue;
    const auto stat = parse_stat(contents_of(entry.path() / "stat"));
    if (stat && contents_of(entry.path() / "comm") == "proctree-hash\n" && stat->runs())
      parents.emplace(stat->pid, stat->ppid);
  }
  for (const auto& [pid, parent] : parents)
    if (const auto of = parents.find(parent); of != parents.end() && of->second == ::getpid()) return pid;
  return 0;
}

// What was sent and not received yet.
int bytes_queued(int socket) {
  int bytes = 0;
  EXPECT_EQ(::ioctl(socket, SIOCOUTQ, &bytes), 0);
  return bytes;
}

TEST_F(HashesTest, AReaderThatDiesIsCountedAndReplaced) {
  start({.bytes_a_second = 1 << 20});
  MadeExec large(make("large", std::string(8 << 20, 'x')));
  EXPECT_EQ(hashes_->of(large.get()), "");
  pid_t reader = 0;
  const auto end = Clock::now() + std::chrono::seconds(30);
  while ((reader == 0 || bytes_queued(hashes_->fd()) != 0) && Clock::now() < end) reader = reader_of_helper();
  ASSERT_NE(reader, 0);
  ASSERT_EQ(bytes_queued(hashes_->fd()), 0) << "it has the request";
  ASSERT_EQ(::kill(reader, SIGKILL), 0);
  EXPECT_EQ(settled(), "hash_restarted");
  MadeExec small(make("small", "y"));
  EXPECT_EQ(late_of(small.get()), sha256_of("y"));
}

TEST_F(HashesTest, WithoutAHelperNothingIsKnown) {
  hashes_.emplace(FileDescriptor());
  MadeExec exec(make("tool", "x"));
  EXPECT_EQ(hashes_->of(exec.get()), "");
  EXPECT_FALSE(hashes_->is_waiting());
  EXPECT_EQ(counters()["hash_dropped"], 1U);
}

TEST_F(HashesTest, MoreThanFitAreCounted) {
  start({.bytes_a_second = 1024});
  std::uint64_t asked = 0;
  for (; asked < 3000; ++asked) {
    MadeExec exec("/dev/null");
    exec.state.state.file.inode = 1'000'000 + asked;
    EXPECT_EQ(hashes_->of(exec.get()), "");
  }
  settle();
  const auto missed = counters();
  std::uint64_t sum = 0;
  for (const auto& [name, value] : missed) sum += value;
  EXPECT_EQ(sum, asked);
  EXPECT_GT(missed.at("hash_dropped"), 0U);
}

}  // namespace
}  // namespace proctree
