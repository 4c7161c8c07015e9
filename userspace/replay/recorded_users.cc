// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/recorded_users.hpp"

#include <optional>

#include "base/parse_text.hpp"
#include "proctree/facts.hpp"
#include "tree/event.hpp"

namespace proctree {

void RecordedUsers::learn(std::uint32_t uid, std::string_view name) {
  name = name.substr(0, kNameMax);
  const auto known = names_.find(uid);
  if (known != names_.end()) {
    if (known->second == name) return;
    uids_.erase(known->second);
    names_.erase(known);
  }
  if (name == numbers_.of(uid) || names_.size() >= kNamesMax) return;
  names_.emplace(uid, name);
  uids_.insert_or_assign(std::string(name), uid);
}

void RecordedUsers::see(std::uint32_t uid, std::string_view name) {
  learn(uid, name);
  if (missing_.empty()) return;
  std::erase_if(missing_,
                [&](const std::string& user) { return user == name || user == std::to_string(uid); });
}

std::uint32_t RecordedUsers::uid_of(std::string_view name) {
  name = name.substr(0, kNameMax);
  if (const auto found = uids_.find(name); found != uids_.end()) return found->second;
  if (const auto uid = parse_number<std::uint32_t>(name); uid && !names_.contains(*uid)) return *uid;
  if (names_.size() >= kNamesMax) return kUnsetId;
  while (names_.contains(next_unknown_uid_)) --next_unknown_uid_;
  learn(next_unknown_uid_, name);
  return next_unknown_uid_;
}

std::string_view RecordedUsers::name(std::uint32_t uid) {
  if (const auto found = names_.find(uid); found != names_.end()) return found->second;
  return uid == kUnsetId ? kUnknownComm : numbers_.of(uid);
}

}  // namespace proctree
