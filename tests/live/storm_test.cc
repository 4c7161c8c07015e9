// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Thousands of processes at random, two trees at a time; seen from the start, or from the midst on.
#include <chrono>
#include <string>
#include <thread>

#include "live.hpp"

namespace proctree::live {
namespace {

void start_storm(Workload& workload, unsigned seed, unsigned size) {
  workload.start("storm", {"root", std::to_string(seed), std::to_string(size)});
}

TEST(StormTest, TwoAtOnceWithDefaultSettings) {
  constexpr unsigned kSize = 4000;
  Tracer tracer;
  ASSERT_TRACING(tracer);
  Workload workload;
  start_storm(workload, 1, kSize);
  start_storm(workload, 2, kSize);
  ASSERT_FINISHED(workload);
  ASSERT_STOPPED(tracer);
  const Report report = expect_all_seen(workload, tracer).report;
  EXPECT_EQ(report.births, 2 * kSize);
  EXPECT_EQ(report.ends, 2 * kSize);
  EXPECT_GE(report.execs, 5000u);
  EXPECT_EQ(report.deepest, 64u) << "no lineage was deep enough to be cut";
}

class MidstTest : public testing::TestWithParam<bool> {
 protected:
  // Never fewer than two storms at a time.
  void keep_storming() {
    while (workload_.running() < 2) start_storm(workload_, ++seed_, 600);
  }

  Workload workload_;
  unsigned seed_ = 100;
};

// Tracers that start one after the other in the midst of storms: what each saw since its start is right.
TEST_P(MidstTest, SeesAllSinceItsStart) {
  const bool snapshot = GetParam();
  std::vector<std::unique_ptr<Tracer>> tracers;
  for (int i = 0; i < 3; ++i) {
    tracers.push_back(std::make_unique<Tracer>(Tracer::Options{
        .args = snapshot ? std::vector<std::string>{"--snapshot"} : std::vector<std::string>{}}));
    const auto deadline = std::chrono::steady_clock::now() + patiently(std::chrono::seconds(30));
    while (!tracers.back()->is_tracing() && std::chrono::steady_clock::now() < deadline) {
      keep_storming();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ASSERT_TRACING(*tracers.back());
  }
  keep_storming();
  ASSERT_FINISHED(workload_);
  const Truth truth = expect_truth(workload_);
  std::size_t snapshot_edges = 0;
  for (const auto& tracer : tracers) {
    ASSERT_STOPPED(*tracer);
    const auto [stream, report] = expect_all_seen(truth, *tracer, {.midst = true, .snapshot = snapshot});
    EXPECT_GT(report.execs, 0u);
    EXPECT_EQ(stream.count("process"), snapshot ? tracer->known() : 0u);
    snapshot_edges += report.snapshot_edges;
  }
  EXPECT_GT(snapshot_edges, 0u) << "no tracer started in the midst of anything";
}

INSTANTIATE_TEST_SUITE_P(Live, MidstTest, testing::Bool(),
                         [](const auto& with) { return with.param ? "WithSnapshot" : "WithoutSnapshot"; });

}  // namespace
}  // namespace proctree::live
