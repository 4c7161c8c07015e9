// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// By hand for the reasons that users.cc has.
#include "procfs/account.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "procfs/account_file.hpp"

namespace proctree {
namespace {

// Is `name` in the list "one,two,three"?
bool is_member(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    if (take_field(list, ',') == name) return true;
  }
  return false;
}

}  // namespace

Result<Account> find_account(std::string_view name, const std::string& passwd_path,
                             const std::string& group_path) {
  struct stat status {};
  const auto users = read_account_file(passwd_path, status);
  if (!users) return tl::make_unexpected(users.error());
  const auto groups = read_account_file(group_path, status);
  if (!groups) return tl::make_unexpected(groups.error());

  for (std::string_view rest = *users; !rest.empty();) {
    std::string_view line = take_field(rest, '\n');
    const std::string_view entry = take_field(line, ':');
    if (!is_account_name(entry) || entry != name) continue;
    take_field(line, ':');
    const auto uid = parse_account_number(take_field(line, ':'));
    const auto gid = parse_account_number(take_field(line, ':'));
    if (!uid || !gid) break;
    take_field(line, ':');
    Account account{std::string(name), *uid, *gid, std::string(take_field(line, ':')), {*gid}};
    for (std::string_view left = *groups; !left.empty();) {
      std::string_view group = take_field(left, '\n');
      if (!is_account_name(take_field(group, ':'))) continue;
      take_field(group, ':');
      const auto number = parse_account_number(take_field(group, ':'));
      if (number && is_member(group, name) &&
          std::ranges::find(account.groups, *number) == account.groups.end())
        account.groups.push_back(*number);
    }
    return account;
  }
  return fail(ErrorCode::invalid_argument, "there is no user " + std::string(name) + " in " + passwd_path,
              "name one that is there, or make it (adduser --system)");
}

}  // namespace proctree
