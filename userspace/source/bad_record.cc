// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bad_record.hpp"

#include <cstring>

#include "proctree_event.h"
#include "tree/record_kind.hpp"

namespace proctree {

namespace {

// As JSON lines name them; empty: there is no such kind.
std::string_view wire_kind_name(std::uint16_t kind) {
  switch (kind) {
    case PT_FORK:
      return kind_name(RecordKind::fork);
    case PT_EXEC:
      return kind_name(RecordKind::exec);
    case PT_EXIT:
      return kind_name(RecordKind::exit);
    case PT_CGROUP:
      return "cgroup";
    case PT_TASK:
      return "task";
    case PT_FAILED_EXEC:
      return kind_name(RecordKind::failed_exec);
    default:
      return {};
  }
}

// All but a cgroup's begin with their process.
std::uint32_t pid_of(std::span<const std::byte> record) {
  pt_fork begin{};
  if (record.size() < sizeof begin.header + sizeof begin.child) return 0;
  std::memcpy(&begin.child, record.data() + sizeof begin.header, sizeof begin.child);
  return begin.child.pid < kPidsEnd ? begin.child.pid : 0;
}

}  // namespace

LostEvent bad_record(std::span<const std::byte> record, std::uint64_t since_ns, std::uint64_t until_ns) {
  LostEvent lost;
  lost.since_ns = since_ns;
  lost.until_ns = until_ns;
  lost.count = 1;
  lost.bad_record = true;
  pt_header header{};
  if (record.size() < sizeof header) return lost;
  std::memcpy(&header, record.data(), sizeof header);
  lost.kind = wire_kind_name(header.kind);
  if (header.kind == PT_CGROUP || header.kind == PT_TASK) lost.count = 0;
  if (header.kind == PT_FAILED_EXEC) lost.failed_execs = 1;
  if (header.kind != PT_CGROUP && !lost.kind.empty()) lost.pid = pid_of(record);
  return lost;
}

}  // namespace proctree
