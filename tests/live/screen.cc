// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "screen.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace proctree::live {

TestScreen::TestScreen(const std::string& command, unsigned columns, unsigned lines) {
  const std::string script = "cd " + dir_.path() +
                             "\nstty -g >before\ntrap : INT HUP\nsh -c 'echo $$ >pid; exec " + command +
                             "'\nstatus=$?\nstty -g >after\necho $status >status\nexec sleep 1000\n";
  std::ofstream(dir_.file("script")) << script;
  tmux({"new-session", "-d", "-x", std::to_string(columns), "-y", std::to_string(lines),
        "exec sh " + dir_.file("script")});
}

TestScreen::~TestScreen() { tmux({"kill-server"}); }

std::string TestScreen::tmux(std::vector<std::string> words) const {
  words.insert(words.begin(), {"tmux", "-u", "-S", dir_.file("socket"), "-f", "/dev/null"});
  const Ran ran = run(std::move(words), {}, {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TERM=xterm"});
  if (ran.code() == 127) {
    std::fputs("tmux is missing: scripts/install-deps test\n", stderr);
    std::abort();
  }
  return ran.out;
}

bool TestScreen::is_taken() const { return tmux({"display-message", "-p", "#{alternate_on}"}) == "1\n"; }

bool TestScreen::is_restored() const {
  return !is_taken() && read_file(dir_.file("before")) == read_file(dir_.file("after"));
}

bool TestScreen::send_signal(const std::string& name) const {
  return run({"/bin/sh", "-c", "kill -" + name + " " + read_file(dir_.file("pid"))}).code() == 0;
}

std::string TestScreen::text() const { return tmux({"capture-pane", "-p"}); }

void TestScreen::resize(unsigned columns, unsigned lines) const {
  tmux({"resize-window", "-x", std::to_string(columns), "-y", std::to_string(lines)});
}

void TestScreen::press(const std::string& key) const { tmux({"send-keys", key}); }
void TestScreen::type(const std::string& text) const { tmux({"send-keys", "-l", text}); }

bool TestScreen::wait_for(const std::function<bool(const std::string&)>& holds) const {
  const auto deadline = std::chrono::steady_clock::now() + patiently(std::chrono::seconds(30));
  while (!holds(text())) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    usleep(30'000);
  }
  return true;
}

bool TestScreen::wait_for(const std::string& part) const {
  return wait_for([&part](const std::string& text) { return text.find(part) != std::string::npos; });
}

bool TestScreen::wait_until_ended() const {
  return wait_for([this](const std::string&) { return !exit_code().empty(); });
}

}  // namespace proctree::live
