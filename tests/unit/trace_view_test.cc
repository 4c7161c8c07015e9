// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The library's operations on a running trace: the same results as from a DefaultTree with the same events.
#include "proctree/trace_view.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "procfs/users.hpp"
#include "proctree/proctree.hpp"
#include "temp_tree.hpp"
#include "tree/table.hpp"

namespace proctree {
namespace {

class TraceViewTest : public testing::Test {
 protected:
  TraceViewTest() : users_(passwd()) {}

  Slot begins(std::uint32_t pid, std::uint64_t start_ns, Slot creator, const std::string& comm) {
    const Slot slot = table_.insert({pid, start_ns}, creator, Edge::observed);
    if (creator == kNoSlot) table_.set_root(slot);
    table_.set_image(slot, {comm, "/bin/" + comm, start_ns});
    table_.set_uid(slot, pid % 2 == 0 ? 0 : 12345);
    return slot;
  }
  std::string passwd() {
    files_.write("passwd", "root:x:0:0::/root:/bin/sh\n");
    return files_.path("passwd");
  }
  std::string chain(std::uint32_t pid) { return build_chain_string(view_, view_, pid, files_.root()); }

  TempTree files_;
  ProcessTable table_;
  UserNames users_;
  TraceView view_{table_, users_};
};

TEST_F(TraceViewTest, ChainsFollowCreatorsAndNotPids) {
  const Slot init = begins(1, 1, kNoSlot, "init");
  const Slot shell = begins(100, 10, init, "sh");
  begins(200, 20, shell, "make");
  table_.mark_exited(shell, 30);
  begins(100, 40, init, "other");  // the shell's pid again
  EXPECT_EQ(chain(200), "200|make|root;100|sh|root;1|init|12345");
  EXPECT_EQ(chain(100), "100|other|root;1|init|12345");
  EXPECT_EQ(chain(300), "300|unknown|unknown");
  const std::vector<ProcessLink> links = build_chain(view_, view_, 300, files_.root());
  ASSERT_EQ(links.size(), 1U);
  EXPECT_EQ(links[0], (ProcessLink{300, "unknown", "unknown"}));
  EXPECT_EQ(children(view_, 100), std::vector<std::uint32_t>{});
  EXPECT_TRUE(is_descendant(view_, 200, "sh"));
  EXPECT_FALSE(is_descendant(view_, 200, "other"));
  EXPECT_EQ(display(view_, 1), "init(1)\n├─sh(100) <exited>\n│ └─make(200)\n└─other(100)");
  EXPECT_EQ(resolve(view_, 200, files_.root())->user, "root");
  EXPECT_EQ(find_by_user(view_, view_, "root", files_.root()), (std::vector<std::uint32_t>{100, 200}));
}

TEST_F(TraceViewTest, TakesWhatTheTraceHasNotSeen) {
  begins(1, 1, kNoSlot, "init");
  view_.insert_node(1, {7, "forged"});
  EXPECT_EQ(view_.get_node(1)->cmd, "init");
  view_.insert_info(50, {"late", "root", 1, 50, 77});
  EXPECT_EQ(chain(50), "50|late|root;1|init|12345");
  EXPECT_EQ(view_.get_info(50)->start_time_ns, 77U);
  EXPECT_EQ(table_[table_.find(50)].edge, Edge::inferred);
}

TEST_F(TraceViewTest, AnswersAsADefaultTreeDoes) {
  const DefaultTree other(100'000);
  std::mt19937 random(3);  // NOLINT(cert-msc51-cpp, cert-msc32-c)
  std::vector<std::uint32_t> pids = {1};
  begins(1, 1, kNoSlot, "init");
  other.insert_node(1, {0, "init"});
  for (std::uint32_t pid = 2; pid <= 2000; ++pid) {
    const std::uint32_t creator = pids[random() % pids.size()];
    const std::string comm = "c" + std::to_string(random() % 40);
    begins(pid, pid, table_.find(creator), comm);
    other.insert_node(pid, {creator, comm});
    pids.push_back(pid);
    if (random() % 3 != 0) continue;
    const std::uint32_t ends = pids[1 + random() % (pids.size() - 1)];
    table_.mark_exited(table_.find(ends), pid);
    other.mark_exited(ends);
  }
  EXPECT_EQ(tree_len(view_), tree_len(other));
  for (const std::uint32_t pid : pids) {
    ASSERT_EQ(view_.get_node(pid), other.get_node(pid));
    ASSERT_EQ(children(view_, pid), children(other, pid));
    ASSERT_EQ(siblings(view_, pid), siblings(other, pid));
    ASSERT_EQ(descendants(view_, pid), descendants(other, pid));
    ASSERT_EQ(is_descendant(view_, pid, "c7"), is_descendant(other, pid, "c7"));
    ASSERT_EQ(display(view_, pid), display(other, pid));
  }
  for (int i = 0; i < 41; ++i) {
    const std::string comm = "c" + std::to_string(i);
    EXPECT_EQ(find_by_cmd(view_, comm), find_by_cmd(other, comm));
    EXPECT_EQ(view_.pids_of_cmd(comm), other.pids_of_cmd(comm));
  }
}

}  // namespace
}  // namespace proctree
