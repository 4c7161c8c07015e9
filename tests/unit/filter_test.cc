// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/filter.hpp"

#include <gtest/gtest.h>

#include "procfs/users.hpp"

namespace proctree {
namespace {

class FilterTest : public testing::Test {
 protected:
  FilterTest() {
    const Slot sshd = add({50, 5}, kNoSlot, "sshd");
    const Slot shell = add({60, 6}, sshd, "bash");
    slot = add({70, 7}, shell, "id");
    task.self = {70, 7};
    task.comm = "id";
    task.uid = 4242;
    task.cgroup = cgroup;
  }
  Slot add(ProcKey key, Slot creator, std::string_view comm) {
    const Slot added = table.insert(key, creator, Edge::observed);
    table.set_image(added, {comm, "", 1});
    return added;
  }
  bool matches() { return filter.matches(table, names, slot, task); }

  const std::string cgroup = "/system.slice/docker-" + std::string(64, 'a') + ".scope";
  ProcessTable table;
  UserNames names{"/nonexistent"};
  Filter filter;
  TaskFacts task;
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

TEST_F(FilterTest, UnderMeansAnAncestorNotTheProcessItself) {
  filter.under_comms = {"sshd"};
  EXPECT_TRUE(matches());
  filter.under_comms = {"id"};
  EXPECT_FALSE(matches());
  filter.under_comms = {};
  filter.under_processes = {{60, 6}};
  EXPECT_TRUE(matches());
  filter.under_processes = {{60, 999}};
  EXPECT_FALSE(matches()) << "another process of that pid";
  filter.under_processes = {{70, 7}};
  EXPECT_FALSE(matches());
}

TEST_F(FilterTest, UnderAPidMeansAnyHolderOfIt) {
  filter.under_pids = {60};
  EXPECT_TRUE(matches());
  filter.under_pids = {70};
  EXPECT_FALSE(matches());
  filter.under_comms = {"sshd"};
  EXPECT_TRUE(matches()) << "of one kind any may match";
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
