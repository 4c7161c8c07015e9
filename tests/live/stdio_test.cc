// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the standard descriptors of a program are, by real ones of each kind.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pty.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "live.hpp"

namespace proctree::live {
namespace {

std::uint64_t inode_of(int fd) {
  struct stat of {};
  EXPECT_EQ(fstat(fd, &of), 0);
  return of.st_ino;
}

// A connection over the loopback: its ends, and the address that the first sees at the other.
struct Connection {
  Fd near, far;
  std::string peer;
};

Connection connect(int family) {
  sockaddr_storage address{};
  address.ss_family = static_cast<sa_family_t>(family);
  if (family == AF_INET6) reinterpret_cast<sockaddr_in6*>(&address)->sin6_addr = in6addr_loopback;
  if (family == AF_INET) reinterpret_cast<sockaddr_in*>(&address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  const Fd listener(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Connection made;
  made.near = Fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const bool fine =
      bind(listener.get(), plain, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6)) == 0 &&
      listen(listener.get(), 1) == 0 && getsockname(listener.get(), plain, &size) == 0 &&
      connect(made.near.get(), plain, size) == 0;
  if (!fine) return {};
  made.far = Fd(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const in_port_t port = family == AF_INET ? reinterpret_cast<sockaddr_in*>(&address)->sin_port
                                           : reinterpret_cast<sockaddr_in6*>(&address)->sin6_port;
  made.peer = (family == AF_INET ? "127.0.0.1:" : "[::1]:") + std::to_string(ntohs(port));
  return made;
}

class StdioTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { ASSERT_TRACING(tracer_); }

  // Runs a program with these as 0, 1 and 2 (-1: whatever it is here, and the last one closed), whose first
  // argument is how to find it.
  void execute(const std::string& name, int in, int out, int err) {
    Launch how;
    how.argv = {"/bin/true", name};
    // What is left out is what it is here.
    if (err < 0) how.argv = {"/bin/sh", "-c", "exec /bin/true " + name + " 2>&-"};
    for (const auto& [here, there] : {std::pair{in, 0}, std::pair{out, 1}, std::pair{err, 2}}) {
      if (here >= 0) how.fds.emplace_back(here, there);
    }
    EXPECT_EQ(status_text(wait_for(launch(how))), "exit 0");
  }

  void stop() {
    ASSERT_STOPPED(tracer_);
    stream_ = expect_stream(tracer_);
  }

  [[nodiscard]] Json stdio(const std::string& name) const {
    const std::string args = std::string("/bin/true") + std::string(1, '\0') + name;
    for (const Record& record : stream_.records) {
      if (record.type == "exec" && record.json.joined_args() == args && record.json.at("stdio") != nullptr)
        return *record.json.at("stdio");
    }
    ADD_FAILURE() << name << " has no stdio:\n" << tracer_.output().substr(0, 20000);
    return {};
  }

  Tracer tracer_{{.args = {"--ring", GetParam(), "--stdio"}}};
  Stream stream_;
};

// Alternately, so that each cpu has had a path of its own for the number that shares another's file next.
TEST_P(StdioTest, OneFileForTwoAfterAFileForEach) {
  const TempDir dir;
  const Fd null = open_file("/dev/null", O_RDWR);
  const Fd out = open_file(dir.file("out"), O_RDWR | O_CREAT);
  const Fd err = open_file(dir.file("err, with a longer name"), O_RDWR | O_CREAT);
  constexpr int kRounds = 16;
  for (int round = 0; round < kRounds; ++round) {
    execute("each" + std::to_string(round), null.get(), out.get(), err.get());
    execute("both" + std::to_string(round), null.get(), out.get(), out.get());
  }
  stop();
  for (int round = 0; round < kRounds; ++round) {
    const Json each = stdio("each" + std::to_string(round)), both = stdio("both" + std::to_string(round));
    EXPECT_EQ(each.string("2.path"), dir.file("err, with a longer name"));
    EXPECT_EQ(both.string("1.path"), dir.file("out"));
    EXPECT_EQ(both.string("2.path"), dir.file("out"));
  }
}

TEST_P(StdioTest, KindsPathsAndInodes) {
  const TempDir dir;
  const Fd null = open_file("/dev/null", O_RDWR), zero = open_file("/dev/zero", O_RDWR);
  const Fd file = open_file(dir.file("a file"), O_RDWR | O_CREAT);
  const Fd memory(memfd_create("of stdio_test", MFD_CLOEXEC));
  ASSERT_EQ(mkfifo(dir.file("fifo").c_str(), 0600), 0);
  const Fd fifo = open_file(dir.file("fifo"), O_RDWR);
  int leader = -1, terminal = -1;
  ASSERT_EQ(openpty(&leader, &terminal, nullptr, nullptr, nullptr), 0);
  const Fd leader_fd(leader), terminal_fd(terminal);
  const std::string terminal_path = ttyname(terminal);
  execute("null", null.get(), null.get(), zero.get());
  execute("file", file.get(), memory.get(), fifo.get());
  execute("tty", terminal, leader, -1);
  stop();

  const Json nulls = stdio("null");
  for (const char* fd : {"0", "1"}) {
    EXPECT_EQ(nulls.string(std::string(fd) + ".kind"), "null");
    EXPECT_EQ(nulls.string(std::string(fd) + ".path"), "/dev/null");
    EXPECT_EQ(nulls.number(std::string(fd) + ".inode"), inode_of(null.get()));
  }
  EXPECT_EQ(nulls.number("1.fd"), 1U);
  EXPECT_EQ(nulls.string("2.kind"), "other");
  EXPECT_EQ(nulls.string("2.path"), "/dev/zero");
  const Json files = stdio("file");
  EXPECT_EQ(files.string("0.kind"), "file");
  EXPECT_EQ(files.string("0.path"), dir.file("a file"));
  EXPECT_EQ(files.number("0.inode"), inode_of(file.get()));
  EXPECT_EQ(files.string("1.kind"), "memfd");
  EXPECT_EQ(files.string("1.path"), "/memfd:of stdio_test");
  EXPECT_EQ(files.string("2.kind"), "pipe");
  EXPECT_EQ(files.string("2.path"), dir.file("fifo"));
  const Json ttys = stdio("tty");
  EXPECT_EQ(ttys.string("0.kind"), "tty");
  EXPECT_EQ(ttys.string("0.path"), terminal_path);
  EXPECT_EQ(ttys.string("1.kind"), "tty");
  EXPECT_EQ(ttys.string("2.kind"), "closed");
  EXPECT_EQ(ttys.at("2.path"), nullptr);
  EXPECT_EQ(ttys.at("2.inode"), nullptr);
}

// A reverse shell: all three are one connection to elsewhere.
TEST_P(StdioTest, PeersOfInternetSockets) {
  const Connection four = connect(AF_INET), six = connect(AF_INET6);
  ASSERT_GE(four.far.get(), 0);
  const Fd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  execute("four", four.near.get(), four.near.get(), four.near.get());
  execute("six", six.near.get(), listener.get(), -1);
  stop();
  const Json fours = stdio("four");
  for (const char* fd : {"0", "1", "2"}) {
    EXPECT_EQ(fours.string(std::string(fd) + ".kind"), "socket");
    EXPECT_EQ(fours.string(std::string(fd) + ".peer"), four.peer);
    EXPECT_EQ(fours.number(std::string(fd) + ".inode"), inode_of(four.near.get()));
    EXPECT_EQ(fours.at(std::string(fd) + ".path"), nullptr);
  }
  const Json sixes = stdio("six");
  if (six.far.get() >= 0) {
    EXPECT_EQ(sixes.string("0.peer"), six.peer);
  }
  EXPECT_EQ(sixes.string("1.kind"), "socket");
  EXPECT_EQ(sixes.at("1.peer"), nullptr) << "it is not connected";
}

TEST_P(StdioTest, PeersOfPairsAndPipes) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const Fd one(pair[0]), other(pair[1]);
  const Pipe pipe = make_pipe(), lonely = make_pipe();
  execute("pair", one.get(), lonely.read.get(), -1);
  execute("writer", -1, pipe.write.get(), -1);
  execute("reader", pipe.read.get(), -1, -1);
  stop();
  const Json sockets = stdio("pair");
  EXPECT_EQ(sockets.string("0.kind"), "socket");
  EXPECT_EQ(sockets.number("0.peer.pid"), static_cast<std::uint64_t>(getpid())) << "who made the pair";
  EXPECT_TRUE(sockets.string("0.peer.id"));
  EXPECT_EQ(sockets.string("1.kind"), "pipe");
  EXPECT_EQ(sockets.number("1.inode"), inode_of(lonely.read.get()));
  EXPECT_EQ(sockets.at("1.peer"), nullptr) << "nobody has executed anything with its other end";
  EXPECT_EQ(stdio("writer").at("1.peer"), nullptr);
  std::string writer;
  for (const Record& record : stream_.records) {
    if (record.type == "exec" && record.json.joined_args() == std::string("/bin/true\0writer", 16))
      writer = record.id;
  }
  EXPECT_EQ(stdio("reader").string("0.peer.id"), writer);
}

INSTANTIATE_TEST_SUITE_P(Rings, StdioTest, testing::Values("kernel", "percpu"),
                         [](const auto& of) { return std::string(of.param); });

}  // namespace
}  // namespace proctree::live
