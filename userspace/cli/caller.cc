// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/caller.hpp"

#include <grp.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/try.hpp"
#include "procfs/account_file.hpp"

namespace proctree {

namespace {

constexpr const char* kWithoutSudo = "with --as-root it counts for nothing that sudo was called";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Result<std::uint32_t> id_of(const char* name) {
  const std::string value = variable(name);
  // -1 would mean "no change" where it is set.
  if (const auto id = parse_account_number(value)) return *id;
  return fail(ErrorCode::invalid_argument, std::string(name) + "=" + value + " is no number of sudo's",
              kWithoutSudo);
}

}  // namespace

Result<Caller> find_caller(bool as_root) {
  const std::string name = variable("SUDO_USER");
  const bool by_number = std::getenv("SUDO_UID") != nullptr;
  if (as_root || geteuid() != 0 || (name.empty() && !by_number)) return std::nullopt;
  if (!by_number) {
    if (name == "root") return std::nullopt;
    auto account = find_account(name);
    if (account) return Caller(std::move(*account));
    account.error().remedy = kWithoutSudo;
    return tl::make_unexpected(std::move(account.error()));
  }
  const auto uid = PROCTREE_TRY(id_of("SUDO_UID"));
  if (uid == 0) return std::nullopt;
  const auto gid = PROCTREE_TRY(id_of("SUDO_GID"));
  Account account = account_of(uid, gid, name);
  if (account.home.empty()) account.home = variable("SUDO_HOME");
  return Caller(std::move(account));
}

Result<ActingAs> ActingAs::begin(const Caller& caller) {
  ActingAs acting;
  if (!caller) return acting;
  acting.gid_ = getegid();
  const int count = getgroups(0, nullptr);
  acting.groups_.resize(static_cast<std::size_t>(count < 0 ? 0 : count));
  if (count < 0 || getgroups(count, acting.groups_.data()) != count)
    return fail_errno("can't read groups", errno);
  acting.changed_ = true;
  // What is changed by then is restored at its end.
  if (!acting.change(*caller)) return fail_errno("can't open files as " + caller->name, errno, kWithoutSudo);
  return acting;
}

void name_rights(Error& error, const Account& caller) {
  if (error.code == ErrorCode::permission)
    error.remedy = "choose what " + caller.name + ", who called sudo, may use, or give --as-root";
}

bool ActingAs::change(const Account& account) {
  return setgroups(account.groups.size(), account.groups.data()) == 0 && setegid(account.gid) == 0 &&
         seteuid(account.uid) == 0;
}

ActingAs::ActingAs(ActingAs&& other) noexcept
    : changed_(std::exchange(other.changed_, false)), gid_(other.gid_), groups_(std::move(other.groups_)) {}

ActingAs::~ActingAs() {
  if (!changed_) return;
  // To go on under another identity than expected would be worse than to abort.
  if (seteuid(0) != 0 || setegid(gid_) != 0 || setgroups(groups_.size(), groups_.data()) != 0) std::abort();
}

}  // namespace proctree
