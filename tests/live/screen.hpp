// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A terminal of a test's own (tmux's), with a program in it: keys go in, and what stands on it comes out.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "process.hpp"

namespace proctree::live {

class TestScreen {
 public:
  // Runs a command of sh(1) in it.
  explicit TestScreen(const std::string& command, unsigned columns = 100, unsigned lines = 30);
  ~TestScreen();
  TestScreen(const TestScreen&) = delete;
  TestScreen& operator=(const TestScreen&) = delete;

  [[nodiscard]] std::string text() const;  // as it is now, a line each
  [[nodiscard]] std::string exit_code() const { return read_file(dir_.file("status")); }  // empty: it runs
  // In the screen that programs take for themselves, and leave as it was before.
  [[nodiscard]] bool is_taken() const;
  // Once it has ended: whether its settings are those from before.
  [[nodiscard]] bool is_restored() const;
  [[nodiscard]] bool send_signal(const std::string& name) const;  // to the command
  void resize(unsigned columns, unsigned lines) const;
  void press(const std::string& key) const;  // as tmux calls it: "q", "Enter", "C-c"
  void type(const std::string& text) const;

  // Until the text satisfies it; false: it never did.
  [[nodiscard]] bool wait_for(const std::function<bool(const std::string&)>& holds) const;
  [[nodiscard]] bool wait_for(const std::string& part) const;
  [[nodiscard]] bool wait_until_ended() const;

 private:
  std::string tmux(std::vector<std::string> words) const;

  TempDir dir_;
};

}  // namespace proctree::live
