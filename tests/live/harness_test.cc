// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The harness on itself: a true stream with one thing falsified must not pass for true.
#include <functional>
#include <string>
#include <vector>

#include "live.hpp"

namespace proctree::live {
namespace {

using Lines = std::vector<std::string>;

Lines split(const std::string& text) {
  Lines lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string join(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + '\n';
  return text;
}

bool replace(std::string& in, const std::string& from, const std::string& to) {
  const std::size_t at = in.find(from);
  if (at == std::string::npos) return false;
  in.replace(at, from.size(), to);
  return true;
}

class HarnessTest : public testing::Test {
 protected:
  // One run for all of the tests here.
  static void SetUpTestSuite() {
    Tracer tracer;
    ASSERT_TRACING(tracer);
    Workload workload;
    for (const char* name : {"fork", "reexec", "threads", "signals"}) workload.start(name);
    ASSERT_FINISHED(workload);
    ASSERT_STOPPED(tracer);
    run_truth = expect_truth(workload);
    run_lines = split(tracer.output());
    EXPECT_TRUE(expect_all_seen(run_truth, tracer).report.problems.none());
  }

  // The first line of this type that is about a process of the workload and holds `text`.
  static std::size_t find(const std::string& type, const std::string& text = {},
                          const std::string& more = {}) {
    for (std::size_t i = 0; i < run_lines.size(); ++i) {
      std::string why;
      const auto json = parse_json(run_lines[i], why);
      if (!json || json->string("type") != type) continue;
      if (run_lines[i].find(text) == std::string::npos || run_lines[i].find(more) == std::string::npos)
        continue;
      if (run_truth.find_id(json->string("id").value_or("")) != nullptr) return i;
    }
    ADD_FAILURE() << "no line to falsify: " << type << ' ' << text;
    return 0;
  }

  // Every record's place in the stream is what seq says; falsifying is not to be found out by that alone.
  static std::size_t problems_of(const Lines& lines) {
    Problems ignored;
    Stream stream = read_stream(join(lines), ignored);
    std::uint64_t seq = 0;
    for (Record& record : stream.records) record.seq = ++seq;
    return compare(run_truth, stream).problems.count();
  }

  static void expect_found_out(const Lines& lines) { EXPECT_GT(problems_of(lines), 0u); }

  // In the first such line that also holds `more`.
  static void expect_replaced(const std::string& type, const std::string& from, const std::string& to,
                              const std::string& more = {}) {
    SCOPED_TRACE(type + ": " + from + " → " + to);
    Lines lines = run_lines;
    ASSERT_TRUE(replace(lines.at(find(type, from, more)), from, to));
    expect_found_out(lines);
  }

  static Truth run_truth;
  static Lines run_lines;
};

Truth HarnessTest::run_truth;
Lines HarnessTest::run_lines;

TEST_F(HarnessTest, TheTrueStreamIsFine) { EXPECT_EQ(problems_of(run_lines), 0u); }

TEST_F(HarnessTest, AMissingLineIsFoundOut) {
  for (const char* type : {"fork", "exec", "exit"}) {
    SCOPED_TRACE(type);
    Lines lines = run_lines;
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(find(type)));
    expect_found_out(lines);
  }
}

TEST_F(HarnessTest, ADoubledLineIsFoundOut) {
  for (const char* type : {"fork", "exec", "exit"}) {
    SCOPED_TRACE(type);
    Lines lines = run_lines;
    lines.insert(lines.end() - 1, lines[find(type)]);
    expect_found_out(lines);
  }
}

TEST_F(HarnessTest, WrongOrderIsFoundOut) {
  Lines lines = run_lines;
  std::swap(lines[find("fork")], lines.back());
  expect_found_out(lines);
}

TEST_F(HarnessTest, AThreadAsProcessIsFoundOut) {
  Lines lines = run_lines;
  const std::string pid = std::to_string(run_truth.threads.at(0));
  std::string thread = lines[find("exit")];
  std::string why;
  const Json json = *parse_json(thread, why);
  replace(thread, "\"pid\":" + std::to_string(*json.number("pid")), "\"pid\":" + pid);
  replace(thread, '"' + std::string(*json.string("id")) + '"',
          '"' + process_id(run_truth.threads.at(0), *json.number("start_ns") / 10'000'000) + '"');
  lines.insert(lines.end() - 1, thread);
  expect_found_out(lines);
}

TEST_F(HarnessTest, AWrongValueIsFoundOut) {
  const std::string leaf = "\"comm\":\"leaf\"";  // looks at itself
  expect_replaced("exit", "\"exit_code\":3", "\"exit_code\":4");
  expect_replaced("exit", "\"signal\":9", "\"signal\":15");
  expect_replaced("exit", "\"signal\":9", "\"exit_code\":9");
  expect_replaced("exit", "\"core_dumped\":false", "\"core_dumped\":true");
  expect_replaced("exit", "\"runtime_ns\":1", "\"runtime_ns\":2");
  expect_replaced("exec", "\"parent\"", "\"parens\"");
  expect_replaced("exec", "\"args_size\":", "\"args_size\":9");
  expect_replaced("exec", "\"uid\":0", "\"uid\":1", leaf);
  expect_replaced("exec", "\"user\":\"root\"", "\"user\":\"r00t\"");
  expect_replaced("exec", "\"cwd\":\"/", "\"cwd\":\"/x", leaf);
  expect_replaced("exec", "\"exec_seq\":", "\"exec_seq\":9");
  expect_replaced("exec", "\"edge\":\"observed\"", "\"edge\":\"snapshot\"");
  expect_replaced("exec", "\"edge\":\"snapshot\"", "\"edge\":\"observed\"");
  expect_replaced("exec", "\"lineage_complete\":true", "\"lineage_complete\":false");
  expect_replaced("exec", "\"chain\":\"", "\"chain\":\"1|x|y;");
  expect_replaced("exec", "\"forked_as\":{\"comm\":\"reexec\"", "\"forked_as\":{\"comm\":\"leaf\"");
  expect_replaced("exec", "\"previous\":{\"comm\":\"", "\"previous\":{\"comm\":\"x");
}

TEST_F(HarnessTest, AWrongCreatorIsFoundOut) {
  std::string why;
  // The creator's creator, as if the creator had been overlooked.
  const std::size_t at = find("fork", "\"comm\":\"fork\"");
  for (std::size_t i = at; i < run_lines.size(); ++i) {
    const Json json = *parse_json(run_lines[i], why);
    const TrueProcess* process = run_truth.find_id(json.string("id").value_or(""));
    if (json.string("type") != "fork" || process == nullptr) continue;
    const TrueProcess* creator = run_truth.find(process->creator);
    if (creator == nullptr || creator->creator == 0) continue;
    Lines lines = run_lines;
    ASSERT_TRUE(replace(lines[i], creator->id, run_truth.find(creator->creator)->id));
    return expect_found_out(lines);
  }
  FAIL() << "no fork to falsify";
}

}  // namespace
}  // namespace proctree::live
