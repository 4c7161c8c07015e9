// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/filter.hpp"

#include <gtest/gtest.h>

#include "procfs/users.hpp"

namespace proctree {
namespace {

// sshd(50) made bash(60), once called login, which made id(70).
class FilterTest : public testing::Test {
 protected:
  Slot add(ProcKey key, Slot creator, std::string_view comm, std::string_view exe) {
    const Slot added = table.insert(key, creator, Edge::observed);
    table.set_image(added, {comm, exe, 1});
    return added;
  }
  bool matches() {
    ProcessTable anew;
    std::swap(table, anew);
    if (filter.needs_marks()) table.set_marker(&filter);
    const Slot sshd = add({50, 5}, kNoSlot, "sshd", "/usr/sbin/sshd");
    const Slot shell = add({60, 6}, sshd, "login", "/usr/bin/login");
    table.set_image(shell, {"bash", "/usr/bin/bash", 2});
    slot = add({70, 7}, shell, "id", "/usr/bin/coreutils");
    task.self = {70, 7};
    task.comm = "id";
    task.uid = 4242;
    task.cgroup = cgroup;
    image.exe = "/usr/bin/coreutils";
    image.args = std::string_view("id\0--user\0me", 13);
    filter.note_image(table, slot, image);
    record.slot = slot;
    record.task = &task;
    return filter.matches(table, names, record);
  }
  bool ends_with(std::uint32_t status) {
    matches();
    exit.status = status;
    record.kind = RecordKind::exit;
    record.exit = &exit;
    return filter.matches(table, names, record);
  }

  const std::string cgroup = "/system.slice/docker-" + std::string(64, 'a') + ".scope";
  ProcessTable table;
  UserNames names{"/nonexistent"};
  Filter filter;
  TaskFacts task;
  ImageFacts image;
  ExitEvent exit;
  ProcessRecord record;
  Slot slot = kNoSlot;
};

TEST_F(FilterTest, NothingAskedMatchesEverything) {
  EXPECT_TRUE(filter.empty());
  EXPECT_TRUE(matches());
}

TEST_F(FilterTest, OfOneKindAnyMatches) {
  filter.comms = {"ls", "id"};
  EXPECT_TRUE(matches());
  filter.comms = {"ls"};
  EXPECT_FALSE(matches());
}

TEST_F(FilterTest, OfDifferentKindsAllMust) {
  filter.comms = {"id"};
  filter.users = {"4242"};
  EXPECT_TRUE(matches());
  filter.users = {"root"};
  EXPECT_FALSE(matches());
}

TEST_F(FilterTest, NamesAndExecutablesArePatterns) {
  filter.comms = {"i?"};
  EXPECT_TRUE(matches());
  filter.comms = {"[!i]d"};
  EXPECT_FALSE(matches());
  filter.comms = {};
  for (const char* exe : {"coreutils", "/usr/bin/coreutils", "/usr/*", "core*"}) {
    filter.exes = {exe};
    EXPECT_TRUE(matches()) << exe;
  }
  for (const char* exe : {"utils", "/usr/bin", "id"}) {
    filter.exes = {exe};
    EXPECT_FALSE(matches()) << exe;
  }
}

TEST_F(FilterTest, WhatIsNotWanted) {
  filter.not_comms = {"id"};
  EXPECT_FALSE(matches());
  filter.not_comms = {"ls", "i"};
  EXPECT_TRUE(matches());
  filter.not_exes = {"core*"};
  EXPECT_FALSE(matches());
  filter.not_exes = {};
  filter.not_under.names = {"sshd"};
  EXPECT_FALSE(matches());
  filter.not_under.names = {"id"};
  EXPECT_TRUE(matches()) << "it is none of its own ancestors";
  filter.under.names = {"sshd"};
  EXPECT_TRUE(matches());
}

TEST_F(FilterTest, ALongNameIsCutAsTheKernelCutsIt) {
  filter.comms = {"a-name-of-more-than-15"};
  matches();
  task.comm = "a-name-of-more-";
  EXPECT_TRUE(filter.matches(table, names, record));
}

TEST_F(FilterTest, UnderMeansAnAncestorNotTheProcessItself) {
  filter.under.names = {"sshd"};
  EXPECT_TRUE(matches());
  filter.under.names = {"id"};
  EXPECT_FALSE(matches());
  filter.under.names = {"coreutils"};
  EXPECT_FALSE(matches());
}

TEST_F(FilterTest, UnderMeansAnyNameThatAnAncestorEverHad) {
  for (const char* name : {"bash", "login", "log*", "sshd"}) {
    filter.under.names = {name};
    EXPECT_TRUE(matches()) << name;
  }
  filter.under.names = {"/usr/bin/login"};
  EXPECT_FALSE(matches()) << "the last component of a path, and no more";
}

TEST_F(FilterTest, UnderAPidMeansAnyThatHasIt) {
  filter.any_with_pid = true;
  filter.under.pids = {60};
  EXPECT_TRUE(matches());
  filter.under.pids = {70};
  EXPECT_FALSE(matches());
  filter.under.names = {"sshd"};
  EXPECT_TRUE(matches()) << "of one kind any may match";
  filter.under = {.names = {}, .pids = {60}};
  filter.any_with_pid = false;
  EXPECT_FALSE(matches()) << "nobody has marked it";
}

TEST_F(FilterTest, APartOfOneArgument) {
  filter.args = {"-us"};
  EXPECT_TRUE(matches());
  EXPECT_TRUE(ends_with(0)) << "the end of what had it";
  filter.args = {"user me"};
  EXPECT_FALSE(matches());
  filter.args = {"id-"};
  EXPECT_FALSE(matches());
}

TEST_F(FilterTest, FailuresAreEndsWithAStatus) {
  filter.failed = true;
  EXPECT_FALSE(matches());
  EXPECT_FALSE(ends_with(0));
  EXPECT_TRUE(ends_with(256));
  EXPECT_TRUE(ends_with(9)) << "by a signal";
}

TEST_F(FilterTest, AContainerByTheBeginningOfItsId) {
  filter.containers = {"aaaaaaaaaaaa"};
  EXPECT_TRUE(matches());
  filter.containers = {"b"};
  EXPECT_FALSE(matches());
  filter.containers = {""};
  EXPECT_FALSE(matches());
}

}  // namespace
}  // namespace proctree
