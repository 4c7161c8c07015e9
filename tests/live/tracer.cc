// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tracer.hpp"

#include <fcntl.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <regex>
#include <thread>

namespace proctree::live {
namespace {

const std::regex& tracing_line() {
  static const std::regex line(R"((^|\n)proctree: tracing, (\d+) processes known\n)");
  return line;
}

}  // namespace

std::string proctree_path() {
  const char* other = std::getenv("PROCTREE_PROGRAM");
  return other != nullptr ? other : PROCTREE_PROGRAM;
}

Tracer::Tracer() : Tracer(Options{}) {}

Tracer::Tracer(Options options) {
  output_ = options.output.value_or(dir_.file("out"));
  Launch how;
  how.argv = {proctree_path(), "trace"};
  if (!options.format.empty()) how.argv.insert(how.argv.end(), {"--format", options.format});
  if (!options.stdout_fd) how.argv.insert(how.argv.end(), {"--output", output_});
  how.argv.insert(how.argv.end(), options.args.begin(), options.args.end());
  how.env.insert(how.env.end(), options.env.begin(), options.env.end());
  const Fd null = open_file("/dev/null", O_RDWR),
           err = open_file(dir_.file("err"), O_WRONLY | O_CREAT | O_APPEND);
  how.fds = {{null.get(), 0}, {options.stdout_fd.value_or(null.get()), 1}, {err.get(), 2}};
  pid_ = launch(how);
}

Tracer::~Tracer() {
  if (pid_ > 0) (void)stop(SIGKILL);
}

bool Tracer::is_tracing() const { return std::regex_search(errors(), tracing_line()); }

bool Tracer::wait_until_tracing() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < deadline) {
    if (is_tracing()) return true;
    siginfo_t ended{};
    const auto id = static_cast<id_t>(pid_);
    if (waitid(P_PID, id, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == pid_)
      return is_tracing();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

unsigned long Tracer::known() const {
  const std::string text = errors();
  std::smatch match;
  return std::regex_search(text, match, tracing_line()) ? std::stoul(match[2]) : 0;
}

std::string Tracer::stop(int signal) {
  if (pid_ > 0) {
    if (signal != 0) kill(pid_, signal);
    status_ = wait_for(pid_);
    pid_ = -1;
  }
  return status_text(status_);
}

}  // namespace proctree::live
