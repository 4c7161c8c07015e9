// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// trace --watch as who looks at it sees it: on a terminal, with processes that the test starts and ends.
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include "live.hpp"
#include "screen.hpp"

namespace proctree::live {
namespace {

// A shell that starts what the test asks for.
class Starter {
 public:
  Starter() {
    Launch how;
    how.argv = {"/bin/sh"};
    how.fds = {{in_.read.get(), 0}, {out_.write.get(), 1}};
    pid_ = launch(how);
    in_.read.reset();
    out_.write.reset();
  }
  ~Starter() {
    for (const pid_t started : started_) kill(started, SIGKILL);
    in_.write.reset();
    (void)wait_for(pid_);
  }
  Starter(const Starter&) = delete;
  Starter& operator=(const Starter&) = delete;

  [[nodiscard]] std::string pid() const { return std::to_string(pid_); }
  // Returns its pid.
  std::string start(const std::string& command) {
    say(command + " >/dev/null & echo $!");
    std::string pid;
    for (char c = 0; ::read(out_.read.get(), &c, 1) == 1 && c != '\n';) pid += c;
    started_.push_back(static_cast<pid_t>(std::stol(pid)));
    return pid;
  }
  void say(const std::string& line) const {
    const std::string text = line + '\n';
    EXPECT_EQ(::write(in_.write.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

 private:
  Pipe in_ = make_pipe(), out_ = make_pipe();
  pid_t pid_ = -1;
  std::vector<pid_t> started_;
};

class WatchTest : public testing::Test {
 protected:
  WatchTest() {
    // A name that nothing else here has.
    EXPECT_EQ(symlink("/bin/sleep", dir_.file("watched-kid").c_str()), 0);
  }

  // Shows what descends from the starter.
  [[nodiscard]] std::string command(const std::string& more = "") const {
    return proctree_path() + " trace --watch --under " + starter_.pid() + more;
  }
  std::string start_kid() { return starter_.start(dir_.file("watched-kid") + " 1000"); }
  static std::string kid(const std::string& pid) { return "watched-kid(" + pid + ")"; }

  TempDir dir_;
  Starter starter_;
};

// The line that has the text; empty: none does.
std::string line_with(const std::string& text, const std::string& part) {
  for (std::string& line : lines_of(text)) {
    if (line.find(part) != std::string::npos) return std::move(line);
  }
  return {};
}

#define ASSERT_WATCHING(screen) ASSERT_TRUE((screen).wait_for(" lost\n")) << (screen).text()

TEST_F(WatchTest, ShowsBirthsAndExitsWhereTheyHappen) {
  const TestScreen screen(command());
  ASSERT_WATCHING(screen);
  const std::string pid = start_kid();
  std::string text;  // the first that shows it: its mark goes after three seconds
  ASSERT_TRUE(screen.wait_for([&](const std::string& now) {
    text = now;
    return now.find(kid(pid) + " ") != std::string::npos;
  })) << text;
  const std::string line = line_with(text, kid(pid));
  EXPECT_TRUE(line.starts_with("+ root ")) << text;
  EXPECT_NE(line.find("└─" + kid(pid)), std::string::npos) << line;
  EXPECT_NE(line.find("watched-kid 1000"), std::string::npos) << line;
  // Its parent's line is the one before, and begins two columns further to the left.
  const std::string parent = line_with(text, "sh(" + starter_.pid() + ")");
  ASSERT_NE(text.find(parent + '\n' + line), std::string::npos) << text;
  ASSERT_TRUE(screen.wait_for([&](const std::string& now) {
    return line_with(now, kid(pid)).starts_with("  root ");
  })) << "its mark stays: "
      << screen.text();

  starter_.say("kill -9 " + pid);
  ASSERT_TRUE(screen.wait_for([&](const std::string& now) {
    const std::string ended = line_with(now, kid(pid));
    return ended.starts_with("- root ") && ended.find("killed by SIGKILL after ") != std::string::npos;
  })) << screen.text();
  ASSERT_TRUE(screen.wait_for([&](const std::string& now) {
    return now.find(kid(pid)) == std::string::npos;
  })) << "it stays: "
      << screen.text();
}

TEST_F(WatchTest, SearchesFoldsAndShowsTheSelected) {
  const TestScreen screen(command(), 160, 40);
  ASSERT_WATCHING(screen);
  const std::string first = start_kid(), second = start_kid();
  ASSERT_TRUE(screen.wait_for(kid(second))) << screen.text();
  screen.type("/watched");
  screen.press("Enter");
  const auto chain = [&](const std::string& pid) {
    return "chain       " + pid + "|watched-kid|root;" + starter_.pid() + "|sh|root;";
  };
  ASSERT_TRUE(screen.wait_for(chain(first))) << screen.text();
  const std::string text = screen.text();
  EXPECT_NE(text.find("\ncommand     " + dir_.file("watched-kid") + " 1000\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\nstarted by  sh(" + starter_.pid() + ") (observed)"), std::string::npos) << text;
  EXPECT_NE(text.find("\nprogram     " + std::string("/usr/bin/sleep")), std::string::npos) << text;
  screen.type("n");
  ASSERT_TRUE(screen.wait_for(chain(second))) << screen.text();
  screen.type("N");
  ASSERT_TRUE(screen.wait_for(chain(first))) << screen.text();

  screen.press("Left");  // to the parent
  screen.press("Left");
  ASSERT_TRUE(screen.wait_for("sh(" + starter_.pid() + ") /bin/sh [+2]")) << screen.text();
  EXPECT_EQ(screen.text().find(kid(first)), std::string::npos) << screen.text();
  screen.press("Right");
  ASSERT_TRUE(screen.wait_for(kid(second))) << screen.text();
  screen.press("Left");
  ASSERT_TRUE(screen.wait_for(" [+2]")) << screen.text();
  screen.type("/" + second);
  ASSERT_TRUE(screen.wait_for(chain(second))) << "a match that is folded up is unfolded: " << screen.text();
  screen.press("Escape");
  screen.type("?");
  ASSERT_TRUE(screen.wait_for("search in names, pids and arguments")) << screen.text();
}

TEST_F(WatchTest, FollowsTheSizeOfTheTerminal) {
  const TestScreen screen(command());
  ASSERT_WATCHING(screen);
  const std::string pid = start_kid();
  ASSERT_TRUE(screen.wait_for(kid(pid))) << screen.text();
  const auto has_lines = [&screen](std::size_t lines) {
    return screen.wait_for([lines](const std::string& text) {
      const std::vector<std::string> all = lines_of(text);
      return all.size() == lines && all.front().starts_with("proctree ") && all.back().starts_with("? help");
    });
  };
  screen.resize(60, 12);
  EXPECT_TRUE(has_lines(12)) << screen.text();
  screen.resize(2, 1);
  screen.press("Down");
  screen.resize(1, 3);
  screen.press("End");
  screen.resize(120, 45);
  EXPECT_TRUE(has_lines(45)) << screen.text();
  EXPECT_TRUE(screen.wait_for(kid(pid) + " " + dir_.file("watched-kid"))) << screen.text();
  EXPECT_EQ(screen.exit_code(), "");
}

// A terminal that calls itself so large or small. Lines that are drawn are bounded, and so is what is taken.
TEST(WatchSizeTest, AnyIsBearable) {
  for (const winsize size : {winsize{1, 1, 0, 0}, winsize{65535, 65535, 0, 0}, winsize{0, 0, 0, 0},
                             winsize{65535, 1, 0, 0}, winsize{1, 65535, 0, 0}}) {
    for (const bool watch : {true, false}) {
      int terminal = -1;
      const pid_t pid = forkpty(&terminal, nullptr, nullptr, &size);
      ASSERT_GE(pid, 0);
      if (pid == 0) {
        setenv("TERM", "xterm", 1);
        const std::string program = proctree_path();
        if (watch) execl(program.c_str(), program.c_str(), "trace", "--watch", "--duration", "1", nullptr);
        execl(program.c_str(), program.c_str(), "trace", "--duration", "1", nullptr);
        _exit(127);
      }
      char drawn[4096];
      while (::read(terminal, drawn, sizeof drawn) > 0) {
      }
      int status = -1;
      rusage used{};
      ASSERT_EQ(wait4(pid, &status, 0, &used), pid);
      const std::string what = std::to_string(size.ws_col) + " columns, " + std::to_string(size.ws_row) +
                               " lines" + (watch ? ", watched" : "");
      EXPECT_EQ(status_text(status), "exit 0") << what;
      EXPECT_LT(used.ru_maxrss, 256 * 1024) << what;
      close(terminal);
    }
  }
}

// However it ends, the terminal is as it was, and messages are written there.
TEST_F(WatchTest, GivesTheTerminalBack) {
  for (const std::string how : {"q", "C-c", "C-s", "TERM", "INT", "HUP"}) {
    const TestScreen screen(command());
    ASSERT_WATCHING(screen);
    EXPECT_TRUE(screen.is_taken());
    const bool is_key = how.size() == 1 || how.starts_with("C-");
    if (is_key) screen.press(how);
    // Also while its user holds the output.
    EXPECT_TRUE((is_key && how != "C-s") || screen.send_signal(is_key ? "TERM" : how));
    ASSERT_TRUE(screen.wait_until_ended()) << how << ": " << screen.text();
    EXPECT_EQ(screen.exit_code(), "0\n") << how;
    EXPECT_TRUE(screen.is_restored()) << how;
    const std::vector<std::string> lines = lines_of(screen.text());
    ASSERT_GE(lines.size(), 2u);
    EXPECT_TRUE(lines[0].starts_with("proctree: tracing, ")) << screen.text();
    EXPECT_TRUE(lines[1].starts_with("proctree: ") && lines[1].ends_with(" 0 lost")) << screen.text();
  }
}

// So does a shell's Ctrl-Z, and fg goes on.
TEST_F(WatchTest, CanBeSuspended) {
  const TestScreen screen("sh -i");
  screen.type(command() + "; echo status $?");
  screen.press("Enter");
  ASSERT_WATCHING(screen);
  screen.press("C-z");
  ASSERT_TRUE(screen.wait_for("Stopped")) << screen.text();
  EXPECT_FALSE(screen.is_taken());
  const std::string pid = start_kid();
  screen.type("fg");
  screen.press("Enter");
  ASSERT_TRUE(screen.wait_for(kid(pid))) << screen.text();
  screen.press("q");
  ASSERT_TRUE(screen.wait_for(" 0 lost\n")) << screen.text();
}

// While it pauses the rows stand still, and events are followed.
// The header's rate: other execs of this host may be in it.
bool shows_execs(const std::string& text) {
  const std::size_t end = text.find(" execs/s");
  if (end == std::string::npos) return false;
  const std::size_t begin = text.rfind(' ', end - 1) + 1;
  return text.substr(begin, end - begin).find_first_of("123456789") != std::string::npos;
}

TEST_F(WatchTest, Pauses) {
  const TestScreen screen(command());
  ASSERT_WATCHING(screen);
  screen.press("p");
  ASSERT_TRUE(screen.wait_for("paused  ")) << screen.text();
  const std::string pid = start_kid();
  ASSERT_TRUE(screen.wait_for(shows_execs)) << "it goes on reading: " << screen.text();
  EXPECT_EQ(screen.text().find(kid(pid)), std::string::npos) << screen.text();
  screen.press("p");
  ASSERT_TRUE(screen.wait_for(kid(pid))) << screen.text();
}

// A terminal whose bytes are looked at.
class RawTerminal {
 public:
  explicit RawTerminal(const std::vector<std::string>& options) {
    const winsize size{24, 80, 0, 0};
    pid_ = forkpty(&terminal_, nullptr, nullptr, &size);
    if (pid_ != 0) return;
    setenv("TERM", "xterm", 1);
    std::vector<std::string> words = options;
    words.insert(words.begin(), proctree_path());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    execv(argv.front(), argv.data());
    _exit(127);
  }
  ~RawTerminal() {
    if (pid_ > 0) kill(pid_, SIGKILL), (void)waitpid(pid_, nullptr, 0);
    if (terminal_ >= 0) close(terminal_);
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  // What comes until `part` has, that too; or until it ends, or has taken too long.
  std::string read_until(const std::string& part) const {
    const auto deadline = std::chrono::steady_clock::now() + patiently(std::chrono::seconds(30));
    std::string text;
    pollfd fd{terminal_, POLLIN, 0};
    for (char byte = 0;
         text.find(part) == std::string::npos && std::chrono::steady_clock::now() < deadline;) {
      if (poll(&fd, 1, 1000) != 1) continue;
      if (::read(terminal_, &byte, 1) != 1) break;
      text += byte;
    }
    return text;
  }
  void send(const std::string& bytes) const {
    EXPECT_EQ(::write(terminal_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  void send_signal(int number) const { kill(pid_, number); }

 private:
  pid_t pid_ = -1;
  int terminal_ = -1;
};

// What a change writes is that change, and no whole screen: a line of 9,600 baud takes a second for that.
TEST_F(WatchTest, WritesWhatChangesAlone) {
  const RawTerminal terminal({"trace", "--watch", "--under", starter_.pid()});
  ASSERT_NE(terminal.read_until(" lost").find(" lost"), std::string::npos);
  const std::string pid = start_kid();
  const std::string drawn = terminal.read_until(kid(pid));
  ASSERT_NE(drawn.find(kid(pid)), std::string::npos);
  starter_.say("kill -9 " + pid);
  const std::string ended = terminal.read_until("killed by SIGKILL");
  EXPECT_LT(ended.size(), 1000u) << "a whole screen has 1,920";
}

// The mouse is the program's while it has the screen, and the terminal's again after that, however it ends.
// On a whole screen: of what is drawn on it already, the bytes to a terminal need not hold anything again.
TEST_F(WatchTest, AClickSelectsItsLine) {
  const TestScreen screen(command());
  ASSERT_WATCHING(screen);
  const std::string first = start_kid(), second = start_kid();
  for (const std::string& pid : {second, first, second}) {
    ASSERT_TRUE(screen.wait_for(kid(first) + " ") && screen.wait_for(kid(second) + " ")) << screen.text();
    const auto lines = lines_of(screen.text());
    const auto line = std::ranges::find_if(
        lines, [&](const std::string& text) { return text.find(kid(pid) + " ") != std::string::npos; });
    ASSERT_NE(line, lines.end());
    screen.type("\x1b[<0;30;" + std::to_string(line - lines.begin() + 1) + "M");
    ASSERT_TRUE(screen.wait_for(kid(pid) + " since")) << screen.text();
  }
}

TEST_F(WatchTest, TakesTheMouseAndGivesItBack) {
  const std::string on = "\x1b[?1000h\x1b[?1006h";
  const std::string off = "\x1b[?1006l\x1b[?1000l";
  for (const int number : {0, SIGINT, SIGTERM, SIGHUP}) {
    const RawTerminal terminal({"trace", "--watch", "--under", starter_.pid()});
    EXPECT_NE(terminal.read_until(on).find(on), std::string::npos);
    const std::string pid = start_kid();
    ASSERT_NE(terminal.read_until(kid(pid)).find(kid(pid)), std::string::npos);
    if (number == 0) {
      terminal.send("q");
    } else {
      terminal.send_signal(number);
    }
    EXPECT_NE(terminal.read_until(off).find(off), std::string::npos) << number;
  }
}

TEST_F(WatchTest, AStormIsFollowedWhole) {
  constexpr unsigned kSize = 8'000;  // their events are more than the ring holds
  const TestScreen screen(proctree_path() + " trace --watch");
  ASSERT_WATCHING(screen);
  Workload workload;
  workload.start("storm", {"root", "45", std::to_string(kSize)});
  ASSERT_FINISHED(workload);
  screen.press("q");
  ASSERT_TRUE(screen.wait_until_ended()) << screen.text();
  const std::string totals = line_with(screen.text(), " execs, ");
  EXPECT_TRUE(totals.ends_with(" 0 lost")) << screen.text();
  unsigned long forks = 0;
  EXPECT_EQ(std::sscanf(totals.c_str(), "proctree: %lu forks", &forks), 1) << totals;
  EXPECT_GE(forks, kSize) << totals;
}

TEST_F(WatchTest, SaysWhatItNeeds) {
  const Ran piped = run({proctree_path(), "trace", "--watch"});
  EXPECT_EQ(piped.code(), 2);
  EXPECT_NE(piped.err.find("needs a terminal"), std::string::npos) << piped.err;
  for (const std::string option :
       {"--format=jsonl", "--output=x", "--events=exec", "--count=1", "--ancestors=1"}) {
    const Ran both = run({proctree_path(), "trace", "--watch", option});
    EXPECT_EQ(both.code(), 2);
    EXPECT_NE(both.err.find(option.substr(0, option.find('=')) + " can't be combined with --watch"),
              std::string::npos)
        << both.err;
  }
  for (const std::string type : {"nonsense", "dumb", ""}) {
    const TestScreen screen("env TERM=" + type + " " + command(), 200, 10);
    ASSERT_TRUE(screen.wait_until_ended()) << screen.text();
    EXPECT_EQ(screen.exit_code(), "1\n");
    EXPECT_NE(screen.text().find("terminal type '" + type + "'"), std::string::npos) << screen.text();
  }
}

}  // namespace
}  // namespace proctree::live
