// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// handle_events: what each event does, on stores of each kind, in order and late.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "library_fixture.hpp"

namespace proctree {
namespace {

template <class Stores>
class EventsOn : public OnFakeProc<typename Stores::first_type, typename Stores::second_type> {};

using EventStores = testing::Types<std::pair<DefaultTree, DefaultCache>, std::pair<PlainTree, PlainCache>,
                                   std::pair<RichTree, PlainCache>, std::pair<DefaultTree, PlainCache>>;
TYPED_TEST_SUITE(EventsOn, EventStores);

TYPED_TEST(EventsOn, ForkInsertsTheChildWithoutAName) {
  this->happens({Fork{200, 100, 0}, Fork{201, 100, 1}, Fork{300, 200, 2}});
  EXPECT_EQ(this->tree_.get_node(200), (PidNode{100, ""}));
  EXPECT_EQ(this->tree_.get_node(100), std::nullopt);
  EXPECT_EQ(children(this->tree_, 100), (Pids{200, 201}));
  EXPECT_EQ(descendants(this->tree_, 100), (Pids{200, 201, 300}));
  EXPECT_EQ(tree_len(this->tree_), 3U);
}

TYPED_TEST(EventsOn, ExecReadsProcAgainIntoTreeAndCache) {
  this->runs({.pid = 100, .comm = "sshd", .ppid = 1, .start_ticks = 50});
  this->happens({Fork{200, 100, this->ns(60)}});
  this->cache_.insert_info(200, {"sshd", "nobody", 100, 200, this->ns(60)});
  this->runs({.pid = 200, .comm = "bash", .ppid = 100, .start_ticks = 60});
  this->happens({Exec{200, this->ns(61)}});
  EXPECT_EQ(this->tree_.get_node(200), (PidNode{100, "bash"}));
  EXPECT_EQ(this->cache_.get_info(200), (ProcInfo{"bash", "root", 100, 200, this->ns(60)}));
}

TYPED_TEST(EventsOn, ExecOfAProcessThatWasNeverReported) {
  this->runs({.pid = 200, .comm = "bash", .ppid = 100, .start_ticks = 60, .uid = 4'000'123});
  this->happens({Exec{200, 0}});
  EXPECT_EQ(this->tree_.get_node(200), (PidNode{100, "bash"}));
  EXPECT_EQ(this->cache_.get_info(200)->user, "4000123") << "a uid without a name";
}

TYPED_TEST(EventsOn, ExecOfAProcessThatIsGoneKeepsItsParent) {
  this->happens({Fork{200, 100, 0}, Exec{200, 0}});
  EXPECT_EQ(this->tree_.get_node(200), (PidNode{100, "unknown"}));
  this->happens({Exec{201, 0}});
  EXPECT_EQ(this->tree_.get_node(201), (PidNode{0, "unknown"}));
}

TYPED_TEST(EventsOn, ExitKeepsTheNodeAndTheCreatorOfItsChildren) {
  this->happens({Fork{200, 100, 0}, Fork{300, 200, 0}});
  this->tree_.insert_node(200, {100, "bash"});
  this->cache_.insert_info(200, {"bash", "alice", 100, 200, 0});
  this->happens({Exit{200}, Exit{200}, Exit{4711}});
  EXPECT_EQ(this->tree_.get_node(200), (PidNode{100, "bash"}));
  EXPECT_EQ(this->tree_.get_node(300)->ppid, 200U);
  EXPECT_EQ(this->chain(300), "300|bash|alice;200|bash|alice;100|unknown|unknown");
  EXPECT_EQ(this->cache_.get_info(200)->user, "alice");
  EXPECT_EQ(this->resolved(200)->cmd, "bash") << "of what has ended the cache tells";
}

TYPED_TEST(EventsOn, ThreadsAreNoProcesses) {
  this->runs({.pid = 200, .comm = "java"});
  this->proc_.write("201/stat", FakeProcess{.pid = 201, .comm = "GC"}.stat());
  std::string status = FakeProcess{.pid = 201}.status();
  status.replace(status.find("Tgid:\t201"), 9, "Tgid:\t200");
  this->proc_.write("201/status", status);
  this->happens({Exec{201, 0}, Exit{201}});
  EXPECT_EQ(this->tree_.get_node(201), std::nullopt);
  EXPECT_EQ(this->resolved(201), std::nullopt);
  this->take_snapshot();
  EXPECT_EQ(this->tree_.get_node(201), std::nullopt);
  EXPECT_TRUE(this->tree_.get_node(200));
}

TYPED_TEST(EventsOn, NobodyIsAskedForPidZero) {
  this->happens({Fork{0, 5, 1}, Exec{0, 1}, Exit{0}});
  EXPECT_EQ(tree_len(this->tree_), 0U);
  this->happens({Fork{kMaxPid, kMaxPid - 1, 1}});
  EXPECT_EQ(this->tree_.get_node(kMaxPid), (PidNode{kMaxPid - 1, ""}));
}

TYPED_TEST(EventsOn, AChildBornWithADeadProcessesPidHasNothingOfIt) {
  this->cache_.insert_info(200, {"passwd", "root", 100, 200, this->ns(10)});
  this->cache_.insert_info(500, {"sh", "bob", 1, 500, this->ns(5)});
  this->happens({Fork{200, 500, this->ns(99)}});
  EXPECT_EQ(this->resolved(200)->user, "bob");
  this->happens({Fork{200, 501, this->ns(120)}});
  EXPECT_EQ(this->resolved(200)->user, "unknown") << "its creator's aren't known either";
}

TYPED_TEST(EventsOn, NothingHappens) {
  this->happens({});
  EXPECT_EQ(tree_len(this->tree_), 0U);
}

TYPED_TEST(EventsOn, WithoutAnyProc) {
  const std::string nowhere = this->proc_.path("nowhere");
  handle_events(this->tree_, this->cache_, {Fork{200, 100, 0}, Exec{200, 0}, Exit{200}}, nowhere);
  EXPECT_EQ(this->tree_.get_node(200), (PidNode{100, "unknown"}));
  snapshot(this->tree_, this->cache_, nowhere);
  EXPECT_EQ(tree_len(this->tree_), 1U);
  EXPECT_EQ(resolve(this->cache_, 200, nowhere), std::nullopt);
}

// --- what only a store that knows start times can distinguish

class Events : public OnFakeProc<DefaultTree, DefaultCache> {};

TEST_F(Events, AReusedPidIsNobodysAncestor) {
  happens({Fork{200, 100, ns(20)}, Fork{300, 200, ns(30)}, Exit{200}, Fork{200, 999, ns(40)}});
  EXPECT_EQ(children(tree_, 200), Pids{});
  EXPECT_EQ(children(tree_, 999), Pids{200});
  EXPECT_EQ(chain(300), "300|unknown|unknown;200|unknown|unknown;100|unknown|unknown");
}

TEST_F(Events, AReusedPidWhoseExitWasLost) {
  happens({Fork{200, 100, ns(20)}, Fork{300, 200, ns(30)}, Fork{200, 300, ns(40)}});
  EXPECT_EQ(descendants(tree_, 300), Pids{200}) << "no cycle";
  EXPECT_EQ(descendants(tree_, 100), (Pids{300, 200}));
  EXPECT_EQ(display(tree_, 100), "unknown");
  EXPECT_EQ(build_chain(tree_, cache_, 200, proc_.root()).size(), 4U);
}

TEST_F(Events, ALateForkDoesNotTouchTheProcessThatIsThereAlready) {
  runs({.pid = 1, .comm = "init", .ppid = 0, .start_ticks = 1});
  runs({.pid = 200, .comm = "bash", .ppid = 1, .start_ticks = 60});
  take_snapshot();
  happens({Fork{200, 100, ns(60) + 9'990'000}});
  EXPECT_EQ(tree_.get_node(200), (PidNode{100, "bash"})) << "its name stays, its creator is known better";
  EXPECT_EQ(tree_.size(), 2U);
  EXPECT_EQ(resolved(200)->cmd, "bash");
  happens({Fork{200, 100, ns(61) + 1000}});
  EXPECT_EQ(tree_.size(), 2U) << "told in the clock tick after its start";
}

TEST_F(Events, ALateForkOfAFormerOwnerIsNotThePresentOne) {
  runs({.pid = 1, .comm = "init", .ppid = 0, .start_ticks = 1});
  runs({.pid = 200, .comm = "new", .ppid = 1, .start_ticks = 600});
  take_snapshot();
  happens({Fork{200, 100, ns(50)}});
  EXPECT_EQ(tree_.get_node(200), (PidNode{1, "new"}));
  happens({Fork{300, 200, ns(55)}});
  EXPECT_EQ(children(tree_, 200), Pids{}) << "its creator is the former owner";
  EXPECT_EQ(chain(300), "300|unknown|unknown;200|unknown|unknown;100|unknown|unknown");
  EXPECT_EQ(chain(200), "200|new|root;1|init|root");
}

TEST_F(Events, AForkReportedAfterItsExitDoesNotLiveAgain) {
  happens({Fork{200, 100, ns(20)}, Exit{200}, Fork{200, 100, ns(20) + 5}});
  EXPECT_EQ(tree_.living_pids(), Pids{});
  EXPECT_EQ(tree_.size(), 1U);
}

TEST_F(Events, ALateExitLeavesThePidsNextOwnerAlone) {
  happens({Fork{200, 100, ns(20)}});
  runs({.pid = 200, .comm = "next", .ppid = 1, .start_ticks = 500});
  happens({Fork{200, 1, ns(500)}, Exec{200, ns(501)}, Exit{200}});
  EXPECT_EQ(tree_.living_pids(), Pids{200});
  EXPECT_EQ(tree_.get_node(200), (PidNode{1, "next"}));
  EXPECT_EQ(resolved(200)->cmd, "next");
}

TEST_F(Events, AnExitBeforeTheForkOfTheNextOwnerIsReported) {
  happens({Fork{200, 100, ns(20)}});
  runs({.pid = 200, .comm = "next", .ppid = 1, .start_ticks = 500});  // /proc is ahead of the events
  happens({Exit{200}});
  EXPECT_EQ(tree_.living_pids(), Pids{});
  happens({Fork{200, 1, ns(500)}});
  EXPECT_EQ(tree_.living_pids(), Pids{200});
}

TEST_F(Events, AnExitThatProcShowsInTheMidstOfIt) {
  runs({.pid = 200, .comm = "bash", .ppid = 1, .start_ticks = 60});
  take_snapshot();
  runs({.pid = 200,
        .comm = "bash",
        .ppid = 1,
        .start_ticks = 60,
        .flags = 0x400004,
        .state = 'R'});  // PF_EXITING
  happens({Exit{200}});
  EXPECT_EQ(tree_.living_pids(), Pids{});
}

TEST_F(Events, AnExitOfAZombie) {
  runs({.pid = 200, .comm = "bash", .ppid = 1, .start_ticks = 60});
  take_snapshot();
  runs({.pid = 200, .comm = "bash", .ppid = 1, .start_ticks = 60, .state = 'Z'});
  happens({Exit{200}});
  EXPECT_EQ(tree_.living_pids(), Pids{});
}

TEST_F(Events, ALeaderThatEndedBeforeItsThreadsIsNoExit) {
  runs({.pid = 200, .comm = "java", .ppid = 1, .start_ticks = 60});
  take_snapshot();
  runs({.pid = 200,
        .comm = "java",
        .ppid = 1,
        .start_ticks = 60,
        .flags = 0x400004,
        .state = 'Z',
        .threads = 3});
  happens({Exit{200}});
  EXPECT_EQ(tree_.living_pids(), Pids{200});
}

TEST_F(Events, ExecOfAReusedPidWhoseForkWasLost) {
  runs({.pid = 200, .comm = "old", .ppid = 100, .start_ticks = 60});
  happens({Exec{200, 0}, Fork{300, 200, ns(70)}});
  runs({.pid = 200, .comm = "new", .ppid = 1, .start_ticks = 900});
  happens({Exec{200, 0}});
  EXPECT_EQ(tree_.get_node(200), (PidNode{1, "new"}));
  EXPECT_EQ(children(tree_, 200), Pids{});
  EXPECT_EQ(tree_.get_node(300)->ppid, 200U);
  EXPECT_EQ(chain(300), "300|old|unknown;200|old|unknown;100|unknown|unknown") << "not the new owner's user";
}

TEST_F(Events, ExecUnderAParentWhosePidWasReusedUnobserved) {
  runs({.pid = 100, .comm = "old", .ppid = 1, .start_ticks = 10});
  happens({Exec{100, 0}});
  runs({.pid = 100, .comm = "new", .ppid = 1, .start_ticks = 500});
  runs({.pid = 200, .comm = "child", .ppid = 100, .start_ticks = 600});
  happens({Exec{200, 0}});
  EXPECT_EQ(chain(200), "200|child|root;100|new|root;1|unknown|unknown");
  EXPECT_EQ(children(tree_, 100), Pids{200});
}

TEST_F(Events, TheCreatorStaysThoughProcNamesTheReaper) {
  runs({.pid = 1, .comm = "init", .ppid = 0, .start_ticks = 1});
  runs({.pid = 100, .comm = "sh", .ppid = 1, .start_ticks = 10});
  take_snapshot();
  is_gone(100);
  happens({Fork{200, 100, ns(20)}, Exit{100}});
  runs({.pid = 200, .comm = "daemon", .ppid = 1, .start_ticks = 20});
  happens({Exec{200, ns(21)}});
  EXPECT_EQ(tree_.get_node(200), (PidNode{100, "daemon"}));
  EXPECT_EQ(chain(200), "200|daemon|root;100|sh|root;1|init|root");
  EXPECT_EQ(display(tree_, 1), "init(1)\n└─sh(100) <exited>\n  └─daemon(200)");
  EXPECT_EQ(children(tree_, 1), Pids{});
  EXPECT_EQ(descendants(tree_, 1), Pids{200});
}

TEST_F(Events, TheCreatorStaysThoughItsPidIsAnothersNow) {
  runs({.pid = 1, .comm = "init", .ppid = 0, .start_ticks = 1});
  runs({.pid = 100, .comm = "sh", .ppid = 1, .start_ticks = 10});
  take_snapshot();
  happens({Fork{200, 100, ns(20)}});
  runs({.pid = 100, .comm = "other", .ppid = 1, .start_ticks = 400});
  runs({.pid = 200, .comm = "daemon", .ppid = 1, .start_ticks = 20});
  happens({Exec{200, ns(401)}});
  EXPECT_EQ(chain(200), "200|daemon|root;100|sh|root;1|init|root");
}

TEST_F(Events, ExecOfAProcessThatHasEndedDoesNotLiveAgain) {
  happens({Fork{200, 100, ns(20)}, Exit{200}, Exec{200, ns(21)}});
  EXPECT_EQ(tree_.get_node(200), (PidNode{100, "unknown"}));
  EXPECT_EQ(tree_.living_pids(), Pids{});
}

TEST_F(Events, AForkedProcessHasItsCreatorsName) {
  tree_.insert_node(100, {1, "nginx"});
  happens({Fork{200, 100, 0}, Fork{300, 200, 0}});
  EXPECT_EQ(tree_.get_node(300)->cmd, "");
  EXPECT_EQ(display(tree_, 100), "nginx(100)\n└─nginx(200)\n  └─nginx(300)");
  EXPECT_EQ(find_by_cmd(tree_, "nginx"), (Pids{100, 200, 300}));
  EXPECT_TRUE(is_descendant(tree_, 300, "nginx"));
  // That of its birth, whatever the creator is called later.
  tree_.insert_node(100, {1, "renamed"});
  EXPECT_EQ(find_by_cmd(tree_, "nginx"), (Pids{200, 300}));
}

TEST_F(Events, ACreatorSeenAfterItsChildren) {
  happens({Fork{200, 100, ns(20)}});
  runs({.pid = 100, .comm = "sh", .ppid = 1, .start_ticks = 10});
  happens({Exec{100, ns(11)}});
  EXPECT_EQ(children(tree_, 100), Pids{200});
  runs({.pid = 100, .comm = "young", .ppid = 1, .start_ticks = 800});
  happens({Exec{100, ns(801)}});
  EXPECT_EQ(children(tree_, 100), Pids{}) << "it is younger than the child";
}

TEST_F(Events, AYoungProcessIsNotTheCreatorThatOldChildrenNamed) {
  happens({Fork{200, 100, ns(20)}, Fork{100, 1, ns(500)}});
  EXPECT_EQ(children(tree_, 100), Pids{});
  EXPECT_EQ(tree_.get_node(200)->ppid, 100U);
}

TEST_F(Events, ManyForksOfOneParent) {
  std::vector<ProcEvent> events;
  for (std::uint32_t i = 0; i < 10'000; ++i) events.emplace_back(Fork{1000 + i, 1, i});
  handle_events(tree_, cache_, events, proc_.root());
  EXPECT_EQ(children(tree_, 1).size(), 10'000U);
  EXPECT_EQ(tree_.size(), 10'000U);
}

// --- on real processes

TEST(EventsOfThisHost, ForkExecExit) {
  const DefaultTree tree;
  const DefaultCache cache;
  snapshot(tree, cache);
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(pipe[0], 0);
    ::close(pipe[1]);
    ::execl("/bin/cat", "cat", nullptr);
    ::_exit(127);
  }
  ::close(pipe[0]);
  const auto pid = static_cast<std::uint32_t>(child);
  const auto self = static_cast<std::uint32_t>(::getpid());
  handle_events(tree, cache, {Fork{pid, self, 0}});
  EXPECT_EQ(tree.get_node(pid), (PidNode{self, ""}));
  for (int i = 0; i < 5000 && proc::read_proc_comm(pid) != "cat"; ++i) ::usleep(1000);
  handle_events(tree, cache, {Exec{pid, 0}});
  EXPECT_EQ(tree.get_node(pid), (PidNode{self, "cat"}));
  EXPECT_EQ(cache.get_info(pid)->ppid, self);
  EXPECT_EQ(cache.get_info(pid)->start_time_ns, proc::read_proc_start_time_ns(pid));
  EXPECT_EQ(children(tree, self), Pids{pid});
  handle_events(tree, cache, {Exit{pid}});
  EXPECT_EQ(children(tree, self), Pids{pid}) << "it lives: that was the exit of another";
  ::close(pipe[1]);
  ::waitpid(child, nullptr, 0);
  handle_events(tree, cache, {Exit{pid}});
  EXPECT_EQ(children(tree, self), Pids{});
  EXPECT_EQ(build_chain(tree, cache, pid)[0].cmd, "cat");
  EXPECT_EQ(build_chain(tree, cache, pid)[1].pid, self);
}

}  // namespace
}  // namespace proctree
