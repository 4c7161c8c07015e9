// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// trace --watch without a terminal: events go in, keys are pressed, and the lines of its screen are looked
// at.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/boot_clock.hpp"
#include "base/width.hpp"
#include "fake_source.hpp"
#include "watch/details.hpp"
#include "watch/process_marks.hpp"
#include "watch/view.hpp"

namespace proctree::watch {
namespace {

constexpr std::uint64_t kBegin = 10'000'000'000;
constexpr std::uint64_t kMs = 1'000'000;

class Watch : public testing::Test {
 protected:
  Watch() {
    run({1, 10}, {0, 0}, "init");
    run({50, 500}, {1, 10}, "sshd");
    run({60, 600}, {1, 10}, "cron");
  }

  void run(ProcKey self, ProcKey parent, std::string_view comm) {
    SnapshotTask running;
    running.task = task(self.pid, self.start_ns, parent, comm, 1);
    running.image.exe = "/usr/bin/thing";
    running.image.args = std::string_view("thing\0-x\0", 9);
    running.image.args_size = 9;
    running.image.args_known = true;
    source.tasks.push_back(running);
  }
  void start(Filter filter = {}) {
    lives = std::make_unique<ProcessMarks>(!filter.empty());
    EngineOptions options;
    options.filter = std::move(filter);
    options.write_snapshot = true;
    options.retention = retention;
    options.proc_root = "/nonexistent";
    Host host;
    host.name = host_name;
    engine = std::make_unique<Engine>(source, *lives, host, options);
    ASSERT_TRUE(engine->start());
    ASSERT_TRUE(engine->report_start());
    view = std::make_unique<View>(*engine, *lives, TextStyle(false));
  }
  void fork(std::uint32_t pid, ProcKey creator, std::string_view comm) {
    ForkEvent event;
    event.ktime_ns = now;
    event.child = task(pid, pid * 10, creator, comm, 1);
    event.creator = creator;
    event.creator_exec_seq = 1;
    event.creator_comm = comm;
    happens(event);
  }
  void exec(std::uint32_t pid, std::string_view comm, std::string_view args = {}) {
    ExecEvent event;
    event.ktime_ns = now;
    event.task = task(pid, pid * 10, {1, 10}, comm, 2);
    event.image.args = args;
    event.image.args_size = static_cast<std::uint32_t>(args.size());
    event.image.args_known = true;
    happens(event);
  }
  void exit(std::uint32_t pid, std::uint32_t status = 0) {
    ExitEvent event;
    event.ktime_ns = now;
    event.task = task(pid, pid * 10, {1, 10}, engine->table().comm(engine->table().find(pid)), 2);
    event.status = status;
    happens(event);
  }
  void happens(const Event& event) {
    source.events.push_back(event);
    ASSERT_TRUE(engine->pump(100));
  }
  void later(std::uint64_t ns) {
    now += ns;
    lives->expire(now);
  }
  void press(Key::Name name, std::string text = {}) {
    view->refresh(now);
    view->press({name, std::move(text), 0});
  }
  void type(std::string_view text) {
    for (const char c : text) press(Key::Name::text, std::string(1, c));
  }

  Frame draw(Size size = {60, 24}) {
    view->refresh(now);
    Frame frame = view->draw(size);
    EXPECT_LE(frame.lines.size(), size.lines);
    for (const std::string& line : frame.lines) EXPECT_LE(text_width(line), size.columns) << line;
    return frame;
  }
  // The lines of the tree, without the users.
  std::vector<std::string> tree(Size size = {60, 24}) {
    std::vector<std::string> lines;
    const Frame frame = draw(size);
    if (frame.bar == Frame::kNoLine) return {};  // words stand there
    for (std::size_t i = 1; i < frame.lines.size() && !frame.lines[i].starts_with("─"); ++i) {
      if (frame.lines[i].empty()) continue;
      lines.push_back(frame.lines[i].substr(0, 2) + frame.lines[i].substr(12));
    }
    return lines;
  }
  std::string selected() {
    const Frame frame = draw();
    return frame.bar == Frame::kNoLine ? "" : frame.lines[frame.bar].substr(12);
  }
  std::string all(Size size = {60, 24}) {
    std::string text;
    for (const std::string& line : draw(size).lines) text += line + '\n';
    return text;
  }

  FakeSource source;
  std::string host_name = "host";
  Retention retention;
  std::uint64_t now = kBegin;
  std::unique_ptr<ProcessMarks> lives;
  std::unique_ptr<Engine> engine;
  std::unique_ptr<View> view;
};

using Lines = std::vector<std::string>;

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

// While something living descends from it, who ended stays: it is what tells where that came from.
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

TEST_F(Watch, TellsAllOfTheSelected) {
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

TEST_F(Watch, LongStringsArentKept) {
  start();
  fork(70, {50, 500}, "sshd");
  const std::string long_args = std::string(100'000, 'x') + '\0';
  exec(70, "long", long_args);
  EXPECT_LT(lives->find(engine->table(), engine->table().find(70))->task->get().image.args.size(), 2000u);
  type("/(70)");
  press(Key::Name::tab);
  EXPECT_NE(all({100, 60}).find("xxxx …\n"), std::string::npos) << "and that it is cut is told";
}

TEST_F(Watch, TellsRatesWhileThereAreAny) {
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

TEST_F(Watch, TellsLosses) {
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

TEST_F(Watch, SearchFindsArguments) {
  start();
  fork(70, {50, 500}, "sshd");
  exec(70, "python3", std::string_view("python3\0/opt/Nightly-backup\0", 28));
  type("/nightly");
  EXPECT_EQ(selected(), "│ └─python3(70) python3 /opt/Nightly-backup");
}

// What lived for a moment, whose row shows how it ended.
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
