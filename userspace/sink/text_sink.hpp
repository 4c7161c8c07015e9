// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// For people: one line an event, in columns, cut to the terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/timestamp.hpp"
#include "engine/record.hpp"
#include "sink/event_set.hpp"
#include "sink/output.hpp"
#include "sink/text_format.hpp"
#include "sink/text_style.hpp"

namespace proctree {

struct TextOptions {
  EventSet events = EventSet::only_exec();  // lost and resync are always written
  bool colour = false;
  Charset charset = Charset::utf8;
  bool header = false;    // a line that names the columns comes first
  bool dates = false;     // in each line; else a line of its own begins a new day
  std::size_t width = 0;  // columns of the terminal; 0: lines are not cut
  std::size_t ancestors_max = 64;
  std::int64_t now_ns = 0;  // since 1970, when the output begins: that day has no line; 0: it has
};

class TextSink final : public Sink {
 public:
  TextSink(Output& output, TextOptions options);

  // The terminal has been resized.
  void set_width(std::size_t width) { options_.width = width; }
  // No ancestors of this process are shown.
  void set_top(const ProcKey& top) { arrows_.top = top; }

  Result<void> on_start(const StartRecord& record) override;
  Result<void> on_process(const ProcessRecord& record) override;
  Result<void> on_lost(const LostRecord& record) override;
  Result<void> on_gap(const GapRecord& record) override;
  Result<void> on_resync(const ResyncRecord& record) override;
  Result<void> on_stop(const StopRecord&) override { return output_.flush(); }
  Result<void> flush() override { return output_.flush(); }

 private:
  // Events of several kinds need a column that distinguishes them.
  [[nodiscard]] bool shows_event() const { return options_.events.fork || options_.events.exit; }
  [[nodiscard]] std::size_t time_width() const {
    return options_.dates ? LocalTime::kWidth : LocalTime::kTimeWidth;
  }
  [[nodiscard]] std::size_t prefix_width() const;
  [[nodiscard]] bool too_narrow() const;
  std::size_t put_cut(std::string& out, std::string_view text, std::size_t columns) const;
  void put_left(std::string_view text, std::size_t width);
  Result<void> write_day(const RecordHead& head);
  void put_time(const RecordHead& head);
  void put_event(RecordKind kind);
  void put_long_columns();
  Result<void> put_notice(const RecordHead& head, std::string_view text);
  Result<void> end_cut();

  Output& output_;
  TextOptions options_;
  TextStyle style_;
  ArrowLimits arrows_;
  LocalTime time_;
  std::string day_;  // of the last line
  std::string line_;
  std::string command_;
  std::string lineage_;
  std::string cell_;
};

}  // namespace proctree
