// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Metrics over HTTP: one text at any path, to a few clients at a time, each for a short time. It runs in the
// caller's loop, and never waits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "base/file_descriptor.hpp"
#include "proctree/error.hpp"

namespace proctree {

class MetricsListener {
 public:
  // `where`: ADDR:PORT, [V6]:PORT.
  static Result<MetricsListener> open(const std::string& where);
  // ADDR:PORT, and no path of a file.
  [[nodiscard]] static bool is_address(const std::string& where);

  // Readable when serve() has something to do.
  [[nodiscard]] int fd() const { return epoll_.get(); }
  void serve(const std::function<std::string()>& text);

 private:
  static constexpr std::size_t kClientsMost = 8;
  static constexpr std::size_t kRequestMost = 8192;

  struct Client {
    FileDescriptor socket;
    std::string request;
    std::string response;
    std::size_t sent = 0;
    std::uint64_t until_ns = 0;
  };

  MetricsListener() = default;
  void accept();
  void serve(Client& client, const std::function<std::string()>& text);
  void watch(int fd, std::uint32_t events, bool is_new);
  static void end(Client& client);

  FileDescriptor socket_;
  FileDescriptor epoll_;
  std::array<Client, kClientsMost> clients_;
};

}  // namespace proctree
