// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The output of proctree history, as a user sees it.
#include <algorithm>
#include <filesystem>
#include <random>

#include "base/parse_text.hpp"
#include "base/timestamp.hpp"
#include "cli/history_command.hpp"
#include "cli/notice.hpp"
#include "compress.hpp"
#include "history/local_store.hpp"
#include "history_fixture.hpp"
#include "spool/spool_writer.hpp"

namespace proctree {
namespace {

using Question = HistoryOptions::Question;

class HistoryQuestionTest : public HistoryStoreTest {
 protected:
  struct Answer {
    std::string out;
    std::string err;
    Error error;  // empty: there was none
  };
  Answer ask(HistoryOptions options) { return ask(std::move(options), "sqlite:" + file()); }
  static Answer ask(HistoryOptions options, const std::string& where) {
    options.utc = options.as_root = true;
    options.where = where;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    const auto status = run_history(
        options, [](const HistoryOptions& asked) { return open_local_store(asked.where, print_notice); });
    Answer answer{testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr(), {}};
    if (!status) answer.error = status.error();
    return answer;
  }
  static HistoryOptions question(Question question, const std::string& process = "") {
    HistoryOptions options;
    options.question = question;
    options.process = process;
    return options;
  }

  // Two hosts that have the same processes.
  static std::string stream_of(int host) { return "b00tb00tb00tb00" + std::to_string(host) + "-9-9"; }
  void fill_two_hosts() {
    std::vector<std::string> lines;
    for (const int host : {1, 2}) {
      const std::string name = "web-" + std::to_string(host);
      const auto line = [&](std::string text) {
        lines.push_back(of_stream(std::move(text), stream_of(host)));
      };
      line(recorded("start", 1,
                    R"("host":{"name":")" + name + R"(","id":"id-)" + name +
                        R"("},"tracer":{"version":"0.1.0","source":"bpf"})"));
      line(recorded("process", 2, process_of(1, "init", 0)));
      line(recorded("fork", 3, process_of(30, "sh", 1)));
      line(recorded("exec", 4, process_of(30, "date", 1) + lineage_fields("", ancestor(1, "init"))));
    }
    fill(lines);
  }
};

TEST_F(HistoryQuestionTest, NamesTheHostWhereThereAreSeveral) {
  fill_two_hosts();
  const std::string found = ask(question(Question::find)).out;
  EXPECT_NE(found.find("  web-1  30  root  "), std::string::npos) << found;
  EXPECT_NE(found.find("  web-2  30  root  "), std::string::npos) << found;

  auto json = question(Question::find);
  json.json = true;
  EXPECT_NE(ask(json).out.find(R"("host":{"name":"web-2","id":"id-web-2"})"), std::string::npos);

  const std::string tree = ask(question(Question::tree)).out;
  EXPECT_NE(tree.find("web-1: init(1)"), std::string::npos) << tree;
  EXPECT_NE(tree.find("web-2: init(1)"), std::string::npos) << tree;

  // The latest that had the pid; which one that was is said, beside the chain and nothing else.
  const Answer chain = ask(question(Question::chain, "30"));
  EXPECT_EQ(chain.out, "30|date|root;1|init|root\n");
  EXPECT_NE(chain.err.find("30 is of web-"), std::string::npos) << chain.err;
  auto of_host = question(Question::chain, "30");
  of_host.choice.host = "web-1";
  EXPECT_NE(ask(of_host).err.find("30 is of web-1"), std::string::npos);

  auto why = question(Question::why, "30");
  why.choice.host = "web-2";
  EXPECT_TRUE(ask(why).out.starts_with("web-2:\n")) << ask(why).out;

  const std::string stats = ask(question(Question::stats)).out;
  EXPECT_NE(stats.find("hosts:\n  2  web-1\n  2  web-2\n"), std::string::npos) << stats;
  json.question = Question::stats;
  EXPECT_NE(ask(json).out.find(R"("hosts":[{"name":"web-1","count":2},{"name":"web-2","count":2}])"),
            std::string::npos)
      << ask(json).out;
}

TEST_F(HistoryQuestionTest, NamesNoHostWhereThereIsOne) {
  fill({of_stream(started()), of_stream(recorded("process", 2, process_of(1, "init", 0)))});
  EXPECT_NE(ask(question(Question::find)).out.find("UTC  1  root  init"), std::string::npos)
      << ask(question(Question::find)).out;
  EXPECT_TRUE(ask(question(Question::tree)).out.starts_with("init(1)"));
  EXPECT_EQ(ask(question(Question::chain, "1")).err.find(" is of "), std::string::npos);
  EXPECT_EQ(ask(question(Question::stats)).out.find("hosts"), std::string::npos);
}

// Below pid 1 a trace that began later can't distinguish a child from one that was only adopted: that is the
// reason, not that the creator, which is there, had ended.
TEST_F(HistoryQuestionTest, NamesTheProcessThatMayHaveBeenAdopted) {
  const std::string unknown = R"(,"entry":{"type":"unknown"})";
  fill({of_stream(started()), of_stream(recorded("process", 2, process_of(1, "init", 0))),
        of_stream(recorded("process", 3, process_of(20, "agent", 1) + unknown)),
        of_stream(recorded("fork", 4, process_of(30, "agent", 20) + unknown)),
        of_stream(recorded("exec", 5,
                           process_of(30, "date", 20) + unknown +
                               lineage_fields("", ancestor(20, "agent") + ',' + ancestor(1, "init"))))});
  const std::string answer = ask(question(Question::why, "30")).out;
  EXPECT_TRUE(answer.ends_with(
      "Why date (30) runs is not known: agent (20) is a child of init (1), which may only have "
      "adopted it; a trace that ran before then would have its creator.\n"))
      << answer;
  EXPECT_NE(ask(question(Question::why, "20")).out.find(": it is a child of init (1),"), std::string::npos);
}

TEST_F(HistoryQuestionTest, SaysInJsonWhatAProcessLineSaysOfTheLineage) {
  fill({of_stream(started()), of_stream(recorded("process", 2, process_of(1, "init", 0))),
        of_stream(recorded("fork", 3, process_of(20, "sh", 1))),
        of_stream(recorded("fork", 4, process_of(30, "sh", 20))),
        of_stream(recorded("exit", 5, process_of(20, "sh", 1) + ",\"exit_code\":0")),
        of_stream(recorded("fork", 6, process_of(50, "sh", 40)))});  // of a creator that no line is of
  for (const Question asked : {Question::why, Question::chain}) {
    auto json = question(asked, "30");
    json.json = true;
    const std::string out = ask(json).out;
    EXPECT_NE(out.find(R"("chain":"30|sh|root;20|sh|root;1|init|root","ancestors":[{"pid":20,)"),
              std::string::npos)
        << out;
    EXPECT_NE(
        out.find(R"("edge":"observed","exited":true,"ended":"2026-03-01T09:30:15.500000000Z","exit_code":0},)"
                 R"({"pid":1,)"),
        std::string::npos)
        << out;
    EXPECT_EQ(out.find("\"exited\""), out.rfind("\"exited\"")) << "pid 1 lives";
    EXPECT_NE(out.find(R"(],"lineage_complete":true)"), std::string::npos) << out;
    json.process = "50";
    EXPECT_NE(ask(json).out.find(R"(],"lineage_complete":false)"), std::string::npos) << ask(json).out;
  }
}

TEST_F(HistoryQuestionTest, SaysHowManyLinesAreMissingWhereItHasNone) {
  fill({R"({"v":1,"type":"lost","stream":"b00tb00tb00tb00t-7-7","time":"2026-03-01T09:30:20Z",)"
        R"("ktime_ns":9500000000,"where":"spool","seq_from":1,"seq_to":500,"count":500})"});
  EXPECT_NE(ask(question(Question::lines)).err.find("no lines yet, 500 lines missing"), std::string::npos);
}

TEST_F(HistoryQuestionTest, SaysThatAUserIsUnknownToTheStore) {
  fill({of_stream(started()), of_stream(recorded("process", 2, process_of(1, "init", 0)))});
  auto find = question(Question::find);
  find.choice.users = {"root", "0"};
  const Answer answer = ask(find);
  EXPECT_NE(answer.out.find("init"), std::string::npos) << answer.out;
  EXPECT_NE(answer.err.find("of a user 0;"), std::string::npos) << answer.err;
  EXPECT_EQ(answer.err.find("of a user root"), std::string::npos) << answer.err;
}

TEST_F(HistoryQuestionTest, ExportsWhoseLinesFollowWhereTheStartIsLeftOut) {
  fill_two_hosts();
  auto lines = question(Question::lines);
  const std::string all = ask(lines).out;
  EXPECT_EQ(all.find(R"("type":"segment")"), std::string::npos) << "each stream's start says it";
  lines.since = "2026-03-01T09:30:13Z";
  const std::string late = ask(lines).out;
  RecordParser parser;
  std::string host;
  std::size_t count = 0;
  for (std::string_view rest = late; !rest.empty(); ++count) {
    const std::string_view line = take_until(rest, '\n');
    ASSERT_TRUE(parser.parse(line)) << line;
    if (parser.line().type_name == "segment") {
      host = parser.line().host_name;
      EXPECT_EQ(parser.line().host_id, "id-" + host);
      EXPECT_EQ(parser.line().source, "bpf");
      continue;
    }
    EXPECT_EQ(parser.line().stream, stream_of(host == "web-1" ? 1 : 2)) << line;
  }
  EXPECT_EQ(count, 6U) << late;
}

TEST_F(HistoryQuestionTest, ExportsAllThatTheStartSaidOfHostAndTracer) {
  const std::string head =
      R"("host":{"name":"web-1","id":"a81b","boot_id":"b00t","kernel":"6.1","arch":"x86_64"},)"
      R"("tracer":{"version":"0.1.0","pid":9,"source":"bpf","ring":"percpu"})";
  const std::string lost =
      R"({"v":1,"type":"lost","stream":"b00tb00tb00tb00t-7-7","time":"2026-03-01T09:30:20Z",)"
      R"("ktime_ns":9500000000,"where":"spool","seq_from":4,"seq_to":5,"count":2})";
  fill({of_stream(recorded("start", 1, head)), of_stream(recorded("note", 2, "")),
        of_stream(recorded("note", 9, "")), lost});
  {
    auto writer = HistoryWriter::open(file());
    ASSERT_TRUE(writer);
    // A part of the stream whose head is an older export's; the other is a spool's.
    ASSERT_TRUE((*writer)->take_head("b00tb00tb00tb00t-9-9", R"({"name":"web-1"})", "{}"));
    const std::size_t middle = head.find(",\"tracer\":");
    ASSERT_TRUE(
        (*writer)->take_head("b00tb00tb00tb00t-7-7", head.substr(7, middle - 7), head.substr(middle + 10)));
    ASSERT_TRUE((*writer)->commit());
  }
  auto lines = question(Question::lines);
  lines.since = "2026-03-01T09:30:13Z";
  const std::string out = ask(lines).out;
  EXPECT_NE(out.find(R"("type":"segment","stream":"b00tb00tb00tb00t-9-9","first_seq":9,)"),
            std::string::npos);
  EXPECT_NE(out.find(R"("type":"segment","stream":"b00tb00tb00tb00t-7-7","first_seq":4,)"),
            std::string::npos);
  for (std::size_t at = 0, found = 0; found < 2; ++found) {
    at = out.find(head + '}', at + 1);
    ASSERT_NE(at, std::string::npos) << found << ": " << out;
  }
}

TEST_F(HistoryQuestionTest, TakesTheProcessThatLivedInTheSpan) {
  const auto life = [](std::uint64_t seq, std::uint64_t start_s, const std::string& comm) {
    const std::string fields = "\"pid\":30,\"start_ns\":" + std::to_string(start_s * kSecond) +
                               ",\"ppid\":1,\"creator_pid\":1,\"creator_start_ns\":10000005,\"comm\":\"" +
                               comm + "\",\"exe\":\"/bin/x\",\"uid\":0,\"user\":\"root\"";
    return std::vector{of_stream(recorded("fork", seq, fields)),
                       of_stream(recorded("exit", seq + 5, fields + ",\"exit_code\":0"))};
  };
  auto lines = life(10, 10, "early");
  for (auto& line : life(20, 20, "late")) lines.push_back(line);
  lines.push_back(of_stream(recorded("process", 2, process_of(1, "init", 0))));
  fill(lines);
  for (const Question asked : {Question::chain, Question::why, Question::tree}) {
    auto early = question(asked, "30");
    EXPECT_NE(ask(early).out.find("late"), std::string::npos) << "the latest of all";
    early.until = "2026-03-01T09:30:22Z";  // 12 s after it began
    EXPECT_NE(ask(early).out.find("early"), std::string::npos) << ask(early).error.to_string();
    auto none = question(asked, "30");
    none.since = "2026-03-01T09:31:00Z";
    EXPECT_EQ(ask(none).error.code, ErrorCode::not_found);
    EXPECT_NE(ask(none).error.to_string().find("did not live then"), std::string::npos);
  }
}

// The wall clock is set while pid 61 runs: between its first program and its second, which makes 62.
class SetClockTest : public HistoryQuestionTest {
 protected:
  static std::vector<std::string> lines(std::int64_t step_ns) {
    const auto line = [step_ns](std::string_view type, std::uint64_t seq, const std::string& fields) {
      return of_stream(at_other_clock(recorded(type, seq, fields), seq < 6 ? 0 : step_ns));
    };
    const std::string above61 = ancestor(60, "bash") + ',' + ancestor(1, "init");
    return {line("start", 1, R"("host":{"name":"h","boot_id":"b00t"},"tracer":{"version":"0.1.0"})"),
            line("process", 2, process_of(1, "init", 0)),
            line("fork", 3, life(60, 3, "bash", 1, 1)),
            line("fork", 4, life(61, 4, "bash", 60, 3)),
            line("exec", 5, life(61, 4, "first", 60, 3, 2)),
            line("exec", 6, life(61, 4, "second", 60, 3, 3)),
            line("fork", 7, life(62, 7, "second", 61, 4)),
            line("exec", 8, life(62, 7, "leaf", 61, 4, 2)),
            line("exit", 9, life(62, 7, "leaf", 61, 4, 2) + R"(,"exit_code":0)"),
            line("exit", 10, life(61, 4, "second", 60, 3, 3) + R"(,"exit_code":3)")};
  }
  static std::string at_other_clock(std::string line, std::int64_t step_ns) {
    const std::size_t at = line.find(R"("time":")") + 8;
    const std::size_t size = line.find('"', at) - at;
    const std::int64_t time = *parse_time(std::string_view(line).substr(at, size));
    UtcTime utc;
    return line.replace(at, size, utc.format(time + step_ns));
  }
  static std::string life(std::uint32_t pid, std::uint64_t start_s, const std::string& comm,
                          std::uint32_t creator, std::uint64_t creator_s, int image = 1) {
    const auto start = [](std::uint64_t seconds) {
      return std::to_string(seconds == 1 ? 10'000'005 : seconds * kSecond);
    };
    return "\"pid\":" + std::to_string(pid) + ",\"start_ns\":" + start(start_s) +
           ",\"creator_pid\":" + std::to_string(creator) + ",\"creator_start_ns\":" + start(creator_s) +
           ",\"exec_seq\":" + std::to_string(image) + ",\"comm\":\"" + comm + "\",\"exe\":\"/bin/" + comm +
           R"(","uid":0,"user":"root")";
  }
};

TEST_F(SetClockTest, ChangesNoLifeAndNoLine) {
  for (const std::int64_t step :
       {-3600 * kSecond, -2 * kSecond, -kSecond / 2, std::int64_t{0}, 3600 * kSecond}) {
    SCOPED_TRACE(step);
    std::filesystem::remove(file());
    fill(lines(step));
    EXPECT_EQ(ask(question(Question::chain, "62")).out,
              "62|leaf|root;61|second|root;60|bash|root;1|init|root\n");
    const std::string why = ask(question(Question::why, "62")).out;
    EXPECT_NE(why.find("  60  root  bash  "), std::string::npos) << why;
    EXPECT_NE(why.find("  61  root  second  "), std::string::npos) << why;
    auto of_61 = question(Question::find);
    of_61.choice.comms = {"first"};
    EXPECT_NE(ask(of_61).out.find("  61  root  first  (6.00 s, exit 3)"), std::string::npos)
        << ask(of_61).out;
    // By the clock of its birth, for every question.
    of_61.json = true;
    const std::string json = ask(of_61).out;
    EXPECT_NE(json.find(R"("time":"2026-03-01T09:30:14.500000000Z")"), std::string::npos) << json;
    EXPECT_NE(json.find(R"("ended":"2026-03-01T09:30:20.500000000Z")"), std::string::npos) << json;
    of_61.since = "2026-03-01T09:30:10Z";
    of_61.until = "2026-03-01T09:30:30Z";
    EXPECT_NE(ask(of_61).out.find("first"), std::string::npos) << ask(of_61).out;
    auto tree = question(Question::tree);
    tree.at = "2026-03-01T09:30:15.7Z";
    EXPECT_NE(ask(tree).out.find("first(61)"), std::string::npos) << ask(tree).out;
    auto chain = question(Question::chain, "61");
    chain.at = "2026-03-01T09:30:15.5Z";
    EXPECT_EQ(ask(chain).out, "61|first|root;60|bash|root;1|init|root\n") << ask(chain).error.to_string();
    chain.at = "2026-03-01T09:30:12Z";
    EXPECT_NE(ask(chain).error.to_string().find("from 2026-03-01 09:30:14 UTC to 2026-03-01 09:30:20 UTC"),
              std::string::npos)
        << ask(chain).error.to_string();
    const std::string stats = ask(question(Question::stats)).out;
    EXPECT_NE(stats.find("spawners:\n  1  bash\n  1  init\n  1  second\n"), std::string::npos) << stats;
  }
}

// A pid that comes twice: the later life is the one after the step.
TEST_F(SetClockTest, ThePidsLatestLifeIsTheLatestOfItsBoot) {
  auto all = lines(-3600 * kSecond);
  all.push_back(
      of_stream(at_other_clock(recorded("fork", 12, life(61, 12, "again", 60, 3)), -3600 * kSecond)));
  fill(all);
  EXPECT_TRUE(ask(question(Question::chain, "61")).out.starts_with("61|again|root;"))
      << ask(question(Question::chain, "61")).out;
  // The stream began an hour later by the clock that there was then, and listed what ran.
  EXPECT_NE(ask(question(Question::find)).out.find("again  (no end known)"), std::string::npos)
      << ask(question(Question::find)).out;
}

// Rows that lines of the later clock have made go where those that come after say that they were born.
TEST_F(SetClockTest, LinesInAnyOrderGiveTheSameAnswers) {
  for (const std::int64_t step : {-3600 * kSecond, 3600 * kSecond}) {
    SCOPED_TRACE(step);
    std::filesystem::remove(file());
    auto all = lines(step);
    fill(all);
    const std::string rows = known("db");
    const std::string found = ask(question(Question::find)).out;
    auto of_61 = question(Question::find);
    of_61.since = "2026-03-01T09:30:10Z";
    of_61.until = "2026-03-01T09:30:30Z";
    of_61.choice.comms = {"first"};
    for (const std::uint32_t seed : {0U, 1U, 2U, 3U}) {
      SCOPED_TRACE(seed);
      if (seed == 0) std::ranges::reverse(all);
      if (seed != 0) std::ranges::shuffle(all, std::mt19937(seed));
      const std::string name = "db" + std::to_string(step) + "-" + std::to_string(seed);
      fill(all, name, seed == 1 ? 1 : 3);
      EXPECT_EQ(known(name), rows);
      const std::string where = "sqlite:" + file(name);
      EXPECT_EQ(ask(question(Question::find), where).out, found);
      EXPECT_NE(ask(of_61, where).out.find("first"), std::string::npos) << ask(of_61, where).out;
      EXPECT_EQ(ask(question(Question::chain, "62"), where).out,
                "62|leaf|root;61|second|root;60|bash|root;1|init|root\n");
      EXPECT_EQ(number("SELECT count(*) FROM process", name), 4);
      EXPECT_EQ(
          number("SELECT count(*) FROM process p LEFT JOIN process c ON c.id = p.creator WHERE p.creator"
                 " IS NOT NULL AND c.id IS NULL",
                 name),
          0);
      EXPECT_EQ(number("SELECT count(*) FROM image i WHERE NOT EXISTS (SELECT 1 FROM process p WHERE p.id ="
                       " i.process)",
                       name),
                0);
    }
  }
}

// Less than a second is the same setting: then the birth is shown as its line has it.
TEST_F(SetClockTest, ShowsBirthsOfAClockThatWasSetALittleInAnyOrder) {
  auto all = lines(-3600 * kSecond);
  for (std::size_t at = 3; at < all.size(); ++at) all[at] = at_other_clock(all[at], kSecond / 2);
  fill(all);
  std::ranges::reverse(all);
  fill(all, "reversed");
  auto find = question(Question::find);
  find.json = true;
  const std::string found = ask(find).out;
  EXPECT_NE(found.find(R"("time":"2026-03-01T09:30:13.500000000Z","pid":60,)"), std::string::npos) << found;
  EXPECT_NE(found.find(R"("time":"2026-03-01T09:30:15.000000000Z","pid":61,)"), std::string::npos) << found;
  EXPECT_EQ(ask(find, "sqlite:" + file("reversed")).out, found);
}

// As json.dumps() of Python writes them.
TEST_F(HistoryQuestionTest, ExportsTheSpansLinesHoweverTheyAreSpaced) {
  const auto spaced = [](std::string line) {
    for (std::size_t at = 0; (at = line.find("\":", at)) != std::string::npos; at += 3)
      line.insert(at + 2, " ");
    return line;
  };
  for (const bool is_spaced : {false, true}) {
    std::filesystem::remove(file());
    std::vector<std::string> lines = {of_stream(started())};
    for (std::uint64_t seq = 2; seq < 12; ++seq)
      lines.push_back(of_stream(recorded("note", seq, R"("n":{"time":"none"})")));
    if (is_spaced) std::ranges::transform(lines, lines.begin(), spaced);
    fill(lines);
    EXPECT_EQ(all_lines(*open(), {kBegan + 4 * kSecond, kBegan + 6 * kSecond}),
              std::vector(lines.begin() + 3, lines.begin() + 6));
    EXPECT_EQ(all_lines(*open(), {kBegan + 4 * kSecond, kBegan + 4 * kSecond}), std::vector{lines[3]});
  }
}

// A process that has ended, and those that it was of.
class QuestionToLinesTest : public HistoryQuestionTest {
 protected:
  QuestionToLinesTest() {
    lines_ = {of_stream(started()), of_stream(recorded("process", 2, process_of(1, "init", 0))),
              of_stream(recorded("fork", 3, process_of(30, "sh", 1))),
              of_stream(recorded("exec", 4,
                                 process_of(30, "date", 1) + R"(,"entry":{"type":"cron","pid":30})" +
                                     lineage_fields("", ancestor(1, "init")))),
              of_stream(recorded("exit", 5, process_of(30, "date", 1) + R"(,"exit_code":3)"))};
  }
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const std::string& line : lines_) all += line + '\n';
    return all;
  }
  // In more than one segment.
  void fill_spool(const std::string& path) {
    auto folder = SpoolFolder::open(path, {.max_bytes = 1 << 20});
    ASSERT_TRUE(folder) << folder.error().to_string();
    SpoolWriter writer(std::move(*folder), {.segment_bytes = 600});
    writer.begin({"b00tb00tb00tb00t-9-9", R"({"name":"h","boot_id":"b00t"})",
                  R"({"version":"0.1.0","source":"bpf"})"});
    for (std::uint64_t seq = 1; seq <= lines_.size(); ++seq) {
      ASSERT_TRUE(writer.append(
          {lines_[seq - 1], seq, {seq * kSecond, kBegan + static_cast<std::int64_t>(seq) * kSecond}, {}}));
    }
    ASSERT_TRUE(writer.close());
    EXPECT_GT(writer.state().segments, 1U);
  }

  std::vector<std::string> lines_;
};

TEST_F(QuestionToLinesTest, ASpoolAndARecordingAnswerAsAStoreDoes) {
  fill(lines_);
  fill_spool(file("spool"));
  tree_.write("plain", text());
  tree_.write("gzip", gzip(text()));
  tree_.write("zstd", zstd(text()));
  auto json = question(Question::why, "30");
  json.json = true;
  for (const HistoryOptions& asked : {question(Question::why, "30"), json, question(Question::why, "date"),
                                      question(Question::chain, "30"), question(Question::find)}) {
    const Answer of_store = ask(asked);
    EXPECT_EQ(of_store.error.message, "");
    EXPECT_NE(of_store.out.find("30"), std::string::npos) << of_store.out;
    for (const char* name : {"spool", "plain", "gzip", "zstd"}) {
      const Answer answer = ask(asked, file(name));
      EXPECT_EQ(answer.error.message, "") << name;
      EXPECT_EQ(answer.out, of_store.out) << name;
      EXPECT_EQ(answer.err, of_store.err) << name;
    }
  }
  const Answer nothing = ask(question(Question::why, "31"), file("spool"));
  EXPECT_EQ(nothing.error.code, ErrorCode::not_found);
  EXPECT_EQ(nothing.error.message, ask(question(Question::why, "31")).error.message);
}

TEST_F(QuestionToLinesTest, WhatIsReadForOneQuestionHasNoName) {
  tree_.write("plain", text());
  const auto store = open_local_store(file("plain"), {});
  ASSERT_TRUE(store) << store.error().to_string();
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code ended;  // the listing's own
    const std::string path = std::filesystem::read_symlink(entry.path(), ended).string();
    EXPECT_TRUE(path.find("etilqs") == std::string::npos || path.ends_with(" (deleted)")) << path;
  }
  // No more than those that the test has made.
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(tree_.root()), {}), 1);
}

TEST_F(QuestionToLinesTest, WhatIsNoStoreSpoolOrRecordingIsAnError) {
  fill(lines_);
  tree_.write("plain", text());
  tree_.write("other", "nothing of ours\n");
  const auto error_of = [&](const std::string& where) {
    return ask(question(Question::why, "30"), where).error;
  };
  EXPECT_EQ(error_of(file("none")).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of(file()).remedy, "write sqlite:" + file());
  EXPECT_EQ(error_of(file("other")).code, ErrorCode::corrupt);
  const auto too_much = open_local_store(file("plain"), {}, 1);
  ASSERT_FALSE(too_much);
  EXPECT_NE(too_much.error().remedy.find("proctree ship --once --from " + file("plain")), std::string::npos);
}

}  // namespace
}  // namespace proctree
