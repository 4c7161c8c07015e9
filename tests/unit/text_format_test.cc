// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/text_format.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/charset.hpp"
#include "base/escape.hpp"
#include "base/timestamp.hpp"
#include "base/width.hpp"

namespace proctree {
namespace {

const TextStyle kPlain(false);
const TextStyle kAscii(false, Charset::ascii);

std::string joined(const std::vector<std::string>& words) {
  std::string args;
  for (const std::string& word : words) args += word + '\0';
  return args;
}

struct Exec {
  std::string filename;
  std::string exe;
  std::vector<std::string> words;
  std::string interpreter = {};
  std::string comm = {};
};

std::string line_of(const Exec& exec, const TextStyle& style = kPlain) {
  const std::string args = joined(exec.words);
  TaskFacts task;
  task.comm = exec.comm;
  ImageFacts image;
  image.filename = exec.filename;
  image.exe = exec.exe;
  image.interpreter = exec.interpreter;
  image.args = args;
  image.args_size = static_cast<std::uint32_t>(args.size());
  image.args_known = true;
  std::string line;
  append_command_line(line, style, task, image, 1000);
  return line;
}

TEST(CommandLine, NamesTheProgramWhereArgv0DoesNot) {
  EXPECT_EQ(line_of({"/tmp/evil", "/tmp/evil", {"/usr/sbin/sshd", "-D"}}), "(/tmp/evil) /usr/sbin/sshd -D");
  EXPECT_EQ(line_of({"/tmp/evil", "/tmp/evil", {"sshd: root@pts/0"}}), "(/tmp/evil) 'sshd: root@pts/0'");
  EXPECT_EQ(line_of({"/tmp/sshd", "/tmp/sshd", {"/usr/sbin/sshd"}}), "(/tmp/sshd) /usr/sbin/sshd");
  EXPECT_EQ(line_of({"/proc/self/exe", "/opt/x/app", {"/proc/self/exe"}}), "(/opt/x/app) /proc/self/exe");
  EXPECT_EQ(line_of({"/tmp/a b", "/tmp/a b", {""}}), "('/tmp/a b') ''");
  EXPECT_EQ(line_of({"/tmp/evil", "/tmp/evil", {"-"}}), "(/tmp/evil) -");
}

TEST(CommandLine, IsThatAloneWhereArgv0LeadsToTheProgram) {
  EXPECT_EQ(line_of({"/usr/bin/grep", "/usr/bin/grep", {"grep", "x"}}), "grep x");
  EXPECT_EQ(line_of({"/bin/sh", "/usr/bin/dash", {"sh", "-c", "x"}}), "sh -c x");
  EXPECT_EQ(line_of({"/bin/sh", "/usr/bin/dash", {"/bin/sh"}}), "/bin/sh");
  EXPECT_EQ(line_of({"/bin/bash", "/usr/bin/bash", {"-bash"}}), "-bash");
  EXPECT_EQ(line_of({"./a.out", "/home/a/a.out", {"./a.out"}}), "./a.out");
  EXPECT_EQ(line_of({"./script", "/usr/bin/dash", {"/bin/sh", "./script"}, "/bin/sh"}), "/bin/sh ./script");
  EXPECT_EQ(line_of({"/proc/self/exe", "/usr/bin/runc", {"runc", "init"}}), "runc init");
  // Where the source doesn't know what was passed to execve: the kernel's name is made of that.
  EXPECT_EQ(line_of({"", "/usr/bin/dash", {"sh"}, "", "sh"}), "sh");
  EXPECT_EQ(line_of({"", "/usr/bin/dash", {"sh"}, "", "evil"}), "(/usr/bin/dash) sh");
  EXPECT_EQ(line_of({"", "", {"sh"}, "", "evil"}), "sh");
}

TEST(CommandLine, NamesAScriptFarToTheRight) {
  EXPECT_EQ(line_of({"/usr/bin/python3", "/usr/bin/python3.11", {"python3", "/opt/nightly-backup"}}),
            "python3 /opt/nightly-backup");
  EXPECT_EQ(
      line_of(
          {"/usr/bin/java", "/usr/lib/jvm/bin/java", {"java", "-Xmx4g", "-XX:+UseG1GC", "-jar", "/a.jar"}}),
      "(a.jar) java -Xmx4g -XX:+UseG1GC -jar /a.jar");
  const std::string coloured =
      line_of({"/usr/bin/node", "/usr/bin/node", {"node", "-i", "server.js"}}, TextStyle(true));
  EXPECT_NE(coloured.find("\x1b[1mserver.js\x1b[0m"), std::string::npos) << coloured;
}

// In ASCII nothing else is written, and arguments still read back.
TEST(CommandLine, IsAsciiWhereThatIsTheCharset) {
  EXPECT_EQ(line_of({"/bin/echo", "/bin/echo", {"echo", "é", "'"}}, kAscii), R"(echo $'\xc3\xa9' $'\'')");
  std::string text;
  append_visible(text, "a\\é\xff", Charset::ascii);
  append_duration(text, 5000, Charset::ascii);
  EXPECT_EQ(text, R"(a\x5c\xc3\xa9\xff5 us)");
  text.clear();
  EXPECT_EQ(append_fitting(text, "abcdef", 4, Charset::ascii), 4U);
  EXPECT_EQ(text, "abc>");
}

class Arrows : public testing::Test {
 protected:
  // The newest of a line of processes of these names.
  Slot line(const std::vector<std::string>& names) {
    Slot slot = kNoSlot;
    for (const std::string& name : names) {
      ++pid_;
      slot = table_.insert({pid_, pid_}, slot, Edge::observed);
      if (pid_ == 1) table_.set_root(slot);
      table_.set_image(slot, {name, "/x", 1});
    }
    return slot;
  }
  std::string text(Slot slot, const ArrowLimits& limits = {}, const TextStyle& style = kPlain) const {
    std::string out;
    append_arrows(out, style, table_, slot, limits);
    return out;
  }

  ProcessTable table_;
  std::uint32_t pid_ = 0;
};

TEST_F(Arrows, GiveThePidsOfTheNearest) {
  const Slot slot = line({"init", "sshd", "bash", "make", "cc"});
  EXPECT_EQ(text(slot), "make(4) ← bash(3) ← sshd ← init");
  EXPECT_EQ(text(slot, {.ancestors_max = 1, .top = {}}), "make(4) ← …");
  EXPECT_EQ(text(slot, {}, kAscii), "make(4) <- bash(3) <- sshd <- init");
}

TEST_F(Arrows, EndAtTheTop) {
  const Slot slot = line({"init", "sshd", "bash", "make", "cc"});
  EXPECT_EQ(text(slot, {.ancestors_max = 64, .top = {3, 3}}), "make(4) ← bash(3)");
  EXPECT_EQ(text(table_.find(3), {.ancestors_max = 64, .top = {3, 3}}), "");
}

TEST_F(Arrows, NoNamePassesForAnotherLink) {
  EXPECT_EQ(text(line({"init", "a(7)", "b ← c", "d†", "(sd-pam)", "x"})),
            "(sd-pam)(5) ← 'd†'(4) ← 'b ← c' ← 'a(7)' ← init");
  EXPECT_EQ(text(line({"g++", "a<-b", "c", "x"}), {}, kAscii), "c(9) <- 'a<-b'(8) <- 'g++' <- ?");
}

TEST(CharsetTest, IsTheLocalesOwn) {
  EXPECT_EQ(charset_of_locale(nullptr, nullptr, nullptr), Charset::utf8);
  EXPECT_EQ(charset_of_locale("", "", ""), Charset::utf8);
  EXPECT_EQ(charset_of_locale("C", nullptr, "C.UTF-8"), Charset::ascii);
  EXPECT_EQ(charset_of_locale("", "POSIX", "C.UTF-8"), Charset::ascii);
  EXPECT_EQ(charset_of_locale(nullptr, "en_US.utf8", "C"), Charset::utf8);
  EXPECT_EQ(charset_of_locale(nullptr, nullptr, "de_DE.UTF-8@euro"), Charset::utf8);
  EXPECT_EQ(charset_of_locale(nullptr, nullptr, "de_DE.ISO-8859-15@euro"), Charset::ascii);
  EXPECT_EQ(charset_of_locale(nullptr, nullptr, "de_DE@euro"), Charset::ascii);
  EXPECT_EQ(charset_of_locale(nullptr, nullptr, "."), Charset::ascii);
}

}  // namespace
}  // namespace proctree
