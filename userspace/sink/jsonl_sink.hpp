// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// JSON lines: every record with all its facts, one object a line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "base/timestamp.hpp"
#include "engine/record.hpp"
#include "sink/earlier_stream.hpp"
#include "sink/event_set.hpp"
#include "sink/file_lines.hpp"
#include "sink/fold.hpp"
#include "sink/json_lines.hpp"
#include "sink/jsonl_fields.hpp"
#include "sink/line_cutter.hpp"
#include "sink/output.hpp"

namespace proctree {

struct JsonlOptions {
  EventSet events;                 // start, stop, lost and resync are always written
  std::size_t ancestors_max = 64;  // entries of `ancestors`
  std::size_t line_max = kLineMaxDefault;
  std::optional<EarlierStream> earlier = {};
  bool fold = false;  // lives that repeat are counted
};

class JsonlSink final : public Sink, private FoldLines {
 public:
  JsonlSink(JsonLines& lines, JsonlOptions options)
      : lines_(lines), options_(std::move(options)), fields_(json_, options_.line_max) {
    if (lines_.reads_members()) json_.note_members(members_.emplace());
    if (options_.fold) fold_.emplace(static_cast<FoldLines&>(*this));
  }
  JsonlSink(std::unique_ptr<JsonLines> lines, JsonlOptions options) : JsonlSink(*lines, std::move(options)) {
    owned_lines_ = std::move(lines);
  }
  JsonlSink(Output& output, JsonlOptions options)
      : JsonlSink(std::make_unique<FileLines>(output), std::move(options)) {}

  Result<void> on_start(const StartRecord& record) override;
  Result<void> on_process(const ProcessRecord& record) override;
  Result<void> on_resynced(const ProcessRecord& record, Resynced change) override;
  [[nodiscard]] bool takes_resynced() const override { return true; }
  Result<void> on_lost(const LostRecord& record) override;
  Result<void> on_hash(const HashRecord& record) override;
  Result<void> on_resync(const ResyncRecord& record) override;
  Result<void> on_stop(const StopRecord& record) override;
  Result<void> flush() override { return lines_.flush(); }

  // Writes what is held: all of it, since a file or segment ends here; or what is due, boot time. The latter
  // returns when it is to be called again.
  Result<void> end_segment();
  Result<std::uint64_t> expire(std::uint64_t now_ns);
  void begin_segment() { lines_.begin_segment(); }

 private:
  void begin(RecordKind kind, const RecordHead& head);
  void begin(std::string_view type, const RecordHead& head);
  Result<void> begin_line(RecordKind kind, const RecordHead& head);
  Result<void> begin_line(std::string_view type, const RecordHead& head);
  Result<void> report_dropped(const RecordHead& head);
  Result<void> take(const ProcessRecord& record);
  Result<void> make_room();
  Result<std::uint64_t> write_held(const HeldLine& line) override;
  Result<void> write_repeat(const Repeat& repeat) override;
  [[nodiscard]] std::string_view finished_line();
  void put(const ProcessRecord& record);
  Result<void> end(const LineTotals& totals = {});
  Result<void> write_dropped(const DroppedLines& dropped, const RecordHead& head);
  Result<void> write_restart(const RecordHead& head);
  void write_host(const Host& host);
  void write_tracer(const StartRecord& record);

  std::unique_ptr<JsonLines> owned_lines_;
  JsonLines& lines_;
  JsonlOptions options_;
  std::optional<JsonMembers> members_;
  JsonWriter json_;
  JsonFields fields_;
  LineCutter cutter_;
  UtcTime time_;
  LineMoment moment_;
  std::size_t seq_begin_ = 0;  // of the number in the line
  std::size_t seq_end_ = 0;
  std::optional<Fold> fold_;
  RecordHead latest_;  // of the last record
  UtcTime births_;
  std::string held_;
  std::uint64_t seq_ = 0;
};

}  // namespace proctree
