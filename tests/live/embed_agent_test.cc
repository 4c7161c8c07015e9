// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What an agent relies on: a table maintained by records through losses, facts that are retained, filters and
// lineages to follow that change while it is open.
#include <fcntl.h>
#include <proctree/proctree.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <proctree/tracer.hpp>
#include <set>
#include <string>

#include "live.hpp"
#include "mirror.hpp"

namespace proctree::live {
namespace {

using Api = ::proctree::Tracer;
using ApiRecord = ::proctree::Record;
using namespace std::chrono_literals;

// A child that is killed when this goes out of scope.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) { EXPECT_GT(pid, 0); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] std::uint32_t pid() const { return static_cast<std::uint32_t>(pid_); }

 private:
  pid_t pid_;
};

// What to make one of that waits.
pid_t fork_waiting() {
  const pid_t pid = fork();
  if (pid == 0) {
    for (;;) pause();
  }
  return pid;
}

TEST(AgentTest, ATableBuiltFromRecordsIsTheTreeAfter200Losses) {
  TracerOptions options;
  options.ring_bytes = 1;  // a page
  options.ring = RingKind::kernel;
  options.running = options.resynced = options.forgotten = true;
  options.exited_max = 100;
  auto api = Api::open(options);
  ASSERT_TRUE(api) << api.error().to_string();
  Mirror mirror;
  std::uint64_t lost = 0, resynced = 0, forgotten = 0;
  const auto take = [&](const ApiRecord& record) {
    if (record.kind == RecordKind::lost) lost += record.loss->count;
    resynced += record.kind == RecordKind::resynced;
    forgotten += record.kind == RecordKind::forgotten;
    mirror.take(record);
  };
  ASSERT_TRUE(api->poll(0ms, take));
  ASSERT_TRUE(api->resync(take));
  EXPECT_EQ(mirror.difference(*api), "");
  std::deque<Child> living;
  int losses = 0;
  const auto until = std::chrono::steady_clock::now() + patiently(120s);
  while (losses < 200 && std::chrono::steady_clock::now() < until) {
    const std::uint64_t before = lost;
    for (int i = 0; i < 40; ++i) {
      living.emplace_back(fork_waiting());
      if (living.size() > 20) living.pop_front();
    }
    ASSERT_TRUE(api->poll(0ms, take));
    ASSERT_TRUE(api->resync(take));
    ASSERT_TRUE(api->poll(0ms, take));
    losses += lost != before;
    ASSERT_EQ(mirror.difference(*api), "") << "after loss " << losses;
  }
  living.clear();
  EXPECT_EQ(losses, 200);
  EXPECT_GT(resynced, 200u);
  EXPECT_GT(forgotten, 200u);
  EXPECT_TRUE(api->close(take));
}

TEST(AgentTest, RetainedFactsOutliveTheProcess) {
  auto api = Api::open({.keep = kKeepAll});
  ASSERT_TRUE(api) << api.error().to_string();
  ASSERT_TRUE(api->poll(0ms, {}));
  const pid_t pid = fork();
  if (pid == 0) {
    if (chdir("/usr") == 0) execl("/bin/true", "true", "one", "two", nullptr);
    _exit(1);
  }
  waitpid(pid, nullptr, 0);
  std::string args, cwd;
  const auto until = std::chrono::steady_clock::now() + patiently(10s);
  while (args.empty() && std::chrono::steady_clock::now() < until) {
    ASSERT_TRUE(api->poll(100ms, [&](const ApiRecord& record) {
      if (record.kind != RecordKind::exit || record.task->self.pid != static_cast<std::uint32_t>(pid)) return;
      ASSERT_NE(record.image, nullptr);
      args = record.image->args;
      cwd = record.image->cwd;
    }));
  }
  EXPECT_EQ(args, std::string("true\0one\0two\0", 13));
  EXPECT_EQ(cwd, "/usr");
  const auto key = api->find(static_cast<std::uint32_t>(pid));
  ASSERT_TRUE(key);
  const auto info = api->info(*key);
  ASSERT_TRUE(info && info->exited);
  EXPECT_EQ(info->args, args);
  EXPECT_EQ(info->cwd, "/usr");
  EXPECT_EQ(info->euid, geteuid());
  EXPECT_EQ(info->gid, getgid());
  const auto own = api->info(*api->find(static_cast<std::uint32_t>(getpid())));
  ASSERT_TRUE(own);
  EXPECT_EQ(own->gid, getgid()) << "of what ran before, too";
  EXPECT_FALSE(own->args.empty());
  EXPECT_FALSE(own->cwd.empty());
}

// Children of `parent` that end at once: their pids.
std::set<std::uint32_t> fork_some(int count) {
  std::set<std::uint32_t> pids;
  for (int i = 0; i < count; ++i) {
    const pid_t pid = fork();
    if (pid == 0) _exit(0);
    waitpid(pid, nullptr, 0);
    pids.insert(static_cast<std::uint32_t>(pid));
  }
  return pids;
}

TEST(AgentTest, FollowsInTheKernelTheGivenProcesses) {
  auto api = Api::open({.followable = true});
  ASSERT_TRUE(api) << api.error().to_string();
  std::set<std::uint32_t> forked, others;
  std::uint32_t stranger = 0;
  const auto take = [&](const ApiRecord& record) {
    if (record.kind != RecordKind::fork) return;
    forked.insert(record.task->self.pid);
    if (stranger != 0 && record.creator.pid == stranger) others.insert(record.task->self.pid);
  };
  const auto poll_some = [&] {
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(api->poll(0ms, take));
  };
  // What one cpu has handed over waits for the number that another has taken.
  const auto poll_for = [&](const auto& pids) {
    const auto are_in = [&] {
      return std::ranges::all_of(pids, [&](std::uint32_t pid) { return forked.contains(pid); });
    };
    const auto until = std::chrono::steady_clock::now() + patiently(10s);
    while (!are_in() && std::chrono::steady_clock::now() < until) ASSERT_TRUE(api->poll(10ms, take));
    EXPECT_TRUE(are_in());
  };
  poll_some();
  auto made = fork_some(5);
  poll_for(made);  // all are reported at first

  // A stranger that forks all the while.
  int pipes[2];
  ASSERT_EQ(pipe(pipes), 0);
  const pid_t forked_forker = fork();
  if (forked_forker == 0) {
    close(pipes[0]);
    for (char c = 0;; ++c) {
      const pid_t pid = fork();
      if (pid == 0) _exit(0);
      waitpid(pid, nullptr, 0);
      usleep(1000);
      if (c < 3 && write(pipes[1], &c, 1) != 1) _exit(0);
      if (c == 100) c = 3;
    }
  }
  const Child forker(forked_forker);
  close(pipes[1]);
  char c = 0;
  ASSERT_EQ(read(pipes[0], &c, 1), 1);
  close(pipes[0]);
  poll_some();
  stranger = forker.pid();
  const Child followed(fork_waiting());
  poll_some();
  ASSERT_TRUE(api->follow(followed.pid())) << "another child of ours";
  poll_some();
  others.clear();
  forked.clear();
  const auto until = std::chrono::steady_clock::now() + 200ms;
  while (std::chrono::steady_clock::now() < until) ASSERT_TRUE(api->poll(10ms, take));
  EXPECT_TRUE(others.empty()) << "the stranger is not followed";
  made = fork_some(5);
  poll_some();
  for (const std::uint32_t pid : made) EXPECT_FALSE(forked.contains(pid));

  ASSERT_TRUE(api->follow(static_cast<std::uint32_t>(getpid()))) << "and its ancestor";
  poll_some();
  made = fork_some(5);
  poll_for(made);
  ASSERT_TRUE(api->unfollow(static_cast<std::uint32_t>(getpid())));
  poll_some();
  made = fork_some(5);
  poll_some();
  for (const std::uint32_t pid : made) EXPECT_FALSE(forked.contains(pid));
  ASSERT_TRUE(api->unfollow(followed.pid()));
  EXPECT_FALSE(api->unfollow(followed.pid()));
  poll_some();
  made = fork_some(5);
  poll_for(made);  // all again
  EXPECT_FALSE(api->has_gap());
}

TEST(AgentTest, WithoutFollowableItSaysSo) {
  auto api = Api::open();
  ASSERT_TRUE(api) << api.error().to_string();
  const auto followed = api->follow(static_cast<std::uint32_t>(getpid()));
  ASSERT_FALSE(followed);
  EXPECT_NE(followed.error().to_string().find("followable"), std::string::npos);
}

// A child fails to execute by either system call: how many of the two are reported, `wanted` at least unless
// in vain.
int count_failed_execs(Api& api, int wanted) {
  const pid_t pid = fork();
  if (pid == 0) {
    execl("/nonexistent", "none", nullptr);
    syscall(SYS_execveat, AT_FDCWD, "/nonexistent", nullptr, nullptr, 0);
    _exit(0);
  }
  waitpid(pid, nullptr, 0);
  int failed = 0;
  const auto until = std::chrono::steady_clock::now() + patiently(10s);
  for (int i = 0; i < 5 || (failed < wanted && std::chrono::steady_clock::now() < until); ++i) {
    EXPECT_TRUE(api.poll(i < 5 ? 0ms : 10ms, [&](const ApiRecord& record) {
      failed +=
          record.kind == RecordKind::failed_exec && record.task->self.pid == static_cast<std::uint32_t>(pid);
    }));
  }
  return failed;
}

TEST(AgentTest, FailedExecsGoOnAndOff) {
  TracerOptions options;
  options.failed_execs = true;
  auto api = Api::open(options);
  ASSERT_TRUE(api) << api.error().to_string();
  EXPECT_EQ(count_failed_execs(*api, 2), 2);
  ASSERT_TRUE(api->configure({}));
  EXPECT_EQ(count_failed_execs(*api, 0), 0);
  ASSERT_TRUE(api->configure(options));
  EXPECT_EQ(count_failed_execs(*api, 2), 2);
}

// However many descriptors are left: both system calls, or an error and none.
TEST(AgentTest, FailedExecsGoOnWholeOrNotAtAll) {
  TracerOptions options;
  options.failed_execs = true;
  auto api = Api::open(options);
  ASSERT_TRUE(api) << api.error().to_string();
  ASSERT_TRUE(api->configure({}));
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const int lowest = dup(STDIN_FILENO);
  ASSERT_GE(lowest, 0);
  close(lowest);
  int refused = 0;
  for (auto limit = static_cast<rlim_t>(lowest);; ++limit, ++refused) {
    const rlimit few{limit, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    const auto configured = api->configure(options);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    if (configured) break;
    ASSERT_LT(refused, 16) << configured.error().to_string();
  }
  EXPECT_GT(refused, 0);
  EXPECT_EQ(count_failed_execs(*api, 2), 2);
}

}  // namespace
}  // namespace proctree::live
