// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tree/lineage.hpp"

namespace proctree {
namespace {

class Links {
 public:
  explicit Links(std::vector<LinkView> links) : links_(std::move(links)) {}
  std::optional<LinkView> next() {
    if (at_ == links_.size()) return std::nullopt;
    return links_[at_++];
  }

 private:
  std::vector<LinkView> links_;
  std::size_t at_ = 0;
};

struct Names {
  std::string_view name(std::uint32_t uid) { return uid == 0 ? "root" : "alice"; }
};

std::string chain(std::vector<LinkView> links) {
  std::string out;
  append_chain(out, Links(std::move(links)));
  return out;
}

TEST(Chain, JoinsLinksChildFirst) {
  EXPECT_EQ(chain({{200, "bash", "root"}, {100, "sshd", "root"}, {1, "systemd", "root"}}),
            "200|bash|root;100|sshd|root;1|systemd|root");
  EXPECT_EQ(chain({}), "");
}

TEST(Chain, EndsAtAnUnknownLink) {
  EXPECT_EQ(chain({{7, "a", "b"}, {6, "ignored", "ignored", false}, {1, "systemd", "root"}}),
            "7|a|b;6|unknown|unknown");
}

TEST(Chain, NoNameForgesALink) {
  EXPECT_EQ(chain({{7, "a|root;1|init", "r;t"}}), "7|a\\x7croot\\x3b1\\x7cinit|r\\x3bt");
}

// 16 and 64 bytes are where copying goes another way; kernel names are shorter, recorded ones need not be.
TEST(Chain, NoNameForgesALinkWhateverItsLength) {
  for (std::size_t size = 1; size <= 80; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string name(size, 'x');
      name[at] = ';';
      const std::string escaped = name.substr(0, at) + "\\x3b" + name.substr(at + 1);
      ASSERT_EQ(chain({{7, name, "r"}}), "7|" + escaped + "|r");
    }
    const std::string plain(size, 'x');
    ASSERT_EQ(chain({{7, plain, plain}}), "7|" + plain + "|" + plain);
  }
}

TEST(ChainLinks, AreThoseOfTheSamePidImageAndUser) {
  ChainLinks links;
  const auto link = [&links](const LinkView& view) {
    std::string out = "before;";
    links(out, view);
    return out.substr(7);
  };
  for (int twice = 0; twice < 2; ++twice) {
    EXPECT_EQ(link({7, "sh", "root", true, 1}), "7|sh|root");
    EXPECT_EQ(link({7, "ls", "root", true, 2}), "7|ls|root") << "another image";
    EXPECT_EQ(link({7, "ls", "alice", true, 2}), "7|ls|alice") << "the user was renamed";
    EXPECT_EQ(link({7 + 512, "ls", "alice", true, 2}), "519|ls|alice") << "a fork of it";
    EXPECT_EQ(link({7, "(3 folded)", "alice", true, 0}), "7|(3 folded)|alice");
    EXPECT_EQ(link({7, "(4 folded)", "alice", true, 0}), "7|(4 folded)|alice");
    EXPECT_EQ(link({7, {}, {}, false, 0}), "7|unknown|unknown");
    const std::string large(1000, 'x');
    EXPECT_EQ(link({7, large, "root", true, 3}), "7|" + large + "|root");
  }
}

TEST(TableLineage, RunsUpToTheRoot) {
  ProcessTable table;
  Names names;
  const Slot init = table.insert({1, 10}, kNoSlot, Edge::inferred);
  table.set_root(init);
  table.set_image(init, {"systemd", "/sbin/init", 1});
  const Slot shell = table.insert({50, 1000}, init, Edge::observed);
  table.set_image(shell, {"bash", "/bin/bash", 2});
  table.set_uid(shell, 1000);
  std::string out;
  append_chain(out, TableLineage(table, names, shell));
  EXPECT_EQ(out, "50|bash|alice;1|systemd|root");
}

TEST(TableLineage, NamesAnUnknownAncestorByItsPidWhereThatIsKnown) {
  ProcessTable table;
  Names names;
  const Slot ghost = table.insert({40, 900}, kNoSlot, Edge::inferred);
  const Slot child = table.insert({50, 1000}, ghost, Edge::observed);
  table.set_image(child, {"bash", "/bin/bash", 2});
  const Slot orphan = table.insert({60, 1100}, kNoSlot, Edge::inferred);
  table.set_image(orphan, {"sh", "/bin/sh", 3});
  std::string out;
  append_chain(out, TableLineage(table, names, child));
  EXPECT_EQ(out, "50|bash|root;40|unknown|unknown");
  out.clear();
  append_chain(out, TableLineage(table, names, orphan));
  EXPECT_EQ(out, "60|sh|root;0|unknown|unknown");
}

}  // namespace
}  // namespace proctree
