// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the library retains of each image where it is asked to.
#include <gtest/gtest.h>
#include <proctree/proctree.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "capi/handle.hpp"
#include "made_tracer.hpp"

namespace proctree {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;

constexpr std::string_view kDocker =
    "/system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope";

class Retained : public testing::Test {
 protected:
  Retained() { source.tasks.push_back({0, task(1, 10, {0, 0}, "init", 1), {}}); }

  // A shell in a container, with a child, that has ended; all events that happened.
  void happen() {
    const std::uint64_t at = source.attached_ns + 100;
    ForkEvent fork;
    fork.ktime_ns = at;
    fork.child = of(100, at, {1, 10}, 1);
    fork.creator = {1, 10};
    fork.creator_exec_seq = 1;
    fork.creator_comm = "init";
    source.events.emplace_back(fork);
    ExecEvent exec;
    exec.ktime_ns = at + 1;
    exec.task = of(100, at, {1, 10}, 2);
    exec.task.comm = "sh";
    exec.image.exe = "/bin/sh";
    exec.image.cwd = "/srv";
    exec.image.args = "sh\0-c\0true\0"sv;
    exec.image.args_size = 11;
    exec.image.args_known = true;
    source.events.emplace_back(exec);
    fork.ktime_ns = at + 2;
    fork.child = of(101, at + 2, {100, at}, 2);
    fork.child.euid = 33;
    fork.child.comm = "sh";
    fork.creator = {100, at};
    fork.creator_exec_seq = 2;
    fork.creator_comm = "sh";
    source.events.emplace_back(fork);
    ExitEvent exit;
    exit.ktime_ns = at + 3;
    exit.task = fork.child;
    source.events.emplace_back(exit);
  }
  static TaskFacts of(std::uint32_t pid, std::uint64_t start, ProcKey parent, std::uint64_t seq) {
    TaskFacts facts = task(pid, start, parent, "init", seq);
    facts.gid = 5;
    facts.euid = 6;
    facts.egid = 7;
    facts.loginuid = 1000;
    facts.cgroup = kDocker;
    facts.tty = "pts/3";
    return facts;
  }
  Tracer traced(std::uint32_t keep) {
    TracerOptions options;
    options.keep = keep;
    options.exited_ttl = 0s;
    auto tracer = made_tracer(source, options);
    EXPECT_TRUE(tracer);
    happen();
    EXPECT_TRUE(tracer->poll(0ms, [this](const Record& record) {
      if (record.kind != RecordKind::exit) return;
      exit_has_image = record.image != nullptr;
      if (!exit_has_image) return;
      exit_args = record.image->args;
      exit_cwd = record.image->cwd;
      exit_exe = record.exe();
      const OwnedRecord copy(record);
      EXPECT_EQ(copy->image->cwd, exit_cwd);
      copied_cwd = copy->lineage().ancestors.at(0).cwd;
    }));
    return std::move(*tracer);
  }
  ProcKey shell() const { return {100, source.attached_ns + 100}; }
  ProcKey child() const { return {101, source.attached_ns + 102}; }

  FakeSource source;
  bool exit_has_image = false;
  std::string exit_args, exit_cwd, exit_exe, copied_cwd;
};

TEST_F(Retained, NothingThatIsNotAskedFor) {
  const Tracer tracer = traced(0);
  EXPECT_FALSE(exit_has_image);
  const auto info = tracer.info(shell());
  ASSERT_TRUE(info);
  EXPECT_TRUE(info->args.empty() && info->cwd.empty() && info->container_id.empty() && info->tty.empty());
  EXPECT_EQ(info->gid, kUnsetId);
  EXPECT_FALSE(info->entry_known);
  const Lineage lineage = tracer.lineage(child());
  EXPECT_TRUE(lineage.ancestors.at(0).cwd.empty());
}

TEST_F(Retained, AllThatIsAskedFor) {
  const Tracer tracer = traced(kKeepAll);
  const auto info = tracer.info(shell());
  ASSERT_TRUE(info);
  EXPECT_EQ(info->args, "sh\0-c\0true\0"sv);
  EXPECT_TRUE(info->args_known && !info->args_truncated);
  EXPECT_EQ(info->cwd, "/srv");
  EXPECT_EQ(info->container_id.substr(0, 16), "0123456789abcdef");
  EXPECT_EQ(info->container_runtime, "docker");
  EXPECT_EQ(info->gid, 5u);
  EXPECT_EQ(info->euid, 6u);
  EXPECT_EQ(info->egid, 7u);
  EXPECT_EQ(info->loginuid, 1000u);
  EXPECT_EQ(info->audit_session, kUnsetId);
  EXPECT_EQ(info->tty, "pts/3");
  EXPECT_TRUE(info->entry_known);
  EXPECT_TRUE(tracer.entry(shell()));

  const auto ended = tracer.info(child());
  ASSERT_TRUE(ended && ended->exited);
  EXPECT_EQ(ended->cwd, "/srv") << "its creator's at birth";
  EXPECT_EQ(ended->euid, 33u) << "its own";
  EXPECT_TRUE(ended->entry_known);
  EXPECT_TRUE(exit_has_image);
  EXPECT_EQ(exit_args, "sh\0-c\0true\0"sv);
  EXPECT_EQ(exit_cwd, "/srv");
  EXPECT_EQ(exit_exe, "/bin/sh");
  EXPECT_EQ(copied_cwd, "/srv");

  const Lineage lineage = tracer.lineage(child());
  ASSERT_EQ(lineage.ancestors.size(), 2u);
  const Ancestor& above = lineage.ancestors[0];
  EXPECT_EQ(above.cwd, "/srv");
  EXPECT_EQ(above.euid, 6u);
  EXPECT_EQ(above.container_runtime, "docker");
  EXPECT_TRUE(above.entry_known);
}

TEST_F(Retained, EachBitIsItsOwn) {
  const Tracer tracer = traced(kKeepCwd | kKeepTty);
  const auto info = tracer.info(shell());
  ASSERT_TRUE(info);
  EXPECT_EQ(info->cwd, "/srv");
  EXPECT_EQ(info->tty, "pts/3");
  EXPECT_TRUE(info->args.empty());
  EXPECT_TRUE(info->container_id.empty());
  EXPECT_EQ(info->euid, kUnsetId);
  EXPECT_FALSE(info->entry_known);
  EXPECT_EQ(exit_cwd, "/srv");
  EXPECT_EQ(exit_args, "");
}

TEST_F(Retained, TheSameInC) {
  const std::unique_ptr<struct proctree_tracer, void (*)(struct proctree_tracer*)> handle(
      proctree_new(nullptr), proctree_free);
  handle->tracer.emplace(traced(kKeepAll));
  struct proctree_info info {};
  info.size = sizeof info;
  ASSERT_EQ(proctree_get_info(handle.get(), capi::to_c(shell()), &info), 0);
  const auto text = [](const proctree_string& string) { return std::string_view(string.data, string.size); };
  EXPECT_EQ(text(info.cwd), "/srv");
  EXPECT_EQ(text(info.args), "sh\0-c\0true\0"sv);
  EXPECT_EQ(text(info.container_runtime), "docker");
  EXPECT_EQ(info.euid, 6u);
  EXPECT_TRUE(info.entry_known);
  struct proctree_entry entry {};
  EXPECT_EQ(proctree_get_entry(handle.get(), capi::to_c(shell()), &entry, sizeof entry), 0);
  EXPECT_EQ(entry.type, info.entry_type);
  struct proctree_ancestor above {};
  ASSERT_EQ(proctree_ancestors(handle.get(), capi::to_c(child()), &above, 1, sizeof above, nullptr), 2);
  EXPECT_EQ(text(above.cwd), "/srv");
  EXPECT_EQ(above.loginuid, 1000u);
}

TEST_F(Retained, WhatIsNoBitIsAnError) {
  const auto opened = Tracer::open({.keep = 1u << 20});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::invalid_argument);
  EXPECT_NE(opened.error().to_string().find("keep"), std::string::npos);
}

}  // namespace
}  // namespace proctree
