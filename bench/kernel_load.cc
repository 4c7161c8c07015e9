// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// For bench/kernel, as `kernel_load [percpu|kernel]`: attaches the BPF programs that it was built with and
// empties their ring, until its standard input ends. What they cost is read from outside.
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "source/bpf/bpf_source.hpp"

namespace {

int print_error(const proctree::Error& error) {
  std::fprintf(stderr, "kernel_load: %s\n", error.message.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  proctree::BpfOptions options;
  if (argc > 1) {
    options.ring =
        std::string_view(argv[1]) == "percpu" ? proctree::RingKind::percpu : proctree::RingKind::kernel;
  }
  auto source = proctree::BpfSource::open(options);
  if (!source) return print_error(source.error());
  if (auto attached = (*source)->attach(); !attached) return print_error(attached.error());
  // As tracing begins: what the programs learn of the host by it spares them some of their way.
  auto pass = (*source)->begin_snapshot();
  if (!pass) return print_error(pass.error());
  const auto discard = [](const proctree::SnapshotTask&) { return proctree::Result<void>{}; };
  if (auto all = (*pass)->next(proctree::kReadAll, discard); !all) return print_error(all.error());
  std::puts("tracing");
  std::fflush(stdout);
  constexpr int kNapMs = 5;  // as long as a consumer naps in a storm
  pollfd input{STDIN_FILENO, POLLIN, 0};
  std::uint64_t lost = 0;
  while (poll(&input, 1, kNapMs) == 0) {
    auto read = (*source)->read(proctree::kReadAll, ~std::uint64_t{0}, [&](const proctree::Event& event) {
      if (const auto* gap = std::get_if<proctree::LostEvent>(&event)) lost += gap->count;
      return proctree::Result<void>{};
    });
    if (!read) return print_error(read.error());
  }
  if (lost != 0)
    std::fprintf(stderr, "kernel_load: %llu events lost\n", static_cast<unsigned long long>(lost));
  return lost == 0 ? 0 : 1;
}
