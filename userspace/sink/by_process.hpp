// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Values by process, without an allocation each: references and numbers stay valid until the value is erased.
#pragma once

#include <cstdint>

#include "base/chunked.hpp"
#include "base/free_ids.hpp"
#include "base/hash_index.hpp"
#include "proctree/facts.hpp"

namespace proctree {

[[nodiscard]] inline std::uint32_t hash_of(const ProcKey& process) {
  return hash_of(process.pid, 0, process.start_ns);
}

template <class Value>
class ByProcess {
 public:
  using Id = std::uint32_t;
  static constexpr Id kNone = HashIndex::kNone;

  [[nodiscard]] Id find(const ProcKey& process) const {
    return index_.find(hash_of(process), [&](Id id) { return entries_[id].process == process; });
  }
  [[nodiscard]] bool contains(const ProcKey& process) const { return find(process) != kNone; }
  [[nodiscard]] Value& operator[](Id id) { return entries_[id].value; }
  [[nodiscard]] const Value& operator[](Id id) const { return entries_[id].value; }
  [[nodiscard]] const ProcKey& process(Id id) const { return entries_[id].process; }

  // It isn't there yet.
  Id add(const ProcKey& process) {
    const Id id = free_.take([this] { return entries_.grow(); });
    entries_[id] = {process, {}};
    index_.add(hash_of(process), id);
    return id;
  }
  void erase(Id id) {
    index_.erase(hash_of(entries_[id].process), id);
    free_.release(id);
  }

 private:
  struct Entry {
    ProcKey process;
    Value value;
  };

  Chunked<Entry, 8> entries_;
  FreeIds free_;
  HashIndex index_;
};

}  // namespace proctree
