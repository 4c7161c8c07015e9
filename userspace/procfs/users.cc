// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Parsing passwd(5) by hand: getpwuid(3) may ask a server over the network, and needs NSS modules that a
// static program does not have.
#include "procfs/users.hpp"

#include <sys/stat.h>

#include <charconv>
#include <utility>

#include "base/parse_text.hpp"
#include "procfs/account_file.hpp"

namespace proctree {
UserNames::UserNames(std::string passwd_path) : path_(std::move(passwd_path)) { load(); }

std::string_view UserNames::name(std::uint32_t uid) {
  const auto*& last = last_[uid % last_.size()];
  if (last != nullptr && last->first == uid) return last->second;
  const auto found = names_.find(uid);
  if (found == names_.end()) return numbers_.of(uid);
  last = &*found;
  return found->second;
}

std::optional<std::uint32_t> UserNames::uid(std::string_view name) const {
  const auto found = uids_.find(std::string(name));
  if (found == uids_.end()) return std::nullopt;
  return found->second;
}

UserNames::Version UserNames::version_of(const struct stat& status) {
  return {status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ino, status.st_size};
}

void UserNames::refresh() {
  struct stat status {};
  // Where the file can't be read for a while, the earlier names are better than none.
  if (::stat(path_.c_str(), &status) == 0 && version_of(status) != version_) load();
}

void UserNames::learn(std::uint32_t uid, std::string name) {
  if (!is_account_name(name)) return;
  learnt_.emplace_back(uid, std::move(name));
  add_learnt();
}

// The file's entries win.
void UserNames::add_learnt() {
  for (const auto& [uid, name] : learnt_) {
    names_.try_emplace(uid, name);
    uids_.try_emplace(name, uid);
  }
}

void UserNames::load() {
  struct stat status {};
  const auto text = read_account_file(path_, status);
  if (!text) return;
  version_ = version_of(status);
  parse(*text);
}

void UserNames::parse(std::string_view text) {
  names_.clear();
  last_ = {};
  uids_.clear();
  while (!text.empty()) {
    const auto entry = parse_passwd_entry(take_until(text, '\n'));
    if (!entry) continue;
    names_.try_emplace(entry->second, entry->first);  // the first entry wins, as in getpwuid(3)
    uids_.try_emplace(std::string(entry->first), entry->second);
  }
  add_learnt();
}

}  // namespace proctree
