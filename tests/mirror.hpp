// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A table of processes that is maintained by records alone, for comparison with the tracer's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <proctree/tracer.hpp>
#include <string>
#include <utility>

namespace proctree {

// As docs/embedding.md says it.
class Mirror {
 public:
  struct Row {
    ProcKey creator;
    std::string comm;
    std::string exe;
    std::uint64_t exec_seq = 0;
    bool ended = false;
  };
  using Key = std::pair<std::uint32_t, std::uint64_t>;

  void take(const Record& record) {
    if (record.task == nullptr) return;
    const TaskFacts& task = *record.task;
    const Key key{task.self.pid, task.self.start_ns};
    if (record.kind == RecordKind::forgotten) {
      rows.erase(key);
      return;
    }
    const bool is_new = !rows.contains(key);
    Row& row = rows[key];
    if (is_new || task.exec_seq >= row.exec_seq) {  // an older image replaces none
      row.comm = task.comm;
      row.exe = record.exe();
      row.exec_seq = task.exec_seq;
    }
    if (record.creator.start_ns != 0) row.creator = record.creator;
    if (record.kind == RecordKind::exit) row.ended = true;
    if (record.kind == RecordKind::resynced) row.ended = record.resynced == Resynced::ended;
  }

  // What of `tracer` differs from this.
  [[nodiscard]] std::string difference(const Tracer& tracer) const {
    std::size_t living = 0;
    std::string differs;
    for (const ProcessInfo& info : tracer.list(true)) {
      if (!info.known) continue;
      const std::string name = std::to_string(info.key.pid) + " " + std::string(info.comm);
      const auto found = rows.find({info.key.pid, info.key.start_ns});
      living += !info.exited;
      if (found == rows.end()) {
        if (!info.exited) differs += name + " is missing; ";
        continue;
      }
      const Row& row = found->second;
      if (row.ended != info.exited) differs += name + (row.ended ? " has not ended; " : " has ended; ");
      if (info.exited) continue;
      if (row.comm != info.comm || row.exe != info.exe || row.exec_seq != info.exec_seq)
        differs +=
            name + " is " + row.comm + " of " + row.exe + " here, not of " + std::string(info.exe) + "; ";
      if (info.creator.start_ns != 0 && row.creator != info.creator)
        differs += name + " has another creator; ";
    }
    std::size_t here = 0;
    for (const auto& [key, row] : rows) {
      here += !row.ended;
      if (!tracer.info({key.first, key.second})) differs += row.comm + " was dropped; ";
    }
    if (here != living) differs += std::to_string(here) + " live here, not " + std::to_string(living) + "; ";
    return differs;
  }

  std::map<Key, Row> rows;
};

}  // namespace proctree
