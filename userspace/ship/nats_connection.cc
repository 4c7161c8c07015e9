// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "ship/nats_connection.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <istream>
#include <map>
#include <mutex>
#include <utility>

#include "base/parse_text.hpp"
#include "base/try.hpp"
#include "ship/nats_message.hpp"

namespace proctree {

namespace {

constexpr std::int64_t kConnectMs = 2'000;
constexpr std::int64_t kPingMs = 5'000;  // a connection of which nothing is heard ends after three
constexpr int kPingsMost = 2;
constexpr std::int64_t kWriteMs = 5'000;
constexpr std::int64_t kRequestMs = 5'000;
constexpr std::int64_t kCloseMs = 5'000;  // a write that is under way ends by kWriteMs

struct FreeOptions {
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
};
using Options = std::unique_ptr<natsOptions, FreeOptions>;

// What the library says beyond the status, without the place in its source.
std::string last_detail() {
  const char* text = nats_GetLastError(nullptr);
  const std::string_view detail = text == nullptr ? "" : text;
  const std::size_t end = detail.starts_with('(') ? detail.find("): ") : std::string_view::npos;
  return std::string(end == std::string_view::npos ? detail : detail.substr(end + 3));
}

// What the library's threads last reported of each connection, under its number: they may report of one that
// is destroyed.
class Reports {
 public:
  std::uintptr_t add() {
    const std::lock_guard<std::mutex> lock(mutex_);
    states_.emplace(++last_, State());
    return last_;
  }
  void remove(std::uintptr_t number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    states_.erase(number);
  }
  void set(std::uintptr_t number, const char* text) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto at = states_.find(number); at != states_.end()) at->second.text = text;
  }
  std::string take(std::uintptr_t number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    return std::exchange(states_[number].text, {});
  }
  void set_closed(std::uintptr_t number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto at = states_.find(number); at != states_.end()) at->second.is_closed = true;
    closed_.notify_all();
  }
  void wait_until_closed(std::uintptr_t number, std::chrono::milliseconds at_most) {
    std::unique_lock<std::mutex> lock(mutex_);
    closed_.wait_for(lock, at_most, [&] { return states_[number].is_closed; });
  }

 private:
  struct State {
    std::string text;
    bool is_closed = false;
  };

  std::mutex mutex_;
  std::condition_variable closed_;
  std::map<std::uintptr_t, State> states_;
  std::uintptr_t last_ = 0;
};

Reports& reports() {
  static Reports all;
  return all;
}

void on_closed(natsConnection*, void* number) {
  reports().set_closed(reinterpret_cast<std::uintptr_t>(number));
}

void on_error(natsConnection* connection, natsSubscription*, natsStatus status, void* number) {
  const char* text = nullptr;
  natsConnection_GetLastError(connection, &text);
  reports().set(reinterpret_cast<std::uintptr_t>(number),
                text != nullptr && *text != '\0' ? text : natsStatus_GetText(status));
}

Result<void> check(const char* what, natsStatus status) {
  if (status == NATS_OK) return {};
  return nats_failure(what, status);
}

// An empty file counts as none: a unit names one whether it is there or not.
bool is_blank(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return file.is_open() && (file >> std::ws).eof();
}

Result<void> set_tls(natsOptions* options, const RemoteOptions& remote) {
  PROCTREE_CHECK(check("TLS", natsOptions_SetSecure(options, true)));
  if (!remote.tls_ca.empty())
    PROCTREE_CHECK(check("--tls-ca", natsOptions_LoadCATrustedCertificates(options, remote.tls_ca.c_str())));
  if (!remote.tls_cert.empty()) {
    PROCTREE_CHECK(check("--tls-cert", natsOptions_LoadCertificatesChain(options, remote.tls_cert.c_str(),
                                                                         remote.tls_key.c_str())));
  }
  if (remote.tls_insecure)
    PROCTREE_CHECK(check("--tls-insecure", natsOptions_SkipServerVerification(options, true)));
  return {};
}

std::vector<std::string_view> split(std::string_view hosts) {
  std::vector<std::string_view> found;
  while (!hosts.empty()) found.push_back(take_until(hosts, ','));
  return found;
}

}  // namespace

Result<NatsContext> open_context(const NatsConnection& connection) {
  jsCtx* context = nullptr;
  const natsStatus status = natsConnection_JetStream(&context, connection.get(), nullptr);
  if (status != NATS_OK) return nats_failure("cannot use JetStream", status);
  return NatsContext(context);
}

tl::unexpected<Error> nats_failure(const std::string& what, natsStatus status) {
  std::string message = what + ": " + natsStatus_GetText(status);
  if (const std::string detail = last_detail(); !detail.empty() && detail != natsStatus_GetText(status))
    message += " (" + detail + ')';
  switch (status) {
    case NATS_CONNECTION_AUTH_FAILED:
      return fail(ErrorCode::permission, message, "give the server's credentials by --credentials FILE");
    case NATS_SSL_ERROR:
      return fail(ErrorCode::permission, message, "name the certificate to trust by --tls-ca FILE");
    case NATS_SECURE_CONNECTION_REQUIRED:
      return fail(ErrorCode::permission, message, "write tls://, or name the certificate by --tls-ca FILE");
    case NATS_SECURE_CONNECTION_WANTED:
      return fail(ErrorCode::permission, message, "the server has no TLS: leave --tls-… out");
    case NATS_NOT_PERMITTED:
      return fail(ErrorCode::permission, message);
    case NATS_NO_SERVER:
    case NATS_TIMEOUT:
      return fail(ErrorCode::not_found, message, "is a server there, and its port open?");
    default:
      return fail(ErrorCode::io, message);
  }
}

bool is_unreachable(const Error& error) {
  return error.code == ErrorCode::not_found || error.code == ErrorCode::io;
}

Result<std::unique_ptr<NatsConnection>> NatsConnection::connect(const RemoteAddress& address,
                                                                const RemoteOptions& remote,
                                                                const std::vector<std::string>& more) {
  PROCTREE_CHECK(check_readable(remote));
  natsOptions* raw = nullptr;
  PROCTREE_CHECK(check("libnats", natsOptions_Create(&raw)));
  const Options options(raw);
  std::unique_ptr<NatsConnection> made(new NatsConnection());
  std::vector<std::string> urls;
  const std::vector<std::string_view> hosts = split(address.hosts);
  for (const std::string_view host : hosts) urls.push_back(address.scheme + "://" + std::string(host));
  urls.insert(urls.end(), more.begin(), more.end());
  std::vector<const char*> servers;
  for (const std::string& url : urls) servers.push_back(url.c_str());
  const std::string where = address.scheme + "://" + address.hosts;
  PROCTREE_CHECK(
      check(where.c_str(), natsOptions_SetServers(raw, servers.data(), static_cast<int>(servers.size()))));
  natsOptions_SetName(raw, "proctree-ship");
  natsOptions_SetTimeout(raw, kConnectMs);
  natsOptions_SetAllowReconnect(raw, false);
  natsOptions_SetPingInterval(raw, kPingMs);
  natsOptions_SetMaxPingsOut(raw, kPingsMost);
  natsOptions_SetWriteDeadline(raw, kWriteMs);
  natsOptions_SetErrorHandler(raw, on_error, reinterpret_cast<void*>(made->number_));
  natsOptions_SetClosedCB(raw, on_closed, reinterpret_cast<void*>(made->number_));
  if (remote.has_tls() || address.scheme == "tls") {
    PROCTREE_CHECK(set_tls(raw, remote));
    // A server that another one reported may be an address, of which no certificate is: one name is every
    // server's. Of several the library demands each server's own.
    if (!remote.tls_insecure && hosts.size() == 1) {
      PROCTREE_CHECK(
          check("TLS", natsOptions_SetExpectedHostname(raw, std::string(host_name(hosts.front())).c_str())));
    }
  }
  if (!remote.credentials.empty() && !is_blank(remote.credentials)) {
    PROCTREE_CHECK(check("--credentials",
                         natsOptions_SetUserCredentialsFromFiles(raw, remote.credentials.c_str(), nullptr)));
  }
  const natsStatus status = natsConnection_Connect(&made->connection_, raw);
  if (status != NATS_OK) return nats_failure("cannot connect to " + where, status);
  return made;
}

NatsConnection::NatsConnection() : number_(reports().add()) {}

NatsConnection::~NatsConnection() {
  if (connection_ != nullptr) {
    close();
    natsConnection_Destroy(connection_);
  }
  reports().remove(number_);
}

// Where the library ends a connection by itself, for a ping without a reply, its own thread does that, and
// natsConnection_Close() returns at once: that thread is waited for, too.
void NatsConnection::close() {
  natsConnection_Close(connection_);
  reports().wait_until_closed(number_, std::chrono::milliseconds(kCloseMs));
}

bool NatsConnection::is_open() const {
  return natsConnection_Status(connection_) == NATS_CONN_STATUS_CONNECTED;
}

std::size_t NatsConnection::max_payload() const {
  const std::int64_t most = natsConnection_GetMaxPayload(connection_);
  return most < 0 ? 0 : static_cast<std::size_t>(most);
}

std::vector<std::string> NatsConnection::servers() const {
  char** urls = nullptr;
  int count = 0;
  std::vector<std::string> found;
  if (natsConnection_GetDiscoveredServers(connection_, &urls, &count) != NATS_OK) return found;
  for (int i = 0; i < count; ++i) {
    found.emplace_back(urls[i]);
    free(urls[i]);
  }
  free(urls);
  return found;
}

std::string NatsConnection::take_report() { return reports().take(number_); }

Result<std::string> NatsConnection::request(const std::string& subject, const std::string& payload) const {
  natsMsg* raw = nullptr;
  const natsStatus status =
      natsConnection_RequestString(&raw, connection_, subject.c_str(), payload.c_str(), kRequestMs);
  if (status == NATS_NO_RESPONDERS)
    return fail(ErrorCode::unsupported, "the server has no JetStream",
                "set `jetstream` in its configuration");
  if (status != NATS_OK) return nats_failure("the server did not answer " + subject, status);
  const NatsMessage message(raw);
  return std::string(text_of(raw));
}

}  // namespace proctree
