// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// proctree history, of whichever stores a program knows.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cli/commands.hpp"
#include "history/store.hpp"
#include "proctree/error.hpp"

namespace proctree {

using OpenHistory = std::function<Result<std::unique_ptr<HistoryStore>>(const HistoryOptions& options)>;

// The whole command.
[[nodiscard]] Result<int> run_history(const HistoryOptions& options, const OpenHistory& open);

// What `why` asks a store.
[[nodiscard]] inline HistoryOptions history_of(const WhyOptions& why, const std::string& where) {
  HistoryOptions asked;
  asked.where = where;
  asked.question = HistoryOptions::Question::why;
  asked.process = why.process;
  asked.json = why.json;
  asked.as_root = why.as_root;
  return asked;
}

}  // namespace proctree
