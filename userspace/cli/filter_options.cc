// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/filter_options.hpp"

#include <optional>
#include <utility>

#include "base/parse_text.hpp"
#include "base/try.hpp"
#include "procfs/name_service.hpp"

namespace proctree {

namespace {

std::vector<Pattern> patterns_of(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

// As systemctl(1) takes them: a name without a type is a service's.
std::vector<Pattern> unit_patterns_of(std::vector<std::string> units) {
  for (std::string& unit : units) {
    if (unit.find('.') == std::string::npos && Pattern(unit).is_literal()) unit += ".service";
  }
  return patterns_of(units);
}

Filter::Lineage lineage_of(const std::vector<std::string>& names) {
  Filter::Lineage lineage;
  for (const std::string& name : names) {
    if (const auto pid = parse_number<std::uint32_t>(name)) {
      lineage.pids.push_back(*pid);
    } else {
      lineage.names.emplace_back(name);
    }
  }
  return lineage;
}

// The number of a user named by name or number. A number needs no name.
Result<std::uint32_t> uid_of(const std::string& user, UserNames& names) {
  if (const auto uid = names.uid(user)) return *uid;
  const auto number = parse_number<std::uint32_t>(user);
  if (number && names.knows(*number)) return *number;
  if (auto entry = ask_name_service(user)) {
    const std::uint32_t uid = entry->uid;
    names.learn(uid, std::move(entry->name));
    return uid;
  }
  if (number) return *number;
  return fail(ErrorCode::not_found, "there is no user " + user + ", in /etc/passwd or for getent(1)",
              "give the user's number");
}

}  // namespace

Filter FilterOptions::filter() const {
  Filter filter;
  filter.comms = patterns_of(comms);
  filter.not_comms = patterns_of(not_comms);
  filter.exes = patterns_of(exes);
  filter.not_exes = patterns_of(not_exes);
  filter.users = users;
  filter.under = lineage_of(under);
  filter.not_under = lineage_of(not_under);
  filter.containers = containers;
  filter.units = unit_patterns_of(units);
  filter.args = args;
  filter.entries = entries;
  filter.failed = failed;
  return filter;
}

Result<Filter> FilterOptions::filter(UserNames& names) const {
  Filter by_number = filter();
  for (std::string& user : by_number.users) {
    const auto uid = PROCTREE_TRY(uid_of(user, names));
    user = std::to_string(uid);
  }
  return by_number;
}

}  // namespace proctree
