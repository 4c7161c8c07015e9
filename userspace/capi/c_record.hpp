// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Records and what belongs to them in the C interface's shapes.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "proctree/proctree.h"
#include "proctree/record.hpp"
#include "proctree/tracer.hpp"

namespace proctree::capi {

[[nodiscard]] inline proctree_string to_c(std::string_view text) { return {text.data(), text.size()}; }
[[nodiscard]] inline proctree_key to_c(const ProcKey& key) { return {key.start_ns, key.pid, 0}; }
[[nodiscard]] inline ProcKey from_c(const proctree_key& key) { return {key.pid, key.start_ns}; }
[[nodiscard]] inline std::uint32_t to_c(Edge edge) { return static_cast<std::uint32_t>(edge); }
[[nodiscard]] inline std::uint32_t to_c(FileKind kind) { return static_cast<std::uint32_t>(kind); }
[[nodiscard]] inline std::uint32_t to_c(EntryType type) { return static_cast<std::uint32_t>(type); }
[[nodiscard]] inline void* to_c(void* data) { return data; }
template <class Number>
requires std::is_arithmetic_v<Number>
[[nodiscard]] Number to_c(Number number) { return number; }

[[nodiscard]] std::uint32_t kind_in_c(RecordKind kind);

// Into a struct of the caller's, perhaps of another version: what it has of ours, and zeros.
template <class Struct>
void put_sized(const Struct& from, void* out, std::size_t size) {
  std::memset(out, 0, size);
  std::memcpy(out, &from, std::min(size, sizeof from));
}

// Writes as many as there is room for, each no longer than the caller's own struct; returns how many there
// are.
std::size_t fill(const Lineage& lineage, proctree_ancestor* out, std::size_t capacity,
                 std::size_t element_size, bool* complete);

void fill(const EntryFacts& entry, void* out, std::size_t size);

// As much of it as `size` has room for.
void fill(const ProcessInfo& info, void* out, std::size_t size);

// A record as C sees it. Used again for each record, so that its strings keep their memory.
class CRecord {
 public:
  CRecord() = default;
  CRecord(const CRecord&) = delete;
  CRecord& operator=(const CRecord&) = delete;
  ~CRecord() = default;

  // Valid until the next one, and as long as `record` is.
  const proctree_record& set(const Record& record);

  // Of a record that set() returned.
  [[nodiscard]] static const CRecord& behind(const proctree_record& record) {
    return *static_cast<const CRecord*>(record.details);
  }
  [[nodiscard]] const Record& record() const { return *of_; }
  [[nodiscard]] const proctree_record& c() const { return record_; }
  [[nodiscard]] const char* chain() const;

 private:
  void set_process();
  void set_image();
  void set_exit();
  template <class Facts, class InC>
  static void set(const Facts* from, InC& to, const InC*& shown);

  const Record* of_ = nullptr;
  proctree_record record_{};
  proctree_process process_{};
  proctree_image image_{};
  proctree_exit exit_{};
  proctree_start start_{};
  proctree_lost lost_{};
  proctree_resync resync_{};
  proctree_totals totals_{};
  proctree_failed_exec failed_exec_{};
  proctree_entry entry_{};
  std::array<proctree_file, 3> stdio_{};
  std::string id_;
  mutable std::string chain_;
};

// One that stays; its owner holds the C record in it.
class CopiedRecord : public CRecord {
 public:
  explicit CopiedRecord(const Record& record) : owned_(record) { set(*owned_); }
  [[nodiscard]] static const CopiedRecord* of(const proctree_record& record) {
    return static_cast<const CopiedRecord*>(&behind(record));
  }

 private:
  OwnedRecord owned_;
};

}  // namespace proctree::capi
