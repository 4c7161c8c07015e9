// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Stores that several threads use at a time. What counts here is what ThreadSanitizer has to say.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "library/lock.hpp"
#include "library_fixture.hpp"

namespace proctree {
namespace {

constexpr std::uint32_t kTop = 10'000'000;

// Forks, execs and exits of a small tree under kTop, again and again with the same pids.
void write_events(const DefaultTree& tree, const DefaultCache& cache, const std::string& proc_root,
                  int rounds) {
  for (int round = 0; round < rounds; ++round) {
    for (std::uint32_t i = 1; i <= 50; ++i) {
      const std::uint32_t pid = kTop + i;
      const std::uint32_t parent = kTop + i / 3;
      handle_events(tree, cache, {Fork{pid, parent, 0}}, proc_root);
      tree.insert_node(pid, {parent, "worker"});
      cache.insert_info(pid, {"worker", "alice", parent, pid, 0});
      if (i % 2 == 0) handle_events(tree, cache, {Exec{pid, 0}, Exit{pid}}, proc_root);
    }
  }
}

TEST(Threads, ReadersWhileOneWriterAppliesEvents) {
  const TempTree proc;
  FakeProcess{.pid = 1, .comm = "init", .ppid = 0}.write_to(proc);
  const DefaultTree tree(500, std::chrono::seconds(60));
  const DefaultCache cache(500, std::chrono::seconds(60));
  tree.insert_node(kTop, {0, "top"});
  std::atomic<bool> stop = false;
  std::atomic<int> failures = 0;
  const auto reader = [&] {
    while (!stop) {
      for (std::uint32_t pid = kTop; pid <= kTop + 50; pid += 7) {
        const auto chain = build_chain(tree, cache, pid, proc.root());
        // Whatever the writer does meanwhile: it begins with the process and runs upwards.
        if (chain.empty() || chain.front().pid != pid) ++failures;
        for (std::size_t i = 1; i < chain.size(); ++i) {
          if (chain[i].pid >= chain[i - 1].pid) ++failures;
        }
        if (build_chain_string(tree, cache, pid, proc.root()).empty()) ++failures;
        const auto node = tree.get_node(pid);
        if (node && node->ppid >= pid) ++failures;
        const auto info = resolve(cache, pid, proc.root());
        if (info && info->tgid != pid) ++failures;
        static_cast<void>(is_descendant(tree, pid, "top"));
      }
      const Pids below = descendants(tree, kTop);
      if (below.size() > 50 || children(tree, kTop).size() > 3) ++failures;
      if (!display(tree, kTop).starts_with("top(10000000)")) ++failures;
      static_cast<void>(siblings(tree, kTop + 1));
      static_cast<void>(find_by_cmd(tree, "worker"));
      static_cast<void>(find_by_user(tree, cache, "alice", proc.root()));
      static_cast<void>(tree.all_pids());
      static_cast<void>(tree.contains(kTop + 1));
      if (tree_len(tree) > 600 || cache.size() > 600) ++failures;
    }
  };
  std::vector<std::thread> readers;
  readers.reserve(3);
  for (int i = 0; i < 3; ++i) readers.emplace_back(reader);
  write_events(tree, cache, proc.root(), 60);
  snapshot(tree, cache, proc.root());
  stop = true;
  for (std::thread& thread : readers) thread.join();
  EXPECT_EQ(failures, 0);
}

TEST(Threads, SeveralWritersAndSnapshots) {
  const TempTree proc;
  FakeProcess{.pid = 1, .comm = "init", .ppid = 0}.write_to(proc);
  const DefaultTree tree;
  const DefaultCache cache;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (std::uint32_t writer = 0; writer < 3; ++writer) {
    threads.emplace_back([&, writer] {
      for (std::uint32_t i = 0; i < 1000; ++i) {
        const std::uint32_t pid = kTop + 10'000 * writer + i;
        handle_events(tree, cache, {Fork{pid, pid - 1, 0}}, proc.root());
        tree.insert_node(pid, {pid - 1, "x"});
        cache.insert_info(pid, {"x", "u", pid - 1, pid, 0});
      }
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < 20; ++i) snapshot(tree, cache, proc.root());
  });
  for (std::thread& thread : threads) thread.join();
  // A snapshot takes for ended whom /proc doesn't show; who is inserted after that is the pid's next owner.
  EXPECT_EQ(tree.all_pids().size(), 3001U);
  EXPECT_GE(tree.size(), 3001U);
  EXPECT_EQ(cache.size(), 3001U);
  EXPECT_EQ(build_chain(tree, cache, kTop + 999, proc.root()).size(), 1001U);
}

TEST(Threads, CopiesComeAndGo) {
  const DefaultTree tree;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([tree] {
      for (std::uint32_t pid = 1; pid <= 1000; ++pid) {
        // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): copies come and go
        const DefaultTree copy = tree;
        copy.insert_node(pid, {pid - 1, "x"});
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(tree.size(), 1000U);
}

TEST(Lock, LetsOneInAtATimeAndEachInTheEnd) {
  detail::Lock lock;
  std::uint64_t count = 0;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 20'000; ++turn) {
        lock.lock();
        ++count;
        if (turn % 5000 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
        lock.unlock();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 80'000U);
}

// A reader that comes back at once each time, and a writer that needs its turn: it gets each of them soon,
// also where it has waited for so long that it sleeps.
TEST(Lock, WhoWaitsIsLetInBeforeWhoComesBack) {
  detail::Lock lock;
  std::atomic<bool> stop = false;
  std::atomic<std::uint64_t> busy_turns = 0;
  std::uint64_t count = 0;
  std::thread busy([&] {
    for (; !stop; ++busy_turns) {
      lock.lock();
      ++count;
      std::this_thread::sleep_for(std::chrono::microseconds(20));
      lock.unlock();
    }
  });
  for (int turn = 0; turn < 200; ++turn) {
    const std::uint64_t before = busy_turns;
    while (busy_turns == before) std::this_thread::yield();
    lock.lock();
    ++count;
    lock.unlock();
  }
  stop = true;
  busy.join();
  EXPECT_EQ(count, busy_turns + 200);
  // Without its turn a waiter would need some thousand of them each time; a busy host takes its cpu for some
  // hundred.
  EXPECT_LT(busy_turns, 200'000U) << "it came back a thousand times before the other was let in";
}

}  // namespace
}  // namespace proctree
