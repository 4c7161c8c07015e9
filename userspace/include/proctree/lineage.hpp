// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A process's ancestors, each with how sure the link to it is.
//
// Lineage runs along creators, the processes that called fork or clone, and not along what the kernel
// calls parents: reapers, double forks and CLONE_PARENT don't change it.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "proctree/cxx20.hpp"  // first: what follows takes it
#include "proctree/entry.hpp"
#include "proctree/facts.hpp"

namespace proctree {

// The views are the trace's own: valid until its next poll().
struct Ancestor {
  ProcKey key;            // start_ns 0: only the pid is known
  bool known = false;     // what follows; else it is the last one
  bool named = false;     // comm; not where its image was replaced before anyone looked
  std::uint32_t uid = 0;  // real uid that it acted as: when it forked the process before
  std::string_view comm;
  std::string_view exe;         // absolute path; empty: none, or not known
  std::string_view user;        // the uid's name, or its number
  std::uint32_t image_uid = 0;  // real uid that its present image began with
  std::string_view image_user;  // that one's name, where it is another than `uid`; else empty
  Edge edge = Edge::inferred;   // of the link that leads here from the entry before
  bool exited = false;
  std::uint32_t folded = 0;  // it stands for this many ended ones of a long line of forks; 0: for itself
  // The image that did the fork, where that is not the present one.
  bool forked_as = false;
  std::string_view forked_as_comm;
  std::string_view forked_as_exe;
  // The first bytes of its arguments, as executed (TracerOptions::ancestor_args), each ended by NUL.
  std::string_view args;
  bool args_known = false;
  bool args_truncated = false;
  std::string_view title;  // that it has put over them; empty: none, or not known
  bool title_truncated = false;
  std::string_view tty;
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
};

// The process that leads a session or a process group.
struct Leader {
  ProcKey key;            // pid 0: not known
  std::string_view comm;  // empty: not known
  std::string_view exe;
};

struct Lineage {
  std::vector<Ancestor> ancestors;  // nearest first
  bool truncated = false;           // there are more than were asked for
  // It reaches pid 1 or kthreadd, with no inferred edge and nothing unknown on the way, and no event is lost
  // without a resync since.
  bool complete = false;
};

}  // namespace proctree
