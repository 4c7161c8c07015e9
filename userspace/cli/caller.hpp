// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The user who called sudo, if that made this process root: the files that the command line names are his,
// and are opened with his rights.
#pragma once

#include <sys/types.h>

#include <optional>
#include <utility>
#include <vector>

#include "base/try.hpp"
#include "procfs/account.hpp"
#include "proctree/error.hpp"

namespace proctree {

using Caller = std::optional<Account>;

// From SUDO_UID, SUDO_GID and SUDO_USER. None where sudo was not called, or by root, or is to be ignored
// (--as-root). A user whom only a name service knows has the groups that /etc/group gives him.
[[nodiscard]] Result<Caller> find_caller(bool as_root);

// For as long as it exists this process acts with the caller's ids and groups, and so without any capability.
// To be used while there is one thread.
class ActingAs {
 public:
  // Without a caller nothing changes.
  static Result<ActingAs> begin(const Caller& caller);
  ActingAs(ActingAs&& other) noexcept;
  ActingAs& operator=(ActingAs&&) = delete;
  ActingAs(const ActingAs&) = delete;
  ActingAs& operator=(const ActingAs&) = delete;
  ~ActingAs();

 private:
  ActingAs() = default;
  [[nodiscard]] bool change(const Account& account);

  bool changed_ = false;
  gid_t gid_ = 0;
  std::vector<gid_t> groups_;
};

// Names the user whose rights did not suffice.
void name_rights(Error& error, const Account& caller);

// What `open` returns, a Result, when it is called as the caller.
template <class Open>
[[nodiscard]] auto as_caller(const Caller& caller, Open open) -> decltype(open()) {
  const auto acting = PROCTREE_TRY(ActingAs::begin(caller));
  auto opened = open();
  if (!opened && caller) name_rights(opened.error(), *caller);
  return opened;
}

}  // namespace proctree
