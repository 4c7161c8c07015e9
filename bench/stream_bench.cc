// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// From the ring's bytes to the lines: decoder, engine, tree and a sink on one thread, as the tracer runs
// them.
#include <benchmark/benchmark.h>
#include <sys/eventfd.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.hpp"
#include "engine/host.hpp"
#include "schema/schema_lines.hpp"
#include "sink/chain_sink.hpp"
#include "sink/jsonl_sink.hpp"
#include "sink/output.hpp"
#include "sink/stats_sink.hpp"
#include "sink/text_sink.hpp"
#include "tracer/tracer_impl.hpp"
#include "wire_stream.hpp"

namespace proctree::bench {
namespace {

constexpr std::uint64_t kBatch = 4096;  // as the commands read

// Takes records and writes nothing.
class NoSink : public Sink {
 public:
  Result<void> on_start(const StartRecord&) override { return {}; }
  Result<void> on_process(const ProcessRecord&) override { return {}; }
  Result<void> on_lost(const LostRecord&) override { return {}; }
  Result<void> on_resync(const ResyncRecord&) override { return {}; }
  Result<void> on_stop(const StopRecord&) override { return {}; }
  Result<void> flush() override { return {}; }
};

void count_per_event(benchmark::State& state, std::uint64_t events) {
  state.counters["s/event"] = benchmark::Counter(static_cast<double>(events),
                                                 benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// As the commands set the engine up for chains and text.
EngineOptions names_alone() {
  EngineOptions options;
  options.show_names_alone();
  return options;
}

void follow(benchmark::State& state, Sink& sink, EngineOptions options, WireStream::Options load = {}) {
  WireStream stream(std::move(load));
  auto host = this_host();
  if (!host) return state.SkipWithError(host.error().to_string().c_str());
  Engine engine(stream, sink, std::move(*host), std::move(options));
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
  count_per_event(state, events);
}

// What a wake-up on a host with little to do costs: a few events, with the caches as another program left
// them.
void follow_cold(benchmark::State& state, Sink& sink, EngineOptions options, WireStream::Options load = {}) {
  constexpr std::uint64_t kWoken = 8;
  constexpr std::size_t kLine = 64;
  std::vector<unsigned char> others(std::size_t{64} << 20);
  WireStream stream(std::move(load));
  auto host = this_host();
  if (!host) return state.SkipWithError(host.error().to_string().c_str());
  Engine engine(stream, sink, std::move(*host), std::move(options));
  if (auto started = engine.start(); !started) return state.SkipWithError("the engine does not start");
  std::uint64_t events = 0;
  for ([[maybe_unused]] auto _ : state) {
    if (stream.position() == stream.read_position()) stream.fill();
    for (std::size_t at = 0; at < others.size(); at += kLine) ++others[at];
    const auto began = std::chrono::steady_clock::now();
    events += engine.pump(kWoken).value_or(0);
    state.SetIterationTime(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  }
  count_per_event(state, events);
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
  count_per_event(state, events);
}

// What is known of processes where lines say little of it, as chain and text do, and where they say all.
void stream_to_tree(benchmark::State& state) {
  NoSink sink;
  follow(state, sink, names_alone());
}
void stream_to_whole_tree(benchmark::State& state) {
  NoSink sink;
  follow(state, sink, {});
}

template <class To, class Options>
void follow_to(benchmark::State& state, EngineOptions engine, const Options& options,
               WireStream::Options load = {}, decltype(follow)* in_which_way = follow) {
  auto output = Output::open("/dev/null");
  if (!output) return state.SkipWithError("no /dev/null");
  To sink(*output, options);
  in_which_way(state, sink, std::move(engine), std::move(load));
}

void stream_to_chain(benchmark::State& state) {
  follow_to<ChainSink>(state, names_alone(), ChainSinkOptions{});
}
void stream_to_text(benchmark::State& state) { follow_to<TextSink>(state, names_alone(), TextOptions{}); }
// --stats: the table that the end prints.
void stream_to_stats(benchmark::State& state) {
  StatsSink sink;
  EngineOptions options = names_alone();
  options.ancestor_args = kAncestorArgsDefault;
  follow(state, sink, std::move(options));
}
void stream_to_jsonl(benchmark::State& state) { follow_to<JsonlSink>(state, {}, JsonlOptions{}); }
void cold_to_tree(benchmark::State& state) {
  NoSink sink;
  follow_cold(state, sink, names_alone());
}
void cold_to_jsonl(benchmark::State& state) {
  follow_to<JsonlSink>(state, {}, JsonlOptions{}, {}, follow_cold);
}

// What folding costs where nothing repeats, as in builds, and spares where all does: some 330 lives a second,
// so that a minute of them is remembered.
void fold(benchmark::State& state, bool repeats, bool folds) {
  follow_to<JsonlSink>(state, {}, JsonlOptions{.events = {}, .fold = folds},
                       {.varied = !repeats, .step_ns = 1'000'000, .programs = repeats ? 4U : 4'096U});
}

void follow_to_schema(benchmark::State& state, schema::Schema schema) {
  auto output = Output::open("/dev/null");
  if (!output) return state.SkipWithError("no /dev/null");
  JsonlSink sink(std::make_unique<schema::SchemaLines>(*output, schema, kLineMaxDefault), JsonlOptions{});
  follow(state, sink, {});
}
void stream_to_ecs(benchmark::State& state) { follow_to_schema(state, schema::Schema::ecs); }
void stream_to_ocsf(benchmark::State& state) { follow_to_schema(state, schema::Schema::ocsf); }

// One argument of 16,000 bytes, of whichever cost most to write. Each life is three events, one of them the
// exec.
void flood(benchmark::State& state, std::string_view unit) {
  std::string argument;
  while (argument.size() < 16'000) argument += unit;
  follow_to<JsonlSink>(state, {}, JsonlOptions{}, {.argument = argument});
}

void flood_text(benchmark::State& state, std::string_view unit) {
  std::string argument;
  while (argument.size() < 16'000) argument += unit;
  follow_to<TextSink>(state, names_alone(), TextOptions{}, {.argument = argument});
}

// A stream with a descriptor that a loop can wait for.
class WaitedForStream final : public WireStream {
 public:
  explicit WaitedForStream(bool varied) : WireStream({.varied = varied}) {}
  [[nodiscard]] int fd() const override { return fd_.get(); }

 private:
  FileDescriptor fd_{eventfd(0, EFD_CLOEXEC)};
};

// To an embedder's callback, as Tracer::poll() hands records to it; the argument is TracerOptions::keep.
void stream_to_callback(benchmark::State& state) {
  auto made = std::make_unique<WaitedForStream>(true);
  WaitedForStream& stream = *made;
  auto host = this_host();
  if (!host) return state.SkipWithError(host.error().to_string().c_str());
  TracerOptions options;
  options.keep = static_cast<std::uint32_t>(state.range(0));
  options.proc_root = "/nonexistent";
  auto tracer = TracerAccess::begin_open(std::move(made), std::move(*host), options);
  if (!tracer || !tracer->open_step(std::chrono::hours(1))) return state.SkipWithError("it does not open");
  std::uint64_t records = 0;
  const Tracer::Callback count = [&records](const Record& record) {
    benchmark::DoNotOptimize(record.task->comm.data());
    ++records;
  };
  const auto read_all = [&] {
    while (tracer->poll(std::chrono::milliseconds(0), count).value_or(0) != 0) {
    }
  };
  if (!tracer->poll_some(std::chrono::milliseconds(0), 1, {})) return state.SkipWithError("no start");
  for (int warm = 0; warm < 12; ++warm) {  // until ended ones go as fast as they come
    stream.fill();
    read_all();
  }
  records = 0;
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    stream.fill();
    state.ResumeTiming();
    read_all();
  }
  count_per_event(state, records);
}

BENCHMARK(decode_alone);
BENCHMARK(stream_to_tree);
BENCHMARK(stream_to_whole_tree);
BENCHMARK(stream_to_callback)
    ->Arg(0)
    ->Arg(kKeepArgs)
    ->Arg(kKeepCwd)
    ->Arg(kKeepContainer)
    ->Arg(kKeepCredentials)
    ->Arg(kKeepTty)
    ->Arg(kKeepEntry)
    ->Arg(kKeepAll);
BENCHMARK(stream_to_chain);
BENCHMARK(stream_to_text);
BENCHMARK(stream_to_stats);
BENCHMARK(stream_to_jsonl);
BENCHMARK(cold_to_tree)->UseManualTime()->Iterations(400);
BENCHMARK(cold_to_jsonl)->UseManualTime()->Iterations(400);
BENCHMARK_CAPTURE(fold, differ_plain, false, false);
BENCHMARK_CAPTURE(fold, differ_folded, false, true);
BENCHMARK_CAPTURE(fold, repeat_plain, true, false);
BENCHMARK_CAPTURE(fold, repeat_folded, true, true);
BENCHMARK(stream_to_ecs);
BENCHMARK(stream_to_ocsf);
BENCHMARK_CAPTURE(flood, letters, "letters!");
BENCHMARK_CAPTURE(flood, controls, "\x01");
BENCHMARK_CAPTURE(flood, control_and_letter, "\x01x");
BENCHMARK_CAPTURE(flood, quotes, "\"\\");
BENCHMARK_CAPTURE(flood, bad_bytes, "\xff");
BENCHMARK_CAPTURE(flood, torn_sequences, "\xe2\x80");
BENCHMARK_CAPTURE(flood, hidden, "\xe2\x80\x8b");
BENCHMARK_CAPTURE(flood, tags, "\xf3\xa0\x80\x81");
BENCHMARK_CAPTURE(flood, accents, "\xc3\xa9");
BENCHMARK_CAPTURE(flood_text, letters, "letters!");
BENCHMARK_CAPTURE(flood_text, controls, "\x01");

}  // namespace
}  // namespace proctree::bench

BENCHMARK_MAIN();
