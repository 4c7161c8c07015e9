// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The fields of JSON lines that stand for processes, images and lineage (contract: version 1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "engine/record.hpp"
#include "proctree/lineage.hpp"
#include "sink/json_fragments.hpp"
#include "tree/lineage.hpp"

namespace proctree {

// Writes groups of fields into the object that is open in `json`. Its buffers are reused from line to line.
class JsonFields {
 public:
  // `line_max`: of a longer line, what is sure to be cut is not written at all.
  explicit JsonFields(JsonWriter& json, std::size_t line_max = std::numeric_limits<std::size_t>::max())
      : json_(json), line_max_(line_max) {}

  // Of every process: its identity, its creator, its credentials and where it runs.
  void process(const ProcessRecord& record);
  // Of a hash that came late: which process and image it is of, and the hash.
  void hash(const HashRecord& record);
  // Of its program, as far as it is known.
  void image(const ProcessRecord& record);
  // The image it replaced, the chain, and at most `max` ancestors.
  void lineage(const ProcessRecord& record, std::size_t max);
  // args and what belongs to them, of an image that has any known.
  void arguments(const ImageFacts& image);
  // What it tried to execute, and why that failed.
  void failed_exec(const ProcessRecord& record);
  // Which image, of a record that says no more of it: at birth, or that ended.
  void image_number(const ProcessRecord& record);
  // Where its line came in: all of it, or only which process that is.
  void entry(const ProcessRecord& record);
  void short_entry(const ProcessRecord& record);
  // From here on each ancestor has `time`, when it began.
  void write_ancestors_times(std::int64_t boot_realtime_ns) { boot_realtime_ns_ = boot_realtime_ns; }
  // How it ended.
  void exit(const ProcessRecord& record);

 private:
  struct Ancestry {
    bool truncated = false;
    bool complete = false;
  };

  void identity(const RecordHead& head, const ProcKey& key);
  void known_identity(const RecordHead& head, const ProcKey& key);
  template <std::size_t N>
  void id(const char (&name)[N], const RecordHead& head, const ProcKey& key);
  void creator(const ProcessRecord& record);
  void namespaces(const TaskFacts& task);
  void credentials(const ProcessRecord& record);
  void user(const TaskFacts& task, std::string_view name);
  void leaders(const ProcessRecord& record);
  template <std::size_t N>
  void leader(const char (&name)[N], const ProcessRecord& record, const Leader& leader);
  void cgroup(const ProcessRecord& record);
  void container(const ContainerFacts& container);
  bool arguments(std::string_view args, std::size_t most);
  void environment(const ImageFacts& image);
  void raw_environment(std::string_view env);
  void stdio(const RecordHead& head, const StandardFiles& files);
  void write_entry(const ProcessRecord& record, const EntryFacts& entry, std::string_view user);
  void entry_server(const RecordHead& head, const EntryFacts& entry);
  void executable(const ImageFacts& image, std::uint64_t exec_seq);
  Ancestry ancestors(const RecordHead& head, Slot slot, std::size_t max);
  void ancestor(const RecordHead& head, const Ancestor& ancestor);
  void command(const Ancestor& ancestor);

  JsonWriter& json_;
  std::size_t line_max_;
  std::string scratch_;
  std::optional<std::int64_t> boot_realtime_ns_;
  FactsKey facts_;
  ChainLinks links_;
  std::size_t next_place_ = 0;
  JsonFragments identities_{512, next_place_};
  JsonFragments creators_{512, next_place_};
  JsonFragments ancestors_{1024, next_place_};
  JsonFragments entries_{256, next_place_};
  JsonFragments short_entries_{256, next_place_};
  JsonFragments leaders_{512, next_place_};
  JsonFragments short_leaders_{512, next_place_};
  JsonFragments users_{16, next_place_};
  JsonFragments namespaces_{16, next_place_};
  JsonFragments cgroups_{16, next_place_};
  JsonFragments whole_cgroups_{16, next_place_};
  JsonFragments capabilities_{16, next_place_};
};

}  // namespace proctree
