// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The system's name service. It is asked only where a program asks for it, since it may wait for a network.
#include <pwd.h>
#include <unistd.h>

#include <cerrno>

#include "proctree/proctree.hpp"

namespace proctree::proc {

std::optional<std::string> uid_to_username_nss(std::uint32_t uid) {
  constexpr std::size_t kBufferMax = std::size_t{1} << 20;
  std::string buffer(1024, '\0');
  for (;;) {
    passwd entry{};
    passwd* found = nullptr;
    const int error = ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    if (error == 0 && found != nullptr) return std::string(found->pw_name);
    if (error == EINTR) continue;
    if (error != ERANGE || buffer.size() >= kBufferMax) return std::nullopt;
    buffer.resize(buffer.size() * 2);
  }
}

}  // namespace proctree::proc
