// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The sentence of proctree why names what began a process, and says why that is unknown where it is.
#include "cli/why_sentence.hpp"

#include <gtest/gtest.h>

#include <string>

namespace proctree {
namespace {

class WhySentence : public testing::Test {
 protected:
  [[nodiscard]] std::string of(EntryType type) {
    entry.type = type;
    return why_sentence(asked, &entry, "alice", true);
  }
  WhySentence() {
    asked.comm = "vim";
    asked.pid = 300;
  }
  WhyAsked asked;
  EntryFacts entry;
};

TEST_F(WhySentence, NamesTheServerOfAnSshSession) {
  asked.launcher = {"sshd", 22402};
  entry.source_ip = "192.0.2.7";
  entry.source_port = 50022;
  EXPECT_EQ(of(EntryType::ssh),
            "vim (300) came in by ssh, server sshd (22402), from 192.0.2.7 port 50022 as alice.");
  asked.launcher = {};
  EXPECT_EQ(of(EntryType::ssh), "vim (300) came in by ssh from 192.0.2.7 port 50022 as alice.");
}

TEST_F(WhySentence, SaysWhyAnEntryIsUnknown) {
  asked.orphan = {"tmux: server", 200};
  asked.reaper = {"systemd", 1};
  EXPECT_EQ(
      of(EntryType::unknown),
      "Why vim (300) runs is not known: tmux: server (200) is a child of systemd (1), which may only have "
      "adopted it; a trace that ran before then would have its creator.");
  asked.orphan = {"vim", 300};
  EXPECT_TRUE(
      of(EntryType::unknown).starts_with("Why vim (300) runs is not known: it is a child of systemd"));
  asked.orphan = {};
  EXPECT_EQ(of(EntryType::unknown),
            "Why vim (300) runs is not known: its creator had ended before it was first seen.");
  asked.sees_all = false;
  EXPECT_EQ(of(EntryType::unknown),
            "Why vim (300) runs is not known: without root the programs of other users can't be read.");
}

TEST_F(WhySentence, NoNameForgesALine) {
  asked.comm = "a\nb";
  asked.orphan = {"c\x1b[2J", 200};
  asked.reaper = {"d\n", 1};
  const std::string text = of(EntryType::unknown);
  EXPECT_EQ(text.find_first_of("\n\x1b"), std::string::npos) << text;
}

TEST_F(WhySentence, WithoutAnEntry) {
  EXPECT_EQ(why_sentence(asked, nullptr, "", true),
            "vim (300) is the first process: the kernel starts it at boot.");
  asked.is_kthread = true;
  EXPECT_EQ(why_sentence(asked, nullptr, "", true), "vim (300) is a kernel thread.");
}

}  // namespace
}  // namespace proctree
