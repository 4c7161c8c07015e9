// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Events lost by force: the tracer stopped in a storm, a ring of one page, both. What was written and what
// was counted as lost are together what happened; no lineage is wrong and says that it is whole; and when
// it is over the tree is true again.
//
// What happened is reported by a second tracer, whose ring holds it all.
#include <chrono>
#include <ctime>
#include <optional>
#include <thread>
#include <unordered_set>

#include "live.hpp"

namespace proctree::live {
namespace {

constexpr int kGateFd = 197;  // NEST_GATE_FD
using namespace std::chrono_literals;

// An event, whoever saw it.
std::string event_of(const Record& record) {
  if (record.type != "fork" && record.type != "exec" && record.type != "exit") return {};
  return record.type + ' ' + record.id + ' ' +
         std::to_string(record.type == "exec" ? record.json.number("exec_seq").value_or(0) : 0);
}

struct Way {
  const char* name;
  std::vector<std::string> ring;
  bool stopped;
};

// Says of a process that it lives, with its creator and all facts.
bool introduces(const Record& record) {
  return record.type == "fork" || record.type == "exec" || record.type == "process of a resync";
}

class LossTest : public testing::TestWithParam<Way> {
 protected:
  // A process of our own that begins and ends while all is quiet; until the lossy tracer has reported its
  // end. With the smallest ring another process of this host may make it lose just that one: then another is
  // made.
  [[nodiscard]] bool mark() {
    for (int i = 0; i < 20; ++i) {
      Launch how;
      how.argv = {"/bin/true"};
      const pid_t pid = launch(how);
      (void)live::wait_for(pid);
      const auto until = std::chrono::steady_clock::now() + 500ms;
      while (std::chrono::steady_clock::now() < until) {
        const std::string text = lossy_->output();
        const std::string pid_field = "\"pid\":" + std::to_string(pid) + ",";
        for (std::size_t at = text.rfind(pid_field); at != std::string::npos;) {
          const std::size_t begin = text.rfind('\n', at) + 1;
          const bool inferred = text.substr(begin, at - begin).find("\"inferred\"") != std::string::npos;
          if (text.compare(begin, 21, "{\"v\":1,\"type\":\"exit\",") == 0 && !inferred) return true;
          at = begin < 2 ? std::string::npos : text.rfind(pid_field, begin - 1);
        }
        std::this_thread::sleep_for(20ms);
      }
    }
    return false;
  }

  // Waits until the stream says of each process of the line that it lives, with its creator, in an event of
  // its own or after a resync, and a resync has followed a loss. A resync's records come in slices: a process
  // that ends before its own has none. More may be lost all the time on a busy host, where the next resync is
  // up to 20 times as far away as the last one took.
  [[nodiscard]] testing::AssertionResult resynced() {
    Problems none_has_ended;
    const Truth nest = nest_.truth(none_has_ended);
    if (nest.processes.empty()) return testing::AssertionFailure() << "the line of processes is empty";
    std::string missing;
    const auto began = std::chrono::steady_clock::now();
    auto patience = patiently(30s);
    while (std::chrono::steady_clock::now() - began < patience) {
      Problems of_a_line_in_writing;
      std::unordered_set<std::string> unknown;
      for (const auto& [token, process] : nest.processes) {
        if (process.creator != 0) unknown.insert(process.id);
      }
      bool has_lost = false, has_resynced = false;
      for (const Record& record : lossy_->stream(of_a_line_in_writing).records) {
        has_lost |= record.type == "lost";
        has_resynced |= has_lost && record.type == "resync";
        const std::chrono::nanoseconds took(
            record.type == "resync" ? record.json.number("took_ns").value_or(0) : 0);
        patience = std::max(patience, patiently(30s) + 20 * std::chrono::ceil<std::chrono::seconds>(took));
        if (introduces(record)) unknown.erase(record.id);
      }
      if (has_resynced && unknown.empty()) return testing::AssertionSuccess();
      missing = !has_lost ? "nothing was lost" : !has_resynced ? "no resync followed a loss" : "";
      for (const std::string& id : unknown) missing += " nothing introduces " + id;
      std::this_thread::sleep_for(100ms);
    }
    return testing::AssertionFailure() << missing;
  }

  void storm();
  void check_counts(const Stream& reference, const Stream& lossy) const;
  static void check_lineages(const Truth& truth, const Stream& lossy, Problems& problems);

  Tracer reference_{{.args = {"--ring-size", "64"}}};
  std::optional<Tracer> lossy_;  // started when the other one sees everything
  Workload workload_, nest_;
  Pipe gate_ = make_pipe();
  std::uint64_t began_ns_ = 0, ended_ns_ = 0;
};

// The storm, and in its midst a line of processes that stays when it is over.
void LossTest::storm() {
  began_ns_ = boot_now_ns();
  const auto send_signal = [&](int signal) {
    return !GetParam().stopped || kill(lossy_->pid(), signal) == 0;
  };
  ASSERT_TRUE(send_signal(SIGSTOP));
  workload_.start("storm", {"root", "11", "1500"});
  workload_.start("storm", {"root", "12", "1500"});
  Pipe ready = make_pipe();
  nest_.start("nest", {"one", "two", "three", "four"}, {{gate_.read.get(), kGateFd}, {ready.write.get(), 1}});
  ready.write.reset();
  char text[6];
  ASSERT_EQ(read(ready.read.get(), text, sizeof(text)), 6);
  ASSERT_FINISHED(workload_);
  ASSERT_TRUE(send_signal(SIGCONT));
  // What was lost is reported by the first mark at the latest; then the tree is resynchronised.
  ASSERT_TRUE(mark());
  ASSERT_TRUE(resynced());
  ASSERT_TRUE(mark());
  ended_ns_ = boot_now_ns();
  gate_.write.reset();
  gate_.read.reset();
  ASSERT_FINISHED(nest_);
  ASSERT_TRUE(mark());
}

void LossTest::check_counts(const Stream& reference, const Stream& lossy) const {
  std::unordered_set<std::string> written;
  std::uint64_t reported = 0, last_since = 0;
  for (const Record& record : lossy.records) {
    if (const std::string event = event_of(record); !event.empty()) {
      EXPECT_TRUE(written.insert(event).second) << "twice: " << event;
    }
    if (record.type != "lost") continue;
    reported += record.json.number("count").value_or(0);
    EXPECT_LE(record.json.number("since_ns"), record.json.number("until_ns"));
    EXPECT_GE(record.json.number("since_ns"), last_since);
    last_since = record.json.number("since_ns").value_or(0);
  }
  const Json& stop = lossy.records.back().json;
  EXPECT_EQ(stop.number("lost"), reported);
  EXPECT_EQ(stop.number("resyncs"), lossy.count("resync"));
  EXPECT_EQ(stop.number("counters.lost_forks").value_or(0) + stop.number("counters.lost_execs").value_or(0) +
                stop.number("counters.lost_exits").value_or(0) +
                stop.number("counters.skipped_runs").value_or(0) +
                stop.number("counters.unpublished").value_or(0),
            reported);

  // What other processes of this host did when the one tracer was there and the other wasn't yet can't be
  // distinguished from a loss: as many may be in either.
  std::uint64_t missing = 0, at_the_edges = 0;
  for (const Record& record : reference.records) {
    const std::string event = event_of(record);
    if (event.empty() || written.contains(event)) continue;
    ++(record.ktime_ns >= began_ns_ && record.ktime_ns <= ended_ns_ ? missing : at_the_edges);
  }
  EXPECT_GE(reported, missing);
  EXPECT_LE(reported, missing + at_the_edges);
  RecordProperty("written", static_cast<int>(written.size()));
  RecordProperty("lost", static_cast<int>(reported));
  RecordProperty("unclear", static_cast<int>(at_the_edges));
}

// Every link that is said to be observed is true; a lineage that is said to be whole is, name by name.
void LossTest::check_lineages(const Truth& truth, const Stream& lossy, Problems& problems) {
  for (const Record& record : lossy.records) {
    const TrueProcess* process = truth.find_id(record.id);
    if (record.type != "exec" || process == nullptr) continue;
    const Json::Array* ancestors = record.json.array("ancestors");
    if (ancestors == nullptr) continue;
    const bool whole = record.json.is_true("lineage_complete");
    for (const Json& entry : *ancestors) {
      if (process->creator == 0) break;
      const TrueProcess* creator = truth.find(process->creator);
      const auto id = entry.string("id").value_or("");
      const bool right = creator != nullptr && creator->id == id;
      const bool observed = entry.string("edge") == "observed";
      if (!right && (observed || whole)) {
        problems.add("seq " + std::to_string(record.seq) + ": " + std::string(id) + " as the creator of " +
                     process->id + (observed ? ", observed" : ", in a whole lineage"));
      }
      process = truth.find_id(id);
      if (process == nullptr) break;
    }
  }
}

TEST_P(LossTest, IsCountedReportedAndResynced) {
  ASSERT_TRACING(reference_);
  lossy_.emplace(Tracer::Options{.args = GetParam().ring});
  ASSERT_TRACING(*lossy_);
  ASSERT_NO_FATAL_FAILURE(storm());
  ASSERT_STOPPED(*lossy_);
  ASSERT_STOPPED(reference_);

  Problems problems;
  const Stream lossy = lossy_->stream(problems), reference = reference_.stream(problems);
  check_whole(reference, true, problems);
  const Truth storm = expect_truth(workload_), nest = expect_truth(nest_);
  check_lineages(storm, lossy, problems);
  check_lineages(nest, lossy, problems);
  EXPECT_TRUE(problems.none()) << problems.text();
  ASSERT_GT(lossy.count("lost"), 0u) << "nothing was lost: this proves nothing";
  EXPECT_GT(lossy.count("resync"), 0u);
  check_counts(reference, lossy);

  // Births and execs of these fell into the gap, or not; each is known by now, with its true creator, and to
  // who reads nothing but the stream, too.
  std::size_t ended = 0;
  std::unordered_set<std::string> reported;
  for (const Record& record : lossy.records) {
    if (introduces(record)) reported.insert(record.id);
    const TrueProcess* process = nest.find_id(record.id);
    if (record.type != "exit" || process == nullptr || process->creator == 0) continue;
    ++ended;
    EXPECT_EQ(record.json.string("creator_id"), nest.find(process->creator)->id);
    EXPECT_TRUE(reported.contains(record.id))
        << record.id << " lived on after the resync and no line said so";
  }
  // With one page the end of one may be lost for what else this host does.
  const bool has_room = GetParam().ring.back() != "0.004";
  EXPECT_TRUE(!has_room || ended == 5) << ended;
}

INSTANTIATE_TEST_SUITE_P(Live, LossTest,
                         testing::Values(Way{"Stopped", {"--ring-size", "0.25"}, true},
                                         Way{"OnePage", {"--ring-size", "0.004"}, false},
                                         Way{"StoppedWithOnePage", {"--ring-size", "0.004"}, true}),
                         [](const auto& way) { return std::string(way.param.name); });

}  // namespace
}  // namespace proctree::live
