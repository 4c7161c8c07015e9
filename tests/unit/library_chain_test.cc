// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Chains: links, escaping, what is known where, and pids that were another's.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "library_fixture.hpp"

namespace proctree {
namespace {

TEST(ProcessLink, AsText) {
  EXPECT_EQ(to_string(ProcessLink{200, "bash", "root"}), "200|bash|root");
  EXPECT_EQ(to_string(ProcessLink{0, "", ""}), "0||");
  EXPECT_EQ(to_string(ProcessLink{kMaxPid, "é✓", "ünal"}), "4294967295|é✓|ünal") << "valid UTF-8 stays";
  std::ostringstream out;
  out << ProcessLink{1, "a|b", "c;d"};
  EXPECT_EQ(out.str(), "1|a\\x7cb|c\\x3bd");
}

TEST(ProcessLink, CanBeCopiedAndCompared) {
  const ProcessLink link{1, "a", "b"};
  ProcessLink copy = link;
  EXPECT_EQ(copy, link);
  copy.cmd = "c";
  EXPECT_NE(copy, link);
  ProcEvent event = Fork{2, 1, 3};
  const ProcEvent other = event;
  EXPECT_EQ(std::get<Fork>(other).child_pid, 2U);
  event = Exit{2};
  EXPECT_TRUE(std::holds_alternative<Exit>(event));
}

// Whatever the bytes are and wherever they stand: a split gives back three fields of printable text.
TEST(ProcessLink, ASplitIsAlwaysRight) {
  std::vector<std::string> names;
  for (int byte = 0; byte < 256; ++byte) {
    for (const std::size_t length : {1U, 3U, 4U, 7U, 8U, 11U, 15U, 16U, 17U, 24U, 25U, 40U}) {
      for (const std::size_t at : {std::size_t{0}, length / 2, length - 1}) {
        std::string name(length, 'n');
        name[at] = static_cast<char>(byte);
        names.push_back(name);
      }
    }
  }
  for (const std::string& name : names) {
    const std::string text = to_string(ProcessLink{7, name, name});
    ASSERT_EQ(std::count(text.begin(), text.end(), '|'), 2) << text;
    ASSERT_EQ(text.find(';'), std::string::npos);
    ASSERT_TRUE(std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; })) << text;
    // Nothing is lost: what is escaped can be read back.
    std::string back;
    for (std::size_t i = 2; i < text.find('|', 2); ++i) {
      if (text[i] != '\\') {
        back += text[i];
        continue;
      }
      back += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
      i += 3;
    }
    ASSERT_EQ(back, name);
  }
}

template <class Stores>
class ChainOn : public OnFakeProc<typename Stores::first_type, typename Stores::second_type> {
 protected:
  void plant() {
    this->runs({.pid = 1, .comm = "systemd", .ppid = 0, .start_ticks = 2});
    this->runs({.pid = 100, .comm = "sshd", .ppid = 1, .start_ticks = 50});
    this->runs({.pid = 200, .comm = "bash", .ppid = 100, .start_ticks = 60, .uid = 4'000'123});
  }
};

using ChainStores = testing::Types<std::pair<DefaultTree, DefaultCache>, std::pair<PlainTree, PlainCache>,
                                   std::pair<DefaultTree, PlainCache>, std::pair<PlainTree, DefaultCache>>;
TYPED_TEST_SUITE(ChainOn, ChainStores);

TYPED_TEST(ChainOn, ChildFirst) {
  this->plant();
  this->take_snapshot();
  EXPECT_EQ(
      build_chain(this->tree_, this->cache_, 200, this->proc_.root()),
      (std::vector<ProcessLink>{{200, "bash", "4000123"}, {100, "sshd", "root"}, {1, "systemd", "root"}}));
  EXPECT_EQ(this->chain(200), "200|bash|4000123;100|sshd|root;1|systemd|root");
  EXPECT_EQ(this->chain(1), "1|systemd|root");
  std::string text = "chain: ";
  append_chain_string(text, this->tree_, this->cache_, 100, this->proc_.root());
  EXPECT_EQ(text, "chain: 100|sshd|root;1|systemd|root");
}

TYPED_TEST(ChainOn, OfNobody) {
  for (const std::uint32_t pid : {0U, 4711U, kMaxPid}) {
    EXPECT_EQ(build_chain(this->tree_, this->cache_, pid, this->proc_.root()),
              (std::vector<ProcessLink>{{pid, "unknown", "unknown"}}));
    EXPECT_EQ(this->chain(pid), std::to_string(pid) + "|unknown|unknown");
  }
}

TYPED_TEST(ChainOn, AnUnknownAncestorEndsIt) {
  this->tree_.insert_node(kB, {kA, "b"});
  this->cache_.insert_info(kB, {"b", "bob", kA, kB, 0});
  EXPECT_EQ(this->chain(kB), "5000002|b|bob;5000001|unknown|unknown");
}

TYPED_TEST(ChainOn, GoesOnInProcAboveWhatTheTreeKnows) {
  this->plant();
  EXPECT_EQ(this->chain(200), "200|bash|4000123;100|sshd|root;1|systemd|root") << "an empty tree";
  this->tree_.insert_node(300, {200, "vim"});
  EXPECT_EQ(this->chain(300), "300|vim|unknown;200|bash|4000123;100|sshd|root;1|systemd|root");
}

TYPED_TEST(ChainOn, CyclesEnd) {
  this->tree_.insert_node(kA, {kB, "a"});
  this->tree_.insert_node(kB, {kA, "b"});
  this->tree_.insert_node(kC, {kB, "c"});
  this->tree_.insert_node(kD, {kD, "self"});
  EXPECT_EQ(this->chain(kC), "5000003|c|unknown;5000002|b|unknown;5000001|a|unknown");
  EXPECT_EQ(this->chain(kA), "5000001|a|unknown;5000002|b|unknown");
  EXPECT_EQ(this->chain(kD), "5000004|self|unknown");
}

TYPED_TEST(ChainOn, AForkedProcessIsShownAsItsCreator) {
  this->plant();
  this->take_snapshot();
  this->happens({Fork{300, 200, this->ns(70)}, Fork{400, 300, this->ns(71)}});
  EXPECT_EQ(this->chain(400),
            "400|bash|4000123;300|bash|4000123;200|bash|4000123;100|sshd|root;1|systemd|root");
}

TYPED_TEST(ChainOn, ForgedLinksAreEscaped) {
  this->tree_.insert_node(kA, {0, "x|root;1|init"});
  this->cache_.insert_info(kA, {"", "a\nb", 0, kA, 0});
  EXPECT_EQ(this->chain(kA), "5000001|x\\x7croot\\x3b1\\x7cinit|a\\x0ab");
}

TYPED_TEST(ChainOn, AHundredThousandDeep) {
  constexpr std::uint32_t kDepth = 100'000;
  TypeParam stores;
  for (std::uint32_t pid = 1; pid <= kDepth; ++pid) {
    stores.first.insert_node(pid, {pid - 1, "x"});
    stores.second.insert_info(pid, {"x", "u", pid - 1, pid, 5});
  }
  const std::string text = build_chain_string(stores.first, stores.second, kDepth, this->proc_.root());
  EXPECT_EQ(std::count(text.begin(), text.end(), ';'), kDepth - 1);
  EXPECT_TRUE(text.starts_with("100000|x|u;99999|x|u;"));
  EXPECT_TRUE(text.ends_with(";1|x|u"));
}

// --- pids that were another's

class Chain : public ChainOn<std::pair<DefaultTree, DefaultCache>> {};

TEST_F(Chain, UsersAreThoseOfTheVeryProcess) {
  plant();
  take_snapshot();
  // 100 ends, and its pid goes to alice's process, which the cache comes to know.
  runs({.pid = 100, .comm = "other", .ppid = 1, .start_ticks = 900, .uid = 4'000'999});
  static_cast<void>(resolved(100));
  EXPECT_EQ(chain(200), "200|bash|4000123;100|sshd|unknown;1|systemd|root");
  happens({Fork{100, 1, ns(900)}, Exec{100, ns(901)}});
  EXPECT_EQ(chain(200), "200|bash|4000123;100|sshd|unknown;1|systemd|root");
  EXPECT_EQ(chain(100), "100|other|4000999;1|systemd|root");
}

TEST_F(Chain, WhatHasEndedKeepsItsUserAsLongAsTheCacheHasIt) {
  plant();
  take_snapshot();
  is_gone(100);
  is_gone(200);
  happens({Exit{100}, Exit{200}});
  EXPECT_EQ(chain(200), "200|bash|4000123;100|sshd|root;1|systemd|root");
  cache_ = DefaultCache();
  EXPECT_EQ(chain(200), "200|bash|unknown;100|sshd|unknown;1|systemd|root");
}

TEST_F(Chain, AboveTheTreeNoYoungerProcessStands) {
  plant();
  happens({Fork{300, 200, ns(30)}});  // when 200 was another process
  EXPECT_EQ(chain(300), "300|unknown|unknown;200|unknown|unknown");
}

TEST_F(Chain, InProcNoYoungerProcessStandsAboveEither) {
  plant();
  runs({.pid = 100, .comm = "young", .ppid = 1, .start_ticks = 8000});
  EXPECT_EQ(chain(200), "200|bash|4000123;100|unknown|unknown");
}

// Both ways to build one, on lines in which anything may be missing.
TEST_F(Chain, IsTheSameHoweverItIsFound) {
  std::uint64_t random = 5;
  const auto next = [&random](std::uint32_t below) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint32_t>((random >> 33) % below);
  };
  runs({.pid = 1, .comm = "init", .ppid = 0, .start_ticks = 1});
  for (std::uint32_t pid = 2; pid <= 120; ++pid) {
    if (next(6) != 0) {
      runs({.pid = pid,
            .comm = "c" + std::to_string(next(9)),
            .ppid = pid < 4 ? 1 : pid - 1 - next(3),
            .start_ticks = 10 * pid,
            .uid = 4'000'000 + next(4)});
    }
  }
  take_snapshot();
  for (std::uint32_t pid = 2; pid <= 120; ++pid) {
    if (next(5) == 0) happens({Exit{pid}});
    if (next(5) == 0) happens({Fork{pid, 1 + next(pid), ns(5000)}});
    if (next(5) == 0) cache_.insert_info(pid, {"cached", "u", 1, pid, ns(10 * pid)});
    if (next(7) == 0) is_gone(pid);
  }
  for (std::uint32_t pid = 0; pid <= 121; ++pid) {
    const auto links = build_chain(tree_, cache_, pid, proc_.root());
    std::string joined;
    for (const ProcessLink& link : links) joined += (joined.empty() ? "" : ";") + to_string(link);
    EXPECT_EQ(chain(pid), joined);
    // A cache that hides what it is: nothing is found under both locks at once.
    struct Hidden {
      const DefaultCache& cache;
      std::optional<ProcInfo> get_info(std::uint32_t asked) const { return cache.get_info(asked); }
      void insert_info(std::uint32_t asked, const ProcInfo& info) const { cache.insert_info(asked, info); }
    };
    EXPECT_EQ(build_chain_string(tree_, Hidden{cache_}, pid, proc_.root()), joined);
  }
}

}  // namespace
}  // namespace proctree
