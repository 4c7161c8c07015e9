// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the programs share that write a made-up recording to standard output.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "sink/jsonl_sink.hpp"

namespace proctree::bench {

// `play` hands everything to the sink; returns the program's status.
template <class Play>
int write_recording(const char* program, const Play& play) {
  const auto write = [&play]() -> Result<void> {
    auto output = Output::open("-");
    if (!output) return tl::make_unexpected(std::move(output.error()));
    JsonlSink sink(*output, {});
    auto done = play(sink);
    return done ? output->close() : done;
  };
  const auto done = write();
  if (done) return EXIT_SUCCESS;
  std::fprintf(stderr, "%s: %s\n", program, done.error().to_string().c_str());
  return EXIT_FAILURE;
}

}  // namespace proctree::bench
