// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Kinds, filters and whom to follow, changed while a tracer is open.
#include <gtest/gtest.h>
#include <proctree/proctree.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "capi/handle.hpp"
#include "made_tracer.hpp"

namespace proctree {
namespace {

using namespace std::chrono_literals;

class Configure : public testing::Test {
 protected:
  Configure() {
    add(1, {0, 0}, "init");
    add(50, {1, 1}, "nginx");
    add(60, {50, 50}, "worker");
    add(70, {1, 1}, "cron");
    source.followable = true;
  }
  void add(std::uint32_t pid, ProcKey parent, const char* comm) {
    source.tasks.push_back({0, task(pid, pid, parent, comm, 1), {}});
  }
  // What the kernel would do: a child has its creator's mark, and who isn't followed isn't reported.
  void fork(std::uint32_t pid, ProcKey creator, const char* comm) {
    source.set_followed(pid, source.is_followed(creator.pid));
    const std::uint64_t start = source.attached_ns + pid;
    source.tasks.push_back({0, task(pid, start, creator, comm, 1), {}});
    if (!source.is_reported(creator.pid)) return;
    ForkEvent event;
    event.ktime_ns = start;
    event.child = task(pid, start, creator, comm, 1);
    event.child.cgroup = cgroup;
    event.child.uid = uid;
    event.creator = creator;
    event.creator_exec_seq = 1;
    event.creator_comm = comm;
    source.events.emplace_back(event);
  }
  // The end of a worker of nginx's.
  void end(std::uint32_t pid) {
    ExitEvent event;
    event.ktime_ns = source.attached_ns + 1;
    event.task = task(pid, pid, {50, 50}, "worker", 1);
    source.events.emplace_back(event);
    std::erase_if(source.tasks, [pid](const SnapshotTask& running) { return running.task.self.pid == pid; });
  }
  Tracer open(TracerOptions options = {}) {
    auto tracer = made_tracer(source, options);
    EXPECT_TRUE(tracer) << tracer.error().to_string();
    EXPECT_TRUE(tracer->poll(0ms, {}));
    return std::move(*tracer);
  }
  // Pids of the forks that are handed out.
  std::vector<std::uint32_t> forks(Tracer& tracer) {
    std::vector<std::uint32_t> pids;
    for (int turn = 0; turn < 3; ++turn) {
      EXPECT_TRUE(tracer.poll(0ms, [&](const Record& record) {
        if (record.kind == RecordKind::fork) pids.push_back(record.task->self.pid);
      }));
    }
    return pids;
  }
  using Pids = std::vector<std::uint32_t>;
  FakeSource source;
  std::string cgroup;
  std::uint32_t uid = 0;
};

TEST_F(Configure, KindsAndFiltersChangeWhileItIsOpen) {
  Tracer tracer = open();
  fork(100, {50, 50}, "nginx");
  EXPECT_EQ(forks(tracer), Pids{100});
  TracerOptions options;
  options.under_pids = {50};
  ASSERT_TRUE(tracer.configure(options));
  fork(101, {50, 50}, "nginx");
  fork(102, {60, 60}, "worker");
  fork(103, {70, 70}, "cron");
  fork(104, {100, source.attached_ns + 100}, "nginx");
  EXPECT_EQ(forks(tracer), (Pids{101, 102, 104}));
  EXPECT_TRUE(tracer.find(103)) << "held back, and in the tree";
  options.under_pids = {};
  options.under_comms = {"cron"};
  ASSERT_TRUE(tracer.configure(options));
  fork(105, {50, 50}, "nginx");
  fork(106, {103, source.attached_ns + 103}, "cron");
  EXPECT_EQ(forks(tracer), Pids{106});
  options.under_comms = {};
  options.forks = false;
  ASSERT_TRUE(tracer.configure(options));
  fork(107, {50, 50}, "nginx");
  EXPECT_EQ(forks(tracer), Pids{});
  ASSERT_TRUE(tracer.configure({}));
  fork(108, {50, 50}, "nginx");
  EXPECT_EQ(forks(tracer), Pids{108});
  options = {};
  options.failed_execs = true;
  ASSERT_TRUE(tracer.configure(options));
  EXPECT_TRUE(source.failed_execs_on);
  ASSERT_TRUE(tracer.configure({}));
  EXPECT_FALSE(source.failed_execs_on);
}

TEST_F(Configure, WhatIsExcludedIsInTheTree) {
  const auto own = static_cast<std::uint32_t>(getpid());
  add(own, {1, 1}, "agent");
  TracerOptions options;
  options.exclude_own = true;
  options.exclude_users = {"4711"};
  options.exclude_containers = {"0123456789ab"};
  Tracer tracer = open(options);
  fork(own + 1, {own, own}, "agent");
  fork(101, {50, 50}, "nginx");
  uid = 4711;
  fork(102, {50, 50}, "nginx");
  uid = 0;
  cgroup = "/docker/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
  fork(103, {50, 50}, "nginx");
  EXPECT_EQ(forks(tracer), Pids{101});
  EXPECT_TRUE(tracer.find(own + 1) && tracer.find(102) && tracer.find(103));
}

TEST_F(Configure, NoneCanExcludeItselfFromWithinAPidNamespace) {
  TracerOptions options;
  options.exclude_own = true;
  Host host;
  host.nested_pid_namespace = true;
  const auto tracer_of = [&](const TracerOptions& of) { return made_tracer(source, of, host); };
  const auto opened = tracer_of(options);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::unsupported);
  EXPECT_NE(opened.error().to_string().find("exclude_own"), std::string::npos);
  auto tracer = tracer_of({});
  ASSERT_TRUE(tracer);
  const auto configured = tracer->configure(options);
  ASSERT_FALSE(configured);
  EXPECT_EQ(configured.error().code, ErrorCode::unsupported);
}

TEST_F(Configure, AFilterWithoutMeaningChangesNothing) {
  Tracer tracer = open();
  const auto refused = [&tracer](const TracerOptions& options, const char* word) {
    const auto configured = tracer.configure(options);
    ASSERT_FALSE(configured);
    EXPECT_NE(configured.error().to_string().find(word), std::string::npos) << configured.error().to_string();
  };
  TracerOptions options;
  options.comms = {""};
  refused(options, "empty");
  options = {};
  options.users = {"nobody-is-called-so"};
  refused(options, "nobody-is-called-so");
  options = {};
  options.exclude_users = {"nobody-is-called-so"};
  refused(options, "nobody-is-called-so");
  options = {};
  options.under_pids = {9999};
  options.forks = false;
  options.failed_execs = true;
  refused(options, "9999");
  EXPECT_FALSE(source.failed_execs_on);
  fork(100, {50, 50}, "nginx");
  EXPECT_EQ(forks(tracer), Pids{100});
  options = {};
  options.comms = {""};
  EXPECT_FALSE(made_tracer(source, {}).value().configure(options));
}

TEST_F(Configure, FollowsLineagesOneAfterTheOther) {
  TracerOptions options;
  options.followable = true;
  Tracer tracer = open(options);
  fork(100, {70, 70}, "cron");
  EXPECT_EQ(forks(tracer), Pids{100}) << "until the first follow all are reported";
  ASSERT_TRUE(tracer.follow(50));
  ASSERT_TRUE(tracer.follow(50)) << "once more";
  fork(101, {60, 60}, "worker");  // before the marks are there
  fork(102, {70, 70}, "cron");
  EXPECT_EQ(forks(tracer), Pids{101});
  EXPECT_FALSE(source.all_reported);
  EXPECT_EQ(source.marks, (std::set<std::uint32_t>{50, 60, 101}));
  fork(103, {101, source.attached_ns + 101}, "worker");
  fork(104, {70, 70}, "cron");
  EXPECT_EQ(forks(tracer), Pids{103});
  EXPECT_FALSE(tracer.find(104)) << "the kernel left it out";

  ASSERT_TRUE(tracer.follow(70));
  EXPECT_EQ(forks(tracer), Pids{});
  EXPECT_TRUE(tracer.find(104)) << "a resync found what was left out before";
  EXPECT_FALSE(source.all_reported);
  fork(105, {104, source.attached_ns + 104}, "cron");
  fork(106, {1, 1}, "init");
  EXPECT_EQ(forks(tracer), Pids{105});

  ASSERT_TRUE(tracer.unfollow(50));
  EXPECT_EQ(forks(tracer), Pids{});
  fork(107, {60, 60}, "worker");
  fork(108, {104, source.attached_ns + 104}, "cron");
  EXPECT_EQ(forks(tracer), Pids{108});
  ASSERT_TRUE(tracer.unfollow(70));
  EXPECT_EQ(forks(tracer), Pids{});
  EXPECT_TRUE(source.all_reported);
  EXPECT_TRUE(source.marks.empty());
  EXPECT_TRUE(tracer.find(106) && tracer.find(107)) << "all of it again after a resync";
  fork(109, {1, 1}, "init");
  EXPECT_EQ(forks(tracer), Pids{109});
}

TEST_F(Configure, FollowsTheProcessThatHasThePidNow) {
  TracerOptions options;
  options.followable = true;
  Tracer tracer = open(options);
  ASSERT_TRUE(tracer.follow(60));
  ASSERT_TRUE(tracer.follow(70));
  EXPECT_EQ(forks(tracer), Pids{});
  end(60);
  fork(60, {70, 70}, "cron");
  EXPECT_EQ(forks(tracer), Pids{60});
  ASSERT_TRUE(tracer.follow(60)) << "another process";
  ASSERT_TRUE(tracer.unfollow(70));
  EXPECT_EQ(forks(tracer), Pids{});
  EXPECT_EQ(source.marks, (std::set<std::uint32_t>{60}));
  fork(101, {60, source.attached_ns + 60}, "cron");
  EXPECT_EQ(forks(tracer), Pids{101});
}

TEST_F(Configure, WhatCanNotBeFollowedIsAnError) {
  Tracer tracer = open();
  EXPECT_FALSE(tracer.follow(9999));
  EXPECT_FALSE(tracer.follow(0));
  EXPECT_FALSE(tracer.unfollow(50));
  source.followable = false;
  const auto followed = tracer.follow(50);
  ASSERT_FALSE(followed);
  EXPECT_EQ(followed.error().code, ErrorCode::unsupported);
  EXPECT_NE(followed.error().to_string().find("followable"), std::string::npos);
  EXPECT_TRUE(tracer.poll(0ms, {}));
}

// The same by the C interface.
class ConfigureInC : public Configure {
 protected:
  ConfigureInC() { proctree_options_init(&options, sizeof options); }
  void open_in_c() { handle->tracer.emplace(open()); }
  Pids forks_in_c() {
    Pids pids;
    const auto take = [](const proctree_record* record, void* user) {
      if (record->kind == PROCTREE_FORK) static_cast<Pids*>(user)->push_back(record->process->key.pid);
    };
    for (int turn = 0; turn < 3; ++turn) EXPECT_GE(proctree_poll(tracer, 0, take, &pids), 0) << error();
    return pids;
  }
  // Without a record, and with what it says of it.
  void end_in_c(std::uint32_t pid) {
    end(pid);
    EXPECT_GT(proctree_poll(tracer, 0, nullptr, nullptr), 0);
  }
  [[nodiscard]] std::string error() const { return proctree_last_error(tracer); }
  [[nodiscard]] int configure() const { return proctree_configure(tracer, &options); }
  void refused(int result, int number, const char* word) const {
    EXPECT_EQ(result, number);
    EXPECT_NE(error().find(word), std::string::npos) << error();
  }

  std::unique_ptr<struct proctree_tracer, void (*)(struct proctree_tracer*)> handle{proctree_new(nullptr),
                                                                                    proctree_free};
  struct proctree_tracer* tracer = handle.get();
  proctree_options options;
};

TEST_F(ConfigureInC, KindsAndFiltersChangeWhileItIsOpen) {
  open_in_c();
  fork(100, {50, 50}, "nginx");
  EXPECT_EQ(forks_in_c(), Pids{100});
  const std::uint32_t under[] = {50, 0};
  options.under_pids = under;
  ASSERT_EQ(configure(), 0) << error();
  fork(101, {60, 60}, "worker");
  fork(102, {70, 70}, "cron");
  EXPECT_EQ(forks_in_c(), Pids{101});
  const char* const comms[] = {"cron", nullptr};
  options.under_pids = nullptr;
  options.under_comms = comms;
  ASSERT_EQ(configure(), 0) << error();
  fork(103, {50, 50}, "nginx");
  fork(104, {70, 70}, "cron");
  EXPECT_EQ(forks_in_c(), Pids{104});
  options.records = PROCTREE_EXECS;
  ASSERT_EQ(configure(), 0) << error();
  fork(105, {70, 70}, "cron");
  EXPECT_EQ(forks_in_c(), Pids{});
  proctree_options_init(&options, sizeof options);
  ASSERT_EQ(configure(), 0) << error();
  fork(106, {50, 50}, "nginx");
  EXPECT_EQ(forks_in_c(), Pids{106});
}

TEST_F(ConfigureInC, AFilterWithoutMeaningChangesNothing) {
  open_in_c();
  end_in_c(60);
  for (const std::uint32_t pid : {9999U, 60U}) {  // no process has the one, and the other has ended
    const std::uint32_t under[] = {50, pid, 0};
    options.under_pids = under;
    refused(configure(), -ENOENT, std::to_string(pid).c_str());
    EXPECT_EQ(proctree_last_error_code(tracer), PROCTREE_ERROR_NOT_FOUND);
  }
  options.under_pids = nullptr;
  const char* const unknown[] = {"nobody-is-called-so", nullptr};
  options.users = unknown;
  refused(configure(), -EINVAL, "nobody-is-called-so");
  options.users = nullptr;
  const char* const empty[] = {"", nullptr};
  options.comms = empty;
  refused(configure(), -EINVAL, "empty");
  options.comms = nullptr;
  options.records = PROCTREE_EXECS | 1U << 31;
  refused(configure(), -EINVAL, "records");
  options.records = PROCTREE_EXECS;
  options.size = 0;
  refused(configure(), -EINVAL, "size");
  refused(proctree_configure(tracer, nullptr), -EINVAL, "options");
  fork(100, {50, 50}, "nginx");
  EXPECT_EQ(forks_in_c(), Pids{100});
}

TEST_F(ConfigureInC, WhatCanNotBeFollowedIsAnError) {
  source.followable = false;
  open_in_c();
  refused(proctree_follow(tracer, 50), -ENOTSUP, "followable");
  source.followable = true;
  end_in_c(60);
  for (const std::uint32_t pid : {9999U, 60U, 0U})
    refused(proctree_follow(tracer, pid), -ENOENT, std::to_string(pid).c_str());
  refused(proctree_unfollow(tracer, 50), -ENOENT, "50");
  fork(100, {70, 70}, "cron");
  EXPECT_EQ(forks_in_c(), Pids{100}) << "all are reported";
  ASSERT_EQ(proctree_follow(tracer, 50), 0) << error();
  ASSERT_EQ(proctree_unfollow(tracer, 50), 0) << error();
}

TEST_F(ConfigureInC, NoneThatIsClosedOrWasNeverOpenIsChanged) {
  const auto all = [this](const char* word) {
    refused(configure(), -EINVAL, word);
    refused(proctree_follow(tracer, 50), -EINVAL, word);
    refused(proctree_unfollow(tracer, 50), -EINVAL, word);
  };
  all("open");
  open_in_c();
  ASSERT_GT(proctree_close(tracer, nullptr, nullptr), 0);
  all("closed");
}

}  // namespace
}  // namespace proctree
