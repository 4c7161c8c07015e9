// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the screen shows.
#include "watch_fixture.hpp"

namespace proctree::watch {
namespace {

TEST_F(Watch, ShowsWhatRuns) {
  start();
  EXPECT_EQ(tree(), (Lines{"  init(1) thing -x", "  ├─sshd(50) thing -x", "  └─cron(60) thing -x"}));
  EXPECT_TRUE(draw({80, 24}).lines[0].starts_with("proctree  host  3 processes  0 forks/s"))
      << draw({80, 24}).lines[0];
  EXPECT_FALSE(lives->due_ns()) << "nothing is to be drawn anew";
  EXPECT_FALSE(view->due_ns());
}

TEST_F(Watch, MarksWhatHappensForAWhile) {
  start();
  fork(70, {50, 500}, "sshd");
  EXPECT_EQ(tree().at(2), "+ │ └─sshd(70) thing -x") << "it runs what its creator runs";
  exec(70, "ls", std::string_view("ls\0-l\0", 6));
  EXPECT_EQ(tree().at(2), "+ │ └─ls(70) ls -l");
  exec(60, "crond", std::string_view("crond\0", 6));
  EXPECT_EQ(tree().at(3), "* └─crond(60) crond");
  later(ProcessMarks::kMarkedNs);
  EXPECT_EQ(tree(), (Lines{"  init(1) thing -x", "  ├─sshd(50) thing -x", "  │ └─ls(70) ls -l",
                           "  └─crond(60) crond"}));
  now += 400 * kMs;
  exit(70, 3 << 8);
  EXPECT_EQ(tree().at(2), "- │ └─ls(70) exited 3 after 13.3 s");
  later(ProcessMarks::kMarkedNs - 1);
  EXPECT_EQ(tree().size(), 4u);
  later(1);
  EXPECT_EQ(tree().size(), 3u);
  EXPECT_FALSE(lives->due_ns());
}

// An ended process stays while something living descends from it: it shows where that came from.
TEST_F(Watch, EndedAncestorsStay) {
  start();
  fork(70, {50, 500}, "sshd");
  fork(80, {70, 700}, "sshd");
  exit(70);
  later(ProcessMarks::kMarkedNs);
  EXPECT_EQ(tree().at(2), "  │ └─sshd(70) <exited>");
  EXPECT_EQ(tree().at(3), "  │   └─sshd(80) thing -x");
  exit(80);
  later(ProcessMarks::kMarkedNs);
  EXPECT_EQ(tree().size(), 3u);
}

TEST_F(Watch, AStormLeavesRoomForTheRest) {
  start();
  for (std::uint32_t pid = 100; pid < 40'000; ++pid) {
    fork(pid, {50, 500}, "sshd");
    exit(pid);
  }
  const Lines lines = tree({60, 50});
  ASSERT_EQ(lines.size(), 3u + ProcessMarks::kEndedShown);
  EXPECT_TRUE(lines[2].starts_with("- │ ├─sshd(39995) exited 0")) << lines[2];
  EXPECT_TRUE(lines[7].starts_with("  └─cron(60)"));
  later(ProcessMarks::kMarkedNs);
  EXPECT_EQ(tree().size(), 3u);
}

TEST_F(Watch, FiltersChooseWhatIsShown) {
  Filter filter;
  filter.comms = {"ls"};
  start(filter);
  EXPECT_EQ(tree(), Lines{});
  EXPECT_TRUE(all({80, 24}).starts_with("proctree  host  0 of 3 processes")) << all();
  fork(70, {50, 500}, "sshd");
  EXPECT_EQ(tree(), Lines{});
  exec(70, "ls", std::string_view("ls\0", 3));
  EXPECT_EQ(tree(), (Lines{"  init(1) thing -x", "  └─sshd(50) thing -x", "+   └─ls(70) ls"}));
  exec(70, "cat");
  EXPECT_EQ(tree(), Lines{}) << "it isn't ls any more";
}

TEST_F(Watch, ShowsAllOfTheSelected) {
  start();
  fork(70, {50, 500}, "sshd");
  exec(70, "ls", std::string_view("ls\0a b\0", 7));
  type("/ls(");
  const std::string text = all({100, 40});
  EXPECT_NE(text.find("\ncommand     ls 'a b'\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nchain       70|ls|root;50|sshd|root;1|init|root\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nstarted by  sshd(50) (observed)"), std::string::npos) << text;
  exit(70, 9);
  EXPECT_NE(all({100, 40}).find("\nls(70) killed by SIGKILL after "), std::string::npos) << text;
}

TEST_F(Watch, ALongChainIsWrappedAndCut) {
  EXPECT_EQ(wrap("abcdefgh", 3, 9), (Lines{"abc", "def", "gh"}));
  EXPECT_EQ(wrap("abcdefgh", 3, 2), (Lines{"abc", "de…"}));
  EXPECT_EQ(wrap("日本語", 3, 9), (Lines{"日", "本", "語"}));
  EXPECT_EQ(wrap("日", 1, 9), Lines{"日"}) << "at least a character a line: it ends";
  EXPECT_EQ(wrap("", 3, 9), Lines{});
  EXPECT_EQ(wrap("abc", 0, 9), Lines{});
}

TEST_F(Watch, NoSizeIsTooSmall) {
  start();
  for (std::uint32_t pid = 70; pid < 90; ++pid)
    fork(pid, {pid == 70 ? 50 : pid - 1, (pid == 70 ? 50 : pid - 1) * 10}, "sshd");
  for (std::size_t lines = 1; lines < 30; ++lines) {
    for (const std::size_t columns : {1u, 2u, 3u, 11u, 12u, 13u, 20u, 200u}) {
      for (const char* keys : {"", "?", "x", "/zzz"}) {
        type(keys);
        const Frame frame = draw({columns, lines});
        EXPECT_LE(frame.lines.size(), lines);
        EXPECT_TRUE(*keys != 0 || frame.bar < lines);
      }
      press(Key::Name::escape);
      press(Key::Name::tab);
      press(Key::Name::end);
      draw({columns, lines});
      press(Key::Name::home);
    }
  }
}

// Where a tree is deeper than half a line, it moves aside: the selected one's name is always in sight.
TEST_F(Watch, DeepTreesMoveAside) {
  start();
  ProcKey above{50, 500};
  for (std::uint32_t pid = 100; pid < 300; ++pid) {
    fork(pid, above, "sshd");
    above = {pid, pid * 10};
  }
  press(Key::Name::end);
  type("/(299)");
  EXPECT_NE(selected().find("[depth 201] sshd(299)"), std::string::npos) << selected();
  press(Key::Name::enter);
  type("/(1)");
  EXPECT_EQ(selected(), "init(1) thing -x");
}

TEST_F(Watch, NoProcessWritesOnTheScreen) {
  start();
  fork(70, {50, 500}, "sshd");
  exec(70, "a\x1b[2J\r\xe2\x80\xae", std::string_view("x\x1b]0;owned\x07\0\xff\0", 13));
  type("/(70)");
  const std::string text = all({100, 40});
  for (const char c : text) EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20) << text;
  EXPECT_NE(text.find("a\\x1b[2J\\x0d\\xe2\\x80\\xae(70)"), std::string::npos) << text;
}

TEST_F(Watch, LongStringsAreNotRetained) {
  start();
  fork(70, {50, 500}, "sshd");
  const std::string long_args = std::string(100'000, 'x') + '\0';
  exec(70, "long", long_args);
  EXPECT_LT(lives->find(engine->table(), engine->table().find(70))->task->get().image.args.size(), 2000u);
  type("/(70)");
  press(Key::Name::tab);
  EXPECT_NE(all({100, 60}).find("xxxx …\n"), std::string::npos) << "and that it is cut is told";
}

TEST_F(Watch, ShowsRatesWhileThereAreAny) {
  start();
  draw();
  now += 3'600'000'000'000;  // a long silence is no part of it
  fork(70, {50, 500}, "sshd");
  draw();
  ASSERT_TRUE(view->due_ns());
  EXPECT_LE(*view->due_ns(), now + 1000 * kMs);
  for (std::uint32_t pid = 71; pid < 81; ++pid) fork(pid, {50, 500}, "sshd");
  now = *view->due_ns();
  EXPECT_NE(draw().lines[0].find("11 forks/s  0 execs/s"), std::string::npos) << draw().lines[0];
  now = view->due_ns().value_or(now);
  EXPECT_NE(draw().lines[0].find(" 0 forks/s"), std::string::npos) << draw().lines[0];
  EXPECT_FALSE(view->due_ns()) << "and nothing wakes us any more";
}

TEST_F(Watch, ShowsLosses) {
  start();
  happens(LostEvent{7, 1, 2});
  EXPECT_TRUE(lives->take_change());
  EXPECT_NE(draw({100, 24}).lines[0].find("7 lost"), std::string::npos);
}

TEST_F(Watch, ALongHostNameHidesNothing) {
  host_name = std::string(200, 'h');
  start();
  const std::string line = draw({80, 24}).lines[0];
  EXPECT_NE(line.find("hh…  3 processes"), std::string::npos) << line;
  EXPECT_TRUE(line.ends_with("0 lost")) << line;
}

TEST_F(Watch, IsAsciiWhereThatIsTheCharset) {
  start();
  view = std::make_unique<View>(*engine, *lives, TextStyle(false, Charset::ascii));
  fork(70, {50, 500}, "sshd");
  exec(70, "l\xc3\xa9", std::string_view("l\xc3\xa9\0", 4));
  type("/(70");
  press(Key::Name::enter);
  for (const char* keys : {"", "?"}) {
    type(keys);
    for (const char c : all({70, 40})) ASSERT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << all({70, 40});
  }
}

TEST_F(Watch, HelpAndQuit) {
  start();
  type("?");
  EXPECT_NE(all({80, 24}).find("search in names, pids and arguments"), std::string::npos);
  EXPECT_EQ(all({80, 24}).find("…"), std::string::npos) << "cut: " << all({80, 24});
  type("q");
  EXPECT_FALSE(view->quits()) << "any key closes it";
  EXPECT_EQ(tree().size(), 3u);
  type("q");
  EXPECT_TRUE(view->quits());
}

TEST_F(Watch, WordsStandWhereNoProcessDoes) {
  Filter filter;
  filter.comms = {"ls"};
  start(filter);
  EXPECT_NE(all({80, 24}).find("Nothing that runs passes the filters."), std::string::npos) << all();
  EXPECT_NE(all({80, 24}).find("q quit"), std::string::npos);
  for (const Key::Name name : {Key::Name::click, Key::Name::wheel_down, Key::Name::down, Key::Name::enter})
    press(name);
}

std::vector<Key> keys_of(std::string_view sent, std::size_t split = 0) {
  KeyParser parser;
  std::vector<Key> keys;
  for (std::size_t at = 0; at < sent.size(); ++at) {
    if (at == split && split != 0) parser.finish(keys);
    parser.take(static_cast<unsigned char>(sent[at]), keys);
  }
  parser.finish(keys);
  return keys;
}

TEST(Keys, ReportsOfTheMouseStandAmongThem) {
  const std::vector<Key> keys = keys_of("a\x1b[<0;12;3Mb\x1b[<64;1;1M\x1b[<65;223;4M\x1b[<0;12;3m\x1b");
  ASSERT_EQ(keys.size(), 6u);
  EXPECT_EQ(keys[0].text, "a");
  EXPECT_EQ(keys[1].name, Key::Name::click);
  EXPECT_EQ(keys[1].line, 2u);
  EXPECT_EQ(keys[2].text, "b");
  EXPECT_EQ(keys[3].name, Key::Name::wheel_up);
  EXPECT_EQ(keys[4].name, Key::Name::wheel_down);
  EXPECT_EQ(keys[5].name, Key::Name::escape);
  // A slow line brings it in parts.
  for (std::size_t split = 4; split < 9; ++split)
    EXPECT_EQ(keys_of("\x1b[<0;1;1M", split).size(), 1u) << split;
}

TEST(Keys, WhatIsNoReportIsWhatItWas) {
  EXPECT_EQ(keys_of("\x1b").size(), 1u);
  EXPECT_EQ(keys_of("\x1b\x1b").size(), 2u);
  EXPECT_EQ(keys_of("\x1b[x").size(), 3u);
  EXPECT_EQ(keys_of("\x1b[<x").size(), 4u);
  EXPECT_EQ(keys_of("\x1b[<99;1;1M").size(), 0u);
  EXPECT_EQ(keys_of("\x1b[<;;M").size(), 0u);
  EXPECT_EQ(keys_of("\x1b[<0;1;0M").size(), 0u);
  EXPECT_GT(keys_of("\x1b[<" + std::string(1000, '1')).size(), 900u) << "it has an end";
}

}  // namespace
}  // namespace proctree::watch
