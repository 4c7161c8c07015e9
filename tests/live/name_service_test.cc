// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Users that only a name service knows: here libnss-extrausers, in a mount namespace in which getent(1) logs
// who asks it what.
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "live.hpp"

namespace proctree::live {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr uid_t kKnown = 655400007, kUnknown = 655400008;

class NameServiceTest : public testing::Test {
 protected:
  NameServiceTest() {
    write("passwd", "jdoe:x:" + std::to_string(kKnown) + ":655400007::/home/jdoe:/bin/bash\n");
    write("nsswitch.conf", "passwd: files extrausers\ngroup: files extrausers\n");
    write("getent", "#!/bin/sh\necho \"$PPID $*\" >>" + log_ + "\n");
    // The files are served from a /var/lib of the namespace's own.
    write("enter",
          "set -e\n"
          "cp /usr/bin/getent " +
              dir_.file("real-getent") +
              "\n"
              "mount -t tmpfs -o mode=0755 none /var/lib\n"
              "mkdir /var/lib/extrausers\n"
              "cp " +
              dir_.file("passwd") +
              " /var/lib/extrausers/passwd\n"
              "mount --bind " +
              dir_.file("nsswitch.conf") +
              " /etc/nsswitch.conf\n"
              "mount --bind " +
              dir_.file("getent") +
              " /usr/bin/getent\n"
              "exec \"$@\"\n");
  }
  void write(const char* name, const std::string& text) const {
    std::ofstream(dir_.file(name)) << text;
    EXPECT_EQ(chmod(dir_.file(name).c_str(), 0755), 0);
  }
  // What getent does once it has logged the question.
  void let_getent(const std::string& command) const {
    std::ofstream(dir_.file("getent"), std::ios::app) << command << '\n';
  }
  [[nodiscard]] std::vector<std::string> inside() const {
    return {"unshare", "--mount", "sh", dir_.file("enter")};
  }
  [[nodiscard]] std::vector<std::string> questions() const { return lines_of(read_file(log_)); }

  TempDir dir_;
  std::string log_ = dir_.file("log");
  std::string real_getent_ = "exec " + dir_.file("real-getent") + " \"$@\"";
};

std::optional<int> execute_as(uid_t uid) {
  Launch how;
  how.argv = {"/bin/true"};
  how.uid = uid;
  return wait_for(launch(how));
}

// The `user` of the one exec of that uid.
std::string user_of(const Stream& stream, uid_t uid) {
  std::vector<std::string> users;
  for (const Record& record : stream.records)
    if (record.type == "exec" && record.json.number("uid") == uid)
      users.emplace_back(record.json.string("user").value_or("absent"));
  EXPECT_EQ(users.size(), 1u);
  return users.empty() ? "" : users.front();
}

TEST_F(NameServiceTest, IsAskedOnceForEachUserThatIsNotInEtcPasswd) {
  let_getent(real_getent_);
  Tracer tracer(
      {.args = {"--user", "jdoe", "--user", std::to_string(kUnknown), "--user", "root"}, .under = inside()});
  ASSERT_TRACING(tracer);
  for (const uid_t uid : {kKnown, kUnknown}) EXPECT_EQ(execute_as(uid), 0);
  const std::string asks = std::to_string(tracer.pid()) + " passwd -- ";
  ASSERT_STOPPED(tracer);
  EXPECT_EQ(questions(), (std::vector{asks + "jdoe", asks + std::to_string(kUnknown)})) << "a child each";
  const Stream stream = expect_stream(tracer);
  EXPECT_EQ(user_of(stream, kKnown), "jdoe");
  EXPECT_EQ(user_of(stream, kUnknown), std::to_string(kUnknown));
}

TEST_F(NameServiceTest, IsNotAskedWhereNoUserIsNamed) {
  let_getent(real_getent_);
  Tracer tracer({.under = inside()});
  ASSERT_TRACING(tracer);
  EXPECT_EQ(execute_as(kKnown), 0);
  ASSERT_STOPPED(tracer);
  EXPECT_TRUE(questions().empty()) << questions().front();
  EXPECT_EQ(user_of(expect_stream(tracer), kKnown), std::to_string(kKnown));
}

TEST_F(NameServiceTest, IsWaitedForFiveSecondsAndNoLonger) {
  let_getent("echo $$ >" + dir_.file("pid") + "\nexec sleep 1000");
  std::vector<std::string> command = inside();
  command.insert(command.end(), {proctree_path(), "find", "--user", "jdoe"});
  const auto began = steady_clock::now();
  const Ran ran = run(command);
  const auto took = steady_clock::now() - began;
  EXPECT_GE(took, seconds(5));
  EXPECT_LT(took, patiently(seconds(60)));
  EXPECT_EQ(ran.code(), 1);
  EXPECT_NE(ran.err.find("there is no user jdoe, in /etc/passwd or for getent(1)"), std::string::npos)
      << ran.err;
  EXPECT_EQ(questions().size(), 1u);
  const auto pid = static_cast<pid_t>(std::stol(read_file(dir_.file("pid"))));
  const auto until = steady_clock::now() + patiently(seconds(30));
  while (kill(pid, 0) == 0 && steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(kill(pid, 0), -1) << "getent was left behind";
}

}  // namespace
}  // namespace proctree::live
