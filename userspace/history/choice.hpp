// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which processes of a store are chosen.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/pattern.hpp"
#include "history/history_choice.hpp"
#include "history/store.hpp"

namespace proctree {

class HistoryFilter {
 public:
  HistoryFilter(HistoryStore& store, const HistoryChoice& choice);

  // Those of the store's that are chosen; null: all are. Valid as long as this is.
  Result<const HistoryStore::Programs*> programs();
  // The chosen users that no process of the store ever had; after programs().
  [[nodiscard]] const std::vector<std::string>& unknown_users() const { return unknown_users_; }
  // The last image by which it matches; none: it doesn't.
  Result<std::optional<HistoryImage>> match(const HistoryProcess& process);

 private:
  [[nodiscard]] bool matches(const HistoryProgram& program) const;
  [[nodiscard]] bool has_name(const HistoryProgram& program) const;
  Result<bool> is_under(const HistoryProcess& process);
  Result<bool> is_named(const HistoryProcess& process);

  HistoryStore& store_;
  const HistoryChoice& choice_;
  const std::vector<Pattern> comms_;
  const std::vector<Pattern> exes_;
  const std::vector<Pattern> under_names_;
  std::optional<HistoryStore::Programs> programs_;  // that match, and
  HistoryStore::Programs named_;                    // that --under names
  std::vector<std::string> unknown_users_;
  std::map<std::int64_t, bool> under_;  // by process: it or one above it is named
};

}  // namespace proctree
