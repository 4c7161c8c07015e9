// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// make_recording EVENTS: a made-up recording of so many events on standard output, for bench/replay.
#include <cstdio>
#include <cstdlib>

#include "procfs/parse.hpp"
#include "recording.hpp"
#include "sink/jsonl_sink.hpp"

int main(int argc, char** argv) {
  using namespace proctree;
  const auto events = argc == 2 ? parse_number<std::uint64_t>(argv[1]) : std::nullopt;
  if (!events) {
    std::fputs("usage: make_recording EVENTS\n", stderr);
    return 2;
  }
  auto output = Output::open("-");
  if (!output) return EXIT_FAILURE;
  JsonlSink sink(*output, {});
  bench::Recording recording(sink);
  auto done = recording.play(*events);
  if (done) done = output->close();
  if (done) return EXIT_SUCCESS;
  std::fprintf(stderr, "make_recording: %s\n", done.error().to_string().c_str());
  return EXIT_FAILURE;
}
