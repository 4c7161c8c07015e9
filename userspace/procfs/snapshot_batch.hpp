// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Processes as they were read from /proc, before their lineage is put together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "procfs/reader.hpp"
#include "proctree/error.hpp"
#include "tree/table.hpp"

namespace proctree {

struct SnapshotCounts {
  std::size_t processes = 0;
  std::size_t vanished = 0;    // ended while we looked
  std::size_t unreadable = 0;  // hidden from us, or nothing that the kernel writes
};

struct SnapshotEntry {
  enum class Place : std::uint8_t { waiting, on_path, in_table, dropped };

  ProcKey key;
  std::uint64_t ktime_ns = 0;
  std::size_t text_at = 0;  // comm, then exe
  std::uint32_t comm_length = 0;
  std::uint32_t exe_length = 0;
  std::uint32_t ppid = 0;
  std::uint32_t uid = 0;
  Slot slot = kNoSlot;
  Place place = Place::waiting;
  bool kthread = false;
  bool dead = false;
  bool known = true;  // false: nothing but the pid
};

enum class Seen : std::uint8_t { here, gone, unreadable };

// What a failed read means for a snapshot; the error where it means that all the others fail too.
Result<Seen> meaning_of(const Error& error);

struct SnapshotBatch {
  Result<Seen> read(ProcReader& reader, std::uint32_t pid, ProcParts parts);
  void add(const SnapshotTask& task);
  void append(const SnapshotBatch& other);

  std::vector<SnapshotEntry> entries;
  std::string texts;
  SnapshotCounts counts;
};

// Reads these processes, in their order, by at most `threads` threads, this one among them.
Result<SnapshotBatch> read_processes(ProcReader& reader, std::span<const std::uint32_t> pids, ProcParts parts,
                                     unsigned threads);

}  // namespace proctree
