// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// make_week LIVES [mix|build|loops]: a made-up recording of a host's week on standard output.
#include <cstdio>
#include <string_view>

#include "base/parse_text.hpp"
#include "recording_program.hpp"
#include "week.hpp"

int main(int argc, char** argv) {
  using namespace proctree;
  using Week = bench::Week;
  const auto lives = argc > 1 ? parse_number<std::uint64_t>(argv[1]) : std::nullopt;
  const std::string_view load = argc > 2 ? argv[2] : "mix";
  if (!lives || *lives == 0 || argc > 3 || (load != "mix" && load != "build" && load != "loops")) {
    std::fputs("usage: make_week LIVES [mix|build|loops]\n", stderr);
    return 2;
  }
  const Week::Load of = load == "mix"     ? Week::Load::mix
                        : load == "build" ? Week::Load::build
                                          : Week::Load::loops;
  return bench::write_recording("make_week", [&](Sink& sink) { return Week(sink, of).play(*lives); });
}
