// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The packets of a Perfetto trace that a timeline is made of.
//
// Tracks are plain ones, each nested in its parent. Perfetto's tracks "of a process" would be shown with what
// other recorders report of that process, but can't be nested: their parent is ignored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/protobuf.hpp"

namespace proctree {

// One packet at a time: begin one, add to it where it is an event, and end() it. Texts are UTF-8.
class PerfettoPacket {
 public:
  // The same time on both clocks. It also says that the packets' times are boot time.
  void clocks(std::uint64_t boot_ns, std::int64_t realtime_ns);
  // A track's parent comes before it; 0: it has none. A track may be written again with another name: the
  // last one counts.
  void track(std::uint64_t uuid, std::uint64_t parent, std::string_view name);

  void begin_slice(std::uint64_t ns, std::uint64_t track, std::string_view name);
  void end_slice(std::uint64_t ns, std::uint64_t track);  // the one begun last
  void instant(std::uint64_t ns, std::uint64_t track, std::string_view name);
  // An arrow begins at this event, or ends there.
  void flow_from(std::uint64_t id);
  void flow_to(std::uint64_t id);
  // Facts of the slice or the instant; an ending slice's are added to those it was begun with.
  void text(std::string_view name, std::string_view text);
  void number(std::string_view name, std::uint64_t number);
  void mark(std::string_view name);  // it is so

  // The whole packet, as it stands in a file; good until the next one is begun.
  [[nodiscard]] std::string_view end();

 private:
  void begin();
  void begin_event(std::uint64_t ns, std::uint64_t track, std::uint32_t type);
  [[nodiscard]] std::size_t begin_fact(std::string_view name);

  ProtobufWriter proto_;
  std::size_t packet_ = 0;
  std::size_t event_ = 0;  // 0: it is none
  bool first_ = true;
};

}  // namespace proctree
