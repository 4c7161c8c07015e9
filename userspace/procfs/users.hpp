// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// User names from /etc/passwd: read as a file, so that a name never waits for a network service; and those
// few that learn() adds.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tree/users.hpp"

struct stat;

namespace proctree {

// Not safe for use from several threads at a time.
class UserNames final : public Users {
 public:
  explicit UserNames(std::string passwd_path = "/etc/passwd");

  // Valid until the next refresh().
  [[nodiscard]] std::string_view name(std::uint32_t uid) override;
  [[nodiscard]] std::optional<std::uint32_t> uid(std::string_view name) const;

  [[nodiscard]] bool knows(std::uint32_t uid) const { return names_.contains(uid); }

  // A name of somebody whom the file may not have.
  void learn(std::uint32_t uid, std::string name);

  // Reads the file again if it changed since. One stat(2) where it did not; call it now and then.
  void refresh();

 private:
  struct Version {
    std::int64_t seconds = -1;
    std::int64_t nanoseconds = 0;
    std::uint64_t inode = 0;
    std::int64_t size = 0;
    friend bool operator==(const Version&, const Version&) = default;
  };
  static Version version_of(const struct ::stat& status);
  void load();
  void parse(std::string_view text);
  void add_learnt();

  std::string path_;
  std::unordered_map<std::uint32_t, std::string> names_;
  // Of names_, by uid: those that were asked for last, as the next is often one of them.
  std::array<const std::pair<const std::uint32_t, std::string>*, 16> last_{};
  std::unordered_map<std::string, std::uint32_t> uids_;
  std::vector<std::pair<std::uint32_t, std::string>> learnt_;
  UidTexts numbers_;
  Version version_;
};

}  // namespace proctree
