// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// JSON lines: every record with all its facts, one object a line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/json.hpp"
#include "base/timestamp.hpp"
#include "engine/record.hpp"
#include "sink/event_set.hpp"
#include "sink/jsonl_fields.hpp"
#include "sink/line_cutter.hpp"
#include "sink/output.hpp"

namespace proctree {

struct JsonlOptions {
  EventSet events;                 // start, stop, lost and resync are always written
  std::size_t ancestors_max = 64;  // entries of `ancestors`
  std::size_t line_max = kLineMaxDefault;
};

class JsonlSink final : public Sink {
 public:
  JsonlSink(Output& output, JsonlOptions options)
      : output_(output), options_(options), fields_(json_, options.line_max) {}

  Result<void> on_start(const StartRecord& record) override;
  Result<void> on_process(const ProcessRecord& record) override;
  Result<void> on_resynced(const ProcessRecord& record, Mended mended) override;
  [[nodiscard]] bool takes_resynced() const override { return true; }
  Result<void> on_lost(const LostRecord& record) override;
  Result<void> on_resync(const ResyncRecord& record) override;
  Result<void> on_stop(const StopRecord& record) override;
  Result<void> flush() override { return output_.flush(); }

 private:
  void begin(RecordKind kind, const RecordHead& head);
  void put(const ProcessRecord& record);
  Result<void> end();

  Output& output_;
  JsonlOptions options_;
  JsonWriter json_;
  JsonFields fields_;
  LineCutter cutter_;
  UtcTime time_;
  std::uint64_t seq_ = 0;
};

}  // namespace proctree
