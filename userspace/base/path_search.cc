// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "base/path_search.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <utility>

namespace proctree {

PathMatches find_on_path(const std::string& name, std::string_view path) {
  if (name.find('/') != std::string::npos) return {.files = {name}, .denied = false};
  PathMatches matches;
  if (name.empty()) return matches;
  for (bool is_last = false; !is_last;) {
    const std::size_t colon = path.find(':');
    const std::string_view folder = path.substr(0, colon);
    is_last = colon == std::string_view::npos;
    if (!is_last) path.remove_prefix(colon + 1);
    std::string file(folder.empty() ? "." : folder);
    file.append("/").append(name);
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
      matches.denied |= errno == EACCES;
    } else if (!S_ISREG(status.st_mode) || ::faccessat(AT_FDCWD, file.c_str(), X_OK, AT_EACCESS) != 0) {
      matches.denied = true;
    } else {
      matches.files.push_back(std::move(file));
    }
  }
  return matches;
}

}  // namespace proctree
