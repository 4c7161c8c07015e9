// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/merge.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "made_task.hpp"
#include "tree/lineage.hpp"

namespace proctree {
namespace {

struct Numbers {
  std::string_view name(std::uint32_t uid) { return *texts.insert(std::to_string(uid)).first; }
  std::set<std::string> texts;
};

class MergerTest : public testing::Test {
 protected:
  static SnapshotTask running(const TaskFacts& facts, std::string_view exe) {
    SnapshotTask snapshot;
    snapshot.task = facts;
    snapshot.image.exe = exe;
    return snapshot;
  }
  static ForkEvent fork(const TaskFacts& child, ProcKey creator, std::uint64_t seq, std::string_view comm) {
    ForkEvent event;
    event.child = child;
    event.creator = creator;
    event.creator_exec_seq = seq;
    event.creator_comm = comm;
    return event;
  }
  static ExecEvent exec(const TaskFacts& facts, std::string_view exe) {
    ExecEvent event;
    event.task = facts;
    event.image.exe = exe;
    return event;
  }
  static ExitEvent exit(const TaskFacts& facts) {
    ExitEvent event;
    event.task = facts;
    return event;
  }

  // init (1) → sshd (50), as a snapshot reports them, the child first.
  void start() {
    merger.add_snapshot(running(task(50, 500, {1, 10}, "sshd", 3), "/usr/sbin/sshd"));
    merger.add_snapshot(running(task(1, 10, {0, 0}, "init", 1), "/sbin/init"));
    merger.link_snapshot();
    merger.set_unobserved_edge(Edge::inferred);
  }
  std::string chain(Slot slot) {
    std::string text;
    append_chain(text, TableLineage(table, names, slot));
    return text;
  }

  ProcessTable table;
  Merger merger{table};
  Numbers names;
};

TEST_F(MergerTest, SnapshotLinksParentsWhateverTheirOrder) {
  start();
  EXPECT_EQ(chain(table.find(50)), "50|sshd|0;1|init|0");
  EXPECT_EQ(table[table.find(50)].edge, Edge::snapshot);
  EXPECT_TRUE(table[table.find(1)].root);
}

TEST_F(MergerTest, ForkAndExecGrowTheChain) {
  start();
  const Slot child = merger.apply(fork(task(60, 600, {50, 500}, "sshd", 3), {50, 500}, 3, "sshd"));
  EXPECT_EQ(table.exe(child), "/usr/sbin/sshd");
  EXPECT_EQ(table[child].edge, Edge::observed);
  TaskFacts facts = task(60, 600, {50, 500}, "bash", 4);
  facts.uid = 1000;
  const auto result = merger.apply(exec(facts, "/bin/bash"));
  EXPECT_EQ(result.slot, child);
  ASSERT_TRUE(result.previous_known);
  EXPECT_EQ(merger.previous_comm(), "sshd");
  EXPECT_EQ(merger.previous_exe(), "/usr/sbin/sshd");
  EXPECT_EQ(chain(child), "60|bash|1000;50|sshd|0;1|init|0");
  EXPECT_EQ(table.image(table[child].image_at_fork).comm, "sshd");
}

// It renamed itself behind its last event, and only the source knows.
TEST_F(MergerTest, TheNameBeforeAnExecIsTheSourcesWhereItKnowsIt) {
  start();
  merger.apply(fork(task(60, 600, {50, 500}, "sshd", 3), {50, 500}, 3, "sshd"));
  ExecEvent event = exec(task(60, 600, {50, 500}, "bash", 4), "/bin/bash");
  event.name_before = "(bash)";
  ASSERT_TRUE(merger.apply(event).previous_known);
  EXPECT_EQ(merger.previous_comm(), "(bash)");
  EXPECT_EQ(merger.previous_exe(), "/usr/sbin/sshd");
}

// sshd's half that has become its user: the link says what it was when it forked, and stays so.
TEST_F(MergerTest, ALinkHasTheUserThatItActedAs) {
  start();
  TaskFacts half = task(60, 600, {50, 500}, "sshd", 3);
  merger.apply(fork(half, {50, 500}, 3, "sshd"));
  TaskFacts shell = task(61, 610, {60, 600}, "sshd", 3);
  shell.uid = 1000;
  const Slot slot = merger.apply(fork(shell, {60, 600}, 3, "sshd"));
  EXPECT_EQ(chain(slot), "61|sshd|1000;60|sshd|1000;50|sshd|0;1|init|0");
  half.uid = 7;
  half.exec_seq = 4;
  merger.apply(exec(half, "/bin/other"));
  const LossScope none;
  AncestryWalk walk(table, names, slot, none);
  const auto above = walk.next();
  ASSERT_TRUE(above);
  EXPECT_EQ(above->uid, 1000U);
  EXPECT_EQ(above->user, "1000");
  EXPECT_EQ(above->image_uid, 7U);
  EXPECT_EQ(above->image_user, "7");
  EXPECT_EQ(walk.next()->image_user, "") << "the same as it acted as";
}

TEST_F(MergerTest, CreatorIsLineageWhateverTheKernelsParentIs) {
  start();
  // CLONE_PARENT: 50 forks, but the kernel's parent is init.
  const Slot child = merger.apply(fork(task(60, 600, {1, 10}, "sshd", 3), {50, 500}, 3, "sshd"));
  EXPECT_EQ(chain(child), "60|sshd|0;50|sshd|0;1|init|0");
  // Reparented when its creator ends: the exec's kernel parent is init, the creator stays.
  merger.apply(exit(task(50, 500, {1, 10}, "sshd", 3)));
  merger.apply(exec(task(60, 600, {1, 10}, "id", 4), "/bin/id"));
  EXPECT_EQ(chain(child), "60|id|0;50|sshd|0;1|init|0");
  EXPECT_TRUE(table[table.find(50)].exited);
}

TEST_F(MergerTest, AReusedPidIsNobodysAncestor) {
  start();
  const Slot old_parent = merger.apply(fork(task(60, 600, {50, 500}, "sshd", 3), {50, 500}, 3, "sshd"));
  const Slot child = merger.apply(fork(task(61, 610, {60, 600}, "sshd", 3), {60, 600}, 3, "sshd"));
  merger.apply(exit(task(60, 600, {50, 500}, "sshd", 3)));
  const Slot reused = merger.apply(fork(task(60, 700, {1, 10}, "init", 1), {1, 10}, 1, "init"));
  EXPECT_NE(reused, old_parent);
  EXPECT_EQ(chain(child), "61|sshd|0;60|sshd|0;50|sshd|0;1|init|0");
  EXPECT_EQ(chain(reused), "60|init|0;1|init|0");
  // An exit of the dead one that comes once more must not touch the new owner.
  EXPECT_TRUE(merger.apply(exit(task(60, 600, {50, 500}, "sshd", 3))).repeated);
  EXPECT_FALSE(table[reused].exited);
}

TEST_F(MergerTest, EventOlderThanTheSnapshotDoesNotOverwriteIt) {
  merger.add_snapshot(running(task(1, 10, {0, 0}, "init", 1), "/sbin/init"));
  merger.add_snapshot(running(task(50, 500, {1, 10}, "new", 7), "/bin/new"));
  const auto stale = merger.apply(exec(task(50, 500, {1, 10}, "old", 6), "/bin/old"));
  EXPECT_FALSE(stale.previous_known);
  EXPECT_EQ(table.comm(stale.slot), "new");
  // The fork that the older image did is not put down to the newer one.
  const Slot child = merger.apply(fork(task(60, 600, {50, 500}, "old", 6), {50, 500}, 6, "old"));
  EXPECT_EQ(table.comm(child), "old");
  EXPECT_EQ(table.exe(child), "");
  EXPECT_EQ(table[child].image_at_fork, kNoImage);
  EXPECT_EQ(table.comm(table.find(50)), "new");
}

TEST_F(MergerTest, AnOrphanBeforeTheStartKeepsWhatItsForkEventReported) {
  // In the snapshot the child's parent is init already, but its fork was seen.
  merger.add_snapshot(running(task(1, 10, {0, 0}, "init", 1), "/sbin/init"));
  merger.add_snapshot(running(task(50, 500, {1, 10}, "sh", 3), "/bin/sh"));
  merger.add_snapshot(running(task(60, 600, {1, 10}, "sh", 3), "/bin/sh"));
  merger.apply(fork(task(60, 600, {50, 500}, "sh", 3), {50, 500}, 3, "sh"));
  merger.link_snapshot();
  EXPECT_EQ(chain(table.find(60)), "60|sh|0;50|sh|0;1|init|0");
  EXPECT_EQ(table[table.find(60)].edge, Edge::observed);
}

// Its end began before the exit program was attached, and the iterator came after its parent had reaped it.
TEST_F(MergerTest, AParentThatEndedAsTracingBeganIsReplacedByWhoAdopted) {
  merger.add_snapshot(running(task(1, 10, {0, 0}, "init", 1), "/sbin/init"));
  merger.add_snapshot(running(task(60, 600, {1, 10}, "sh", 3), "/bin/sh"));
  const auto result = merger.apply(exec(task(60, 600, {50, 500}, "id", 4), "/bin/id"));
  merger.link_snapshot();
  EXPECT_EQ(chain(result.slot), "60|id|0;1|init|0");
  EXPECT_EQ(table[result.slot].edge, Edge::snapshot);
  EXPECT_EQ(table.find(50), kNoSlot) << "nobody descends from it";
}

TEST_F(MergerTest, AParentNamedTwiceByItsKeyAloneStaysTheOneOfTheEvent) {
  merger.add_snapshot(running(task(60, 600, {40, 400}, "sh", 3), "/bin/sh"));
  const auto result = merger.apply(exec(task(60, 600, {50, 500}, "id", 4), "/bin/id"));
  merger.link_snapshot();
  EXPECT_EQ(chain(result.slot), "60|id|0;50|unknown|unknown");
}

TEST_F(MergerTest, ACreatorNobodyHasSeenIsKnownByItsForkAndItsExit) {
  start();
  const Slot child = merger.apply(fork(task(71, 710, {70, 700}, "x", 4), {70, 700}, 4, "x"));
  EXPECT_EQ(chain(child), "71|x|0;70|x|0;0|unknown|unknown");
  merger.apply(exit(task(70, 700, {50, 500}, "x", 4)));
  EXPECT_EQ(chain(child), "71|x|0;70|x|0;50|sshd|0;1|init|0");
  EXPECT_EQ(table[table.find(70)].edge, Edge::inferred);
  EXPECT_EQ(table[child].edge, Edge::observed);
}

TEST_F(MergerTest, AParentKnownByItsPidAloneEndsTheChainAsUnknown) {
  start();
  const auto result = merger.apply(exec(task(80, 800, {77, 770}, "x", 4), "/x"));
  EXPECT_EQ(chain(result.slot), "80|x|0;77|unknown|unknown");
}

TEST_F(MergerTest, AMissedExecOfTheCreatorIsNotPutDownToItsOldImage) {
  start();
  const Slot child = merger.apply(fork(task(60, 600, {50, 500}, "evil", 5), {50, 500}, 5, "evil"));
  EXPECT_EQ(chain(child), "60|evil|0;50|evil|0;1|init|0");
  EXPECT_EQ(table.exe(table.find(50)), "") << "its file is not known";
}

TEST_F(MergerTest, AMissedExecLeavesNoPreviousImage) {
  start();
  EXPECT_FALSE(merger.apply(exec(task(50, 500, {1, 10}, "x", 5), "/x")).previous_known);
  EXPECT_TRUE(merger.apply(exec(task(50, 500, {1, 10}, "y", 6), "/y")).previous_known);
}

TEST_F(MergerTest, NamesAreTakenAgainFromEachEvent) {
  start();
  const Slot child = merger.apply(fork(task(60, 600, {50, 500}, "renamed", 3), {50, 500}, 3, "renamed"));
  EXPECT_EQ(chain(child), "60|renamed|0;50|renamed|0;1|init|0");
  EXPECT_EQ(table.exe(child), "/usr/sbin/sshd");
}

TEST_F(MergerTest, AZombieOfTheSnapshotHasEnded) {
  TaskFacts zombie = task(90, 900, {1, 10}, "z", 1);
  zombie.dead = true;
  merger.add_snapshot(running(zombie, ""));
  EXPECT_TRUE(table[table.find(90)].exited);
}

// The resync after a gap: what runs is compared with the table.
class MergerResyncTest : public MergerTest {
 protected:
  MergerResyncTest() {
    start();
    runs(task(1, 10, {0, 0}, "init", 1), "/sbin/init");
  }
  void runs(const TaskFacts& facts, std::string_view exe) { tasks.add(running(facts, exe)); }
  Mending resync() {
    return merger.resync(tasks, kBegan, [this](const ProcKey& key) { return key == hidden; });
  }

  static constexpr std::uint64_t kBegan = 1'000'000;
  RunningTasks tasks;
  ProcKey hidden;
};

TEST_F(MergerResyncTest, AMissedBirthIsAddedWithAnInferredEdge) {
  runs(task(50, 500, {1, 10}, "sshd", 3), "/usr/sbin/sshd");
  runs(task(61, 610, {60, 600}, "id", 5), "/bin/id");  // the child first
  runs(task(60, 600, {50, 500}, "bash", 4), "/bin/bash");
  const auto totals = resync();
  EXPECT_EQ(totals.added, 2U);
  EXPECT_EQ(totals.exited, 0U);
  EXPECT_EQ(chain(table.find(61)), "61|id|0;60|bash|0;50|sshd|0;1|init|0");
  EXPECT_EQ(table[table.find(61)].edge, Edge::inferred);
}

// Only the tasks show it: it is among them, whichever process had its slot before.
TEST_F(MergerResyncTest, OneThatIsAddedWhereAnotherWasLives) {
  const Slot gone = merger.apply(fork(task(60, 600, {50, 500}, "sshd", 3), {50, 500}, 3, "sshd"));
  merger.apply(exit(task(60, 600, {50, 500}, "sshd", 3)));
  table.remove(gone);
  runs(task(50, 500, {1, 10}, "sshd", 3), "/usr/sbin/sshd");
  runs(task(70, 700, {50, 500}, "bash", 4), "/bin/bash");
  const auto totals = resync();
  EXPECT_EQ(table.find(70), gone);
  EXPECT_EQ(totals.added, 1U);
  EXPECT_EQ(totals.exited, 0U);
  EXPECT_FALSE(table[table.find(70)].exited);
}

TEST_F(MergerResyncTest, WhatTheKernelBeganHasNoParentToBeLinkedTo) {
  merger.apply(fork(task(70, 700, {2, 5}, "kworker", 1), {2, 5}, 1, "kthreadd"));
  runs(task(2, 5, {0, 0}, "kthreadd", 1), "/bin/kthreadd");  // its file was not known
  runs(task(70, 700, {2, 5}, "kworker", 1), "");
  resync();
  EXPECT_TRUE(table[table.find(2)].root);
  EXPECT_EQ(table.find(0), kNoSlot);
}

TEST_F(MergerResyncTest, ALaterEventProvesTheCreator) {
  runs(task(50, 500, {1, 10}, "sshd", 3), "/usr/sbin/sshd");
  runs(task(60, 600, {1, 10}, "sshd", 3), "/usr/sbin/sshd");
  resync();
  EXPECT_EQ(table[table.find(60)].creator, table.find(1));
  merger.apply(fork(task(60, 600, {1, 10}, "sshd", 3), {50, 500}, 3, "sshd"));
  EXPECT_EQ(table[table.find(60)].creator, table.find(50));
  EXPECT_EQ(table[table.find(60)].edge, Edge::observed);
}

TEST_F(MergerResyncTest, AMissedExitIsMarkedAndItsImageIsNotSure) {
  const auto totals = resync();  // sshd (50) does not run any more
  EXPECT_EQ(totals.exited, 1U);
  EXPECT_TRUE(table[table.find(50)].exited);
  EXPECT_TRUE(table[table.find(50)].unverified);
  EXPECT_FALSE(merger.apply(exit(task(50, 500, {1, 10}, "sshd", 3))).repeated)
      << "its event was on the way after all";
}

TEST_F(MergerResyncTest, AZombieWhoseExitWasMissedHasEnded) {
  TaskFacts zombie = task(50, 500, {1, 10}, "nginx", 4);
  zombie.dead = true;
  runs(zombie, "");
  const auto totals = resync();
  EXPECT_EQ(totals.exited, 1U);
  EXPECT_EQ(totals.corrected, 1U);
  EXPECT_TRUE(table[table.find(50)].exited);
  EXPECT_FALSE(table[table.find(50)].unverified) << "its last image was looked at";
  EXPECT_EQ(table.comm(table.find(50)), "nginx");
}

TEST_F(MergerResyncTest, AnEndThatOnlyThePidsNextHolderRevealsLeavesItsImageUnsure) {
  const Slot sshd = table.find(50);
  const Slot child = merger.apply(fork(task(60, 600, {50, 500}, "sshd", 3), {50, 500}, 3, "sshd"));
  merger.apply(fork(task(50, 700, {1, 10}, "init", 1), {1, 10}, 1, "init"));
  EXPECT_EQ(table[child].creator, sshd);
  EXPECT_TRUE(table[sshd].exited && table[sshd].unverified);
  EXPECT_FALSE(table[table.find(50)].unverified);
}

// Slots are used again: who is added in one is not taken for whoever had it, though nobody else vouches for
// him.
TEST_F(MergerResyncTest, WhoIsAddedInAnOldSlotLives) {
  merger.apply(fork(task(60, 600, {50, 500}, "sshd", 3), {50, 500}, 3, "sshd"));
  const Slot old = table.find(60);
  merger.apply(exit(task(60, 600, {50, 500}, "sshd", 3)));
  table.remove(old);
  runs(task(50, 500, {1, 10}, "sshd", 3), "/usr/sbin/sshd");
  runs(task(70, 700, {50, 500}, "new", 4), "/bin/new");
  const auto totals = resync();
  EXPECT_EQ(table.find(70), old) << "or it shows nothing";
  EXPECT_EQ(totals.added, 1U);
  EXPECT_EQ(totals.exited, 0U);
  EXPECT_FALSE(table[table.find(70)].exited);
}

TEST_F(MergerResyncTest, WhoIsAsTheTableHasItNeedsNoMoreThanItsKey) {
  EXPECT_TRUE(merger.knows(running(task(50, 500, {1, 10}, "sshd", 3), "/usr/sbin/sshd")));
  EXPECT_FALSE(merger.knows(running(task(50, 500, {1, 10}, "sshd", 4), "/usr/sbin/sshd")));
  EXPECT_FALSE(merger.knows(running(task(60, 600, {1, 10}, "sshd", 3), "/usr/sbin/sshd")));
  tasks.add_known({50, 500});
  EXPECT_EQ(resync().exited, 0U);
}

TEST_F(MergerResyncTest, AProcessThatTheIteratorHidesLives) {
  hidden = {50, 500};
  EXPECT_EQ(resync().exited, 0U);
  EXPECT_FALSE(table[table.find(50)].exited);
}

TEST_F(MergerResyncTest, AMissedExecIsCorrected) {
  runs(task(50, 500, {1, 10}, "nginx", 4), "/usr/sbin/nginx");
  EXPECT_EQ(resync().corrected, 1U);
  EXPECT_EQ(table.exe(table.find(50)), "/usr/sbin/nginx");
}

TEST_F(MergerResyncTest, WhatIsKnownBetterOrBornLaterIsLeftAlone) {
  merger.apply(exec(task(50, 500, {1, 10}, "new", 7), "/bin/new"));
  runs(task(50, 500, {1, 10}, "sshd", 3), "/usr/sbin/sshd");     // looked at before that exec
  runs(task(70, kBegan + 1, {1, 10}, "init", 1), "/sbin/init");  // its fork event is still to come
  const auto totals = resync();
  EXPECT_EQ(totals.added + totals.exited + totals.corrected, 0U);
  EXPECT_EQ(table.comm(table.find(50)), "new");
  EXPECT_EQ(table.find(70), kNoSlot);
}

TEST_F(MergerResyncTest, AnExitRevealsAMissedExec) {
  merger.apply(exit(task(50, 500, {1, 10}, "evil", 9)));
  EXPECT_EQ(table.comm(table.find(50)), "evil");
  EXPECT_EQ(table.exe(table.find(50)), "");
}

}  // namespace
}  // namespace proctree
