// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// --source netlink against the truth. It reports less than BPF does, so it has expectations of its own: every
// birth, exec and end is there with the right pid and status, what lives until it is looked
// at is right in full, what is not known is absent, and no edge says more than is known.
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>

#include "facts.hpp"
#include "live.hpp"

namespace proctree::live {
namespace {

Tracer::Options netlink(std::vector<std::string> args) {
  args.insert(args.begin(), {"--source", "netlink"});
  return {.args = std::move(args)};
}

struct Story {
  std::vector<const Record*> forks, execs, exits;
};

// What the stream says of each true process. The start of one that was gone before /proc could be read
// is that of its fork's message, which is later where its parent lost its cpu before. No pid is reused so
// soon.
class Stories {
  static constexpr std::uint64_t kLateTicks = 100;

 public:
  Stories(const Truth& truth, const Stream& stream) : truth_(truth), stream_(stream) {
    std::unordered_map<std::uint32_t, std::vector<const TrueProcess*>> by_pid;
    for (const auto& [token, process] : truth.processes) by_pid[process.pid].push_back(&process);
    for (const Record& record : stream.records) {
      const auto start = record.json.number("start_ns");
      if (record.id.empty() || !start) continue;
      for (const TrueProcess* process : by_pid[record.pid]) {
        const std::uint64_t ticks = *start / 10'000'000;
        if (ticks < process->ticks || ticks > process->ticks + kLateTicks) continue;
        Story& story = stories_[process->token];
        if (record.type == "fork") story.forks.push_back(&record);
        if (record.type == "exec") story.execs.push_back(&record);
        if (record.type == "exit") story.exits.push_back(&record);
        token_of_[&record] = process->token;
      }
    }
  }

  // Every birth, exec and end once, in order, with the status it had.
  void check_all(Problems& problems) {
    for (const auto& [token, process] : truth_.processes) {
      if (process.creator == 0) continue;  // the test
      const Story& story = stories_[token];
      const auto problem = [&, &p = process](const std::string& what) {
        problems.add(p.id + " (" + p.method + "): " + what);
      };
      if (story.forks.size() != 1) problem(std::to_string(story.forks.size()) + " births");
      if (story.exits.size() != 1) problem(std::to_string(story.exits.size()) + " ends");
      check_creator(process, story, problem);
      check_execs(process, story, problem);
      for (const Record* exit : story.exits) check_end(process, *exit, problem);
    }
  }

  // An edge that is said to be observed is right, and a lineage that is said to be complete too.
  void check_edges(Problems& problems) {
    for (const Record& record : stream_.records) {
      const Json::Array* entries = record.json.array("ancestors");
      if (record.type != "exec" || entries == nullptr) continue;
      const auto self = token_of_.find(&record);
      const TrueProcess* child = self == token_of_.end() ? nullptr : truth_.find(self->second);
      for (std::size_t i = 0; i < entries->size() && child != nullptr && child->creator != 0; ++i) {
        const Json& entry = (*entries)[i];
        const TrueProcess* creator = truth_.find(child->creator);
        const bool right = creator != nullptr && entry.number("pid") == creator->pid;
        if (!right && (entry.string("edge") == "observed" || record.json.is_true("lineage_complete")))
          problems.add("seq " + std::to_string(record.seq) + ": a wrong ancestor passes for sure");
        if (entry.string("edge") == "snapshot")
          problems.add("seq " + std::to_string(record.seq) + ": nothing of the workload ran at the start");
        child = right ? creator : nullptr;
        ++edges_;
      }
    }
  }

  [[nodiscard]] const Story& of(Token token) { return stories_[token]; }
  [[nodiscard]] std::size_t edges() const { return edges_; }
  [[nodiscard]] std::size_t full() const { return full_; }

 private:
  template <class Problem>
  static std::string text(const Json& json, const char* key, Problem&&) {
    return std::string(json.string(key).value_or("absent"));
  }

  template <class Problem>
  void check_creator(const TrueProcess& process, const Story& story, Problem problem) {
    // With CLONE_PARENT the kernel names the creator's parent: that is no edge that anybody observed.
    if (story.forks.empty() || process.method.ends_with("_parent")) return;
    const TrueProcess* creator = truth_.find(process.creator);
    const Json& fork = story.forks.front()->json;
    if (creator == nullptr || fork.number("creator_pid") != creator->pid) problem("its creator");
    if (creator != nullptr && fork.number("ppid") != creator->pid) problem("its parent at birth");
  }

  template <class Problem>
  void check_execs(const TrueProcess& process, const Story& story, Problem problem) {
    std::vector<unsigned> ordinals;
    for (const auto& [ordinal, exec] : process.execs) {
      if (!exec.failed) ordinals.push_back(ordinal);
    }
    if (ordinals.size() != story.execs.size()) {
      return problem(std::to_string(story.execs.size()) + " execs, true are " +
                     std::to_string(ordinals.size()));
    }
    for (std::size_t i = 0; i < ordinals.size(); ++i) {
      const Record& record = *story.execs[i];
      const auto args = record.json.joined_args();
      if (!args || args->empty()) continue;  // it was gone, or gone on
      const Stamp stamp = stamp_of(record);
      // An image that is replaced while it's looked at may pass for the next one's, never for another's.
      if (stamp.token != process.token || stamp.ordinal < ordinals[i])
        problem("args of exec " + std::to_string(ordinals[i]));
      if (stamp.ordinal == ordinals[i]) ++full_;
    }
  }

  template <class Problem>
  static void check_end(const TrueProcess& process, const Record& exit, Problem problem) {
    if (!process.end) return;
    const auto number = static_cast<std::uint64_t>(process.end->number);
    const auto reported = exit.json.number(process.end->by_signal ? "signal" : "exit_code");
    if (reported != number)
      problem("its end: " + std::to_string(reported.value_or(9999)) + ", true is " + std::to_string(number));
    for (const char* absent : {"user_ns", "system_ns", "max_rss_kb"}) {
      if (exit.json.at(absent) != nullptr)
        problem(std::string(absent) + ", which the connector doesn't tell");
    }
  }

  const Truth& truth_;
  const Stream& stream_;
  std::unordered_map<Token, Story> stories_;
  std::unordered_map<const Record*, Token> token_of_;
  std::size_t edges_ = 0;
  std::size_t full_ = 0;
};

void check_start_and_stop(const Stream& stream) {
  ASSERT_FALSE(stream.records.empty());
  EXPECT_EQ(stream.records.front().json.string("tracer.source"), "netlink");
  const Record& stop = stream.records.back();
  ASSERT_EQ(stop.type, "stop");
  for (const auto& [total, type] : {std::pair("forks", "fork"), {"execs", "exec"}, {"exits", "exit"}}) {
    EXPECT_EQ(stop.json.number(total), stream.count(type)) << total;
  }
  std::uint64_t lost = 0;
  for (const Record& record : stream.records) {
    if (record.type == "lost") lost += record.json.number("count").value_or(0);
  }
  EXPECT_EQ(stop.json.number("lost"), lost);
  EXPECT_EQ(stop.json.number("resyncs"), stream.count("resync"));
}

TEST(NetlinkTest, EveryLifeOfAStormIsReportedWithItsEnd) {
  Tracer tracer(netlink({"--ring-size", "64"}));
  ASSERT_TRACING(tracer);
  Workload workload;
  workload.start("storm", {"root", "11", "2000"});
  workload.start("storm", {"root", "12", "2000"});
  ASSERT_FINISHED(workload);
  ASSERT_STOPPED(tracer);
  const Truth truth = expect_truth(workload);
  Problems problems;
  const Stream stream = read_stream(tracer.output(), problems, false);
  check_start_and_stop(stream);
  EXPECT_EQ(stream.count("lost"), 0u);
  Stories stories(truth, stream);
  stories.check_all(problems);
  stories.check_edges(problems);
  EXPECT_TRUE(problems.none()) << problems.text();
  EXPECT_EQ(truth.processes.size(), 4001u);
  EXPECT_GT(stories.edges(), 1000u);
}

// Every way to create a process and to end, one after the other.
TEST(NetlinkTest, EveryWayIsReportedWithItsEnd) {
  Tracer tracer(netlink({"--ring-size", "64"}));
  ASSERT_TRACING(tracer);
  Workload workload;
  for (const char* way : {"fork", "vfork", "spawn", "clone3", "clone_parent", "daemon", "threads",
                          "thread_exec", "leader_exit", "signals", "exit_codes", "reexec", "session"})
    workload.start(way);
  ASSERT_FINISHED(workload);
  ASSERT_STOPPED(tracer);
  const Truth truth = expect_truth(workload);
  Problems problems;
  const Stream stream = read_stream(tracer.output(), problems, false);
  check_start_and_stop(stream);
  EXPECT_EQ(stream.count("lost"), 0u);
  Stories stories(truth, stream);
  stories.check_all(problems);
  stories.check_edges(problems);
  for (const std::uint32_t tid : truth.threads) {
    for (const Record& record : stream.records) {
      if (record.pid == tid && !record.id.empty())
        problems.add("thread " + std::to_string(tid) + " as a process");
    }
  }
  EXPECT_TRUE(problems.none()) << problems.text();
}

// Processes that wait until they are reported: all that the source knows is right.
class LongLife {
 public:
  explicit LongLife(Workload& workload) : gate_(make_pipe()) {
    static constexpr int kGate = 50;
    pid_ = workload.start("leaf", {"await=" + std::to_string(kGate), "exit=23"}, {{gate_.read.get(), kGate}});
    gate_.read.reset();
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  void let_go() { gate_.write.reset(); }

 private:
  Pipe gate_;
  pid_t pid_ = -1;
};

// Until the stream holds such a record of this time or later; false: not in time.
bool wait_for_record(const Tracer& tracer, std::string_view type, std::optional<std::uint32_t> pid,
                     std::uint64_t since_ns = 0) {
  const auto deadline = std::chrono::steady_clock::now() + patiently(std::chrono::seconds(30));
  while (std::chrono::steady_clock::now() < deadline) {
    Problems ignored;
    for (const Record& record : read_stream(tracer.output(), ignored, false).records) {
      if (record.type == type && (!pid || record.pid == *pid) && record.ktime_ns >= since_ns) return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

TEST(NetlinkTest, WhatIsStillThereWhenItIsLookedAtIsRightInFull) {
  constexpr std::size_t kLives = 20;
  Tracer tracer(netlink({}));
  ASSERT_TRACING(tracer);
  Workload workload;
  for (std::size_t i = 0; i < kLives; ++i) {
    LongLife life(workload);
    ASSERT_TRUE(wait_for_record(tracer, "exec", static_cast<std::uint32_t>(life.pid())));
    life.let_go();
  }
  ASSERT_FINISHED(workload);
  ASSERT_STOPPED(tracer);
  const Truth truth = expect_truth(workload);
  Problems problems;
  const Stream stream = read_stream(tracer.output(), problems, false);
  check_start_and_stop(stream);
  Stories stories(truth, stream);
  stories.check_all(problems);
  EXPECT_EQ(stories.full(), kLives);

  Report report;
  for (const auto& [token, process] : truth.processes) {
    if (process.creator == 0) continue;
    const Story& story = stories.of(token);
    ASSERT_EQ(story.execs.size(), 1u);
    const Json& exec = story.execs.front()->json;
    EXPECT_EQ(story.execs.front()->id, process.id);
    EXPECT_EQ(exec.joined_args().value_or("") + '\0', process.execs.at(1).args);
    EXPECT_EQ(exec.string("comm"), "leaf");
    EXPECT_EQ(exec.string("exe"), prog("leaf"));
    EXPECT_EQ(exec.number("ppid"), static_cast<std::uint64_t>(getpid()));
    EXPECT_EQ(exec.number("creator_pid"), static_cast<std::uint64_t>(getpid()));
    // What only the kernel's own programs can report.
    for (const char* absent : {"exec_seq", "filename", "interpreter", "exe_upper_layer"})
      EXPECT_EQ(exec.at(absent), nullptr) << absent;
    // What the leaf found out about itself, but for these.
    TrueProcess checked = process;
    std::erase_if(checked.facts, [](const TrueFact& fact) {
      static const std::set<std::string> kUnreported = {"exec_seq", "filename", "interpreter"};
      return !fact.where.starts_with("exec") || kUnreported.contains(fact.key);
    });
    EXPECT_GE(checked.facts.size(), 5u);
    check_facts(checked, "exec.1", *story.execs.front(), report);
  }
  EXPECT_TRUE(problems.none()) << problems.text();
  EXPECT_TRUE(report.problems.none()) << report.problems.text();
  EXPECT_GE(report.facts, 5 * kLives);
}

// The reader is stopped and its socket holds some hundred messages: the loss is counted, reported, and
// followed by a resync.
TEST(NetlinkTest, LossIsCountedReportedAndResynced) {
  Tracer tracer(netlink({"--ring-size", "0.25"}));
  ASSERT_TRACING(tracer);
  ASSERT_EQ(kill(tracer.pid(), SIGSTOP), 0);
  Workload storm;
  storm.start("storm", {"root", "21", "1500"});
  ASSERT_FINISHED(storm);
  Workload unobserved;
  LongLife life(unobserved);  // born when the socket had long been full, and its program executed
  while (read_file(unobserved.dir() + "/truth").find("fact ") == std::string::npos) std::this_thread::yield();
  const std::uint64_t gap_end_ns = boot_now_ns();
  ASSERT_EQ(kill(tracer.pid(), SIGCONT), 0);
  ASSERT_TRUE(wait_for_record(tracer, "resync", std::nullopt, gap_end_ns)) << tracer.errors();
  life.let_go();
  ASSERT_FINISHED(unobserved);
  ASSERT_TRUE(wait_for_record(tracer, "exit", static_cast<std::uint32_t>(life.pid())));
  ASSERT_STOPPED(tracer);

  Problems problems;
  const Stream stream = read_stream(tracer.output(), problems, false);
  check_start_and_stop(stream);
  const Truth storm_truth = expect_truth(storm);
  std::uint64_t happened = 0;
  for (const auto& [token, process] : storm_truth.processes) {
    if (process.creator == 0) continue;
    happened += 2;  // a birth, an end
    for (const auto& [ordinal, exec] : process.execs) happened += exec.failed ? 0u : 1u;
  }
  const Json& stop = stream.records.back().json;
  const std::uint64_t reported = *stop.number("forks") + *stop.number("execs") + *stop.number("exits");
  EXPECT_GT(*stop.number("lost"), happened / 2);
  EXPECT_GE(reported + *stop.number("lost"), happened)
      << "what was told and what was lost is all that happened";

  const auto lost = std::find_if(stream.records.begin(), stream.records.end(),
                                 [](const Record& record) { return record.type == "lost"; });
  const auto resync =
      std::find_if(lost, stream.records.end(), [](const Record& record) { return record.type == "resync"; });
  ASSERT_NE(resync, stream.records.end()) << "no resync behind the loss";
  EXPECT_LE(lost->json.number("since_ns"), lost->json.number("until_ns"));
  std::uint64_t added = 0;
  for (const Record& record : stream.records) added += record.json.number("added").value_or(0);
  EXPECT_GE(added, 1u) << "the process born in the gap";

  Stories stories(storm_truth, stream);
  stories.check_edges(problems);
  EXPECT_TRUE(problems.none()) << problems.text();
  // That process, known by the resync alone, ends as it did.
  const Truth truth = expect_truth(unobserved);
  Stories born(truth, stream);
  for (const auto& [token, process] : truth.processes) {
    if (process.creator == 0) continue;
    ASSERT_EQ(born.of(token).exits.size(), 1u);
    EXPECT_EQ(born.of(token).exits.front()->id, process.id);
    EXPECT_EQ(born.of(token).exits.front()->json.number("exit_code"), 23u);
  }
}

// Without the right to it, it says so and what to do. (Since 6.6 the kernel lets everybody listen.)
TEST(NetlinkTest, WithoutPrivilegeItSaysWhatIsMissing) {
  const TempDir dir;
  const std::string copy = dir.file("proctree");
  std::filesystem::copy_file(proctree_path(), copy);
  const Ran ran = run({copy, "trace", "--source", "netlink", "--duration", "0.1"}, 65534);
  if (ran.code() == 0) {
    EXPECT_NE(ran.err.find("tracing, "), std::string::npos) << ran.err;
    return;
  }
  EXPECT_EQ(ran.code(), 1) << ran.err;
  EXPECT_NE(ran.err.find("CAP_NET_ADMIN"), std::string::npos) << ran.err;
}

// Outside the initial namespaces the kernel doesn't reply at all.
TEST(NetlinkTest, InAContainerItSaysSo) {
  const Ran ran = run({"/usr/bin/unshare", "--pid", "--fork", "--mount-proc", proctree_path(), "trace",
                       "--source", "netlink", "--duration", "1"});
  EXPECT_EQ(ran.code(), 1) << ran.err;
  EXPECT_NE(ran.err.find("container"), std::string::npos) << ran.err;
  EXPECT_NE(ran.err.find("on the host"), std::string::npos) << ran.err;
}

}  // namespace
}  // namespace proctree::live
