// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The real program, traced from outside: `proctree trace`, its standard error, its end.
#pragma once

#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include "process.hpp"
#include "stream.hpp"

namespace proctree::live {

// The program under test: this build's, or what the environment's PROCTREE_PROGRAM names.
[[nodiscard]] std::string proctree_path();

class Tracer {
 public:
  struct Options {
    std::vector<std::string> args = {};      // beside --format and --output
    std::string format = "jsonl";            // empty: none given
    std::optional<std::string> output = {};  // --output = {}; none: a file of its own
    std::optional<int> stdout_fd = {};       // then no --output is given
    std::vector<std::string> env = {};
    std::vector<std::string> under = {};  // a command that runs it
    std::string program = proctree_path();
  };

  Tracer();
  explicit Tracer(Options options);
  ~Tracer();
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  // Waits until it says that it is tracing. False: it ended, or never said so; see errors().
  [[nodiscard]] bool wait_until_tracing() const;
  [[nodiscard]] bool is_tracing() const;
  // The N of "tracing, N processes known".
  [[nodiscard]] unsigned long known() const;
  [[nodiscard]] pid_t pid() const { return pid_; }

  // Waits until what it has written contains this.
  [[nodiscard]] bool wait_for_output(const std::string& text) const;
  // Sends a signal, and waits until the tracer has taken it and sleeps again.
  [[nodiscard]] bool signal_and_wait(int signal) const;

  // Sends the signal (0: none), waits for its end: "exit 0".
  std::string stop(int signal = SIGINT);
  [[nodiscard]] std::string errors() const { return read_file(dir_.file("err")); }
  [[nodiscard]] std::string output() const { return read_file(output_); }
  [[nodiscard]] Stream stream(Problems& problems, bool all_facts = true) const {
    return read_stream(output(), problems, all_facts);
  }

 private:
  TempDir dir_;
  std::string output_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

}  // namespace proctree::live
