// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// discard_http: a receiver for bench/otlp that takes each request and keeps nothing of it. Prints its port.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

namespace {

constexpr std::string_view kResponse =
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n";
constexpr std::string_view kLength = "Content-Length: ";

void serve(int fd) {
  std::array<char, 1 << 16> buffer;
  std::string head;
  std::size_t left = 0;  // of the body
  ssize_t got = 0;
  while ((got = ::read(fd, buffer.data(), buffer.size())) > 0) {
    std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    while (!bytes.empty()) {
      if (left == 0) {
        head += bytes.front();
        bytes.remove_prefix(1);
        if (!head.ends_with("\r\n\r\n")) continue;
        const std::size_t at = head.find(kLength);
        left = at == std::string::npos
                   ? 0
                   : static_cast<std::size_t>(std::atoll(head.c_str() + at + kLength.size()));
        head.clear();
      } else {
        const std::size_t taken = left < bytes.size() ? left : bytes.size();
        left -= taken;
        bytes.remove_prefix(taken);
      }
      if (left == 0 && ::write(fd, kResponse.data(), kResponse.size()) < 0) break;
    }
  }
  ::close(fd);
}

}  // namespace

int main() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener, any, size) != 0 || ::listen(listener, 16) != 0 ||
      ::getsockname(listener, any, &size) != 0) {
    std::perror("discard_http");
    return 1;
  }
  std::printf("%u\n", unsigned{ntohs(address.sin_port)});
  std::fflush(stdout);
  for (int fd = 0; (fd = ::accept(listener, nullptr, nullptr)) >= 0;) std::thread(serve, fd).detach();
  return 0;
}
