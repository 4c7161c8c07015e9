// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a Tracer knows of one process.
#pragma once

#include <cstdint>
#include <string_view>

#include "proctree/cxx20.hpp"  // first: what follows takes it
#include "proctree/entry.hpp"
#include "proctree/facts.hpp"

namespace proctree {

// A process as the trace knows it between two polls. The views are the trace's own: valid until its next
// poll().
struct ProcessInfo {
  ProcKey key;
  ProcKey creator;  // as Record::creator
  bool creator_known = false;
  Edge edge = Edge::inferred;  // how it was learnt
  bool exited = false;
  bool known = false;     // what follows; else it is only named as another one's creator
  std::uint32_t uid = 0;  // real uid at its present image
  std::string_view comm;
  std::string_view exe;
  std::string_view user;
  std::uint64_t exec_seq = kUnknownSeq;
  void* user_data = nullptr;  // Tracer::set_user_data()
  // As far as TracerOptions::keep asks for them; else empty, or kUnsetId.
  std::string_view cwd;
  std::string_view container_id;
  std::string_view container_runtime;
  std::uint32_t gid = kUnsetId;
  std::uint32_t euid = kUnsetId;
  std::uint32_t egid = kUnsetId;
  std::uint32_t loginuid = kUnsetId;
  std::uint32_t audit_session = kUnsetId;
  bool entry_known = false;  // it has an entry, of this type; Tracer::entry() has all of it
  EntryType entry = EntryType::unknown;
  ProcKey entry_process;
  std::string_view
      args;  // the first bytes of them, as executed (TracerOptions::ancestor_args), each ended by NUL
  std::uint32_t args_size = 0;  // as executed
  bool args_known = false;
  bool args_truncated = false;
  bool title_truncated = false;
  std::string_view title;  // that it has put over them; empty: none, or not known
  std::string_view tty;
};

}  // namespace proctree
