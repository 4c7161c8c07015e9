// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the library looks up of living processes between polls, in C++ and in C.
#include <proctree/proctree.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <proctree/tracer.hpp>
#include <string>

#include "c_text.hpp"
#include "live.hpp"

namespace proctree::live {
namespace {

using Api = ::proctree::Tracer;
using ApiRecord = ::proctree::Record;
using namespace std::chrono_literals;

constexpr int kGateFd = 197;  // NEST_GATE_FD

// A line of processes that stays until the test lets it go.
class EmbedLookupTest : public testing::Test {
 protected:
  void SetUp() override {
    Pipe ready = make_pipe();
    top_ = static_cast<std::uint32_t>(
        nest_.start("nest", {"one", "two"}, {{gate_.read.get(), kGateFd}, {ready.write.get(), 1}}));
    ready.write.reset();
    char text[6];
    ASSERT_EQ(read(ready.read.get(), text, sizeof text), 6);
  }
  void TearDown() override {
    gate_.write.reset();
    ASSERT_FINISHED(nest_);
  }
  Workload nest_;
  Pipe gate_ = make_pipe();
  std::uint32_t top_ = 0;
};

TEST_F(EmbedLookupTest, FindsWhatLivesBetweenPolls) {
  auto api = Api::open();
  ASSERT_TRUE(api) << api.error().to_string();
  const auto top = api->find(top_);
  ASSERT_TRUE(top);
  EXPECT_EQ(api->find(top_, top->start_ns), top);
  EXPECT_EQ(api->find(top_, top->start_ns / 10'000'000 * 10'000'000), top) << "as /proc has it";
  EXPECT_EQ(api->find(api->id(*top)), top);
  EXPECT_EQ(api->find("0000000000000000-1-1"), std::nullopt);
  EXPECT_EQ(api->find(top_, top->start_ns + 1'000'000'000), std::nullopt);

  const auto one = api->children(*top);
  ASSERT_EQ(one.size(), 1u);
  const auto two = api->children(one[0]);
  ASSERT_EQ(two.size(), 1u);
  const auto info = api->info(two[0]);
  ASSERT_TRUE(info && info->known);
  EXPECT_EQ(info->comm, "two");
  EXPECT_EQ(info->creator, one[0]);
  EXPECT_EQ(info->edge, Edge::snapshot);
  EXPECT_FALSE(info->exited);
  EXPECT_TRUE(api->descends_from(two[0], *top));
  EXPECT_FALSE(api->descends_from(*top, two[0]));
  EXPECT_FALSE(api->descends_from(*top, *top));
  EXPECT_TRUE(api->descends_from(two[0], "one"));
  EXPECT_FALSE(api->descends_from(two[0], "two"));

  const std::string chain = api->chain(two[0]);
  const auto ids = ancestors_in_proc(static_cast<pid_t>(two[0].pid));
  const Lineage lineage = api->lineage(two[0]);
  ASSERT_EQ(lineage.ancestors.size(), ids.size());
  EXPECT_TRUE(lineage.complete);
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(api->id(lineage.ancestors[i].key), ids[i]);
  EXPECT_TRUE(chain.starts_with(std::to_string(two[0].pid) + "|two|")) << chain;
  EXPECT_EQ(api->lineage(two[0], 1).ancestors.size(), 1u);
  EXPECT_TRUE(api->lineage(two[0], 1).truncated);
  // The operations on stores work on the trace, too.
  EXPECT_EQ(build_chain_string(api->view(), api->view(), two[0].pid), chain);
  EXPECT_EQ(descendants(api->view(), top_), (std::vector{one[0].pid, two[0].pid}));
}

TEST_F(EmbedLookupTest, FindsTheSameInC) {
  proctree_options options{};
  proctree_options_init(&options, sizeof options);
  const std::unique_ptr<proctree_tracer, void (*)(proctree_tracer*)> c(proctree_new(&options), proctree_free);
  proctree_key top{};
  EXPECT_EQ(proctree_find(c.get(), top_, &top), -EINVAL) << "not open yet";
  EXPECT_NE(std::string(proctree_last_error(c.get())).find("proctree_open"), std::string::npos);
  ASSERT_EQ(proctree_open(c.get()), 0) << proctree_last_error(c.get());
  EXPECT_EQ(proctree_open(c.get()), -EINVAL);
  ASSERT_EQ(proctree_find(c.get(), top_, &top), 0);
  char id[64];
  ASSERT_LT(proctree_id(c.get(), top, id, sizeof id), static_cast<ssize_t>(sizeof id));
  proctree_key again{};
  EXPECT_EQ(proctree_find_id(c.get(), id, &again), 0);
  EXPECT_EQ(again.start_ns, top.start_ns);
  EXPECT_EQ(proctree_find_started(c.get(), top_, top.start_ns, &again), 0);
  EXPECT_EQ(proctree_find(c.get(), 0x7fffffff, &again), -ENOENT);

  proctree_key one{}, two{};
  ASSERT_EQ(proctree_children(c.get(), top, &one, 1), 1);
  ASSERT_EQ(proctree_children(c.get(), one, nullptr, 0), 1) << "counts without room";
  ASSERT_EQ(proctree_children(c.get(), one, &two, 1), 1);
  struct proctree_info info {};
  info.size = sizeof info;
  ASSERT_EQ(proctree_get_info(c.get(), two, &info), 0);
  EXPECT_EQ(view(info.comm), "two");
  EXPECT_EQ(info.creator.pid, one.pid);
  // A caller that was compiled when the struct ended before `comm`.
  struct proctree_info older {};
  older.size = offsetof(struct proctree_info, comm);
  older.comm.size = 77;
  ASSERT_EQ(proctree_get_info(c.get(), two, &older), 0);
  EXPECT_EQ(older.exec_seq, info.exec_seq);
  EXPECT_EQ(older.comm.size, 77u) << "written past the caller's struct";

  char chain[4096], cut[5];
  const ssize_t length = proctree_chain(c.get(), two, chain, sizeof chain);
  ASSERT_EQ(static_cast<std::size_t>(length), std::string(chain).size());
  EXPECT_EQ(proctree_chain(c.get(), two, cut, sizeof cut), length);
  EXPECT_EQ(std::string(cut), std::string(chain).substr(0, 4));
  proctree_ancestor ancestors[64];
  bool complete = false;
  const ssize_t count = proctree_ancestors(c.get(), two, ancestors, 64, sizeof *ancestors, &complete);
  EXPECT_EQ(static_cast<std::size_t>(count), ancestors_in_proc(static_cast<pid_t>(two.pid)).size());
  EXPECT_TRUE(complete);
  EXPECT_EQ(ancestors[0].key.pid, one.pid);
  EXPECT_EQ(proctree_descends_from(c.get(), two, top), 1);
  EXPECT_EQ(proctree_descends_from(c.get(), top, two), 0);
  EXPECT_EQ(proctree_descends_from_comm(c.get(), two, "one"), 1);
  EXPECT_EQ(proctree_has_gap(c.get()), 0);
  const ssize_t counters = proctree_counters(c.get(), nullptr, 0);
  ASSERT_GT(counters, 0);
  std::vector<proctree_counter> all(static_cast<std::size_t>(counters));
  EXPECT_EQ(proctree_counters(c.get(), all.data(), all.size()), counters);
  for (const proctree_counter& counter : all) {
    // Of others' arguments and paths some may be unreadable.
    const std::string_view name = counter.name;
    if (name.starts_with("lost_") || name == "skipped_runs") {
      EXPECT_EQ(counter.value, 0u) << name;
    }
  }
}

}  // namespace
}  // namespace proctree::live
