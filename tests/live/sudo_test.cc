// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Called through sudo: what the command line names is opened with the rights of who called. (No sudo: the
// tests set what it sets.)
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "live.hpp"

namespace proctree::live {
namespace {

constexpr uid_t kNobody = 65534;

class SudoTest : public testing::Test {
 protected:
  SudoTest() {
    EXPECT_EQ(mkdir(home_.c_str(), 0755), 0);
    EXPECT_EQ(chown(home_.c_str(), kNobody, kNobody), 0);
    std::ofstream(roots_) << "precious\n";
    EXPECT_EQ(chmod(roots_.c_str(), 0600), 0);
  }
  Ran run_sudo(std::vector<std::string> words) {
    words.insert(words.begin(), proctree_path());
    return run(std::move(words), {}, env_);
  }
  Ran run_build(std::vector<std::string> options) {
    options.insert(options.begin(), {"run", "--quiet"});
    options.insert(options.end(), {"--", "true"});
    return run_sudo(std::move(options));
  }
  static uid_t owner(const std::string& path) {
    struct stat status {};
    return lstat(path.c_str(), &status) == 0 ? status.st_uid : ~uid_t{0};
  }

  TempDir dir_;
  std::string home_ = dir_.file("home");
  std::string out_ = home_ + "/out";
  std::string timeline_ = home_ + "/timeline";
  std::string roots_ = dir_.file("roots");  // a file that only root may read and write
  std::vector<std::string> env_ = {"PATH=/usr/bin:/bin", "SUDO_USER=nobody", "SUDO_UID=65534",
                                   "SUDO_GID=65534"};
};

TEST_F(SudoTest, FilesAreTheCallers) {
  EXPECT_EQ(run_build({"--output", out_, "--timeline", timeline_}).code(), 0);
  EXPECT_EQ(owner(out_), kNobody);
  EXPECT_EQ(owner(timeline_), kNobody);
  EXPECT_EQ(run_build({"--as-root", "--output", home_ + "/root", "--timeline", home_ + "/root2"}).code(), 0);
  EXPECT_EQ(owner(home_ + "/root"), 0U);
  EXPECT_EQ(owner(home_ + "/root2"), 0U);
}

TEST_F(SudoTest, WhatTheCallerMayNotTouchIsRefused) {
  ASSERT_EQ(symlink(roots_.c_str(), out_.c_str()), 0);
  const std::vector<std::vector<std::string>> commands = {
      {"run", "--output", out_, "--", "true"},
      {"run", "--output", "/dev/null", "--timeline", out_, "--", "true"},
      {"trace", "--duration", "0.1", "--output", out_},
      {"trace", "--duration", "0.1", "--output", "/dev/null", "--timeline", out_},
      {"replay", "/dev/null", "--output", out_},
      {"replay", out_},
      {"ship", "--once", "--from", out_, "--to", "-"},
      {"ship", "--once", "--from", "/dev/null", "--to", out_},
      {"ship", "--once", "--from", "/dev/null", "--to", "sqlite:" + out_},
      {"ship", "--once", "--from", "/dev/null", "--to", "-", "--cursor", dir_.file("cursor")},
      {"ship", "--once", "--from", "/dev/null", "--to", "-", "--cursor", out_},
      {"ship", "--once", "--from", "/dev/null", "--to", "-", "--metrics", dir_.file("metrics")},
      {"history", "sqlite:" + out_, "find"},
      {"why", "--history", "sqlite:" + out_, "sshd"}};
  for (const std::vector<std::string>& command : commands) {
    const Ran ran = run_sudo(command);
    EXPECT_EQ(ran.code(), 1) << command[0] << ran.err;
    EXPECT_NE(ran.err.find("Permission denied"), std::string::npos) << ran.err;
    EXPECT_NE(ran.err.find("--as-root"), std::string::npos) << ran.err;
  }
  EXPECT_EQ(read_file(roots_), "precious\n");
}

TEST_F(SudoTest, WhatIsShippedIsTheCallers) {
  const std::string spool = home_ + "/spool", store = home_ + "/store";
  for (const std::string& to : {out_, spool + '/', "sqlite:" + store}) {
    const Ran ran =
        run_sudo({"ship", "--once", "--from", "/dev/null", "--to", to, "--metrics", home_ + "/metrics"});
    EXPECT_EQ(ran.code(), 0) << ran.err;
  }
  for (const std::string& made : {out_, spool, spool + "/lock", store, home_ + "/metrics"})
    EXPECT_EQ(owner(made), kNobody) << made;
  EXPECT_EQ(run_sudo({"ship", "--as-root", "--once", "--from", "/dev/null", "--to", home_ + "/root"}).code(),
            0);
  EXPECT_EQ(owner(home_ + "/root"), 0U);
}

// A mount namespace has a /var/lib of its own.
TEST_F(SudoTest, TheHostsOwnStoreIsReadAsRoot) {
  const std::string program = dir_.file("ended-here"), lines = dir_.file("lines"), store = dir_.file("store");
  std::filesystem::copy_file("/usr/bin/true", program);
  ASSERT_EQ(
      run({proctree_path(), "run", "--quiet", "--format", "jsonl", "--output", lines, "--", program}).code(),
      0);
  ASSERT_EQ(run({proctree_path(), "ship", "--once", "--from", lines, "--to", "sqlite:" + store}).code(), 0);
  const std::string script =
      "mount -t tmpfs -o mode=0755 none /var/lib && mkdir -m 0700 /var/lib/proctree &&"
      " install -m 0600 " +
      store + " /var/lib/proctree/history.db && exec " + proctree_path() + " why ended-here";
  const Ran ran = run({"unshare", "--mount", "sh", "-c", script}, {}, env_);
  EXPECT_EQ(ran.code(), 0) << ran.err;
  EXPECT_NE(ran.out.find(program), std::string::npos) << ran.out;
}

TEST_F(SudoTest, TheServiceManagerIsReachedAsTheCaller) {
  env_.push_back("NOTIFY_SOCKET=" + dir_.file("nowhere/socket"));
  ASSERT_EQ(mkdir(dir_.file("nowhere").c_str(), 0700), 0);
  const Ran ran = run_sudo({"trace", "--duration", "0.1"});
  EXPECT_NE(ran.err.find("Permission denied"), std::string::npos) << ran.err;
}

TEST_F(SudoTest, AHangupOpensNothingAsRoot) {
  Tracer tracer({.output = out_, .env = env_});
  ASSERT_TRACING(tracer);
  EXPECT_NE(tracer.errors().find("rotation takes --as-root or --run-as"), std::string::npos)
      << tracer.errors();
  ASSERT_EQ(rename(out_.c_str(), (out_ + ".1").c_str()), 0);
  ASSERT_EQ(symlink(roots_.c_str(), out_.c_str()), 0);
  ASSERT_TRUE(tracer.signal_and_wait(SIGHUP));
  EXPECT_EQ(tracer.stop(), "exit 0") << tracer.errors();
  EXPECT_EQ(read_file(roots_), "precious\n");
  Problems problems;
  check_whole(read_stream(read_file(out_ + ".1"), problems), true, problems);
  EXPECT_TRUE(problems.none()) << problems.text();
}

TEST_F(SudoTest, RotationTakesRootOrAUserToRunAs) {
  for (const std::vector<std::string>& how :
       {std::vector<std::string>{"--run-as", "nobody"}, {"--as-root"}}) {
    ASSERT_EQ(chmod(home_.c_str(), 0777), 0);
    Tracer tracer({.args = how, .output = out_, .env = env_});
    ASSERT_TRACING(tracer);
    EXPECT_EQ(tracer.errors().find("rotation takes"), std::string::npos) << tracer.errors();
    ASSERT_EQ(rename(out_.c_str(), (out_ + ".1").c_str()), 0);
    ASSERT_EQ(kill(tracer.pid(), SIGHUP), 0);
    const auto until = std::chrono::steady_clock::now() + patiently(std::chrono::seconds(30));
    while (access(out_.c_str(), F_OK) != 0 && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(tracer.stop(), "exit 0") << tracer.errors();
    EXPECT_EQ(owner(out_), how.size() == 2 ? kNobody : 0U);
    EXPECT_EQ(unlink(out_.c_str()), 0);
  }
}

// A user that /etc/passwd doesn't know: ids suffice.
TEST_F(SudoTest, AUserOfANameServiceIsServed) {
  env_ = {"PATH=/usr/bin:/bin", "SUDO_USER=jdoe", "SUDO_UID=655400007", "SUDO_GID=655400008"};
  const std::vector<std::string> command = {
      "run", "--quiet", "--output", "/dev/null",
      "--",  "/bin/sh", "-c",       "id -u; id -G; echo $USER ${HOME-none}"};
  EXPECT_EQ(run_sudo(command).out, "655400007\n655400008\njdoe none\n");
  env_.emplace_back("SUDO_HOME=/home/jdoe");
  EXPECT_EQ(run_sudo(command).out, "655400007\n655400008\njdoe /home/jdoe\n");
}

TEST_F(SudoTest, NumbersThatAreNoneAreNotTakenForRoot) {
  for (const char* uid : {"", "-1", "4294967295", "x", "65534x"}) {
    env_ = {"PATH=/usr/bin:/bin", "SUDO_USER=nobody", std::string("SUDO_UID=") + uid, "SUDO_GID=65534"};
    const Ran ran = run_sudo({"run", "--", "id"});
    EXPECT_EQ(ran.code(), 2) << uid;
    EXPECT_EQ(ran.out, "") << uid;
    EXPECT_NE(ran.err.find("--as-root"), std::string::npos) << ran.err;
  }
}

}  // namespace
}  // namespace proctree::live
