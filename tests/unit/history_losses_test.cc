// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a history store says of lines that never came: the union of what was reported, less the lines that it
// has, in whatever order that came.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "history/lost_ranges.hpp"
#include "history_fixture.hpp"

namespace proctree {
namespace {

constexpr const char* kHost = R"({"name":"web-1","id":"a81b","boot_id":"b00tb00t"})";
constexpr const char* kTracer = R"({"version":"0.1.0","pid":9,"source":"bpf","ring":"percpu"})";

std::string lost(std::uint64_t from, std::uint64_t to, std::uint64_t second, bool with_head = false) {
  // As a follower says it: without a number.
  std::string line = recorded(
      "lost", second,
      R"("where":"spool","seq_from":)" + std::to_string(from) + ",\"seq_to\":" + std::to_string(to) +
          ",\"count\":" + std::to_string(to - from + 1) + R"(,"forks":3,"execs":2,"exits":1,"lost":0)" +
          (with_head ? std::string(",\"host\":") + kHost + ",\"tracer\":" + kTracer : ""));
  const std::size_t at = line.find(",\"seq\":");
  line.replace(at, line.find(',', at + 1) - at, ",\"stream\":\"b00tb00tb00tb00t-9-9\"");
  line.pop_back();
  return line;
}

class HistoryLossesTest : public HistoryStoreTest {
 protected:
  static std::string line(std::uint64_t seq) { return note(seq, "b00tb00tb00tb00t-9-9", 8); }
  // "FROM-TO PLACE", each with * where the differences are there still.
  std::string losses(const std::string& name = "db") {
    auto database = open_history_to_read(file(name));
    EXPECT_TRUE(database);
    auto rows =
        database->prepare("SELECT seq, seq_to, place, line, count, until_ns FROM loss ORDER BY stream, seq");
    EXPECT_TRUE(rows);
    std::string text;
    while (*rows->step()) {
      EXPECT_EQ(rows->number(4), rows->number(1) - rows->number(0) + 1);
      text += std::to_string(rows->number(0)) + '-' + std::to_string(rows->number(1)) + ' ';
      text.append(rows->text(2)) += rows->text(3).empty() ? "\n" : "*\n";
    }
    return text;
  }
};

TEST(LostRanges, SayTheSameWhateverCameFirst) {
  std::mt19937 random(20261130);
  const auto number = [&random](std::uint64_t most) { return 1 + random() % most; };
  for (int round = 0; round < 400; ++round) {
    struct Step {
      std::uint64_t from;
      LostRange range;  // `to` 0: a line that came
    };
    std::vector<Step> steps;
    for (std::uint64_t reports = number(6); reports > 0; --reports) {
      const std::uint64_t from = number(40);
      const std::uint64_t to = from + random() % 12;
      const auto until = static_cast<std::int64_t>(number(3));
      const bool is_whole = random() % 2 == 0;
      steps.push_back({from, {to, {is_whole || random() % 2 == 0, until, 7}, is_whole ? "as it came" : ""}});
    }
    for (std::uint64_t lines = random() % 6; lines > 0; --lines) steps.push_back({number(50), {}});
    steps.push_back(steps.front());  // again

    // Number by number, as it is promised.
    NumberRanges come;
    std::map<std::uint64_t, LossReport> truth;
    std::set<std::uint64_t> touched;
    for (const Step& step : steps) {
      if (step.range.to == 0) add_number(come, step.from);
      for (std::uint64_t n = step.from; n <= step.range.to; ++n) {
        const auto [at, is_new] = truth.emplace(n, step.range.report);
        at->second = std::min(at->second, step.range.report);
      }
    }
    const auto has_come = [&come](std::uint64_t n) { return last_of_range(come, n).has_value(); };
    LostRanges::Map first;
    for (int order = 0; order < 6; ++order) {
      LostRanges ranges;
      NumberRanges so_far;
      for (const Step& step : steps) {
        if (step.range.to == 0) {
          add_number(so_far, step.from);
        } else {
          ranges.add(step.from, step.range);
        }
        if (random() % 2 == 0) ranges.subtract(so_far);
      }
      ranges.subtract(so_far);
      if (order == 0) first = ranges.ranges();
      ASSERT_EQ(ranges.ranges(), first) << "round " << round;
      std::ranges::shuffle(steps, random);
    }
    std::map<std::uint64_t, LossReport> said;
    for (const auto& [from, range] : first) {
      for (std::uint64_t n = from; n <= range.to; ++n) said.emplace(n, range.report);
      const auto same = [&](const Step& step) { return step.from == from && step.range.to == range.to; };
      const auto apart = [&](const Step& step) {
        return step.range.to == 0 || step.range.to < from || step.from > range.to;
      };
      const bool is_untouched = std::ranges::all_of(
          steps, [&](const Step& step) { return apart(step) || (same(step) && !step.range.line.empty()); });
      EXPECT_EQ(!range.line.empty(), is_untouched && std::ranges::any_of(steps, same)) << "round " << round;
    }
    std::erase_if(truth, [&](const auto& entry) { return has_come(entry.first); });
    EXPECT_EQ(said, truth) << "round " << round;
  }
}

TEST_F(HistoryLossesTest, AreTheUnionLessTheLinesThatCame) {
  fill({lost(1, 500, 501), lost(600, 650, 651)});
  EXPECT_EQ(losses(), "1-500 spool*\n600-650 spool*\n");
  fill({lost(1, 500, 501)});
  EXPECT_EQ(losses(), "1-500 spool*\n600-650 spool*\n") << "the same report again";
  fill({lost(201, 500, 501)});
  EXPECT_EQ(losses(), "1-500 spool\n600-650 spool*\n");
  fill({line(300), line(620)});
  EXPECT_EQ(losses(), "1-299 spool\n301-500 spool\n600-619 spool\n621-650 spool\n");
  fill({lost(290, 310, 501)});
  EXPECT_EQ(losses(), "1-299 spool\n301-500 spool\n600-619 spool\n621-650 spool\n");
  std::vector<std::string> all;
  for (std::uint64_t seq = 1; seq <= 650; ++seq) all.push_back(line(seq));
  fill(all);
  EXPECT_EQ(losses(), "");
  EXPECT_EQ(all_lines(*open()), all);
  EXPECT_EQ(open()->knowledge({INT64_MIN, INT64_MAX})->gaps, 0);
}

TEST_F(HistoryLossesTest, AreTheSameInAnyOrder) {
  // The tracer's own report, which has a number, is of lines that it could not store.
  const std::string of_tracer = of_stream(recorded(
      "lost", 60,
      R"("where":"disk","seq_from":40,"seq_to":59,"count":20,"since_ns":39000000000,"until_ns":60000000000)"));
  std::vector<std::string> lines = {lost(1, 20, 21, true),
                                    lost(10, 25, 26),
                                    lost(70, 80, 81),
                                    lost(90, 99, 100),
                                    lost(35, 50, 51),
                                    of_tracer,
                                    line(15),
                                    line(85),
                                    line(95),
                                    line(100)};
  fill(lines);
  EXPECT_EQ(losses(),
            "1-14 spool\n16-20 spool\n21-25 spool\n35-39 spool\n40-59 disk\n70-80 spool*\n90-94 spool\n"
            "96-99 spool\n");
  const auto known = all_lines(*open());
  for (const std::uint32_t seed : {1U, 2U, 3U, 4U, 5U}) {
    std::ranges::shuffle(lines, std::mt19937(seed));
    const std::string name = "shuffled" + std::to_string(seed);
    fill(lines, name, 1 + seed % 3);
    fill(lines, name);
    EXPECT_EQ(losses(name), losses());
    EXPECT_EQ(all_lines(*open(name)), known);
  }
}

TEST_F(HistoryLossesTest, AreGivenBackAsFollowersSayThem) {
  fill({lost(1, 20, 21, true), lost(30, 40, 41), line(10)});
  const auto lines = all_lines(*open());
  ASSERT_EQ(lines.size(), 4U);
  const std::string touched = lines[0];
  EXPECT_NE(touched.find(R"("where":"spool","seq_from":1,"seq_to":9,"count":9,"host":)" + std::string(kHost) +
                         ",\"tracer\":" + kTracer + '}'),
            std::string::npos)
      << touched;
  EXPECT_EQ(lines[3], lost(30, 40, 41)) << "untouched";
  RecordParser parser;
  ASSERT_TRUE(parser.parse(lost(1, 20, 21)));
  const auto [ktime_ns, realtime_ns] = std::pair(parser.line().ktime_ns, parser.line().realtime_ns);
  ASSERT_TRUE(parser.parse(touched));
  EXPECT_EQ(parser.line().ktime_ns, ktime_ns);
  EXPECT_EQ(parser.line().realtime_ns, realtime_ns);
  // Another store makes the same of them.
  fill(lines, "copy");
  EXPECT_EQ(losses("copy"), losses());
  EXPECT_EQ(all_lines(*open("copy")), lines);
}

TEST_F(HistoryLossesTest, AreCountedOnceWhereverTheyAre) {
  const auto known = [this] { return *open()->knowledge({INT64_MIN, INT64_MAX}); };
  fill({line(1), line(2), line(11), lost(3, 10, 11)});
  EXPECT_EQ(known().gaps, 1) << "reported, and a hole";
  EXPECT_EQ(known().missing_lines, 8);
  fill({lost(12, 31, 32)});
  EXPECT_EQ(known().gaps, 2) << "at the end";
  EXPECT_EQ(known().missing_lines, 28);
  EXPECT_EQ(known().lost, 0);
  std::string of_another = lost(1, 100, 101);
  of_another.replace(of_another.find("-9-9"), 4, "-7-7");
  fill({of_another});
  EXPECT_EQ(known().gaps, 3) << "a stream that was lost whole";
  EXPECT_EQ(known().missing_lines, 128);
  EXPECT_EQ(all_lines(*open()).back(), of_another);
  EXPECT_EQ(all_lines(*open(), {kBegan + 100 * kSecond, INT64_MAX}), std::vector{of_another});
}

TEST_F(HistoryLossesTest, NamesNoLinesOfANonsensicalReport) {
  const std::string numbered =
      of_stream(recorded("lost", 1, R"("where":"spool","seq_from":1,"seq_to":1,"count":1)"));
  fill({numbered, lost(9, 8, 20), lost(0, 8, 20), lost(1, UINT64_MAX, 20), lost(3, INT64_MAX, 20)});
  EXPECT_EQ(losses(), "");
  std::vector<std::string> lines;
  for (const char* stream : {"-1-1", "-2-2", "-3-3"}) {
    std::string far = lost(1, INT64_MAX - 1, 20);
    lines.push_back(far.replace(far.find("-9-9"), 4, stream));
  }
  fill(lines);
  EXPECT_EQ(open()->knowledge({INT64_MIN, INT64_MAX})->missing_lines, INT64_MAX);
}

}  // namespace
}  // namespace proctree
