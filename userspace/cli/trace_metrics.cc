// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/trace_metrics.hpp"

#include <cstdint>

#include "base/prometheus.hpp"

namespace proctree {

namespace {

void add_events(PrometheusText& metrics, const Engine& engine) {
  constexpr const char* kEvents = "proctree_events_total";
  const Totals& totals = engine.totals();
  metrics.begin(kEvents, "Events taken from the kernel, by kind.", "counter");
  metrics.value(kEvents, "kind", "fork", totals.forks);
  metrics.value(kEvents, "kind", "exec", totals.execs);
  metrics.value(kEvents, "kind", "exit", totals.exits);
  if (const auto failed = engine.failed_execs()) metrics.value(kEvents, "kind", "exec_failed", *failed);
  metrics.counter("proctree_lost_events_total", "Events that were lost.", totals.lost);
  metrics.counter("proctree_resyncs_total", "How often the tree was resynchronised after a loss.",
                  totals.resyncs);
  metrics.gauge("proctree_processes", "Processes that live.", engine.table().live());
}

// What could not be delivered or read, or was evicted by the bound on memory.
void add_counters(PrometheusText& metrics, const Engine& engine) {
  constexpr const char* kName = "proctree_problems_total";
  const auto counters = engine.counters();
  if (!counters) return;
  metrics.begin(kName, "What could not be delivered or read, by name (`counters` of a stream's last line).",
                "counter");
  for (const Counter& counter : *counters) metrics.value(kName, "name", counter.name, counter.value);
}

void add_spool(PrometheusText& metrics, const SpoolState& spool) {
  metrics.counter("proctree_spool_lines_total", "Lines given to the spool.", spool.lines);
  metrics.counter("proctree_spool_dropped_lines_total", "Lines for which the disk had no room.",
                  spool.dropped_lines);
  metrics.counter("proctree_spool_expired_segments_total", "Segments dropped at the bound on disk.",
                  spool.expired_segments);
  metrics.counter("proctree_spool_failures_total", "Syncs and compressions that failed.", spool.failures);
  metrics.gauge("proctree_spool_bytes", "Bytes of all segments on disk.", spool.bytes);
  metrics.gauge("proctree_spool_segments", "Segments on disk.", spool.segments);
  metrics.gauge("proctree_spool_waiting_bytes", "Bytes of lines that wait for the disk.",
                spool.waiting_bytes);
}

}  // namespace

std::string trace_metrics(const Engine& engine, const SpoolWriter* spool) {
  PrometheusText metrics;
  add_events(metrics, engine);
  add_counters(metrics, engine);
  if (spool != nullptr) add_spool(metrics, spool->state());
  return metrics.text();
}

}  // namespace proctree
