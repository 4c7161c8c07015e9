// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// make_recording EVENTS: a made-up recording of EVENTS events on standard output, for bench/replay.
#include <cstdio>

#include "base/parse_text.hpp"
#include "recording.hpp"
#include "recording_program.hpp"

int main(int argc, char** argv) {
  using namespace proctree;
  const auto events = argc == 2 ? parse_number<std::uint64_t>(argv[1]) : std::nullopt;
  if (!events) {
    std::fputs("usage: make_recording EVENTS\n", stderr);
    return 2;
  }
  return bench::write_recording("make_recording",
                                [&](Sink& sink) { return bench::Recording(sink).play(*events); });
}
