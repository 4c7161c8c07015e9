// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// make_week LIVES [mix|build|loops]: a made-up recording of a host's week on standard output.
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/parse_text.hpp"
#include "sink/jsonl_sink.hpp"
#include "week.hpp"

namespace {

using Week = proctree::bench::Week;

proctree::Result<void> write(std::uint64_t lives, Week::Load load) {
  auto output = proctree::Output::open("-");
  if (!output) return tl::make_unexpected(std::move(output.error()));
  proctree::JsonlSink sink(*output, {});
  Week week(sink, load);
  auto done = week.play(lives);
  return done ? output->close() : done;
}

}  // namespace

int main(int argc, char** argv) {
  const auto lives = argc > 1 ? proctree::parse_number<std::uint64_t>(argv[1]) : std::nullopt;
  const std::string_view load = argc > 2 ? argv[2] : "mix";
  if (!lives || *lives == 0 || argc > 3 || (load != "mix" && load != "build" && load != "loops")) {
    std::fputs("usage: make_week LIVES [mix|build|loops]\n", stderr);
    return 2;
  }
  const auto done = write(*lives, load == "mix"     ? Week::Load::mix
                                  : load == "build" ? Week::Load::build
                                                    : Week::Load::loops);
  if (done) return EXIT_SUCCESS;
  std::fprintf(stderr, "make_week: %s\n", done.error().to_string().c_str());
  return EXIT_FAILURE;
}
