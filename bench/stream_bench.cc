// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// From the ring's bytes to the lines: decoder, engine, tree and a sink on one thread, as the tracer runs
// them.
#include <benchmark/benchmark.h>

#include <string>

#include "engine/engine.hpp"
#include "engine/host.hpp"
#include "sink/chain_sink.hpp"
#include "sink/jsonl_sink.hpp"
#include "sink/output.hpp"
#include "sink/text_sink.hpp"
#include "wire_stream.hpp"

namespace proctree::bench {
namespace {

constexpr std::uint64_t kBatch = 4096;  // as the commands read

// Takes what it is told and writes nothing.
class NoSink : public Sink {
 public:
  Result<void> on_start(const StartRecord&) override { return {}; }
  Result<void> on_process(const ProcessRecord&) override { return {}; }
  Result<void> on_lost(const LostRecord&) override { return {}; }
  Result<void> on_resync(const ResyncRecord&) override { return {}; }
  Result<void> on_stop(const StopRecord&) override { return {}; }
  Result<void> flush() override { return {}; }
};

void follow(benchmark::State& state, Sink& sink) {
  WireStream stream;
  auto host = this_host();
  if (!host) return state.SkipWithError(host.error().to_string().c_str());
  Engine engine(stream, sink, std::move(*host), {});
  if (auto started = engine.start(); !started) return state.SkipWithError("the engine does not start");
  std::uint64_t events = 0;
  for (int warm = 0; warm < 4; ++warm) {
    stream.fill();
    while (engine.pump(kBatch).value_or(0) != 0) {
    }
  }
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    stream.fill();
    if (auto ticked = engine.tick(); !ticked) return state.SkipWithError("tick failed");
    state.ResumeTiming();
    while (const std::uint64_t read = engine.pump(kBatch).value_or(0)) events += read;
  }
  state.counters["events/s"] = benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
  state.counters["s/event"] = benchmark::Counter(static_cast<double>(events),
                                                 benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void decode_alone(benchmark::State& state) {
  WireStream stream;
  std::uint64_t events = 0;
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    stream.fill();
    state.ResumeTiming();
    events += stream.read(kReadAll, kReadAll, [](const Event&) { return Result<void>{}; }).value_or(0);
  }
  state.counters["s/event"] = benchmark::Counter(static_cast<double>(events),
                                                 benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void stream_to_tree(benchmark::State& state) {
  NoSink sink;
  follow(state, sink);
}

template <class To, class Options>
void follow_to(benchmark::State& state, const Options& options) {
  auto output = Output::open("/dev/null");
  if (!output) return state.SkipWithError("no /dev/null");
  To sink(*output, options);
  follow(state, sink);
}

void stream_to_chain(benchmark::State& state) { follow_to<ChainSink>(state, ChainOptions{}); }
void stream_to_text(benchmark::State& state) { follow_to<TextSink>(state, TextOptions{}); }
void stream_to_jsonl(benchmark::State& state) { follow_to<JsonlSink>(state, JsonlOptions{}); }

BENCHMARK(decode_alone);
BENCHMARK(stream_to_tree);
BENCHMARK(stream_to_chain);
BENCHMARK(stream_to_text);
BENCHMARK(stream_to_jsonl);

}  // namespace
}  // namespace proctree::bench

BENCHMARK_MAIN();
