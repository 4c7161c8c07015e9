// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The proctree program: reads the command line, runs the command chosen, tells errors.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/escape.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/process_view.hpp"
#include "proctree/error.hpp"

namespace {

using proctree::ErrorCode;
using proctree::Result;

constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;

// One line, whatever stands in the text: file names and arguments may hold anything.
void tell(std::string_view text) {
  std::string line = "proctree: ";
  proctree::append_visible(line, text);
  line += '\n';
  // Where standard error is closed too there is nobody left to tell.
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

// Standard descriptors that were closed must not become a file of ours: a message would be written into it.
// Each is filled with one on which its use fails as it did: reading from a 0, writing to a 1 or 2.
bool hold_standard_descriptors() {
  static constexpr std::array kStandard = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  return std::ranges::all_of(kStandard, [](int fd) {
    // The lowest free one is taken, which is this.
    return fcntl(fd, F_GETFD) >= 0 || open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) == fd;
  });
}

Result<int> do_request(const proctree::ShownText& shown) { return proctree::print(shown.text); }

template <class Options>
Result<int> do_request(const Options& options) {
  return proctree::run_command(options);
}

int run(std::span<const char* const> words) {
  const auto request = proctree::read_command_line(words);
  const auto done = request ? std::visit([](const auto& asked) { return do_request(asked); }, *request)
                            : Result<int>(tl::make_unexpected(request.error()));
  if (done) return *done;
  tell(done.error().to_string());
  return done.error().code == ErrorCode::invalid_argument ? kWrongUsage : kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  if (!hold_standard_descriptors()) return kFailed;
  // A reader that went away, and a file that may not grow, are errors of write(2), told like any other.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return run({argv + std::min(argc, 1), argv + argc});
  } catch (const std::bad_alloc&) {
    tell("out of memory; free some, or raise the limit on it (ulimit -v)");
    return kFailed;
  } catch (const std::exception& error) {
    tell(error.what());
    return kFailed;
  }
}
