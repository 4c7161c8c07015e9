// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// --fair: who floods loses his own events and nobody else's; each loss names him and the sums are exact.
//
// What happened is reported by a second tracer, whose ring holds it all.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "live.hpp"

namespace proctree::live {
namespace {

// Of nobody in /etc/passwd.
constexpr uid_t kFlooder = 1234567;
constexpr uid_t kOther = 2345678;
constexpr std::uint64_t kKib = 512;  // three times what the other takes: 200 lives a second

struct Sums {
  std::uint64_t events = 0;  // forks, execs and exits
  std::uint64_t execs = 0;   // of them
  std::uint64_t bytes = 0;   // that they took of the ring at least
  std::uint64_t lost = 0;
  std::uint64_t unsure = 0;  // execs whose lineage is not whole
};

class FairTest : public testing::Test {
 protected:
  void trace(std::uint64_t kib = kKib) {
    // Of arguments it needs the size alone, and so it loses nothing.
    reference_.emplace(Tracer::Options{.args = {"--ring-size", "64", "--args-max", "100"}});
    ASSERT_TRACING(*reference_);
    fair_.emplace(Tracer::Options{.args = {"--ring-size", "64", "--fair", std::to_string(kib)}});
    ASSERT_TRACING(*fair_);
  }
  // `under`: a command that runs it.
  pid_t flood(std::optional<uid_t> uid, std::vector<std::string> numbers,
              std::vector<std::string> under = {}) {
    Launch how;
    how.argv = std::move(under);
    how.argv.push_back(prog("flood"));
    how.argv.insert(how.argv.end(), numbers.begin(), numbers.end());
    how.uid = uid;
    const Fd null = open_file("/dev/null", O_WRONLY);
    how.fds = {{null.get(), STDOUT_FILENO}};
    return launch(how);
  }
  static void finish(pid_t pid) { ASSERT_EQ(status_text(live::wait_for(pid)), "exit 0"); }
  void stop() {
    ASSERT_STOPPED(*fair_);
    ASSERT_STOPPED(*reference_);
    Problems problems;
    stream_ = fair_->stream(problems);
    truth_ = reference_->stream(problems);
    EXPECT_TRUE(problems.none()) << problems.text();
    EXPECT_EQ(truth_.count("lost"), 0U) << "the reference has lost something";
    ASSERT_FALSE(stream_.records.empty());
    ASSERT_EQ(stream_.records.back().type, "stop");
  }
  static void add(Sums& sums, const Record& record) {
    if (record.type != "fork" && record.type != "exec" && record.type != "exit") return;
    ++sums.events;
    sums.bytes += 200;
    if (record.type != "exec") return;
    ++sums.execs;
    sums.bytes += record.json.number("args_size").value_or(0);
    if (!record.json.is_true("lineage_complete")) ++sums.unsure;
  }
  // Of a uid's records, and of the losses that name it.
  static Sums sums_of(const Stream& stream, uid_t uid) {
    Sums sums;
    for (const Record& record : stream.records) {
      if (record.json.number("uid") != uid) continue;
      if (record.type == "lost") sums.lost += record.json.number("count").value_or(0);
      add(sums, record);
    }
    return sums;
  }
  static std::uint64_t lost_in_all(const Stream& stream) {
    std::uint64_t sum = 0;
    for (const Record& record : stream.records) {
      if (record.type == "lost") sum += record.json.number("count").value_or(0);
    }
    return sum;
  }

  std::optional<Tracer> reference_, fair_;
  Stream stream_, truth_;
};

TEST_F(FairTest, AFloodOfOneUserCostsNobodyElse) {
  trace();
  const std::uint64_t began_ns = boot_now_ns();
  const pid_t flooder = flood(kFlooder, {"3000", "2000", "16000"});
  const pid_t other = flood(kOther, {"400", "2000", "10"});
  finish(other);
  finish(flooder);
  const double seconds = static_cast<double>(boot_now_ns() - began_ns) / 1e9;
  stop();

  const Sums others = sums_of(stream_, kOther), all_others = sums_of(truth_, kOther);
  EXPECT_EQ(others.events, all_others.events);
  EXPECT_GE(others.execs, 400U);
  EXPECT_EQ(others.unsure, 0U);
  EXPECT_EQ(others.lost, 0U);

  const Sums flooders = sums_of(stream_, kFlooder), all_flooders = sums_of(truth_, kFlooder);
  EXPECT_GT(flooders.lost, 0U);
  EXPECT_EQ(flooders.events + flooders.lost, all_flooders.events);
  EXPECT_EQ(lost_in_all(stream_), stream_.first("stop")->json.number("lost"));
  EXPECT_GT(stream_.count("resync"), 0U) << "the tree is mended after such a loss too";
  const double most = static_cast<double>(kKib * 1024) * (seconds + 0.5);
  EXPECT_LE(static_cast<double>(flooders.bytes), most + 70'000);
  EXPECT_GE(static_cast<double>(flooders.bytes), most / 3);
}

// Whatever uid it has within: ranges and nesting gain nothing.
// From the first second on, also where a share is less than one record may take.
TEST_F(FairTest, NoSecondHoldsMoreThanTwoShares) {
  constexpr std::uint64_t kShare = 4;
  trace(kShare);
  finish(flood(kFlooder, {"500", "1000", "10"}));
  stop();
  std::vector<std::uint64_t> times;
  for (const Record& record : stream_.records) {
    Sums sums;
    if (record.json.number("uid") == kFlooder) add(sums, record);
    if (sums.events != 0) times.push_back(record.ktime_ns);
  }
  ASSERT_FALSE(times.empty());
  EXPECT_GT(sums_of(stream_, kFlooder).lost, 500U);
  constexpr std::uint64_t kRecordLeast = 200;
  constexpr std::size_t kMost = 2 * kShare * 1024 / kRecordLeast;
  for (std::size_t i = kMost; i < times.size(); ++i)
    EXPECT_GT(times[i] - times[i - kMost], 1'000'000'000U) << "record " << i << " of " << times.size();
}

TEST_F(FairTest, AUserNamespaceIsChargedToItsOwner) {
  trace();
  const pid_t flooder = flood(kFlooder, {"600", "500", "16000"}, {"unshare", "-Ur", "unshare", "-Ur"});
  finish(flooder);
  stop();
  const Sums flooders = sums_of(stream_, kFlooder);
  EXPECT_GT(flooders.lost, 0U);
  EXPECT_EQ(flooders.events + flooders.lost, sums_of(truth_, kFlooder).events);
}

TEST_F(FairTest, AContainersRootIsChargedToItsCgroup) {
  trace();
  const pid_t flooder = flood({}, {"600", "500", "16000"}, {"unshare", "--pid", "--fork"});
  const pid_t other = flood({}, {"100", "500", "10"});
  finish(flooder);
  finish(other);
  stop();
  std::map<std::string, std::uint64_t> lost;
  for (const Record& record : stream_.records) {
    if (record.type == "lost")
      lost[std::string(record.json.string("cgroup").value_or(""))] += record.json.number("count").value_or(0);
  }
  const auto is_done = [](const Record& record, std::uint64_t bytes) {
    return record.type == "exec" && record.json.number("args_size").value_or(0) > bytes &&
           record.json.string("comm") == "flood";
  };
  std::string cgroup;
  std::size_t small = 0;
  for (const Record& record : truth_.records) {
    if (is_done(record, 16000)) cgroup = record.json.string("cgroup").value_or("");
  }
  for (const Record& record : stream_.records) {
    if (is_done(record, 0) && record.json.number("args_size") < 1000U) ++small;
  }
  EXPECT_GT(lost[cgroup], 0U) << cgroup;
  EXPECT_GE(small, 100U) << "the host's root is not held back";
}

// Directories below the hierarchy that the tracer takes, as tests/progs/cgroup.c finds it; gone at the end.
class Cgroups {
 public:
  explicit Cgroups(std::size_t count) {
    std::string root = "/sys/fs/cgroup";
    for (const char* kind : {"/pids", "/memory"}) {
      const std::string v1 = std::string("/sys/fs/cgroup") + kind;
      if (access((v1 + "/cgroup.procs").c_str(), W_OK) == 0) root = v1;
    }
    for (std::size_t i = 0; i < count; ++i) {
      paths_.push_back(root + "/proctree-fair-" + std::to_string(getpid()) + '-' + std::to_string(i));
      EXPECT_EQ(mkdir(paths_.back().c_str(), 0755), 0) << paths_.back();
    }
  }
  Cgroups(const Cgroups&) = delete;
  Cgroups& operator=(const Cgroups&) = delete;
  ~Cgroups() {
    for (const std::string& path : paths_) rmdir(path.c_str());
  }
  [[nodiscard]] const std::vector<std::string>& paths() const { return paths_; }

 private:
  std::vector<std::string> paths_;
};

// One that makes many cgroups within: they share what four have.
TEST_F(FairTest, TheCgroupsOfOneContainerShareFourAccounts) {
  constexpr std::size_t kCgroups = 8;
  constexpr std::uint64_t kLittle = 64;
  const Cgroups cgroups(kCgroups);
  std::string script;
  for (const std::string& path : cgroups.paths())
    script += "(echo 0 >" + path + "/cgroup.procs && exec " + prog("flood") + " 250 5000 16000) & ";
  trace(kLittle);
  const std::uint64_t began_ns = boot_now_ns();
  Launch how;
  how.argv = {"unshare", "--pid", "--fork", "/bin/sh", "-c", script + "wait"};
  const Fd null = open_file("/dev/null", O_WRONLY);
  how.fds = {{null.get(), STDOUT_FILENO}};
  finish(launch(how));
  const double seconds = static_cast<double>(boot_now_ns() - began_ns) / 1e9;
  stop();

  std::map<std::string, Sums> by_cgroup;
  Sums all;
  for (const Record& record : stream_.records) {
    const std::string cgroup(record.json.string("cgroup").value_or(""));
    if (cgroup.find("/proctree-fair-") == std::string::npos) continue;
    add(by_cgroup[cgroup], record);
    add(all, record);
    if (record.type == "lost") by_cgroup[cgroup].lost += record.json.number("count").value_or(0);
  }
  EXPECT_EQ(by_cgroup.size(), kCgroups);
  for (const auto& [cgroup, sums] : by_cgroup) EXPECT_GT(sums.lost, 0U) << cgroup;
  // A burst each beside, and what is charged to the container as it starts.
  const double share = static_cast<double>(kLittle * 1024) * (seconds + 0.5);
  EXPECT_LE(static_cast<double>(all.bytes), 4 * share + kCgroups * 40'000);
  EXPECT_GE(static_cast<double>(all.bytes), 1.5 * share) << "they have more than one";
}

TEST_F(FairTest, TakesBpf) {
  const Ran ran = run({proctree_path(), "trace", "--source", "netlink", "--fair", "64", "--duration", "1"});
  EXPECT_EQ(ran.code(), 2);
  EXPECT_NE(ran.err.find("--fair"), std::string::npos) << ran.err;
}

}  // namespace
}  // namespace proctree::live
