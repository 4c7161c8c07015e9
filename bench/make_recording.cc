// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// make_recording EVENTS: a made-up recording of so many events on standard output, for bench/replay.
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/parse_text.hpp"
#include "recording.hpp"
#include "sink/jsonl_sink.hpp"

namespace {

proctree::Result<void> write(std::uint64_t events) {
  auto output = proctree::Output::open("-");
  if (!output) return tl::make_unexpected(std::move(output.error()));
  proctree::JsonlSink sink(*output, {});
  proctree::bench::Recording recording(sink);
  auto done = recording.play(events);
  return done ? output->close() : done;
}

}  // namespace

int main(int argc, char** argv) {
  const auto events = argc == 2 ? proctree::parse_number<std::uint64_t>(argv[1]) : std::nullopt;
  if (!events) {
    std::fputs("usage: make_recording EVENTS\n", stderr);
    return 2;
  }
  const auto done = write(*events);
  if (done) return EXIT_SUCCESS;
  std::fprintf(stderr, "make_recording: %s\n", done.error().to_string().c_str());
  return EXIT_FAILURE;
}
