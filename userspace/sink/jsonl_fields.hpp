// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The fields of JSON lines that stand for processes, images and lineage (contract: version 1).
#pragma once

#include <cstddef>
#include <string>

#include "engine/record.hpp"
#include "proctree/lineage.hpp"
#include "sink/json.hpp"

namespace proctree {

// Writes groups of fields into the object that is open in `json`. Its buffers are kept from line to line.
class JsonFields {
 public:
  explicit JsonFields(JsonWriter& json) : json_(json) {}

  // Of every process: who it is, its creator, its credentials and where it runs.
  void process(const ProcessRecord& record);
  // Of its program, as far as it is known.
  void image(const ProcessRecord& record);
  // The image it replaced, the chain, and at most `max` ancestors.
  void lineage(const ProcessRecord& record, std::size_t max);
  // args and what belongs to them, of an image that has any known.
  void arguments(const ImageFacts& image);
  // How it ended.
  void exit(const ProcessRecord& record);

 private:
  struct Ancestry {
    bool truncated = false;
    bool complete = false;
  };

  void id(const RecordHead& head, const ProcKey& key);
  void creator(const ProcessRecord& record);
  void namespaces(const TaskFacts& task);
  void credentials(const ProcessRecord& record);
  void executable(const ImageFacts& image, std::uint64_t exec_seq);
  Ancestry ancestors(const RecordHead& head, Slot slot, std::size_t max);
  void ancestor(const RecordHead& head, const Ancestor& ancestor);

  JsonWriter& json_;
  std::string scratch_;
};

}  // namespace proctree
