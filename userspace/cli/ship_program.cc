// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/ship_program.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <variant>
#include <vector>

#include "ship/remote_address.hpp"

namespace proctree {

namespace {

constexpr const char* kInstalledShip = "/usr/libexec/proctree/proctree-ship";

// Where others may write, as in a /tmp that the program was copied to, a file of that name may be theirs.
bool is_of_its_owner(const struct stat& program, const std::string& path) {
  struct stat file {
  }, around{};
  return ::stat(path.c_str(), &file) == 0 && ::stat(path.substr(0, path.rfind('/')).c_str(), &around) == 0 &&
         file.st_uid == program.st_uid && around.st_uid == program.st_uid &&
         ((file.st_mode | around.st_mode) & S_IWOTH) == 0;
}

// The one of the same build or installation: beside this program, or under the same prefix. Empty: there is
// none.
std::string of_this_build() {
  std::string own(4096, '\0');
  const ssize_t size = ::readlink("/proc/self/exe", own.data(), own.size());
  if (size <= 0 || static_cast<std::size_t>(size) == own.size()) return {};
  own.resize(static_cast<std::size_t>(size));
  struct stat program {};
  if (::stat(own.c_str(), &program) != 0) return {};
  const std::string folder = own.substr(0, own.rfind('/'));
  for (const std::string& path :
       {folder + "/proctree-ship", folder.substr(0, folder.rfind('/')) + "/libexec/proctree/proctree-ship"}) {
    if (is_of_its_owner(program, path)) return path;
  }
  return {};
}

}  // namespace

bool needs_ship_program(const Request& request) {
  const auto* ship = std::get_if<ShipOptions>(&request);
  if (ship != nullptr) return is_remote(ship->from) || is_remote(ship->to);
  const auto* history = std::get_if<HistoryOptions>(&request);
  if (history != nullptr) return is_remote(history->where);
  const auto* why = std::get_if<WhyOptions>(&request);
  return why != nullptr && is_remote(why->history);
}

Result<int> execute_ship_program(std::span<const char* const> words) {
  std::string path = of_this_build();
  if (path.empty()) path = kInstalledShip;
  std::vector<const char*> arguments = {path.c_str()};
  arguments.insert(arguments.end(), words.begin(), words.end());
  arguments.push_back(nullptr);
  ::execv(path.c_str(), const_cast<char* const*>(arguments.data()));
  if (errno != ENOENT) return fail_errno("cannot execute " + path, errno);
  return fail(ErrorCode::unsupported, "an address beyond this host takes the program " + path,
              "install the package proctree-ship");
}

}  // namespace proctree
