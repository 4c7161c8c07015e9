// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "cli/metrics_listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "base/host_clock.hpp"
#include "base/parse_text.hpp"
#include "base/try.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kClientNs = 5'000'000'000;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

std::optional<SocketAddress> parse_address(std::string_view where) {
  const std::size_t colon = where.rfind(':');
  if (colon == std::string_view::npos || where.find('/') != std::string_view::npos) return std::nullopt;
  const auto port = parse_number<std::uint16_t>(where.substr(colon + 1));
  std::string host(where.substr(0, colon));
  if (!port || host.empty()) return std::nullopt;
  if (host == "localhost") host = "127.0.0.1";
  SocketAddress address;
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (::inet_pton(AF_INET6, host.c_str(), &v6->sin6_addr) != 1) return std::nullopt;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(*port);
    address.size = sizeof *v6;
    return address;
  }
  if (::inet_pton(AF_INET, host.c_str(), &v4->sin_addr) != 1) return std::nullopt;
  v4->sin_family = AF_INET;
  v4->sin_port = htons(*port);
  address.size = sizeof *v4;
  return address;
}

std::string response_to(std::string_view request, const std::function<std::string()>& text) {
  const bool is_get = request.starts_with("GET ") || request.starts_with("HEAD ");
  const std::string body = is_get ? text() : "GET\n";
  std::string response =
      is_get ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\n";
  response +=
      "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\nConnection: close\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n";
  if (!request.starts_with("HEAD ")) response += body;
  return response;
}

}  // namespace

bool MetricsListener::is_address(const std::string& where) { return parse_address(where).has_value(); }

Result<MetricsListener> MetricsListener::open(const std::string& where) {
  const auto address = parse_address(where);
  if (!address) return fail(ErrorCode::invalid_argument, "--metrics: " + where + " is no ADDR:PORT");
  MetricsListener listener;
  listener.socket_ =
      FileDescriptor(::socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  listener.epoll_ = FileDescriptor(::epoll_create1(EPOLL_CLOEXEC));
  const int one = 1;
  const auto* generic = reinterpret_cast<const sockaddr*>(&address->storage);
  if (!listener.socket_.valid() || !listener.epoll_.valid() ||
      ::setsockopt(listener.socket_.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
      ::bind(listener.socket_.get(), generic, address->size) != 0 ||
      ::listen(listener.socket_.get(), static_cast<int>(kClientsMost)) != 0)
    return fail_errno("--metrics: cannot listen on " + where, errno, "name an address that is free");
  listener.watch(listener.socket_.get(), EPOLLIN, true);
  return listener;
}

void MetricsListener::watch(int fd, std::uint32_t events, bool is_new) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  ::epoll_ctl(epoll_.get(), is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
}

void MetricsListener::serve(const std::function<std::string()>& text) {
  const std::uint64_t now_ns = boot_now_ns();
  for (Client& client : clients_) {
    if (client.socket.valid()) serve(client, text);
    if (client.socket.valid() && now_ns > client.until_ns) end(client);
  }
  accept();
}

// A client beyond the limit is closed at once.
void MetricsListener::accept() {
  while (true) {
    FileDescriptor socket(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket.valid()) return;
    const auto free =
        std::ranges::find_if(clients_, [](const Client& client) { return !client.socket.valid(); });
    if (free == clients_.end()) continue;
    watch(socket.get(), EPOLLIN, true);
    *free = Client();
    free->socket = std::move(socket);
    free->until_ns = boot_now_ns() + kClientNs;
  }
}

void MetricsListener::serve(Client& client, const std::function<std::string()>& text) {
  char buffer[1024];
  while (client.response.empty()) {
    const ssize_t got = ::recv(client.socket.get(), buffer, sizeof buffer, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return end(client);
    client.request.append(buffer, static_cast<std::size_t>(got));
    if (client.request.size() > kRequestMost) return end(client);
    if (client.request.find("\r\n\r\n") == std::string::npos) continue;
    client.response = response_to(client.request, text);
  }
  while (client.sent < client.response.size()) {
    const ssize_t put = ::send(client.socket.get(), client.response.data() + client.sent,
                               client.response.size() - client.sent, MSG_NOSIGNAL);
    if (put < 0 && errno == EAGAIN) return watch(client.socket.get(), EPOLLOUT, false);
    if (put <= 0) return end(client);
    client.sent += static_cast<std::size_t>(put);
  }
  end(client);
}

void MetricsListener::end(Client& client) { client = Client(); }

}  // namespace proctree
