// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The details of a timeline's slice: those facts of the JSON lines that people ask for, under their names
// there.
#pragma once

#include <string>
#include <string_view>

#include "engine/record.hpp"
#include "sink/perfetto_packet.hpp"
#include "tree/fact_table.hpp"

namespace proctree {

// Adds to the event that is open in `packet`. Texts are made visible, and so are UTF-8.
class TimelineFacts {
 public:
  explicit TimelineFacts(PerfettoPacket& packet) : packet_(packet) {}

  // Of a process that a record is about, and its image as far as that is reported.
  void process(const ProcessRecord& record);
  // Of a process that is mentioned in passing: what the table has.
  void known(const RecordHead& head, Slot slot);
  void chain(const RecordHead& head, Slot slot);
  void exit(const ProcessRecord& record);
  void text(std::string_view name, std::string_view text);  // nothing where it is empty

 private:
  void key(const RecordHead& head, const ProcKey& key);
  void mark(std::string_view name, bool truth);  // nothing where it isn't so
  template <Part kPart, class Facts>
  void facts(const Facts& facts);  // texts and marks
  void image(const TaskFacts& task, const ImageFacts& image);

  PerfettoPacket& packet_;
  std::string scratch_;
};

}  // namespace proctree
