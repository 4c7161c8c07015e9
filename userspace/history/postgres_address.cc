// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/postgres_address.hpp"

#include <libpq-fe.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <memory>
#include <string_view>

#include "base/parse_text.hpp"
#include "base/try.hpp"

namespace proctree {

namespace {

constexpr int kSystemRootVersion = 160'000;  // of libpq, since which it knows the system's certificates
constexpr const char* kSystemRoots = "/etc/ssl/certs/ca-certificates.crt";

struct FreeOptions {
  void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

// What the address itself says.
Result<std::map<std::string, std::string>> parse_address(const std::string& where) {
  char* why = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(PQconninfoParse(where.c_str(), &why));
  if (!options) {
    PQfreemem(why);  // it may repeat a password
    return fail(ErrorCode::invalid_argument, "postgresql://…: no address that libpq can read",
                "write postgresql://HOST[:PORT]/DATABASE[?SETTING=VALUE&…]");
  }
  std::map<std::string, std::string> found;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr && *option->val != '\0') found[option->keyword] = option->val;
  }
  return found;
}

bool is_on_this_host(std::string_view host) {
  return host.empty() || host.starts_with('/') || host.starts_with('@') || host == "localhost" ||
         host == "::1" || host.starts_with("127.");
}

// libpq reads none that others may read, and says so in its own way.
Result<void> check_passes(const std::string& path) {
  struct stat file {};
  constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
  if (path.empty() || ::stat(path.c_str(), &file) != 0) return {};  // check_readable() says why
  if (!S_ISREG(file.st_mode))
    return fail(ErrorCode::permission, "--credentials: " + path + " is no file", "name a pgpass file");
  if ((file.st_mode & kOthers) != 0)
    return fail(ErrorCode::permission, "--credentials: others may read " + path, "chmod 600 " + path);
  return {};
}

// From the address, else from the environment.
std::string setting(const std::map<std::string, std::string>& address, const char* key,
                    const char* variable) {
  if (const auto found = address.find(key); found != address.end()) return found->second;
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

bool is_local(const std::map<std::string, std::string>& address) {
  if (!setting(address, "service", "PGSERVICE").empty()) return false;  // it may name any
  const std::string numeric = setting(address, "hostaddr", "PGHOSTADDR");
  const std::string hosts = numeric.empty() ? setting(address, "host", "PGHOST") : numeric;
  std::string_view rest = hosts;
  do {
    if (!is_on_this_host(take_until(rest, ','))) return false;
  } while (!rest.empty());
  return true;
}

// A server on this host is asked for TLS where something says so only.
Result<std::string> tls_mode(const std::map<std::string, std::string>& address, const RemoteOptions& remote) {
  const std::string mode = setting(address, "sslmode", "PGSSLMODE");
  if (remote.tls_insecure) return mode.empty() ? "require" : mode;
  const bool is_verified = mode == "verify-full" || mode == "verify-ca";
  if (is_verified || mode == "disable") return mode;
  if (mode.empty()) return is_local(address) && remote.tls_ca.empty() ? "disable" : "verify-full";
  return fail(ErrorCode::invalid_argument, "postgresql://…: sslmode=" + mode + " verifies nothing",
              "leave it out (verify-full), or give --tls-insecure");
}

}  // namespace

Result<PostgresSettings> postgres_settings(const std::string& where, const RemoteOptions& remote) {
  const auto address = PROCTREE_TRY(parse_address(where));
  if (address.contains("password") || address.contains("sslpassword"))
    return fail(ErrorCode::invalid_argument, "postgresql://…: a password, which any process may read there",
                "put it into a pgpass file, and name it by --credentials");
  PROCTREE_CHECK(check_passes(remote.credentials));
  PostgresSettings settings = {{"fallback_application_name", "proctree-ship"},
                               {"connect_timeout", "10"},
                               {"tcp_user_timeout", "30000"},
                               {"dbname", where},  // what it says itself counts before all above
                               {"client_encoding", "UTF8"}};
  const auto set = [&settings](const char* key, const std::string& value) {
    if (!value.empty()) settings.emplace_back(key, value);
  };
  const auto mode = PROCTREE_TRY(tls_mode(address, remote));
  set("passfile", remote.credentials);
  set("sslmode", mode);
  set("sslrootcert", remote.tls_ca);
  set("sslcert", remote.tls_cert);
  set("sslkey", remote.tls_key);
  if (mode == "verify-full" && remote.tls_ca.empty() &&
      setting(address, "sslrootcert", "PGSSLROOTCERT").empty()) {
    if (PQlibVersion() >= kSystemRootVersion) {
      set("sslrootcert", "system");
    } else if (::access(kSystemRoots, R_OK) == 0) {
      set("sslrootcert", kSystemRoots);
    }
  }
  return settings;
}

}  // namespace proctree
