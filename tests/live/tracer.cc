// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "tracer.hpp"

#include <fcntl.h>
#include <sys/wait.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <thread>

namespace proctree::live {
namespace {

// The N of the line "proctree: tracing, N processes known", where that has been said.
std::optional<unsigned long> known_in(const std::string& errors) {
  static constexpr std::string_view kBefore = "proctree: tracing, ", kAfter = " processes known\n";
  const std::size_t at = errors.find(kBefore);
  if (at == std::string::npos || (at > 0 && errors[at - 1] != '\n')) return std::nullopt;
  unsigned long known = 0;
  const char* end = errors.data() + errors.size();
  const auto number = std::from_chars(errors.data() + at + kBefore.size(), end, known);
  if (number.ec != std::errc() || !std::string_view(number.ptr, end).starts_with(kAfter)) return std::nullopt;
  return known;
}

// Those sent to the process and not taken yet, of /proc/PID/status; all where it doesn't say.
std::uint64_t pending_signals(const std::string& status) {
  static constexpr std::string_view kField = "\nShdPnd:\t";
  std::uint64_t pending = ~std::uint64_t{0};
  if (const std::size_t at = status.find(kField); at != std::string::npos)
    std::from_chars(status.data() + at + kField.size(), status.data() + status.size(), pending, 16);
  return pending;
}

// The whole suite with one kind of ring: PROCTREE_LIVE_RING=percpu or kernel.
std::vector<std::string> ring_of_suite(const std::vector<std::string>& args) {
  const char* ring = std::getenv("PROCTREE_LIVE_RING");
  const auto given = [&args](const char* word) { return std::ranges::find(args, word) != args.end(); };
  if (ring == nullptr || given("--ring") || given("netlink")) return {};
  return {"--ring", ring};
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
  how.argv = options.under;
  how.argv.insert(how.argv.end(), {options.program, "trace"});
  if (!options.format.empty()) how.argv.insert(how.argv.end(), {"--format", options.format});
  if (!options.stdout_fd) how.argv.insert(how.argv.end(), {"--output", output_});
  how.argv.insert(how.argv.end(), options.args.begin(), options.args.end());
  how.env.insert(how.env.end(), options.env.begin(), options.env.end());
  const auto ring = ring_of_suite(options.args);
  how.argv.insert(how.argv.end(), ring.begin(), ring.end());
  const Fd null = open_file("/dev/null", O_RDWR),
           err = open_file(dir_.file("err"), O_WRONLY | O_CREAT | O_APPEND);
  how.fds = {{null.get(), 0}, {options.stdout_fd.value_or(null.get()), 1}, {err.get(), 2}};
  pid_ = launch(how);
}

Tracer::~Tracer() {
  if (pid_ > 0) (void)stop(SIGKILL);
}

bool Tracer::is_tracing() const { return known_in(errors()).has_value(); }

bool Tracer::wait_until_tracing() const {
  const auto deadline = std::chrono::steady_clock::now() + patiently(std::chrono::seconds(30));
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

bool Tracer::wait_for_output(const std::string& text) const {
  const auto deadline = std::chrono::steady_clock::now() + patiently(std::chrono::seconds(60));
  while (output().find(text) == std::string::npos) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

bool Tracer::signal_and_wait(int signal) const {
  if (kill(pid_, signal) != 0) return false;
  const auto deadline = std::chrono::steady_clock::now() + patiently(std::chrono::seconds(30));
  const std::string path = "/proc/" + std::to_string(pid_) + "/status";
  while (std::chrono::steady_clock::now() < deadline) {
    const std::string status = read_file(path);
    if (status.find("\nState:\tS") != std::string::npos && (pending_signals(status) >> (signal - 1) & 1) == 0)
      return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

unsigned long Tracer::known() const { return known_in(errors()).value_or(0); }

std::string Tracer::stop(int signal) {
  if (pid_ > 0) {
    if (signal != 0) kill(pid_, signal);
    status_ = wait_for(pid_);
    pid_ = -1;
  }
  return status_text(status_);
}

}  // namespace proctree::live
