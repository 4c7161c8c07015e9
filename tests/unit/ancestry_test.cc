// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "tree/lineage.hpp"

namespace proctree {
namespace {

struct NumberNames {
  std::string text;
  std::string_view name(std::uint32_t uid) { return text = std::to_string(uid); }
};

std::string all_of(const Ancestor& of) {
  std::ostringstream out;
  out << of.key.pid << ' ' << of.key.start_ns << ' ' << of.known << of.named << of.exited << of.forked_as
      << ' ' << edge_name(of.edge) << ' ' << of.folded << ' ' << of.uid << ' ' << of.user << '|' << of.comm
      << '|' << of.exe << '|' << of.forked_as_comm << '|' << of.forked_as_exe;
  return out.str();
}

std::string bytes_of(const AncestorNumbers& numbers) {
  return {reinterpret_cast<const char*>(&numbers), sizeof numbers};
}

TEST(Images, AnIdIsUsedAgainASerialIsNot) {
  Images images;
  const ImageId first = images.acquire({"sh", "/bin/sh", 1});
  const std::uint64_t generation = images.generation(first);
  EXPECT_EQ(images.generation(images.acquire({"sh", "/bin/sh", 1})), generation);
  images.release(first);
  images.release(first);
  const ImageId second = images.acquire({"cat", "/bin/cat", 1});
  ASSERT_EQ(second, first) << "else this shows nothing";
  EXPECT_NE(images.generation(second), generation);
  EXPECT_NE(images.generation(second), 0U);
  EXPECT_EQ(images.generation(kNoImage), 0U);
}

// Whatever is retained by an ancestor's numbers is written again where they are the same: all of it must be.
TEST(Ancestry, SameNumbersSameAncestor) {
  constexpr int kRounds = 20'000;
  constexpr std::uint32_t kPids = 12;
  Retention retention;
  retention.exited_max = 8;  // so that slots and images are given up and used again
  ProcessTable table(retention);
  NumberNames names;
  std::mt19937 random(7);
  const auto pick = [&random](std::uint32_t below) { return static_cast<std::uint32_t>(random() % below); };
  const Slot init = table.insert({1, 1}, kNoSlot, Edge::snapshot);
  table.set_root(init);
  table.set_image(init, {"init", "/sbin/init", 1});

  std::map<std::string, std::string> found;
  std::size_t again = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto now = static_cast<std::uint64_t>(round) + 2;
    const Slot at = table.find(1 + pick(kPids));
    if (at == kNoSlot) continue;
    switch (pick(5)) {
      case 0:
      case 1:
        table.insert({2 + pick(kPids), now}, at, static_cast<Edge>(pick(3)));
        break;
      case 2: {
        const std::string name = "p" + std::to_string(pick(3));
        table.set_image(at, {name, "/bin/" + name, pick(4)});
        break;
      }
      case 3:
        table.set_uid(at, pick(2));
        break;
      default:
        if (at != init) table.mark_exited(at, now);
        table.expire(now);
    }
    AncestryWalk walk(table, names, table.find(1 + pick(kPids)), LossScope{});
    while (walk.step()) {
      const std::string ancestor = all_of(walk.ancestor());
      const auto [known, is_new] = found.emplace(bytes_of(walk.numbers()), ancestor);
      again += is_new ? 0 : 1;
      ASSERT_EQ(known->second, ancestor) << "round " << round;
    }
  }
  EXPECT_GT(found.size(), 1000U);
  EXPECT_GT(again, 1000U);
}

}  // namespace
}  // namespace proctree
