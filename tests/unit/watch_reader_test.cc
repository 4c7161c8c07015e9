// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Where the reader of the tree is: selection, folding, search, pause, mouse.
#include "watch_fixture.hpp"

namespace proctree::watch {
namespace {

TEST_F(Watch, TheSelectedIsFollowed) {
  start();
  press(Key::Name::end);
  EXPECT_EQ(selected(), "└─cron(60) thing -x");
  const std::size_t bar = draw({60, 3}).bar;
  for (std::uint32_t pid = 70; pid < 80; ++pid) fork(pid, {50, 500}, "sshd");
  EXPECT_EQ(selected(), "└─cron(60) thing -x");
  EXPECT_EQ(draw({60, 3}).bar, bar) << "the tree moves, it doesn't";
  exit(60);
  later(ProcessMarks::kMarkedNs);
  EXPECT_EQ(selected(), "  └─sshd(79) thing -x") << "who comes into its place";
  press(Key::Name::page_up);
  press(Key::Name::home);
  EXPECT_EQ(selected(), "init(1) thing -x");
}

TEST_F(Watch, FoldsAndUnfolds) {
  start();
  fork(70, {50, 500}, "sshd");
  fork(80, {70, 700}, "sshd");
  press(Key::Name::down);
  press(Key::Name::left);
  EXPECT_EQ(selected(), "├─sshd(50) thing -x [+2]");
  EXPECT_EQ(tree().size(), 3u);
  fork(81, {70, 700}, "sshd");
  EXPECT_EQ(selected(), "├─sshd(50) thing -x [+3]");
  press(Key::Name::left);
  EXPECT_EQ(selected(), "init(1) thing -x") << "to its parent";
  press(Key::Name::down);
  press(Key::Name::right);
  EXPECT_EQ(tree().size(), 6u);
  press(Key::Name::right);
  EXPECT_EQ(selected(), "│ └─sshd(70) thing -x") << "to its first child";
  type("-");
  EXPECT_EQ(tree(), (Lines{"  init(1) thing -x", "  ├─sshd(50) thing -x [+3]", "  └─cron(60) thing -x"}));
  EXPECT_EQ(selected(), "├─sshd(50) thing -x [+3]");
  type("+");
  EXPECT_EQ(tree().size(), 6u);
  press(Key::Name::enter);
  EXPECT_EQ(tree().size(), 3u);
  type(" ");
  EXPECT_EQ(tree().size(), 6u);
}

TEST_F(Watch, FoldedProcessesEnd) {
  start();
  fork(70, {50, 500}, "sshd");
  press(Key::Name::down);
  press(Key::Name::left);
  exit(70);
  exit(50);
  later(ProcessMarks::kMarkedNs);
  EXPECT_EQ(tree(), (Lines{"  init(1) thing -x", "  └─cron(60) thing -x"}));
}

TEST_F(Watch, SearchFindsWhatIsFoldedToo) {
  start();
  fork(70, {50, 500}, "sshd");
  exec(70, "needle");
  fork(71, {60, 600}, "cron");
  exec(71, "Needless");
  type("-/needl");
  EXPECT_EQ(selected(), "│ └─needle(70)");
  type("es");
  EXPECT_EQ(selected(), "  └─Needless(71)") << "from where it began, in any case of letters";
  press(Key::Name::backspace);
  press(Key::Name::backspace);
  EXPECT_EQ(selected(), "│ └─needle(70)");
  press(Key::Name::enter);
  type("n");
  EXPECT_EQ(selected(), "  └─Needless(71)");
  type("n");
  EXPECT_EQ(selected(), "│ └─needle(70)") << "round at the end";
  type("N");
  EXPECT_EQ(selected(), "  └─Needless(71)");
  type("/(60");
  EXPECT_EQ(selected(), "└─cron(60) thing -x");
  press(Key::Name::escape);
  EXPECT_EQ(selected(), "  └─Needless(71)") << "as if it hadn't been typed";
  type("/nobody");
  EXPECT_NE(all().find("/nobody  not found"), std::string::npos) << all();
  press(Key::Name::enter);
  EXPECT_EQ(selected(), "  └─Needless(71)");
  EXPECT_FALSE(view->quits()) << "what is typed is no key";
}

TEST_F(Watch, SearchFindsArguments) {
  start();
  fork(70, {50, 500}, "sshd");
  exec(70, "python3", std::string_view("python3\0/opt/Nightly-backup\0", 28));
  type("/nightly");
  EXPECT_EQ(selected(), "│ └─python3(70) python3 /opt/Nightly-backup");
}

// A short-lived process, whose row shows how it ended.
TEST_F(Watch, SearchFindsArgumentsOfWhatHasEnded) {
  start();
  fork(70, {50, 500}, "sshd");
  exec(70, "python3", std::string_view("python3\0/opt/Nightly-backup\0", 28));
  exit(70);
  type("/nightly");
  EXPECT_TRUE(selected().starts_with("│ └─python3(70) exited 0 after ")) << selected();
}

TEST_F(Watch, PauseFreezesTheRowsAlone) {
  start();
  type("p");
  const Frame before = draw({80, 24});
  EXPECT_TRUE(before.lines[0].find("paused") != std::string::npos) << before.lines[0];
  EXPECT_TRUE(before.lines.back().starts_with("p go on")) << before.lines.back();
  happens(LostEvent{7, 1, 2});
  fork(70, {50, 500}, "sshd");
  const Frame after = draw({80, 24});
  EXPECT_EQ(std::vector(after.lines.begin() + 1, after.lines.end()),
            std::vector(before.lines.begin() + 1, before.lines.end()));
  EXPECT_EQ(after.bar, before.bar);
  EXPECT_NE(after.lines[0].find("7 lost"), std::string::npos) << after.lines[0];
  for (const Size size : {Size{20, 5}, Size{1, 1}, Size{200, 60}}) draw(size);
  type("?");
  EXPECT_NE(all({100, 24}).find("pause"), std::string::npos);
  type("x");
  EXPECT_EQ(draw({80, 24}).lines[3], before.lines[3]);
  type("p");
  EXPECT_EQ(tree().size(), 4u);
  type("pq");
  EXPECT_TRUE(view->quits());
}

// All keys but `p` do what they do else, on the rows as they were.
TEST_F(Watch, MovesWhilePaused) {
  start();
  fork(70, {50, 500}, "sshd");
  exec(70, "ls", std::string_view("ls\0-l\0", 6));
  exit(70);
  type("p");
  const Lines rows = tree();
  later(ProcessMarks::kMarkedNs);
  for (std::uint32_t pid = 80; pid < 90; ++pid) fork(pid, {60, 600}, "cron");
  exit(60);
  EXPECT_EQ(tree(), rows);
  EXPECT_EQ(selected(), "init(1) thing -x");
  press(Key::Name::down);
  EXPECT_EQ(selected(), "├─sshd(50) thing -x");
  press(Key::Name::page_down);
  EXPECT_EQ(selected(), "└─cron(60) thing -x");
  press(Key::Name::up);
  EXPECT_TRUE(selected().starts_with("│ └─ls(70) exited 0 after ")) << selected();
  EXPECT_NE(all({80, 24}).find("\ncommand     ls -l\n"), std::string::npos) << all({80, 24});
  press(Key::Name::page_up);
  EXPECT_EQ(selected(), "init(1) thing -x");
  press(Key::Name::end);
  EXPECT_EQ(selected(), "└─cron(60) thing -x");
  press(Key::Name::home);
  EXPECT_EQ(selected(), "init(1) thing -x");
  type("/ls -l");
  EXPECT_TRUE(selected().starts_with("│ └─ls(70) exited 0 after ")) << selected();
  press(Key::Name::enter);
  press(Key::Name::left);
  press(Key::Name::left);
  EXPECT_EQ(selected(), "├─sshd(50) thing -x [+1]");
  type("+");
  EXPECT_EQ(tree(), rows);
  view->refresh(now);
  for (const char* key : {"p", "G"}) view->press({Key::Name::text, key, 0});  // in one batch
  EXPECT_EQ(selected(), "  └─cron(89) thing -x") << "of the rows as they are now";
}

// Slots of what ended while it paused are soon those of others.
TEST_F(Watch, PausedRowsOutliveTheirSlots) {
  retention.exited_max = 0;
  start();
  for (std::uint32_t pid = 70; pid < 80; ++pid) fork(pid, {50, 500}, "sshd");
  type("p");
  const Lines rows = tree();
  for (std::uint32_t pid = 70; pid < 80; ++pid) exit(pid);
  ASSERT_TRUE(engine->tick());
  for (std::uint32_t pid = 80; pid < 100; ++pid) fork(pid, {60, 600}, "cron");
  later(ProcessMarks::kMarkedNs);
  ASSERT_EQ(engine->table().find(ProcKey{75, 750}), kNoSlot);
  EXPECT_EQ(tree(), rows);
  type("/(75");
  EXPECT_EQ(selected(), "│ ├─sshd(75) thing -x");
  EXPECT_NE(all({80, 24}).find("\nsshd(75) thing -x\n"), std::string::npos) << "its details are its row";
}

TEST_F(Watch, TheMouseSelectsAndScrolls) {
  start();
  for (std::uint32_t pid = 70; pid < 90; ++pid) fork(pid, {50, 500}, "sshd");
  const auto at = [this](Key::Name name, std::size_t line) {
    view->refresh(now);
    view->press({name, {}, line});
  };
  const Size small{60, 10};  // eight lines of the tree
  draw(small);
  for (const char* key : {"p", "p"}) {
    type(key);
    draw(small);
    at(Key::Name::click, 3);
    EXPECT_EQ(draw(small).bar, 3u);
    at(Key::Name::wheel_down, 5);
    EXPECT_NE(draw(small).lines[1].find("sshd(71)"), std::string::npos);
    at(Key::Name::wheel_up, 5);
  }
  at(Key::Name::click, 2);
  EXPECT_EQ(draw(small).bar, 2u);
  EXPECT_EQ(selected(), "├─sshd(50) thing -x");
  draw(small);
  at(Key::Name::click, 0);
  at(Key::Name::click, 9);
  at(Key::Name::click, 1000);
  EXPECT_EQ(draw(small).bar, 2u) << "no line of the tree";
  at(Key::Name::wheel_down, 5);
  const Frame scrolled = draw(small);
  EXPECT_NE(scrolled.lines[1].find("sshd(71)"), std::string::npos) << scrolled.lines[1];
  EXPECT_EQ(scrolled.bar, 1u) << "the selection comes along";
  for (int i = 0; i < 100; ++i) at(Key::Name::wheel_down, 5);
  EXPECT_NE(draw(small).lines[8].find("cron(60)"), std::string::npos);
  for (int i = 0; i < 100; ++i) at(Key::Name::wheel_up, 5);
  EXPECT_NE(draw(small).lines[1].find("init(1)"), std::string::npos);
}

}  // namespace
}  // namespace proctree::watch
