// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The table of facts: what is in it is copied, written and read back whole.
#include "tree/fact_table.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/json.hpp"
#include "engine/running_tasks.hpp"
#include "engine/task_pool.hpp"
#include "proctree/record.hpp"
#include "replay/record_parser.hpp"
#include "sink/json_facts.hpp"

namespace proctree {
namespace {

// Texts that no other memory holds.
class Texts {
 public:
  std::string_view next() {
    texts_.reserve(kMost);
    EXPECT_LT(texts_.size(), kMost);
    return texts_.emplace_back("a text of its own " + std::to_string(texts_.size()));
  }

 private:
  static constexpr std::size_t kMost = 256;
  std::vector<std::string> texts_;
};

// Each member another value, none of them its default.
template <class Facts>
Facts distinct(Texts& texts, std::uint32_t first) {
  Facts facts;
  for_each_fact<Facts>([&]<class At>(At) {
    using Value = typename At::Value;
    Value& value = facts.*At::kFact.member;
    if constexpr (std::same_as<Value, std::string_view>) {
      value = texts.next();
    } else if constexpr (std::same_as<Value, bool>) {
      value = !value;
    } else if constexpr (std::is_integral_v<Value>) {
      value = static_cast<Value>(first++);
    }
  });
  return facts;
}

template <class Facts>
void expect_same(const Facts& copy, const Facts& original) {
  for_each_fact<Facts>([&]<class At>(At) {
    EXPECT_EQ(copy.*At::kFact.member, original.*At::kFact.member) << At::kFact.text();
  });
}

// As it was, in bytes that only the copy can hold.
template <class Facts>
void expect_copied(Facts copy, const Facts& original) {
  expect_same(copy, original);
  std::size_t views = 0;
  for_each_view(copy, [&views](const std::string_view& view) { views += !view.empty(); });
  Facts source = original;
  std::set<const char*> theirs;
  for_each_view(source, [&theirs](const std::string_view& view) { theirs.insert(view.data()); });
  for_each_view(copy,
                [&theirs](const std::string_view& view) { EXPECT_FALSE(theirs.contains(view.data())); });
  EXPECT_EQ(views, theirs.size());
}

// The member that is forgotten in a list of copies dangles, and nothing says so: there is no such list.
TEST(FactTable, CopiesHoldEveryText) {
  Texts texts;
  SnapshotTask task;
  task.task = distinct<TaskFacts>(texts, 100);
  task.image = distinct<ImageFacts>(texts, 200);
  const OwnedTask owned(task);
  expect_copied(owned.get().task, task.task);
  expect_copied(owned.get().image, task.image);
  TaskPool pool(1 << 20);
  const SnapshotTask pooled = pool.keep(task);
  expect_copied(pooled.task, task.task);
  expect_copied(pooled.image, task.image);
}

TEST(FactTable, AnOwnedRecordHoldsEveryText) {
  Texts texts;
  const auto task = distinct<TaskFacts>(texts, 100);
  const auto image = distinct<ImageFacts>(texts, 200);
  const auto previous = distinct<PreviousImage>(texts, 0);
  const auto exit = distinct<ExitFacts>(texts, 300);
  const auto trace = distinct<TraceFacts>(texts, 400);
  const auto loss = distinct<Loss>(texts, 500);
  const auto failed = distinct<FailedExec>(texts, 600);
  Record record;
  record.task = &task;
  record.image = &image;
  record.previous = &previous;
  record.exit = &exit;
  record.trace = &trace;
  record.loss = &loss;
  record.failed_exec = &failed;
  const OwnedRecord copy(record);
  expect_copied(*copy->task, task);
  expect_copied(*copy->image, image);
  expect_copied(*copy->previous, previous);
  expect_same(*copy->exit, exit);
  expect_copied(*copy->trace, trace);
  expect_copied(*copy->loss, loss);
  expect_copied(*copy->failed_exec, failed);
}

// One that is unset is not in the line, one that is set is.
template <class Facts>
void expect_written_where_set() {
  Texts texts;
  const Facts set = distinct<Facts>(texts, 700);
  for_each_fact<Facts>([&]<class At>(At) {
    if constexpr (At::kFact.part != Part::by_hand) {
      EXPECT_TRUE(At::kFact.is_reported(set)) << At::kFact.text();
      Facts unset;
      unset.*At::kFact.member = At::kFact.unset;
      JsonWriter json;
      json.begin_object();
      write_fact(json, At::kFact, unset);
      EXPECT_EQ(json.text() != "{", At::kFact.always) << At::kFact.text();
      write_fact(json, At::kFact, set);
      EXPECT_NE(json.text().find('"' + std::string(At::kFact.text()) + "\":"), std::string_view::npos);
    }
  });
}

TEST(FactTable, IsReportedWhereItIsSet) {
  expect_written_where_set<TaskFacts>();
  expect_written_where_set<ImageFacts>();
  expect_written_where_set<FailedExec>();
  expect_written_where_set<ExitFacts>();
  expect_written_where_set<Loss>();
}

// What the writer says of each fact that has a name, the reader knows under it.
template <class Facts>
void expect_read_back(std::string_view type, const Facts& (*read)(const RecordedLine&)) {
  Texts texts;
  const Facts facts = distinct<Facts>(texts, 800);
  JsonWriter json;
  json.begin_object();
  json.field("v", 1);
  json.plain_field("type", type);
  json.field("seq", 1);
  json.plain_field("time", "2026-03-01T08:30:00Z");
  json.field("ktime_ns", 1);
  if constexpr (!std::same_as<Facts, Loss>) json.field("pid", 77);
  write_facts(json, facts);
  json.end_object();
  RecordParser parser;
  const auto parsed = parser.parse(json.text());
  ASSERT_TRUE(parsed) << parsed.error().to_string() << json.text();
  EXPECT_EQ(parser.unknown_field(), "");
  for_each_fact<Facts>([&]<class At>(At) {
    if constexpr (At::kFact.part != Part::by_hand) {
      EXPECT_EQ(read(parser.line()).*At::kFact.member, facts.*At::kFact.member) << At::kFact.text();
    }
  });
}

TEST(FactTable, TheReplayReaderKnowsEveryFact) {
  expect_read_back<TaskFacts>(
      "exec", [](const RecordedLine& line) -> auto& { return line.task; });
  expect_read_back<ImageFacts>(
      "exec", [](const RecordedLine& line) -> auto& { return line.image; });
  expect_read_back<FailedExec>(
      "exec_failed", [](const RecordedLine& line) -> auto& { return line.failed; });
  expect_read_back<ExitFacts>("exit", [](const RecordedLine& line) -> const ExitFacts& { return line.exit; });
  expect_read_back<Loss>(
      "lost", [](const RecordedLine& line) -> auto& { return line.lost; });
  expect_read_back<Mending>(
      "resync", [](const RecordedLine& line) -> auto& { return line.mending; });
  expect_read_back<Totals>(
      "stop", [](const RecordedLine& line) -> auto& { return line.totals; });
}

// A struct with a member more than its table is found when it is compiled.
struct Three {
  ProcKey key;
  std::array<std::uint32_t, 7> numbers{};
  std::string_view text;
};
static_assert(fact_table::member_count<Three>() == 3);
static_assert(fact_table::kIsValue<bool> && !fact_table::kIsValue<std::vector<std::string_view>>,
              "a member that holds views of its own needs to be visited");

}  // namespace
}  // namespace proctree
