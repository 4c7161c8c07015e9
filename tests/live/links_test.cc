// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a line says of others than its own process: the arguments and titles of ancestors, who leads its
// session and its group.
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "live.hpp"

namespace proctree::live {
namespace {

constexpr const char* kTitle = "server: worker process";

// A process that leads a session, has a title over its arguments and runs cat until this goes out of scope.
class Server {
 public:
  Server() {
    Pipe pipe = make_pipe();
    Launch how;
    how.argv = {program(), kTitle, "/bin/cat"};
    how.fds = {{pipe.read.get(), 0}};
    pid_ = launch(how);
    feed_ = std::move(pipe.write);
  }
  ~Server() { end(); }
  static std::string program() { return prog("titled"); }
  [[nodiscard]] std::uint64_t pid() const { return static_cast<std::uint64_t>(pid_); }
  void end() {
    feed_.reset();
    if (ended_) return;
    ended_ = true;
    EXPECT_EQ(status_text(wait_for(pid_)), "exit 0");
  }

 private:
  pid_t pid_ = -1;
  bool ended_ = false;
  Fd feed_;
};

// What a tracer writes of such a server's whole life.
class LinksTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRACING(tracer_);
    server_.emplace();
    EXPECT_TRUE(tracer_.wait_for_output("\"title\":\"" + std::string(kTitle) + '"'));
    server_->end();
    ASSERT_STOPPED(tracer_);
    stream_ = expect_stream(tracer_);
  }
  [[nodiscard]] std::uint64_t server() const { return server_->pid(); }

  Stream stream_;

 private:
  Tracer tracer_;
  std::optional<Server> server_;
};

std::string as_executed() { return Server::program() + '\0' + kTitle + '\0' + "/bin/cat"; }

TEST_F(LinksTest, AncestorsHaveTheirArgumentsAndTitles) {
  bool seen = false;
  for (const Record& record : stream_.records) {
    if (record.type != "exec" || record.json.number("ancestors.0.pid") != server()) continue;
    seen = true;
    const Json& server_link = *record.json.at("ancestors.0");
    EXPECT_EQ(server_link.joined_args(), as_executed());
    EXPECT_EQ(server_link.bytes("title"), kTitle);
    EXPECT_EQ(record.json.bytes("ancestors.1.exe"),
              std::string(std::filesystem::read_symlink("/proc/self/exe")));
    EXPECT_NE(record.json.array("ancestors.1.args"), nullptr);
  }
  EXPECT_TRUE(seen);
}

TEST_F(LinksTest, LeadersOfSessionAndGroup) {
  std::string id;
  int events = 0;
  for (const Record& record : stream_.records) {
    if (record.pid == server()) id = record.id;
    if (record.json.number("creator_pid") != server()) continue;
    ++events;
    for (const std::string leader : {"session_leader", "group_leader"}) {
      const Json* of = record.json.at(leader);
      ASSERT_NE(of, nullptr) << record.type << ' ' << leader;
      EXPECT_EQ(of->number("pid"), server()) << record.type;
      EXPECT_EQ(of->string("id"), id) << record.type;
      EXPECT_TRUE(of->number("start_ns")) << record.type;
      if (record.type == "exec") {
        EXPECT_EQ(of->bytes("comm"), "titled");
        EXPECT_EQ(of->bytes("exe"), Server::program());
      } else {
        EXPECT_EQ(of->at("comm"), nullptr) << record.type << " has them short";
      }
    }
  }
  EXPECT_EQ(events, 3) << "fork, exec and exit of cat";
}

}  // namespace
}  // namespace proctree::live
