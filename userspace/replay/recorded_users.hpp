// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Users by the names that a recording gives them, not by this host's /etc/passwd.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/hash_index.hpp"
#include "tree/users.hpp"

namespace proctree {

class RecordedUsers final : public Users {
 public:
  // A line says that this uid has that name, which may be the number itself.
  void learn(std::uint32_t uid, std::string_view name);
  // The same, of the process that a line is about: see missing().
  void see(std::uint32_t uid, std::string_view name);
  // Names or numbers of users: missing() returns those that no line was about.
  void look_for(std::vector<std::string> users) { missing_ = std::move(users); }
  [[nodiscard]] const std::vector<std::string>& missing() const { return missing_; }
  // An entry of `ancestors` has only the user's name. Returns a uid that name() gives this name; an unused
  // one where no line had the true one.
  [[nodiscard]] std::uint32_t uid_of(std::string_view name);
  [[nodiscard]] std::string_view name(std::uint32_t uid) override;

 private:
  // More names than a host can have processes are an attack: users beyond these only have numbers.
  static constexpr std::size_t kNamesMax = 262'144;
  static constexpr std::size_t kNameMax = 256;  // LOGIN_NAME_MAX

  // Whoever chooses names and numbers can't choose which of them collide.
  struct Hash {
    using is_transparent = void;  // NOLINT(readability-identifier-naming): the standard library's name
    std::size_t operator()(std::string_view text) const { return hash_of(text); }
    std::size_t operator()(std::uint32_t uid) const { return hash_of(uid, 0, 0); }
  };

  std::unordered_map<std::uint32_t, std::string, Hash> names_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> uids_;
  std::uint32_t next_unknown_uid_ = 0xfffffffe;  // downwards: far from where uids are given out
  UidTexts numbers_;
  std::vector<std::string> missing_;
};

}  // namespace proctree
