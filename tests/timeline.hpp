// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A timeline read back as Perfetto reads it, with nothing of the code that writes it: packets, what becomes
// of them, and what is wrong about it.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace proctree::timeline {

using Facts = std::map<std::string, std::string>;  // numbers in decimal

struct Track {
  std::uint64_t parent = 0;
  std::string name;
};

struct Slice {
  std::uint64_t track = 0;
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  bool ended = false;
  std::string name;
  Facts facts;
  std::vector<std::uint64_t> flows;  // that end at its beginning
};

struct Instant {
  std::uint64_t track = 0;
  std::uint64_t ns = 0;
  std::string name;
  Facts facts;
  std::vector<std::uint64_t> flows;  // that begin here
};

// An arrow: from an instant on the creator's track to the child's first slice.
struct Flow {
  std::size_t instant = 0;
  std::size_t slice = 0;
  bool arrived = false;
};

// One field of a message.
struct Field {
  std::uint64_t number = 0;
  std::uint64_t value = 0;  // varint, fixed64
  std::string_view bytes;   // length-delimited
};

class Timeline {
 public:
  explicit Timeline(std::string_view file) {
    for (const Field& field : fields(file)) {
      if (field.number == 1) {
        packet(field.bytes);
      } else {
        wrong("a field of Trace that is no packet");
      }
    }
    for (const auto& [id, flow] : flows) {
      if (!flow.arrived) wrong("a flow arrives nowhere");
    }
  }

  std::map<std::uint64_t, Track> tracks;
  std::vector<std::uint64_t> track_order;  // as they were first reported
  std::vector<Slice> slices;               // by their beginning in the file
  std::vector<Instant> instants;
  std::map<std::uint64_t, Flow> flows;
  std::uint64_t boot_ns = 0, realtime_ns = 0;  // of the clock snapshot
  std::set<std::string> problems;

  [[nodiscard]] std::size_t depth(std::uint64_t track) const {
    std::size_t depth = 0;
    for (auto at = tracks.find(track); at != tracks.end() && depth <= 1000;
         at = tracks.find(at->second.parent))
      ++depth;
    return depth;
  }
  [[nodiscard]] std::string problem_text() const {
    std::string text;
    for (const std::string& problem : problems) text += problem + '\n';
    return text;
  }

 private:
  void wrong(const std::string& what) { problems.insert(what); }

  bool varint(std::string_view& rest, std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64 && !rest.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest[0]);
      rest.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fU} << shift;
      if (byte < 0x80) return true;
    }
    wrong("a varint without an end");
    return false;
  }

  std::vector<Field> fields(std::string_view rest) {
    std::vector<Field> all;
    while (!rest.empty()) {
      std::uint64_t tag = 0;
      if (!varint(rest, tag)) break;
      Field field{.number = tag >> 3U, .value = 0, .bytes = {}};
      const std::uint64_t type = tag & 7U;
      std::uint64_t length = 8;
      if (type == 0) {
        if (!varint(rest, field.value)) break;
      } else if ((type == 2 && varint(rest, length) && length <= rest.size()) ||
                 (type == 1 && rest.size() >= 8)) {
        field.bytes = rest.substr(0, length);
        rest.remove_prefix(length);
        for (std::size_t i = 0; type == 1 && i < 8; ++i)
          field.value |= std::uint64_t{static_cast<unsigned char>(field.bytes[i])} << (8 * i);
      } else {
        wrong("a field that is torn or of an unknown type");
        break;
      }
      all.push_back(field);
    }
    return all;
  }

  std::string text(std::string_view bytes) {
    if (!simdjson::validate_utf8(bytes.data(), bytes.size())) wrong("a text that is not UTF-8");
    for (const char c : bytes) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) wrong("a control character in a text");
    }
    return std::string(bytes);
  }

  void packet(std::string_view bytes) {
    std::uint64_t ns = 0, sequence = 0, flags = 0, kinds = 0;
    for (const Field& field : fields(bytes)) {
      if (field.number == 8) ns = field.value;
      if (field.number == 10) sequence = field.value;
      if (field.number == 13) flags = field.value;
      if (field.number == 6) clocks(field.bytes), ++kinds;
      if (field.number == 60) track(field.bytes), ++kinds;
      if (field.number == 11) event(field.bytes, ns), ++kinds;
    }
    if (sequence == 0) wrong("a packet of no sequence");
    if ((flags == 1) != (packets_++ == 0))
      wrong("the incremental state is not cleared by the first packet alone");
    if (kinds != 1) wrong("a packet that isn't one thing");
  }

  void clocks(std::string_view bytes) {
    if (packets_ != 0) wrong("clocks that aren't the first packet");
    std::uint64_t primary = 0;
    for (const Field& field : fields(bytes)) {
      if (field.number == 2) primary = field.value;
      if (field.number != 1) continue;
      std::uint64_t id = 0, ns = 0;
      for (const Field& part : fields(field.bytes)) (part.number == 1 ? id : ns) = part.value;
      if (id == 6) boot_ns = ns;
      if (id == 1) realtime_ns = ns;
    }
    if (primary != 6) wrong("the trace's clock is not boot time");
  }

  void track(std::string_view bytes) {
    Track track;
    std::uint64_t uuid = 0, merge = 0;
    for (const Field& field : fields(bytes)) {
      if (field.number == 1) uuid = field.value;
      if (field.number == 2) track.name = text(field.bytes);
      if (field.number == 5) track.parent = field.value;
      if (field.number == 15) merge = field.value;
    }
    if (uuid == 0) wrong("a track without a uuid");
    if (merge != 2) wrong("a track that may be merged with others");
    if (track.parent != 0 && !tracks.contains(track.parent)) wrong("a track before its parent");
    const auto [entry, added] = tracks.try_emplace(uuid, track);
    if (!added && entry->second.parent != track.parent) wrong("a track moved");
    if (added) track_order.push_back(uuid);
    entry->second.name = track.name;
    if (depth(uuid) >= 100) wrong("a track nested deeper than Perfetto takes");
  }

  void event(std::string_view bytes, std::uint64_t ns) {
    std::uint64_t type = 0, track = 0;
    std::string name;
    Facts facts;
    std::vector<std::uint64_t> from, to;
    for (const Field& field : fields(bytes)) {
      if (field.number == 9) type = field.value;
      if (field.number == 11) track = field.value;
      if (field.number == 23) name = text(field.bytes);
      if (field.number == 47) from.push_back(field.value);
      if (field.number == 48) to.push_back(field.value);
      if (field.number == 4) fact(field.bytes, facts);
    }
    if (ns == 0) wrong("an event without a time");
    if (!tracks.contains(track)) wrong("an event before its track");
    if (type == 1) {
      if (open_.contains(track)) wrong("a slice within a slice");
      open_[track] = slices.size();
      for (const std::uint64_t id : to) arrive(id, ns);
      slices.push_back({track, ns, 0, false, name, facts, to});
    } else if (type == 2) {
      end(track, ns, facts);
    } else if (type == 3) {
      for (const std::uint64_t id : from) depart(id, track);
      instants.push_back({track, ns, name, facts, from});
    } else {
      wrong("an event of unknown type");
    }
  }

  void end(std::uint64_t track, std::uint64_t ns, const Facts& facts) {
    const auto open = open_.find(track);
    if (open == open_.end()) return wrong("an end without a beginning");
    Slice& slice = slices[open->second];
    open_.erase(open);
    if (ns < slice.begin) wrong("a slice that ends before it begins");
    slice.end = ns;
    slice.ended = true;
    for (const auto& [name, value] : facts) {
      if (!slice.facts.emplace(name, value).second) wrong("a fact told twice: " + name);
    }
  }

  void fact(std::string_view bytes, Facts& facts) {
    std::string name, value;
    for (const Field& field : fields(bytes)) {
      if (field.number == 10) name = text(field.bytes);
      if (field.number == 6) value = text(field.bytes);
      if (field.number == 3) value = std::to_string(field.value);
      if (field.number == 2) value = field.value != 0 ? "true" : "false";
    }
    if (name.empty()) wrong("a fact without a name");
    if (!facts.emplace(name, value).second) wrong("a fact told twice: " + name);
  }

  void depart(std::uint64_t id, std::uint64_t track) {
    if (!open_.contains(track)) wrong("a flow that begins where no slice is");
    if (!flows.try_emplace(id, Flow{instants.size(), 0, false}).second) wrong("two flows of one id");
  }
  void arrive(std::uint64_t id, std::uint64_t ns) {
    const auto flow = flows.find(id);
    if (flow == flows.end() || flow->second.arrived) return wrong("a flow that comes from nowhere");
    flow->second.slice = slices.size();
    flow->second.arrived = true;
    // Perfetto turns an arrow round that goes back in time.
    if (instants[flow->second.instant].ns > ns) wrong("a flow back in time");
  }

  std::size_t packets_ = 0;
  std::map<std::uint64_t, std::size_t> open_;  // by track
};

}  // namespace proctree::timeline
