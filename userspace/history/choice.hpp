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

  // The last image by which it matches; none: it doesn't.
  Result<std::optional<HistoryImage>> match(const HistoryProcess& process);

 private:
  Result<bool> matches(const HistoryImage& image);
  Result<bool> is_under(const HistoryProcess& process);
  Result<bool> is_named(const HistoryProcess& process);
  Result<bool> is_named(const HistoryImage& image);
  template <class Name, class Fits>
  Result<bool> fits_any(const std::vector<Name>& names, std::int64_t string, Fits fits);

  HistoryStore& store_;
  const HistoryChoice& choice_;
  const std::vector<Pattern> comms_;
  const std::vector<Pattern> exes_;
  const std::vector<Pattern> under_names_;
  std::map<std::int64_t, bool> under_;  // by process: it or one above it is named
};

}  // namespace proctree
