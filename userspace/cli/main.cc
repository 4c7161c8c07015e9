// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The proctree program.
#include <variant>

#include "base/try.hpp"
#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/print.hpp"
#include "cli/program.hpp"
#include "cli/ship_program.hpp"

namespace {

using proctree::Result;

Result<int> do_request(const proctree::ShownText& shown) { return proctree::print(shown.text); }

template <class Options>
Result<int> do_request(const Options& options) {
  return proctree::run_command(options);
}

Result<int> run_request(const proctree::Request& request, std::span<const char* const> words) {
  if (proctree::needs_ship_program(request)) return proctree::execute_ship_program(words);
  return std::visit([](const auto& asked) { return do_request(asked); }, request);
}

}  // namespace

int main(int argc, char** argv) { return proctree::run_program(argc, argv, run_request); }
