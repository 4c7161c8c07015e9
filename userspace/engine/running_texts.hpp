// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Arguments and environments of running processes, from /proc: always of the process that is asked for, never
// of another that has its pid by then.
#pragma once

#include <string_view>

#include "entry/entries.hpp"
#include "procfs/reader.hpp"

namespace proctree {

class ProcTexts final : public entry::RunningTexts {
 public:
  // `reader` may be null: then nothing is known. It outlives this.
  explicit ProcTexts(ProcReader* reader) : reader_(reader) {}

  [[nodiscard]] std::string_view arguments(const TaskFacts& task) override;
  [[nodiscard]] std::string_view environment(const TaskFacts& task) override;

 private:
  ProcReader* reader_;
};

}  // namespace proctree
