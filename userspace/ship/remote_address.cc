// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/remote_address.hpp"

#include <algorithm>
#include <array>

#include "base/parse_text.hpp"

namespace proctree {

namespace {

constexpr std::array<std::string_view, 6> kSchemes = {"nats",       "tls",        "otlp+http",
                                                      "otlp+https", "postgresql", "postgres"};
constexpr std::string_view kAfterScheme = "://";

std::string_view scheme_of(std::string_view where) {
  const std::size_t end = where.find(kAfterScheme);
  if (end == std::string_view::npos) return {};
  const std::string_view scheme = where.substr(0, end);
  return std::ranges::find(kSchemes, scheme) == kSchemes.end() ? std::string_view() : scheme;
}

// Each element does.
bool names_hosts(std::string_view hosts) {
  if (hosts.ends_with(',')) return false;
  do {
    if (host_name(take_until(hosts, ',')).empty()) return false;
  } while (!hosts.empty());
  return true;
}

}  // namespace

std::string_view host_name(std::string_view host_and_port) {
  if (!host_and_port.starts_with('[')) return host_and_port.substr(0, host_and_port.find(':'));
  host_and_port.remove_prefix(1);
  return host_and_port.substr(0, host_and_port.find(']'));
}

std::string RemoteAddress::text() const {
  return scheme + std::string(kAfterScheme) + hosts + (path.empty() ? "" : '/' + path);
}

bool is_remote(std::string_view where) { return !scheme_of(where).empty(); }

Result<RemoteAddress> parse_remote(std::string_view where) {
  const std::string_view scheme = scheme_of(where);
  const std::string_view rest = where.substr(std::min(where.size(), scheme.size() + kAfterScheme.size()));
  const std::size_t slash = rest.find('/');
  const std::string_view hosts = rest.substr(0, slash);
  const std::string shown = std::string(scheme) + std::string(kAfterScheme) + "…";
  // PostgreSQL has users, whom the address may name.
  const std::size_t user = is_postgres(where) ? hosts.rfind('@') : std::string_view::npos;
  const bool is_user_alone = user != std::string_view::npos && hosts.find_first_of(":@") == user;
  if ((!is_user_alone && rest.find('@') != std::string_view::npos) ||
      rest.find("password=") != std::string_view::npos || rest.find("token=") != std::string_view::npos)
    return fail(ErrorCode::invalid_argument, shown + ": an address with a user, a password or a token in it",
                "put them into a file, and name it by --credentials");
  if (!is_postgres(where) && !names_hosts(hosts))
    return fail(ErrorCode::invalid_argument, shown + " names no host", "name one");
  return RemoteAddress{std::string(scheme), std::string(hosts),
                       slash == std::string_view::npos ? "" : std::string(rest.substr(slash + 1))};
}

}  // namespace proctree
