// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tree/script.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace proctree {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string args;
  for (const std::string& word : words) args += word + '\0';
  return args;
}

struct Case {
  const char* exe;
  std::vector<std::string> words;
  const char* script;
};

TEST(Script, IsFoundBehindTheOptionsOfItsInterpreter) {
  const std::vector<Case> cases = {
      {"/usr/bin/python3.11", {"python3", "nightly-backup"}, "nightly-backup"},
      {"/usr/bin/python3.11", {"python3", "-u", "-W", "ignore", "-Xdev", "/opt/a.py", "-c"}, "/opt/a.py"},
      {"/usr/bin/python3.11", {"python3", "-m", "http.server", "80"}, "http.server"},
      {"/usr/bin/python3.11", {"python3", "-um", "http.server"}, "http.server"},
      {"/usr/bin/python3.11", {"python3", "-c", "import os"}, ""},
      {"/usr/bin/python3.11", {"python3", "-"}, ""},
      {"/usr/bin/python3.11", {"python3"}, ""},
      {"/usr/bin/pypy3", {"pypy3", "x.py"}, "x.py"},
      {"/usr/bin/dash", {"sh", "script"}, "script"},
      {"/usr/bin/dash", {"sh", "-ex", "script"}, "script"},
      {"/usr/bin/dash", {"sh", "-c", "script"}, ""},
      {"/usr/bin/bash", {"bash", "+x", "-o", "pipefail", "--", "-odd"}, "-odd"},
      {"/usr/bin/bash", {"bash", "-eo", "pipefail", "run.sh"}, "run.sh"},
      {"/usr/bin/bash", {"bash", "--rcfile", "x", "-i"}, ""},
      {"/usr/bin/bash", {"-bash"}, ""},
      {"/bin/busybox", {"sh", "init"}, "init"},
      {"/bin/busybox", {"ls", "init"}, ""},
      {"", {"/usr/bin/perl", "x.pl"}, "x.pl"},
      {"/usr/bin/perl", {"perl", "-w", "-Ilib", "-I", "inc", "-MFoo=e", "x.pl"}, "x.pl"},
      {"/usr/bin/perl", {"perl", "-ne", "print"}, ""},
      {"/usr/bin/perl", {"perl", "-i.bak", "x.pl"}, "x.pl"},
      {"/usr/bin/ruby3.1", {"ruby", "-I", "lib", "-rjson", "-W0", "app.rb"}, "app.rb"},
      {"/usr/bin/node", {"node", "--max-old-space-size=4096", "server.js"}, "server.js"},
      {"/usr/bin/node", {"node", "-r", "dotenv/config", "--import=x", "server.js"}, "server.js"},
      {"/usr/bin/node", {"node", "--eval", "1"}, ""},
      {"/usr/bin/node", {"node", "-pe", "1"}, ""},
      {"/usr/bin/deno", {"deno", "run", "-A", "main.ts"}, "main.ts"},
      {"/usr/lib/jvm/java-17/bin/java", {"java", "-jar", "app.jar", "x"}, "app.jar"},
      {"/usr/lib/jvm/java-17/bin/java", {"java", "-Xmx4g", "-cp", "a:b", "com.foo.Main"}, "com.foo.Main"},
      {"/usr/lib/jvm/java-17/bin/java", {"java", "@opts", "-p", "mods", "-m", "a/b.Main"}, "a/b.Main"},
      {"/usr/bin/php8.2", {"php", "-d", "x=y", "-f", "index.php"}, "index.php"},
      {"/usr/bin/php8.2", {"php", "-r", "echo 1;"}, ""},
      {"/usr/bin/mawk", {"awk", "{ print }", "file"}, ""},
      {"/usr/bin/mawk", {"awk", "-F:", "-fprog.awk", "file"}, "prog.awk"},
      {"/usr/bin/expect", {"expect", "-f", "login.exp"}, "login.exp"},
      {"/usr/bin/pwsh", {"pwsh", "-NoProfile", "-File", "a.ps1"}, "a.ps1"},
      {"/usr/bin/grep", {"grep", "x"}, ""},
      // Whatever argv[0] says.
      {"/tmp/evil", {"python3", "x.py"}, ""},
      {"/usr/bin/python3.11", {"sshd:", "x.py"}, "x.py"},
  };
  for (const Case& one : cases) {
    const std::string args = joined(one.words);
    std::string shown = one.exe;
    for (const std::string& word : one.words) shown += ' ' + word;
    EXPECT_EQ(script_argument(one.exe, args), one.script) << shown;
  }
}

// Arguments may be cut anywhere, and hold anything.
TEST(Script, IsWithinTheArguments) {
  const std::string args = joined({"python3", "-W", "x", "--check-hash-based-pycs", "y", "-m", "a.b", "c"});
  for (std::size_t size = 0; size <= args.size(); ++size) {
    const std::string_view cut = std::string_view(args).substr(0, size);
    const std::string_view script = script_argument("/usr/bin/python3", cut);
    if (script.empty()) continue;
    EXPECT_GE(script.data(), cut.data());
    EXPECT_LE(script.data() + script.size(), cut.data() + cut.size());
  }
  EXPECT_EQ(script_argument("", ""), "");
  EXPECT_EQ(script_argument("123", std::string_view("\0", 1)), "");
}

}  // namespace
}  // namespace proctree
