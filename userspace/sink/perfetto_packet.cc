// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/perfetto_packet.hpp"

#include <utility>

namespace proctree {

namespace {

// The numbers of fields and enumerators in Perfetto's protos/perfetto/trace and protos/perfetto/common.
namespace trace {
constexpr std::uint32_t kPacket = 1;
}
namespace packet {
constexpr std::uint32_t kClockSnapshot = 6;
constexpr std::uint32_t kTimestamp = 8;
constexpr std::uint32_t kSequenceId = 10;
constexpr std::uint32_t kTrackEvent = 11;
constexpr std::uint32_t kSequenceFlags = 13;
constexpr std::uint32_t kTrackDescriptor = 60;
constexpr std::uint64_t kIncrementalStateCleared = 1;
}  // namespace packet
namespace snapshot {
constexpr std::uint32_t kClock = 1;
constexpr std::uint32_t kPrimaryTraceClock = 2;
constexpr std::uint32_t kClockId = 1;
constexpr std::uint32_t kClockTimestamp = 2;
constexpr std::uint64_t kRealtime = 1;
constexpr std::uint64_t kBoottime = 6;
}  // namespace snapshot
namespace descriptor {
constexpr std::uint32_t kUuid = 1;
constexpr std::uint32_t kName = 2;
constexpr std::uint32_t kParentUuid = 5;
constexpr std::uint32_t kChildOrdering = 11;
constexpr std::uint32_t kSiblingMergeBehavior = 15;
constexpr std::uint64_t kChronological = 2;
constexpr std::uint64_t kMergeNone = 2;
}  // namespace descriptor
namespace event {
constexpr std::uint32_t kDebugAnnotation = 4;
constexpr std::uint32_t kType = 9;
constexpr std::uint32_t kTrackUuid = 11;
constexpr std::uint32_t kName = 23;
constexpr std::uint32_t kFlowId = 47;
constexpr std::uint32_t kTerminatingFlowId = 48;
constexpr std::uint32_t kSliceBegin = 1;
constexpr std::uint32_t kSliceEnd = 2;
constexpr std::uint32_t kInstant = 3;
}  // namespace event
namespace annotation {
constexpr std::uint32_t kBool = 2;
constexpr std::uint32_t kUint = 3;
constexpr std::uint32_t kString = 6;
constexpr std::uint32_t kName = 10;
}  // namespace annotation

// All packets are one writer's: it interns nothing, so the number need only not be 0.
constexpr std::uint64_t kSequence = 1;

}  // namespace

void PerfettoPacket::begin() {
  proto_.clear();
  event_ = 0;
  packet_ = proto_.begin(trace::kPacket);
  proto_.number(packet::kSequenceId, kSequence);
  if (std::exchange(first_, false)) proto_.number(packet::kSequenceFlags, packet::kIncrementalStateCleared);
}

std::string_view PerfettoPacket::end() {
  if (event_ != 0) proto_.end(event_);
  proto_.end(packet_);
  return proto_.bytes();
}

void PerfettoPacket::clocks(std::uint64_t boot_ns, std::int64_t realtime_ns) {
  begin();
  const std::size_t snapshot = proto_.begin(packet::kClockSnapshot);
  const auto clock = [this](std::uint64_t id, std::uint64_t ns) {
    const std::size_t reading = proto_.begin(snapshot::kClock);
    proto_.number(snapshot::kClockId, id);
    proto_.number(snapshot::kClockTimestamp, ns);
    proto_.end(reading);
  };
  clock(snapshot::kBoottime, boot_ns);
  clock(snapshot::kRealtime, static_cast<std::uint64_t>(realtime_ns));
  proto_.number(snapshot::kPrimaryTraceClock, snapshot::kBoottime);
  proto_.end(snapshot);
}

void PerfettoPacket::track(std::uint64_t uuid, std::uint64_t parent, std::string_view name) {
  begin();
  const std::size_t track = proto_.begin(packet::kTrackDescriptor);
  proto_.number(descriptor::kUuid, uuid);
  proto_.string(descriptor::kName, name);
  if (parent != 0) proto_.number(descriptor::kParentUuid, parent);
  proto_.number(descriptor::kChildOrdering, descriptor::kChronological);
  // By default tracks of one name are made one.
  proto_.number(descriptor::kSiblingMergeBehavior, descriptor::kMergeNone);
  proto_.end(track);
}

void PerfettoPacket::begin_event(std::uint64_t ns, std::uint64_t track, std::uint32_t type) {
  begin();
  proto_.number(packet::kTimestamp, ns);
  event_ = proto_.begin(packet::kTrackEvent);
  proto_.number(event::kType, type);
  proto_.number(event::kTrackUuid, track);
}

void PerfettoPacket::begin_slice(std::uint64_t ns, std::uint64_t track, std::string_view name) {
  begin_event(ns, track, event::kSliceBegin);
  proto_.string(event::kName, name);
}

void PerfettoPacket::end_slice(std::uint64_t ns, std::uint64_t track) {
  begin_event(ns, track, event::kSliceEnd);
}

void PerfettoPacket::instant(std::uint64_t ns, std::uint64_t track, std::string_view name) {
  begin_event(ns, track, event::kInstant);
  proto_.string(event::kName, name);
}

void PerfettoPacket::flow_from(std::uint64_t id) { proto_.fixed64(event::kFlowId, id); }
void PerfettoPacket::flow_to(std::uint64_t id) { proto_.fixed64(event::kTerminatingFlowId, id); }

std::size_t PerfettoPacket::begin_fact(std::string_view name) {
  const std::size_t fact = proto_.begin(event::kDebugAnnotation);
  proto_.string(annotation::kName, name);
  return fact;
}

void PerfettoPacket::text(std::string_view name, std::string_view text) {
  const std::size_t fact = begin_fact(name);
  proto_.string(annotation::kString, text);
  proto_.end(fact);
}

void PerfettoPacket::number(std::string_view name, std::uint64_t number) {
  const std::size_t fact = begin_fact(name);
  proto_.number(annotation::kUint, number);
  proto_.end(fact);
}

void PerfettoPacket::mark(std::string_view name) {
  const std::size_t fact = begin_fact(name);
  proto_.number(annotation::kBool, 1);
  proto_.end(fact);
}

}  // namespace proctree
