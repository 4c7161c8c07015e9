// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/program.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <new>

#include "cli/notice.hpp"
#include "cli/write_signals.hpp"

namespace proctree {

namespace {

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

// Standard descriptors that were closed must not become a file of ours: a message would be written into it.
// Each is filled with one on which its use fails as it did: reading from a 0, writing to a 1 or 2.
bool hold_standard_descriptors() {
  static constexpr std::array kStandard = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  return std::ranges::all_of(kStandard, [](int fd) {
    // The lowest free one is taken, which is this.
    return ::fcntl(fd, F_GETFD) >= 0 || ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) == fd;
  });
}

int run_words(std::span<const char* const> words, RunRequest run) {
  const auto request = read_command_line(words);
  const auto done = request ? run(*request, words) : Result<int>(tl::make_unexpected(request.error()));
  if (done) return *done;
  print_notice(done.error().to_string());
  return done.error().code == ErrorCode::invalid_argument ? kWrongUsage : kFailed;
}

}  // namespace

int run_program(int argc, char** argv, RunRequest run) {
  if (!hold_standard_descriptors()) return kFailed;
  ignore_write_signals();
  try {
    return run_words({argv + std::min(argc, 1), argv + argc}, run);
  } catch (const std::bad_alloc&) {
    print_notice("out of memory; free some, or raise the limit on it (ulimit -v)");
  } catch (const std::exception& error) {
    print_notice(error.what());
  }
  return kFailed;
}

}  // namespace proctree
