// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// proctree trace under a service manager: what it sends to $NOTIFY_SOCKET, and when.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <string>

#include "live.hpp"

namespace proctree::live {
namespace {

// The manager's end: a datagram socket, in the file system or (@) in the abstract namespace.
class Manager {
 public:
  explicit Manager(std::string name)
      : name_(std::move(name)), socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    EXPECT_LT(name_.size(), sizeof address.sun_path);
    std::memcpy(address.sun_path, name_.data(), name_.size());
    const bool abstract = name_.front() == '@';
    if (abstract) address.sun_path[0] = '\0';
    const std::size_t size = offsetof(sockaddr_un, sun_path) + name_.size() + (abstract ? 0 : 1);
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(size)),
              0);
    const timeval limit{patiently(std::chrono::seconds(30)).count(), 0};
    EXPECT_EQ(setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
  }

  [[nodiscard]] std::string variable() const { return "NOTIFY_SOCKET=" + name_; }

  // The next message; empty: none came.
  [[nodiscard]] std::string next() const {
    char text[4096];
    const ssize_t got = recv(socket_.get(), text, sizeof text, 0);
    return got < 0 ? std::string() : std::string(text, static_cast<std::size_t>(got));
  }

  // The next that isn't a sign of life.
  [[nodiscard]] std::string next_state() const {
    std::string message = next();
    while (message == "WATCHDOG=1") message = next();
    return message;
  }

 private:
  std::string name_;
  Fd socket_;
};

class ServiceTest : public testing::TestWithParam<bool> {
 protected:
  [[nodiscard]] std::string socket_name() const {
    return GetParam() ? "@proctree-test-" + std::to_string(getpid()) : dir_.file("notify");
  }

  TempDir dir_;
  Manager manager_{socket_name()};
};

TEST_P(ServiceTest, IsNotifiedOfTheStartTheReloadAndTheEnd) {
  const std::string log = dir_.file("log");
  Tracer tracer({.output = log, .env = {manager_.variable()}});
  const std::string ready = manager_.next();
  EXPECT_TRUE(ready.starts_with("READY=1\nSTATUS=Tracing; ")) << ready << tracer.errors();
  // By then the start stands in the log.
  EXPECT_TRUE(read_file(log).starts_with("{\"v\":1,\"type\":\"start\",")) << read_file(log).substr(0, 100);

  std::filesystem::rename(log, log + ".1");
  ASSERT_EQ(kill(tracer.pid(), SIGHUP), 0);
  EXPECT_TRUE(manager_.next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_EQ(manager_.next(), "READY=1");
  EXPECT_TRUE(std::filesystem::exists(log));
  EXPECT_EQ(kill(tracer.pid(), SIGTERM), 0);
  EXPECT_EQ(manager_.next(), "STOPPING=1");
  EXPECT_EQ(tracer.stop(0), "exit 0") << tracer.errors();
}

// An idle host wakes the tracer for nothing else: it has to wake itself.
TEST_P(ServiceTest, GivesSignsOfLife) {
  Tracer tracer(
      {.args = {"--comm", "nobody-is-called-so"}, .env = {manager_.variable(), "WATCHDOG_USEC=200000"}});
  EXPECT_TRUE(manager_.next_state().starts_with("READY=1"));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(manager_.next(), "WATCHDOG=1");
  EXPECT_EQ(kill(tracer.pid(), SIGTERM), 0);
  EXPECT_EQ(manager_.next_state(), "STOPPING=1");
  EXPECT_EQ(tracer.stop(0), "exit 0") << tracer.errors();
}

// The limit was set for another process.
TEST_P(ServiceTest, OnlyItsOwnWatchdogCounts) {
  Tracer tracer({.env = {manager_.variable(), "WATCHDOG_USEC=1000", "WATCHDOG_PID=1"}});
  EXPECT_TRUE(manager_.next().starts_with("READY=1"));
  EXPECT_EQ(kill(tracer.pid(), SIGTERM), 0);
  EXPECT_EQ(manager_.next(), "STOPPING=1");
  EXPECT_EQ(tracer.stop(0), "exit 0") << tracer.errors();
}

INSTANTIATE_TEST_SUITE_P(Live, ServiceTest, testing::Bool(),
                         [](const auto& way) { return std::string(way.param ? "Abstract" : "File"); });

TEST(ServiceFaultsTest, AVariableThatMakesNoSenseIsWrongUsage) {
  for (const char* variable :
       {"NOTIFY_SOCKET=", "NOTIFY_SOCKET=relative", "WATCHDOG_USEC=soon", "WATCHDOG_USEC=0"}) {
    const Ran ran = run({proctree_path(), "trace", "--count", "1"}, {}, {variable});
    EXPECT_EQ(ran.code(), 2) << variable << ran.err;
    EXPECT_EQ(count_lines(ran.err), 1u) << ran.err;
  }
  const Ran ran = run({proctree_path(), "trace", "--count", "1"}, {}, {"NOTIFY_SOCKET=/nowhere/to/be/found"});
  EXPECT_EQ(ran.code(), 1) << ran.err;
  EXPECT_EQ(count_lines(ran.err), 1u) << ran.err;
}

}  // namespace
}  // namespace proctree::live
