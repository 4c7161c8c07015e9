// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A stream of lines in an output. After the output has been opened again a `segment` line comes first, so
// that the new file can be read alone.
#pragma once

#include "base/try.hpp"
#include "sink/json_lines.hpp"
#include "sink/output.hpp"

namespace proctree {

class FileLines final : public JsonLines {
 public:
  explicit FileLines(Output& output) : output_(output) {}

  void begin(const StreamHead& head) override { head_ = head; }
  Result<void> append(const JsonLine& line) override {
    if (begins_) {
      PROCTREE_CHECK(output_.append(segment_line(head_, line.seq, line.moment, totals_)));
      begins_ = false;
    }
    auto put = output_.append(line.text);
    if (put) totals_ += line.totals;
    return put;
  }
  Result<void> flush() override { return output_.flush(); }
  void begin_segment() override { begins_ = true; }

 private:
  Output& output_;
  StreamHead head_;
  LineTotals totals_;
  bool begins_ = false;
};

}  // namespace proctree
