// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The library and the process that embeds it: losses, filters, wrong use, and what it leaves alone.
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <proctree/proctree.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <proctree/tracer.hpp>
#include <string>
#include <thread>

#include "live.hpp"

namespace proctree::live {
namespace {

using Api = ::proctree::Tracer;
using ApiRecord = ::proctree::Record;
using namespace std::chrono_literals;

// Not read while 1,500 processes come and go, a ring of one page holds next to nothing.
TEST(EmbedTest, LossIsReportedAndResynced) {
  auto api = Api::open({.ring_bytes = 1});
  ASSERT_TRUE(api) << api.error().to_string();
  ASSERT_TRUE(api->poll(0ms, {}));
  Workload workload;
  workload.start("storm", {"root", "23", "1500"});
  ASSERT_FINISHED(workload);

  std::uint64_t lost = 0;
  bool resynced = false;
  const auto until = std::chrono::steady_clock::now() + patiently(30s);
  // The first of it may be reported, and resynchronised, ahead of the rest.
  while ((lost <= 1500 || !resynced || api->has_gap()) && std::chrono::steady_clock::now() < until) {
    ASSERT_TRUE(api->poll(100ms, [&](const ApiRecord& record) {
      if (record.kind == RecordKind::lost) lost += record.loss->count;
      resynced |= record.kind == RecordKind::resync;
    }));
  }
  EXPECT_TRUE(resynced);
  EXPECT_GT(lost, 1500u);
  EXPECT_GE(api->totals().lost, lost);
  std::uint64_t counted = 0;
  const auto counters = api->counters();
  ASSERT_TRUE(counters);
  for (const Counter& counter : *counters) {
    if (counter.name.starts_with("lost_") && counter.name != "lost_cgroups") counted += counter.value;
  }
  EXPECT_GE(counted, lost);
  const auto self = api->find(static_cast<std::uint32_t>(getpid()));
  ASSERT_TRUE(self);
  EXPECT_FALSE(api->has_gap());
  EXPECT_TRUE(api->lineage(*self).complete);
}

// Settings that decide what a reader may conclude stand in the first record, in C too.
TEST(EmbedTest, TheFirstRecordHasTheBoundOfAccounts) {
  auto api = Api::open({.fair_kib = 77});
  ASSERT_TRUE(api) << api.error().to_string();
  std::vector<std::uint32_t> fair_kib;
  const auto take = [&fair_kib](const ApiRecord& record) {
    if (record.kind == RecordKind::start) fair_kib.push_back(record.trace->fair_kib);
  };
  ASSERT_TRUE(api->close(take));

  proctree_options options;
  proctree_options_init(&options, sizeof options);
  options.fair_kib = 78;
  const std::unique_ptr<proctree_tracer, void (*)(proctree_tracer*)> c(proctree_new(&options), proctree_free);
  ASSERT_EQ(proctree_open(c.get()), 0) << proctree_last_error(c.get());
  const auto take_c = [](const proctree_record* record, void* user) {
    if (record->kind == PROCTREE_START)
      static_cast<std::vector<std::uint32_t>*>(user)->push_back(record->start->fair_kib);
  };
  ASSERT_GE(proctree_close(c.get(), take_c, &fair_kib), 0);
  EXPECT_EQ(fair_kib, (std::vector<std::uint32_t>{77, 78}));
}

TEST(EmbedTest, FiltersAndKindsAreItsUsersChoice) {
  auto api = Api::open({.forks = false,
                        .exits = false,
                        .running = true,
                        .comms = {"true"},
                        .under_pids = {static_cast<std::uint32_t>(getpid())}});
  ASSERT_TRUE(api) << api.error().to_string();
  EXPECT_EQ(run({"/bin/true"}).code(), 0);
  EXPECT_EQ(run({"/bin/false"}).code(), 1);
  std::vector<std::string> reported;
  ASSERT_TRUE(api->close([&](const ApiRecord& record) {
    reported.push_back(std::string(name_of(record.kind)) +
                       (record.task == nullptr ? "" : " " + std::string(record.task->comm)));
  }));
  EXPECT_EQ(reported, (std::vector<std::string>{"start", "exec true", "stop"}));
  EXPECT_GE(api->totals().exits, 2u) << "everything is followed all the same";
}

TEST(EmbedTest, LeavesItsHostProcessAlone) {
  const auto entries = [](const char* folder) {
    return std::distance(std::filesystem::directory_iterator(folder), {});
  };
  const auto descriptors = entries("/proc/self/fd");
  const auto signals = [] {
    const std::string status = read_file("/proc/self/status");
    const std::size_t begin = status.find("SigBlk:");
    return status.substr(begin, status.find("CapInh:") - begin);
  };
  const std::string before = signals();
  for (int round = 0; round < 3; ++round) {
    auto api = Api::open();
    ASSERT_TRUE(api) << api.error().to_string();
    EXPECT_EQ(entries("/proc/self/task"), 1) << "it started a thread";
    ASSERT_TRUE(api->poll(10ms, {}));
    if (round == 0) continue;
    ASSERT_TRUE(api->close({}));
    EXPECT_FALSE(api->poll(0ms, {})) << "closed";
    EXPECT_TRUE(api->find(1)) << "lookups still work";
  }
  // One stays open: the directory of /proc that each thread which looks there keeps.
  EXPECT_LE(entries("/proc/self/fd"), descriptors + 1);
  EXPECT_EQ(signals(), before);
}

TEST(EmbedTest, WrongUseIsAnErrorWithARemedy) {
  EXPECT_EQ(Api::open({.args_max = 1u << 31}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(Api::open({.ring_bytes = std::uint64_t{1} << 40}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(Api::open({.under_pids = {0x7fffffff}}).error().code, ErrorCode::not_found);

  auto api = Api::open();
  ASSERT_TRUE(api);
  std::optional<Error> inner;
  ASSERT_TRUE(api->poll(0ms, [&](const ApiRecord&) {
    auto again = api->poll(0ms, {});
    if (!again) inner = again.error();
  }));
  ASSERT_TRUE(inner);
  EXPECT_EQ(inner->code, ErrorCode::invalid_argument);
  EXPECT_FALSE(inner->remedy.empty());

  EXPECT_EQ(Api::open({.source = static_cast<EventSource>(77)}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(Api::open({.memory_max = 1}).error().code, ErrorCode::invalid_argument);
}

using CTracer = std::unique_ptr<proctree_tracer, void (*)(proctree_tracer*)>;
CTracer c_tracer(const proctree_options* options = nullptr) { return {proctree_new(options), proctree_free}; }

TEST(EmbedTest, WrongUseInCIsEinval) {
  const auto open_with = [](auto change) {
    proctree_options options;
    proctree_options_init(&options, sizeof options);
    change(options);
    const CTracer c = c_tracer(&options);
    const int result = proctree_open(c.get());
    EXPECT_TRUE(result == 0 || *proctree_last_error(c.get()) != '\0');
    return result;
  };
  EXPECT_EQ(open_with([](proctree_options& options) { options.source = 77; }), -EINVAL);
  EXPECT_EQ(open_with([](proctree_options& options) { options.memory_max = 1; }), -EINVAL);
  EXPECT_EQ(open_with([](proctree_options& options) { options.records = 1u << 31; }), -EINVAL);
  EXPECT_EQ(open_with([](proctree_options& options) { options.args_max = 1u << 31; }), -EINVAL);
  EXPECT_EQ(open_with([](proctree_options& options) { options.size = 0; }), -EINVAL);

  const CTracer c = c_tracer();
  ASSERT_EQ(proctree_open(c.get()), 0) << proctree_last_error(c.get());
  proctree_key self{};
  ASSERT_EQ(proctree_find(c.get(), static_cast<uint32_t>(getpid()), &self), 0);
  proctree_info info{};
  EXPECT_EQ(proctree_get_info(c.get(), self, &info), -EINVAL) << "its size is 0";
  EXPECT_EQ(proctree_get_info(c.get(), self, nullptr), -EINVAL);
  EXPECT_EQ(proctree_find(c.get(), 1, nullptr), -EINVAL);
  EXPECT_EQ(proctree_find_id(c.get(), nullptr, &self), -EINVAL);
  EXPECT_EQ(proctree_chain(c.get(), self, nullptr, 10), -EINVAL);
  EXPECT_EQ(proctree_id(c.get(), self, nullptr, 10), -EINVAL);
  EXPECT_GT(proctree_chain(c.get(), self, nullptr, 0), 0);
  proctree_ancestor ancestor{};
  EXPECT_EQ(proctree_ancestors(c.get(), self, &ancestor, 1, 0, nullptr), -EINVAL);
  EXPECT_EQ(proctree_ancestors(c.get(), self, nullptr, 1, sizeof ancestor, nullptr), -EINVAL);
  EXPECT_EQ(proctree_children(c.get(), self, nullptr, 1), -EINVAL);
  EXPECT_EQ(proctree_descends_from_comm(c.get(), self, nullptr), -EINVAL);
  EXPECT_EQ(proctree_get_totals(c.get(), nullptr), -EINVAL);
  EXPECT_EQ(proctree_counters(c.get(), nullptr, 1), -EINVAL);
}

TEST(EmbedTest, AClosedTracerIsSilentAndStaysClosed) {
  const CTracer c = c_tracer();
  ASSERT_EQ(proctree_open(c.get()), 0) << proctree_last_error(c.get());
  EXPECT_EQ(proctree_open(c.get()), -EINVAL);
  EXPECT_NE(std::string(proctree_last_error(c.get())).find("open already"), std::string::npos);
  ASSERT_GT(proctree_close(c.get(), nullptr, nullptr), 0);
  EXPECT_EQ(proctree_open(c.get()), -EINVAL);
  EXPECT_NE(std::string(proctree_last_error(c.get())).find("is closed"), std::string::npos);
  EXPECT_EQ(proctree_poll(c.get(), 0, nullptr, nullptr), -EINVAL);
  pollfd fd{proctree_fd(c.get()), POLLIN, 0};
  ASSERT_GE(fd.fd, 0);
  EXPECT_EQ(run({"/bin/true"}).code(), 0);
  EXPECT_EQ(::poll(&fd, 1, 100), 0);
}

// What a callback must not do is an error; what it may do to its own tracer happens after it.
TEST(EmbedTest, ACallbackMayFreeItsTracer) {
  struct Seen {
    proctree_tracer* tracer = proctree_new(nullptr);
    int calls = 0;
    int poll = 0, close = 0, open = 0;
  } seen;
  ASSERT_EQ(proctree_open(seen.tracer), 0) << proctree_last_error(seen.tracer);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run({"/bin/true"}).code(), 0);
  const auto on_record = [](const proctree_record*, void* user) {
    auto& at = *static_cast<Seen*>(user);
    ++at.calls;
    at.poll = proctree_poll(at.tracer, 0, nullptr, nullptr);
    at.close = proctree_close(at.tracer, nullptr, nullptr);
    at.open = proctree_open(at.tracer);
    proctree_free(at.tracer);
  };
  EXPECT_EQ(proctree_poll(seen.tracer, 0, on_record, &seen), 1);
  EXPECT_EQ(seen.calls, 1) << "no more records once it is free";
  EXPECT_EQ(seen.poll, -EINVAL);
  EXPECT_EQ(seen.close, -EINVAL);
  EXPECT_EQ(seen.open, -EINVAL);

  auto api = Api::open();
  ASSERT_TRUE(api) << api.error().to_string();
  auto owner = std::make_unique<Api>(std::move(*api));
  EXPECT_EQ(run({"/bin/true"}).code(), 0);
  int calls = 0;
  const auto reported = owner->poll(0ms, [&](const ApiRecord&) {
    ++calls;
    owner.reset();
  });
  EXPECT_TRUE(reported && *reported == 1);
  EXPECT_EQ(calls, 1);
}

TEST(EmbedTest, OneThatWasMovedFromKnowsNothing) {
  auto api = Api::open();
  ASSERT_TRUE(api) << api.error().to_string();
  const auto self = api->find(static_cast<std::uint32_t>(getpid()));
  ASSERT_TRUE(self);
  Api other = std::move(*api);
  // NOLINTBEGIN(bugprone-use-after-move)
  EXPECT_EQ(api->fd(), -1);
  EXPECT_EQ(api->poll(0ms, {}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(api->close({}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(api->counters().error().code, ErrorCode::invalid_argument);
  EXPECT_FALSE(api->find(1) || api->find(1, 0) || api->find(other.id(*self)) || api->info(*self));
  EXPECT_EQ(api->id(*self) + api->chain(*self), "");
  EXPECT_TRUE(api->lineage(*self).ancestors.empty() && api->children(*self).empty());
  EXPECT_FALSE(api->descends_from(*self, *self) || api->descends_from(*self, "x") || api->has_gap());
  EXPECT_EQ(api->totals().execs + api->failed_execs() + api->processes() + api->tree_bytes(), 0U);
  EXPECT_EQ(tree_len(api->view()), 0U);
  // NOLINTEND(bugprone-use-after-move)
  EXPECT_TRUE(other.poll(0ms, {}));
  *api = std::move(other);
  EXPECT_TRUE(api->poll(0ms, {}));
}

// A child of the embedding program has the handle, its descriptors and the ring: it takes nothing.
TEST(EmbedTest, AChildTakesNothingFromItsParent) {
  proctree_options options;
  proctree_options_init(&options, sizeof options);
  options.records = PROCTREE_EXECS | PROCTREE_FAILED_EXECS;
  const CTracer c = c_tracer(&options);
  ASSERT_EQ(proctree_open(c.get()), 0) << proctree_last_error(c.get());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto is_refused = [](std::int64_t result) { return result == -EINVAL; };
    bool right = is_refused(proctree_poll(c.get(), 0, nullptr, nullptr));
    right = right && std::string(proctree_last_error(c.get())).find("child") != std::string::npos;
    right = right && is_refused(proctree_close(c.get(), nullptr, nullptr));
    right = right && is_refused(proctree_counters(c.get(), nullptr, 0));
    proctree_key key{};
    right = right && proctree_find(c.get(), 1, &key) == 0;
    proctree_free(c.get());
    proctree_tracer* own = proctree_new(nullptr);
    right = right && proctree_open(own) == 0 && proctree_poll(own, 0, nullptr, nullptr) > 0;
    proctree_free(own);
    _exit(right ? 0 : 1);
  }
  EXPECT_EQ(status_text(wait_for(child)), "exit 0");
  constexpr int kExecs = 20;
  for (int i = 0; i < kExecs; ++i) EXPECT_EQ(run({"/bin/true"}).code(), 0);
  char* const nothing[] = {nullptr};
  EXPECT_LT(execve("/nonexistent/of_this_very_test", nothing, nothing), 0);
  struct Count {
    int execs = 0, failed = 0, lost = 0;
  } count;
  const auto on_record = [](const proctree_record* record, void* user) {
    auto& of = *static_cast<Count*>(user);
    const auto self = static_cast<uint32_t>(getpid());
    of.execs += record->kind == PROCTREE_EXEC && record->process->creator.pid == self;
    of.failed += record->kind == PROCTREE_FAILED_EXEC && record->process->key.pid == self;
    of.lost += record->kind == PROCTREE_LOST;
  };
  ASSERT_GT(proctree_close(c.get(), on_record, &count), 0) << proctree_last_error(c.get());
  EXPECT_EQ(count.execs, kExecs);
  EXPECT_EQ(count.failed, 1) << "the child's end has not switched them off";
  EXPECT_EQ(count.lost, 0);
}

// Who opens it needs no privileges for what comes later; of old kernels the error says which.
TEST(EmbedTest, ResyncsOnceItsPrivilegesAreDropped) {
  Pipe pipe = make_pipe();
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    proctree_tracer* tracer = proctree_new(nullptr);
    if (proctree_open(tracer) != 0) _exit(2);
    if (setgroups(0, nullptr) != 0 || setresgid(65534, 65534, 65534) != 0) _exit(3);
    if (setresuid(65534, 65534, 65534) != 0) _exit(3);
    struct Seen {
      std::uint32_t forked = 0;
      bool resync = false, fork = false;
    } seen;
    const auto take = [](const proctree_record* record, void* user) {
      auto& of = *static_cast<Seen*>(user);
      of.resync |= record->kind == PROCTREE_RESYNC;
      of.fork |= record->kind == PROCTREE_FORK && record->process->key.pid == of.forked;
    };
    const int result = proctree_resync_now(tracer, take, &seen);
    std::string text = std::to_string(result) + ' ' + proctree_last_error(tracer);
    if (seen.resync) text += " resync";
    const pid_t forked = fork();
    if (forked == 0) _exit(0);
    seen.forked = static_cast<std::uint32_t>(forked);
    waitpid(forked, nullptr, 0);
    const auto until = std::chrono::steady_clock::now() + patiently(10s);
    while (!seen.fork && std::chrono::steady_clock::now() < until) proctree_poll(tracer, 100, take, &seen);
    if (seen.fork) text += " goes on";
    _exit(write(pipe.write.get(), text.data(), text.size()) < 0 ? 4 : 0);
  }
  pipe.write.reset();
  const std::string text = read_to_end(pipe.read.get());
  ASSERT_EQ(status_text(wait_for(child)), "exit 0");
  EXPECT_TRUE(text.ends_with(" goes on")) << text;
  if (bpf_calls_need_capability()) {
    EXPECT_TRUE(text.starts_with(std::to_string(-EPERM))) << text;
    EXPECT_NE(text.find("before Linux 5.19 the kernel needs CAP_BPF"), std::string::npos) << text;
  } else {
    EXPECT_NE(text.find(" resync"), std::string::npos) << text;
    EXPECT_FALSE(text.starts_with('-')) << text;
  }
}

TEST(EmbedTest, WithoutPrivilegesItSaysWhatIsMissing) {
  Pipe pipe = make_pipe();
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0) _exit(2);
    proctree_tracer* tracer = proctree_new(nullptr);
    const int result = proctree_open(tracer);
    const std::string text = std::to_string(result) + ' ' + proctree_last_error(tracer);
    _exit(write(pipe.write.get(), text.data(), text.size()) < 0 ? 3 : 0);
  }
  pipe.write.reset();
  const std::string text = read_to_end(pipe.read.get());
  ASSERT_EQ(status_text(wait_for(child)), "exit 0");
  EXPECT_TRUE(text.starts_with(std::to_string(-EPERM)) || text.starts_with(std::to_string(-EACCES))) << text;
  EXPECT_NE(text.find("CAP_BPF"), std::string::npos) << text;
}

}  // namespace
}  // namespace proctree::live
