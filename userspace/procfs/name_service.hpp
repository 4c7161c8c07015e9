// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Users whom only a name service knows (LDAP, SSSD, systemd-homed), asked of getent(1): a static program has
// no NSS modules, and a tracer must not wait for a server.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace proctree {

struct NameServiceUser {
  std::string name;
  std::uint32_t uid = 0;
};

inline constexpr const char* kGetent = "/usr/bin/getent";

// By name or number. std::nullopt: it is unknown, there is no getent, or it took longer than `limit`, which
// it waits at most.
[[nodiscard]] std::optional<NameServiceUser> ask_name_service(
    const std::string& user, std::chrono::milliseconds limit = std::chrono::seconds(5),
    const char* getent = kGetent);

}  // namespace proctree
