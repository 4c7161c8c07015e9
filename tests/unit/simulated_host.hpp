// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A host of the test's own: what its processes do is known, whatever of it is reported.
#pragma once

#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "base/boot_clock.hpp"
#include "fake_source.hpp"

namespace proctree {

// One process, forever. Index 0 is pid 1.
struct Life {
  ProcKey key;
  std::size_t creator = 0;
  std::size_t first_parent = 0;  // the kernel's at its birth: its creator, or with CLONE_PARENT the creator's
  std::size_t parent = 0;        // and now: that one or, once it has ended, pid 1
  std::string comm;
  std::string exe;
  std::uint64_t exec_seq = 1;
  std::uint32_t uid = 0;          // now
  std::uint32_t uid_at_fork = 0;  // its creator's, when it forked
  bool ended = false;
  bool reaped = false;
};

// A process above another, as it was when something happened.
struct TrueAncestor {
  ProcKey key;
  std::string comm;
  std::string exe;
  bool ended = false;
  std::uint32_t uid = 0;  // that it acted as when it forked the one before
};

// A history takes less than two minutes, and is to lie in the past.
inline std::uint64_t two_minutes_ago() {
  constexpr std::uint64_t kTwoMinutes = 120'000'000'000;
  const std::uint64_t now = boot_now_ns();
  EXPECT_GT(now, kTwoMinutes) << "this host has not run for as long yet";
  return now - kTwoMinutes;
}

class SimulatedHost {
 public:
  // Of one seed all histories are alike, whenever they began.
  explicit SimulatedHost(std::uint32_t seed, std::uint64_t began_ns = two_minutes_ago())
      : random_(seed), now_ns_(began_ns) {
    lives_.push_back({{1, now()}, 0, 0, 0, "init", "/sbin/init", 1, 0, 0, false, false});
  }

  // Something that a host's processes do.
  void step() {
    const std::size_t who = any_living();
    switch (pick(9)) {
      case 0:
      case 1:
      case 2:
        fork(who, pick(8) == 0 && who != 0);
        break;
      case 3:
      case 4:
        exec(who);
        break;
      case 5:
      case 6:
        if (who != 0) exit(who);
        break;
      case 7:
        lives_[who].uid = pick(3);  // no event reports it
        break;
      default:
        reap(who);
    }
  }
  void steps(std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) step();
  }
  // Until the next call with false, events are lost.
  void lose(bool losing) {
    losing_ = losing;
    if (losing || lost_ == 0) return;
    push(LostEvent{lost_, 1, 2}, 0);
    lost_ = 0;
  }
  // Who runs now, for the source's next snapshot.
  void show_tasks() {
    source.tasks.clear();
    for (const Life& life : lives_) {
      if (life.reaped) continue;
      SnapshotTask task;
      task.ktime_ns = now_ns_;
      task.task = facts_of(life);
      task.task.dead = life.ended;
      task.image.exe = life.exe;
      source.tasks.push_back(task);
    }
  }

  [[nodiscard]] const std::deque<Life>& lives() const { return lives_; }
  // Of the process that the event was about, nearest first, when it happened.
  [[nodiscard]] const std::vector<TrueAncestor>& ancestors_at(std::uint64_t event) const {
    return truth_[event];
  }
  [[nodiscard]] const Life* find(const ProcKey& key) const {
    for (const Life& life : lives_) {
      if (life.key == key) return &life;
    }
    return nullptr;
  }
  std::uint32_t pick(std::uint32_t below) { return static_cast<std::uint32_t>(random_() % below); }

  // Boot time, nothing twice in a tick.
  std::uint64_t now() { return now_ns_ += kTickNs + 1; }

  FakeSource source;
  std::uint64_t happened = 0;  // forks, execs, exits

 private:
  std::size_t any_living() {
    for (;;) {
      const std::size_t who = pick(static_cast<std::uint32_t>(lives_.size()));
      if (!lives_[who].ended) return who;
    }
  }
  [[nodiscard]] bool is_held(std::uint32_t pid) const {
    for (const Life& life : lives_) {
      if (life.key.pid == pid && !life.reaped) return true;
    }
    return false;
  }

  [[nodiscard]] TaskFacts facts_of(const Life& life) const {
    TaskFacts facts;
    facts.self = life.key;
    if (&life != &lives_.front()) facts.parent = lives_[life.parent].key;
    facts.comm = life.comm;
    facts.exec_seq = life.exec_seq;
    facts.uid = life.uid;
    return facts;
  }
  void push(Event event, std::size_t who) {
    source.events.push_back(std::move(event));
    std::vector<TrueAncestor> above;
    for (std::size_t at = who; at != 0; at = lives_[at].creator) {
      const Life& life = lives_[lives_[at].creator];
      above.push_back({life.key, life.comm, life.exe, life.ended, lives_[at].uid_at_fork});
    }
    truth_.push_back(std::move(above));
  }
  void report(Event event, std::size_t who) {
    ++happened;
    if (losing_)
      ++lost_;
    else
      push(std::move(event), who);
  }
  // Events view texts: each that ever was stays.
  std::string_view keep(const std::string& text) { return texts_.emplace_back(text); }
  TaskFacts reported_facts(std::size_t who) {
    TaskFacts facts = facts_of(lives_[who]);
    facts.comm = keep(lives_[who].comm);
    return facts;
  }

  void fork(std::size_t who, bool for_the_parent) {
    constexpr std::uint32_t kPids = 24;
    const std::uint32_t pid = 2 + pick(kPids);
    if (is_held(pid)) return;
    Life child = lives_[who];
    child.key = {pid, now()};
    child.creator = who;
    child.uid_at_fork = child.uid;
    child.first_parent = child.parent = for_the_parent ? lives_[who].parent : who;
    lives_.push_back(child);
    ForkEvent event;
    event.ktime_ns = child.key.start_ns;
    event.child = reported_facts(lives_.size() - 1);
    event.creator = lives_[who].key;
    event.creator_exec_seq = lives_[who].exec_seq;
    event.creator_comm = keep(lives_[who].comm);
    report(event, lives_.size() - 1);
  }
  void exec(std::size_t who) {
    Life& life = lives_[who];
    ++life.exec_seq;
    life.comm = "p" + std::to_string(pick(4));
    life.exe = "/bin/" + life.comm;
    ExecEvent event;
    event.ktime_ns = now();
    event.task = reported_facts(who);
    event.image.exe = keep(life.exe);
    report(event, who);
  }
  // What is left of it goes when its parent waits; its children are pid 1's from now on.
  void exit(std::size_t who) {
    ExitEvent event;
    event.ktime_ns = now();
    event.task = reported_facts(who);
    lives_[who].ended = true;
    report(event, who);
    for (Life& life : lives_) {
      if (life.parent != who || life.reaped || &life == &lives_.front()) continue;
      life.parent = 0;
      life.reaped = life.ended;
    }
    lives_[who].reaped = lives_[who].parent == 0;
  }
  void reap(std::size_t parent) {
    for (Life& life : lives_) {
      if (life.parent == parent && life.ended) life.reaped = true;
    }
  }

  std::mt19937 random_;
  std::uint64_t now_ns_;
  std::deque<Life> lives_;
  std::deque<std::string> texts_;
  std::deque<std::vector<TrueAncestor>> truth_;  // by event
  bool losing_ = false;
  std::uint64_t lost_ = 0;
};

}  // namespace proctree
