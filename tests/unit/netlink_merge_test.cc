// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Events of a source that looks processes up (netlink): no sequence of images, facts that nobody saw, and
// processes of which the pid is all that is known. How they are merged, and what the JSON says then.
#include <gtest/gtest.h>

#include <string>

#include "engine/merge.hpp"
#include "procfs/users.hpp"
#include "sink/jsonl_fields.hpp"

namespace proctree {
namespace {

TaskFacts seen(std::uint32_t pid, std::uint64_t start, ProcKey parent, std::string_view comm) {
  TaskFacts facts;
  facts.self = {pid, start};
  facts.parent = parent;
  facts.comm = comm;
  facts.uid = 1000;
  return facts;
}

TaskFacts placeholder(std::uint32_t pid, std::uint64_t start, std::string_view comm = kUnknownComm) {
  TaskFacts facts;
  facts.self = {pid, start};
  facts.parent.pid = kUnsetId;
  facts.uid = facts.gid = facts.euid = facts.egid = facts.sid = facts.pgid = kUnsetId;
  facts.comm = comm;
  return facts;
}

class LookingSourceTest : public testing::Test {
 protected:
  void SetUp() override {
    SnapshotTask init{0, seen(1, 10, {0, 0}, "init"), {}};
    init.image.exe = "/sbin/init";
    merger.add_snapshot(init);
    SnapshotTask shell{0, seen(50, 500, {1, 10}, "sh"), {}};
    shell.image.exe = "/bin/sh";
    shell_ = merger.add_snapshot(shell);
    merger.link_snapshot();
    merger.set_unobserved_edge(Edge::inferred);
  }
  Slot fork(const TaskFacts& child, ProcKey creator, std::string_view comm) {
    ForkEvent event;
    event.child = child;
    event.creator = creator;
    event.creator_comm = comm;
    event.edge = Edge::inferred;
    return merger.apply(event);
  }
  Merger::ExecResult exec(const TaskFacts& task, std::string_view exe) {
    ExecEvent event;
    event.task = task;
    event.image.exe = exe;
    return merger.apply(event);
  }
  Merger::ExitResult exit(const TaskFacts& task) {
    ExitEvent event;
    event.task = task;
    return merger.apply(event);
  }
  std::string json(RecordKind kind, Slot slot, const TaskFacts& task, const ExitEvent* end = nullptr) {
    const Host host{"h", "", "0123456789abcdef", "", ""};
    UserNames users("/dev/null");
    ProcessRecord record;
    record.kind = kind;
    record.head = {1, 1, &table, &users, &host, false};
    record.slot = slot;
    record.task = &task;
    const ImageFacts image;
    if (kind == RecordKind::exec) record.image = &image;
    record.exit = end;
    JsonWriter writer;
    JsonFields fields(writer);
    writer.begin_object();
    fields.process(record);
    if (record.image != nullptr) {
      fields.image(record);
      fields.lineage(record, 64);
    }
    if (end != nullptr) fields.exit(record);
    writer.end_object();
    return std::string(writer.text());
  }

  ProcessTable table;
  Merger merger{table};
  Slot shell_ = kNoSlot;
};

TEST_F(LookingSourceTest, AForksEdgeIsWhatTheSourceSaysOfIt) {
  const Slot child = fork(seen(60, 600, {50, 500}, "sh"), {50, 500}, "sh");
  EXPECT_EQ(table[child].creator, shell_);
  EXPECT_EQ(table[child].edge, Edge::inferred);
}

TEST_F(LookingSourceTest, AChildThatNobodySawHasItsCreatorsImage) {
  const Slot child = fork(placeholder(60, 600, "sh"), {50, 500}, "sh");
  EXPECT_EQ(table.comm(child), "sh");
  EXPECT_EQ(table.exe(child), "/bin/sh");
  EXPECT_EQ(table.uid(child), 1000U) << "not the number that stands for nobody";
  const std::string text = json(RecordKind::fork, child, placeholder(60, 600, "sh"));
  EXPECT_EQ(
      text,
      R"({"pid":60,"start_ns":600,"id":"0123456789abcdef-60-0","creator_pid":50,"creator_start_ns":500,)"
      R"("creator_id":"0123456789abcdef-50-0","comm":"sh","exe":"/bin/sh"})");
}

TEST_F(LookingSourceTest, WithoutNumbersEachExecReplacesTheImageBefore) {
  fork(seen(60, 600, {50, 500}, "sh"), {50, 500}, "sh");
  const auto first = exec(seen(60, 600, {50, 500}, "ls"), "/bin/ls");
  EXPECT_TRUE(first.previous_known);
  EXPECT_EQ(merger.previous_exe(), "/bin/sh");
  EXPECT_EQ(table.comm(first.slot), "ls");
  const auto second = exec(seen(60, 600, {50, 500}, "cat"), "/bin/cat");
  EXPECT_TRUE(second.previous_known);
  EXPECT_EQ(merger.previous_comm(), "ls");
}

TEST_F(LookingSourceTest, AnImageThatNobodySawIsUnknownAndNoLineageThroughItIsSure) {
  fork(seen(60, 600, {50, 500}, "sh"), {50, 500}, "sh");
  const auto result = exec(placeholder(60, 600), {});
  EXPECT_EQ(table.comm(result.slot), kUnknownComm);
  EXPECT_EQ(table.exe(result.slot), "");
  EXPECT_EQ(table.uid(result.slot), 1000U);
  const std::string text = json(RecordKind::exec, result.slot, placeholder(60, 600));
  for (const char* absent : {"\"comm\":\"unknown\"", "\"uid\"", "\"user\":\"4", "\"gid\"", "\"ppid\"",
                             "\"sid\"", "\"args\"", "\"exe_upper_layer\"", "\"exec_seq\""})
    EXPECT_EQ(text.find(absent), std::string::npos) << absent << " in " << text;
  EXPECT_NE(text.find(R"("chain":"60|unknown|)"), std::string::npos) << text;

  // What it forks then has it as an ancestor without a name.
  const Slot child = fork(seen(70, 700, {60, 600}, "x"), {60, 600}, kUnknownComm);
  const auto executed = exec(seen(70, 700, {60, 600}, "x"), "/bin/x");
  EXPECT_EQ(executed.slot, child);
  EXPECT_FALSE(executed.previous_known);
  const std::string below = json(RecordKind::exec, child, seen(70, 700, {60, 600}, "x"));
  EXPECT_NE(below.find(R"("ancestors":[{"pid":60,"start_ns":600,"id":"0123456789abcdef-60-0","user")"),
            std::string::npos)
      << below;
  EXPECT_NE(below.find("\"lineage_complete\":false"), std::string::npos);
}

TEST_F(LookingSourceTest, AnEndThatNobodySawKeepsTheNameKnownBefore) {
  const Slot child = fork(seen(60, 600, {50, 500}, "sh"), {50, 500}, "sh");
  exec(seen(60, 600, {50, 500}, "ls"), "/bin/ls");
  const auto ended = exit(placeholder(60, 600, "ls"));
  EXPECT_EQ(ended.slot, child);
  EXPECT_FALSE(ended.repeated);
  EXPECT_TRUE(table[child].exited);
  EXPECT_EQ(table.comm(child), "ls");
  ExitEvent event;
  event.status = 7 << 8;
  event.usage_known = false;
  event.ktime_ns = 900;
  const std::string text = json(RecordKind::exit, child, placeholder(60, 600, "ls"), &event);
  EXPECT_NE(text.find(R"("exit_code":7,"runtime_ns":300})"), std::string::npos) << text;
}

TEST_F(LookingSourceTest, APidAloneIsAProcessOfItsOwnEachTime) {
  const auto first = exit(placeholder(60, 0));
  EXPECT_FALSE(first.repeated);
  const auto second = exit(placeholder(60, 0));
  EXPECT_FALSE(second.repeated) << "another holder of the pid";
  EXPECT_NE(first.slot, second.slot);

  const auto executed = exec(placeholder(61, 0), {});
  const auto ended = exit(placeholder(61, 0));
  EXPECT_EQ(executed.slot, ended.slot) << "the same, for it had not ended";
  const std::string text = json(RecordKind::exec, executed.slot, placeholder(61, 0));
  EXPECT_EQ(text.find("start_ns"), std::string::npos) << text;
  EXPECT_EQ(text.find("\"id\""), std::string::npos) << text;
}

TEST_F(LookingSourceTest, ACreatorKnownByItsPidAloneEndsTheLineage) {
  const Slot child = fork(seen(60, 600, {90, 0}, "x"), {90, 0}, {});
  const Slot creator = table[child].creator;
  ASSERT_NE(creator, kNoSlot);
  EXPECT_EQ(table[creator].pid, 90U);
  EXPECT_EQ(table[creator].image, kNoImage);
  EXPECT_EQ(table[fork(seen(61, 610, {90, 0}, "y"), {90, 0}, {})].creator, creator);
}

TEST_F(LookingSourceTest, AResyncCorrectsOnlyImagesThatDiffer) {
  RunningTasks running;
  SnapshotTask init{0, seen(1, 10, {0, 0}, "init"), {}};
  init.image.exe = "/sbin/init";
  running.add(init);
  SnapshotTask shell{0, seen(50, 500, {1, 10}, "vi"), {}};
  shell.image.exe = "/bin/vi";
  running.add(shell);
  const auto totals = merger.resync(running, 1000, [](const ProcKey&) { return false; });
  EXPECT_EQ(totals.corrected, 1U);
  EXPECT_EQ(totals.added, 0U);
  EXPECT_EQ(totals.exited, 0U);
  EXPECT_EQ(table.comm(shell_), "vi");
}

}  // namespace
}  // namespace proctree
