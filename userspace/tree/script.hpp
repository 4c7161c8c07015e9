// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Which script an interpreter runs: "python3" says little, and its arguments hold the name somewhere.
#pragma once

#include <cstring>
#include <string_view>
#include <type_traits>

namespace proctree {

// The last part of a path.
[[nodiscard]] constexpr std::string_view base_name(std::string_view path) {
  if (std::is_constant_evaluated() || path.empty()) return path.substr(path.rfind('/') + 1);
  const void* slash = memrchr(path.data(), '/', path.size());  // rfind() takes one byte at a time
  return slash == nullptr
             ? path
             : path.substr(static_cast<std::size_t>(static_cast<const char*>(slash) - path.data()) + 1);
}

// The argument that names the script, module, class or archive that a process runs: a view into `args` (each
// argument ended by NUL, argv[0] first). Empty where `exe` is no interpreter that we know, or runs code from
// its command line or its standard input. Where `exe` is empty or busybox, argv[0] says which it is.
//
//   /usr/bin/python3.11   python3 -u /opt/nightly-backup --all   →   /opt/nightly-backup
//   /usr/lib/jvm/…/java   java -Xmx4g -jar app.jar               →   app.jar
[[nodiscard]] std::string_view script_argument(std::string_view exe, std::string_view args);

// Whether script_argument() may find one.
[[nodiscard]] bool may_run_script(std::string_view exe);

}  // namespace proctree
