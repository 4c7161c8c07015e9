// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/process_choice.hpp"

#include <algorithm>
#include <utility>

#include "base/parse_text.hpp"
#include "tree/queries.hpp"

namespace proctree {
namespace {

// All that descends from the processes named, by pid or by name.
Result<std::vector<Slot>> slots_under(const std::vector<std::string>& names, const ProcessView& view,
                                      const TableForest& forest) {
  std::vector<Slot> ancestors;
  for (const std::string& name : names) {
    if (const auto pid = parse_number<std::uint32_t>(name)) {
      const auto slot = view.find(*pid);
      if (!slot) return tl::make_unexpected(slot.error());
      ancestors.push_back(*slot);
    } else {
      const auto named = find_by_comm(forest, as_comm(name));
      ancestors.insert(ancestors.end(), named.begin(), named.end());
    }
  }
  return descendants_of_any(forest, ancestors);
}

}  // namespace

Result<std::vector<std::uint32_t>> uids_of(const std::vector<std::string>& names, const UserNames& users) {
  std::vector<std::uint32_t> uids;
  for (const std::string& name : names) {
    auto uid = users.uid(name);
    if (!uid) uid = parse_number<std::uint32_t>(name);
    if (!uid) return fail(ErrorCode::not_found, "/etc/passwd has no user " + name, "give the user's number");
    uids.push_back(*uid);
  }
  return uids;
}

Result<std::vector<Slot>> choose_processes(const ProcessChoice& choice, ProcessView& view,
                                           const TableForest& forest) {
  const auto uids = uids_of(choice.users, view.users());
  if (!uids) return tl::make_unexpected(uids.error());

  std::vector<Slot> found;
  if (choice.under.empty()) {
    forest.append_all(found);
  } else {
    auto under = slots_under(choice.under, view, forest);
    if (!under) return under;
    found = std::move(*under);
  }
  if (!uids->empty()) {
    const ProcessTable& table = view.table();
    std::erase_if(found, [&](Slot slot) {
      return table[slot].image == kNoImage || std::ranges::find(*uids, table.uid(slot)) == uids->end();
    });
  }
  return found;
}

}  // namespace proctree
