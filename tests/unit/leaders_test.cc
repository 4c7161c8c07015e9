// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/leaders.hpp"

#include <gtest/gtest.h>

namespace proctree {
namespace {

class LeadersTest : public testing::Test {
 protected:
  LeadersTest() {
    shell_ = table_.insert({10, 100}, kNoSlot, Edge::observed);
    table_.set_image(shell_, {"bash", "/bin/bash", 3});
    child_ = table_.insert({11, 200}, shell_, Edge::observed);
  }
  Leader session(Slot slot, std::uint32_t sid, const LossScope& lost = {}) const {
    return leader_of(table_, slot, sid, Led::session, lost);
  }

  ProcessTable table_;
  Slot shell_ = kNoSlot;
  Slot child_ = kNoSlot;
};

TEST_F(LeadersTest, IsTheProcessOfThatNumber) {
  const Leader leader = session(child_, 10);
  EXPECT_EQ(leader.key, (ProcKey{10, 100}));
  EXPECT_EQ(leader.comm, "bash");
  EXPECT_EQ(leader.exe, "/bin/bash");
  EXPECT_EQ(session(child_, 11).key, (ProcKey{11, 200})) << "itself";
}

TEST_F(LeadersTest, IsNotKnownWhereNoneWithThatNumberIs) {
  EXPECT_EQ(session(child_, 77).key.pid, 0U);
  EXPECT_EQ(session(child_, 0).key.pid, 0U) << "of a kernel thread";
  table_.insert_placeholder({78, 50});
  EXPECT_EQ(session(child_, 78).key.pid, 0U) << "named by others alone";
}

// Whether it led shows as it ends; else the number may have been another's before.
TEST_F(LeadersTest, OfTheDeadOnlyThoseThatLed) {
  table_.set_led(shell_, true, false);
  table_.mark_exited(shell_, 300);
  EXPECT_EQ(session(child_, 10).key, (ProcKey{10, 100}));
  EXPECT_EQ(leader_of(table_, child_, 10, Led::group, {}).key.pid, 0U);
}

TEST_F(LeadersTest, IsNotKnownWhileEventsAreLost) {
  LossScope lost;
  lost.all = true;
  EXPECT_EQ(session(child_, 10, lost).key.pid, 0U);
  EXPECT_EQ(session(shell_, 10, lost).key, (ProcKey{10, 100})) << "who leads itself is sure";
}

}  // namespace
}  // namespace proctree
