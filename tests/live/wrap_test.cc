// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Pids wrap while tracing: the same pid is many processes, and none takes another's place.
#include <unistd.h>

#include <fstream>
#include <map>
#include <string>

#include "live.hpp"

namespace proctree::live {
namespace {

constexpr const char* kPidMaxFile = "/proc/sys/kernel/pid_max";

// Lowers the host's pid_max, so that pids wrap soon. A child restores it when this process is done with it,
// also when that was killed.
class LowPidMax {
 public:
  explicit LowPidMax(unsigned low) : gate_(make_pipe()), guardian_(start_guardian(gate_)) {
    std::ofstream(kPidMaxFile) << low << std::flush;
  }
  LowPidMax(const LowPidMax&) = delete;
  LowPidMax& operator=(const LowPidMax&) = delete;
  ~LowPidMax() {
    gate_.write.reset();
    (void)wait_for(guardian_);
  }

 private:
  static pid_t start_guardian(Pipe& gate) {
    const std::string old = read_file(kPidMaxFile);
    const pid_t pid = fork();
    if (pid != 0) return pid;
    gate.write.reset();
    (void)read_to_end(gate.read.get());
    std::ofstream(kPidMaxFile) << old << std::flush;
    _exit(0);
  }

  Pipe gate_;
  pid_t guardian_;
};

TEST(WrapTest, EveryHolderOfAPidIsItself) {
  // Not so low that a pid could be reused within one clock tick, which ids could not distinguish.
  const LowPidMax low(4096);
  ASSERT_EQ(read_file(kPidMaxFile), "4096\n") << "it can't be written";
  Tracer tracer;
  ASSERT_TRACING(tracer);
  Workload workload;
  workload.start("wrap", {"40", "3"});
  ASSERT_FINISHED(workload);
  ASSERT_STOPPED(tracer);
  const Truth truth = expect_truth(workload);
  const Outcome outcome = expect_all_seen(truth, tracer);
  EXPECT_GE(outcome.report.births, 5000u);

  std::map<std::uint32_t, unsigned> holders;
  for (const auto& [token, process] : truth.processes) ++holders[process.pid];
  std::size_t reused = 0;
  for (const auto& [pid, count] : holders) reused += count > 1;
  EXPECT_GE(reused, 1000u) << "pids were hardly reused";
}

}  // namespace
}  // namespace proctree::live
