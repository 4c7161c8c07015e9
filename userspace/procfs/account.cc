// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// By hand for the reasons that users.cc has.
#include "procfs/account.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "base/parse_text.hpp"
#include "base/try.hpp"
#include "procfs/account_file.hpp"

namespace proctree {
namespace {

// A line of passwd(5).
struct PasswdLine {
  std::string_view name, home;
  std::uint32_t uid = 0, gid = 0;
};

// The first that `fits`.
template <class Fits>
std::optional<PasswdLine> find_entry(std::string_view users, Fits fits) {
  while (!users.empty()) {
    std::string_view line = take_until(users, '\n');
    PasswdLine entry{.name = take_until(line, ':'), .home = {}};
    if (!is_account_name(entry.name)) continue;
    take_until(line, ':');
    const auto uid = parse_account_number(take_until(line, ':'));
    const auto gid = parse_account_number(take_until(line, ':'));
    if (!uid || !gid) continue;
    entry.uid = *uid;
    entry.gid = *gid;
    take_until(line, ':');
    entry.home = take_until(line, ':');
    if (fits(entry)) return entry;
  }
  return std::nullopt;
}

std::vector<std::uint32_t> groups_of(std::string_view name, std::uint32_t gid, std::string_view groups) {
  std::vector<std::uint32_t> found = {gid};
  while (!groups.empty()) {
    std::string_view group = take_until(groups, '\n');
    if (!is_account_name(take_until(group, ':'))) continue;
    take_until(group, ':');
    const auto number = parse_account_number(take_until(group, ':'));
    if (number && has_field(group, ',', name) && std::ranges::find(found, *number) == found.end())
      found.push_back(*number);
  }
  return found;
}

}  // namespace

Account account_of(std::uint32_t uid, std::uint32_t gid, std::string_view name,
                   const std::string& passwd_path, const std::string& group_path) {
  struct stat status {};
  const auto users = read_account_file(passwd_path, status);
  const auto groups = read_account_file(group_path, status);
  const auto entry =
      find_entry(users ? *users : std::string_view(), [&](const PasswdLine& of) { return of.uid == uid; });
  const std::string known(name.empty() && entry ? entry->name : name);
  return {known.empty() ? std::to_string(uid) : known, uid, gid,
          entry ? std::string(entry->home) : std::string(),
          groups_of(known, gid, groups && !known.empty() ? *groups : std::string_view())};
}

Result<Account> find_account(std::string_view name, const std::string& passwd_path,
                             const std::string& group_path) {
  struct stat status {};
  const auto users = PROCTREE_TRY(read_account_file(passwd_path, status));
  const auto groups = PROCTREE_TRY(read_account_file(group_path, status));

  if (const auto entry = find_entry(users, [&](const PasswdLine& of) { return of.name == name; })) {
    return Account{std::string(name), entry->uid, entry->gid, std::string(entry->home),
                   groups_of(name, entry->gid, groups)};
  }
  return fail(ErrorCode::invalid_argument, "there is no user " + std::string(name) + " in " + passwd_path,
              "name one that is there, or make it (adduser --system)");
}

}  // namespace proctree
