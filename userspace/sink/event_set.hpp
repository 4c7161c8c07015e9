// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which events a sink writes. Execs that failed, where they are reported at all, go with execs.
#pragma once

#include "engine/record.hpp"

namespace proctree {

struct EventSet {
  bool exec = true;
  bool fork = true;
  bool exit = true;
  bool running = true;  // processes of the snapshot

  [[nodiscard]] bool has(RecordKind kind) const {
    switch (kind) {
      case RecordKind::fork:
        return fork;
      case RecordKind::exec:
      case RecordKind::failed_exec:
        return exec;
      case RecordKind::exit:
        return exit;
      case RecordKind::process:
        return running;
      default:
        return true;
    }
  }

  static constexpr EventSet only_exec() { return {.exec = true, .fork = false, .exit = false}; }
};

}  // namespace proctree
