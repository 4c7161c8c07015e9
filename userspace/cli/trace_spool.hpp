// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The spool of a trace: opened before anything is traced, with the rights that the trace will go on with.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/caller.hpp"
#include "cli/record_options.hpp"
#include "cli/trace_options.hpp"
#include "engine/record.hpp"
#include "proctree/error.hpp"
#include "sink/jsonl_sink.hpp"
#include "spool/spool_writer.hpp"

namespace proctree {

// Files that are made or replaced while tracing goes on: an error where that would be as the user who called
// sudo, whose rights are gone by then.
[[nodiscard]] Result<void> check_replaceable(const char* option, const Caller& caller,
                                             const std::optional<Account>& account);

class TraceSpool {
 public:
  // Nothing of what is in the folder is removed but the torn end of its newest segment. `account`: whose
  // rights the trace goes on with; none: this process's own.
  static Result<std::unique_ptr<TraceSpool>> open(const TraceOptions& options, const Caller& caller,
                                                  const std::optional<Account>& account);

  [[nodiscard]] JsonlSink& sink() { return *sink_; }
  [[nodiscard]] SpoolWriter& writer() { return *writer_; }
  // Privileges have been reduced: the worker may have those that are left.
  void start() { writer_->start_worker(); }
  // After the last record.
  Result<void> close() { return writer_->close(); }

 private:
  TraceSpool(std::unique_ptr<SpoolFolder> folder, const TraceOptions& options);

  std::unique_ptr<SpoolWriter> writer_;
  std::unique_ptr<JsonlSink> sink_;
};

}  // namespace proctree
