// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A tracer that is used wrongly returns an error that says so, and goes on.
#include <gtest/gtest.h>
#include <proctree/proctree.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "capi/handle.hpp"
#include "made_tracer.hpp"

namespace proctree {
namespace {

using namespace std::chrono_literals;

class TracerUse : public testing::Test {
 protected:
  TracerUse() {
    source.tasks.push_back({0, task(1, 10, {0, 0}, "init", 1), {}});
    source.tasks.push_back({0, task(50, 500, {1, 10}, "sshd", 3), {}});
    source.tasks.push_back({0, task(60, 600, {50, 500}, "bash", 4), {}});
  }
  void fork(std::uint32_t pid) {
    ForkEvent event;
    event.ktime_ns = source.attached_ns + pid;
    event.child = task(pid, source.attached_ns + pid, {50, 500}, "sshd", 3);
    event.creator = {50, 500};
    event.creator_exec_seq = 3;
    event.creator_comm = "sshd";
    source.events.emplace_back(event);
  }
  Tracer open(const TracerOptions& options = {}) {
    auto tracer = made_tracer(source, options);
    EXPECT_TRUE(tracer);
    return std::move(*tracer);
  }
  // The same behind a handle of the C interface.
  using Handle = std::unique_ptr<struct proctree_tracer, void (*)(struct proctree_tracer*)>;
  Handle open_in_c() {
    Handle handle(proctree_new(nullptr), proctree_free);
    handle->tracer.emplace(open());
    return handle;
  }
  FakeSource source;
};

template <class T>
std::string words(const Result<T>& result) {
  return result ? std::string() : result.error().to_string();
}

bool says(const std::string& text, const char* word) { return text.find(word) != std::string::npos; }

TEST_F(TracerUse, AProcessThatIsNotKnownIsNone) {
  Tracer tracer = open();
  const ProcKey stranger{7777, 5};
  EXPECT_EQ(tracer.find(7777), std::nullopt);
  EXPECT_EQ(tracer.find("fedcba9876543210-50-0"), std::nullopt) << "an id of another boot";
  EXPECT_EQ(tracer.find("nonsense"), std::nullopt);
  EXPECT_EQ(tracer.info(stranger), std::nullopt);
  EXPECT_EQ(tracer.chain(stranger), "");
  EXPECT_TRUE(tracer.children(stranger).empty());
  EXPECT_TRUE(tracer.descendants(stranger).empty());
  EXPECT_TRUE(tracer.lineage(stranger).ancestors.empty());
  EXPECT_FALSE(tracer.descends_from(stranger, {1, 10}));
  const auto set = tracer.set_user_data(stranger, this);
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, ErrorCode::not_found);
  EXPECT_TRUE(tracer.poll(0ms, [](const Record&) {})) << "it goes on";
}

TEST_F(TracerUse, OneThatEndedIsStillToBeAsked) {
  Tracer tracer = open();
  fork(70);
  ExitEvent exit;
  exit.ktime_ns = source.attached_ns + 100;
  exit.task = task(70, source.attached_ns + 70, {50, 500}, "sshd", 3);
  source.events.emplace_back(exit);
  ASSERT_TRUE(tracer.poll(0ms, [](const Record&) {}));
  const auto key = tracer.find(70);
  ASSERT_TRUE(key);
  EXPECT_TRUE(tracer.info(*key)->exited);
  EXPECT_EQ(tracer.descendants({1, 10}), (std::vector<ProcKey>{{50, 500}, {60, 600}}));
  EXPECT_EQ(tracer.descendants({1, 10}, true).size(), 3u);
  EXPECT_EQ(tracer.list().size(), 3u);
  EXPECT_EQ(tracer.list(true).size(), 4u);
}

TEST_F(TracerUse, APollThatMayTakeSomeEventsLeavesTheRest) {
  Tracer tracer = open();
  for (std::uint32_t pid = 70; pid < 75; ++pid) fork(pid);
  std::size_t forks = 0;
  const auto count = [&forks](const Record& record) { forks += record.kind == RecordKind::fork ? 1 : 0; };
  ASSERT_TRUE(tracer.poll_some(0ms, 2, count));
  EXPECT_EQ(forks, 2u);
  ASSERT_TRUE(tracer.poll_some(10s, 2, count)) << "the descriptor is readable";
  EXPECT_EQ(forks, 4u);
  ASSERT_TRUE(tracer.poll_some(0ms, 0, count));
  EXPECT_EQ(forks, 5u);
}

TEST_F(TracerUse, ACallbackThatThrowsLosesNoRecord) {
  Tracer tracer = open();
  for (std::uint32_t pid = 70; pid < 75; ++pid) fork(pid);
  std::vector<std::uint32_t> pids;
  const auto polled = tracer.poll(0ms, [&](const Record& record) {
    if (record.kind != RecordKind::fork) return;
    pids.push_back(record.task->self.pid);
    if (pids.size() == 2) throw std::runtime_error("too much");
    if (pids.size() == 3) throw 3;
  });
  ASSERT_FALSE(polled);
  EXPECT_EQ(polled.error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE(says(words(polled), "threw")) << words(polled);
  EXPECT_EQ(pids, (std::vector<std::uint32_t>{70, 71, 72, 73, 74}));
  fork(80);
  EXPECT_TRUE(tracer.poll(0ms, [&](const Record& record) { pids.push_back(record.task->self.pid); }));
  EXPECT_EQ(pids.back(), 80u);
}

TEST_F(TracerUse, ACallbackThatCallsBackInIsAnError) {
  Tracer tracer = open();
  fork(70);
  std::vector<std::string> errors;
  ASSERT_TRUE(tracer.poll(0ms, [&](const Record&) {
    errors = {words(tracer.poll(0ms, {})), words(tracer.close({})), words(tracer.resync({}))};
  }));
  ASSERT_EQ(errors.size(), 3u);
  for (const std::string& error : errors) EXPECT_TRUE(says(error, "callback")) << error;
  EXPECT_TRUE(tracer.poll(0ms, {}));
}

TEST_F(TracerUse, AClosedOneLooksUpOnly) {
  Tracer tracer = open();
  ASSERT_TRUE(tracer.close({}));
  for (const std::string& error :
       {words(tracer.poll(0ms, {})), words(tracer.close({})), words(tracer.resync({}))})
    EXPECT_TRUE(says(error, "closed")) << error;
  EXPECT_EQ(tracer.chain({60, 600}), "60|bash|root;50|sshd|root;1|init|root");
}

TEST_F(TracerUse, OneThatWasMovedFromSaysSo) {
  Tracer first = open();
  const Tracer second = std::move(first);
  // NOLINTBEGIN(bugprone-use-after-move)
  for (const std::string& error :
       {words(first.poll(0ms, {})), words(first.close({})), words(first.resync({})),
        words(first.set_user_data({1, 10}, this)), words(first.counters())})
    EXPECT_TRUE(says(error, "moved")) << error;
  EXPECT_TRUE(first.list().empty());
  EXPECT_EQ(first.user_data({1, 10}), nullptr);
  EXPECT_EQ(first.fd(), -1);
  // NOLINTEND(bugprone-use-after-move)
  EXPECT_EQ(second.list().size(), 3u);
}

TEST_F(TracerUse, InCTheSame) {
  const Handle handle = open_in_c();
  struct proctree_tracer* tracer = handle.get();
  const auto error = [tracer] { return std::string(proctree_last_error(tracer)); };
  proctree_key key{};
  EXPECT_EQ(proctree_find(tracer, 7777, &key), -ENOENT);
  EXPECT_EQ(proctree_last_error_code(tracer), PROCTREE_ERROR_NOT_FOUND);
  EXPECT_STREQ(proctree_error_name(proctree_last_error_code(tracer)), "not_found");
  EXPECT_EQ(proctree_find_id(tracer, "fedcba9876543210-50-0", &key), -ENOENT);
  EXPECT_EQ(proctree_set_user_data(tracer, {5, 7777, 0}, tracer), -ENOENT);
  EXPECT_EQ(proctree_list(tracer, 64, {}, nullptr, 0, 0), -EINVAL);
  EXPECT_TRUE(says(error(), "PROCTREE_LIST")) << error();
  EXPECT_EQ(proctree_list(tracer, PROCTREE_LIST_CHILDREN, {5, 7777, 0}, nullptr, 0, 0), -ENOENT);
  struct Called {
    struct proctree_tracer* tracer;
    int polled = 0, closed = 0;
  } called{tracer};
  ASSERT_GT(proctree_poll(
                tracer, 0,
                [](const proctree_record*, void* user) {
                  auto& of = *static_cast<Called*>(user);
                  of.polled = proctree_poll(of.tracer, 0, nullptr, nullptr);
                  of.closed = proctree_close(of.tracer, nullptr, nullptr);
                },
                &called),
            0);
  EXPECT_EQ(called.polled, -EINVAL);
  EXPECT_EQ(called.closed, -EINVAL);
  ASSERT_GT(proctree_close(tracer, nullptr, nullptr), 0);
  EXPECT_EQ(proctree_poll(tracer, 0, nullptr, nullptr), -EINVAL);
  EXPECT_TRUE(says(error(), "closed")) << error();
  EXPECT_EQ(proctree_resync_now(tracer, nullptr, nullptr), -EINVAL);
  EXPECT_EQ(proctree_open(tracer), -EINVAL);
}

TEST_F(TracerUse, CListsTheTreeInOneCall) {
  const Handle handle = open_in_c();
  struct proctree_tracer* tracer = handle.get();
  ASSERT_EQ(proctree_list(tracer, 0, {}, nullptr, 0, 0), 3);
  std::vector<struct proctree_info> all(3);
  ASSERT_EQ(proctree_list(tracer, 0, {}, all.data(), all.size(), sizeof all[0]), 3);
  EXPECT_EQ(all[2].size, sizeof all[2]);
  EXPECT_EQ(std::string(all[2].comm.data, all[2].comm.size), "bash");
  EXPECT_EQ(all[2].creator.pid, 50u);
  EXPECT_EQ(std::string(all[2].user.data, all[2].user.size), "root");
  ASSERT_EQ(proctree_list(tracer, PROCTREE_LIST_DESCENDANTS, {10, 1, 0}, all.data(), 3, sizeof all[0]), 2);
  EXPECT_EQ(all[0].key.pid, 50u);
  ASSERT_EQ(proctree_list(tracer, PROCTREE_LIST_CHILDREN, {10, 1, 0}, all.data(), 3, sizeof all[0]), 1);
  proctree_key below[4];
  EXPECT_EQ(proctree_descendants(tracer, {10, 1, 0}, below, 4), 2);
  EXPECT_EQ(below[1].pid, 60u);
  // An element of a version that ended before `comm`, and one of a longer version.
  std::vector<std::uint64_t> small(offsetof(struct proctree_info, comm) / 8 * 3, ~0ULL);
  ASSERT_EQ(proctree_list(tracer, 0, {}, reinterpret_cast<struct proctree_info*>(small.data()), 2,
                          offsetof(struct proctree_info, comm)),
            3);
  EXPECT_EQ(small[offsetof(struct proctree_info, comm) / 8 * 2], ~0ULL) << "written past two elements";
  struct proctree_totals totals {};
  EXPECT_EQ(proctree_read_totals(tracer, &totals, sizeof totals), 0);
  EXPECT_EQ(proctree_processes(tracer), 3);
  EXPECT_GT(proctree_tree_bytes(tracer), 0);
}

TEST(CNames, AreThoseOfTheLines) {
  EXPECT_STREQ(proctree_kind_name(PROCTREE_EXEC), "exec");
  EXPECT_STREQ(proctree_kind_name(PROCTREE_FORGOTTEN), "forgotten");
  EXPECT_STREQ(proctree_kind_name(9), "") << "a kind that this version doesn't know";
  EXPECT_STREQ(proctree_entry_type_name(PROCTREE_ENTRY_SSH), "ssh");
  EXPECT_STREQ(proctree_entry_type_name(999), "");
  EXPECT_STREQ(proctree_error_name(PROCTREE_ERROR_NONE), "");
  EXPECT_STREQ(proctree_error_name(99), "");
  EXPECT_STREQ(proctree_edge_name(PROCTREE_SNAPSHOT), "snapshot");
}

TEST(Options, AKindOfRecordsThatIsNotKnownIsAnError) {
  proctree_options options;
  proctree_options_init(&options, sizeof options);
  options.records |= 1u << 31;
  const std::unique_ptr<struct proctree_tracer, void (*)(struct proctree_tracer*)> tracer(
      proctree_new(&options), proctree_free);
  EXPECT_EQ(proctree_open(tracer.get()), -EINVAL);
  EXPECT_TRUE(says(proctree_last_error(tracer.get()), "records"));
}

std::vector<std::string> arguments(std::string_view args) {
  std::vector<std::string> found;
  proctree_string argument{nullptr, 0};
  while (proctree_next_argument({args.data(), args.size()}, &argument))
    found.emplace_back(argument.data, argument.size);
  std::vector<std::string> in_cxx;
  for (const std::string_view each : Arguments(args)) in_cxx.emplace_back(each);
  EXPECT_EQ(found, in_cxx);
  return found;
}

TEST(NextArgument, EndsEachAtItsNul) {
  using namespace std::string_view_literals;
  using Words = std::vector<std::string>;
  EXPECT_EQ(arguments(""), Words{});
  EXPECT_EQ(arguments("\0"sv), Words{""});
  EXPECT_EQ(arguments("a\0"sv), Words{"a"});
  EXPECT_EQ(arguments("a\0b c\0\0d\0"sv), (Words{"a", "b c", "", "d"}));
  EXPECT_EQ(arguments("a\0cut"sv), (Words{"a", "cut"}));
  proctree_string stranger{"x", 1};
  EXPECT_FALSE(proctree_next_argument({"a\0b", 4}, &stranger));
  EXPECT_FALSE(proctree_next_argument({"a\0b", 4}, nullptr));
}

}  // namespace
}  // namespace proctree
