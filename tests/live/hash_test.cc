// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Hashes of what is executed, held against sha256sum; and what the helper that reads it may do.
#include <fcntl.h>
#include <pwd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "confined.hpp"

namespace proctree::live {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOfHelper = "0000000000080004";  // CAP_SYS_PTRACE, CAP_DAC_READ_SEARCH

std::string sha256sum(const std::string& path) { return run({"/usr/bin/sha256sum", path}).out.substr(0, 64); }

Launch command(std::vector<std::string> argv, std::vector<std::pair<int, int>> fds = {},
               std::string cwd = {}) {
  Launch how;
  how.argv = std::move(argv);
  how.fds = std::move(fds);
  how.cwd = std::move(cwd);
  return how;
}

// The helper, and its reader.
std::vector<pid_t> helpers_of(pid_t tracer) {
  std::vector<pid_t> found{tracer};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::string own = "/proc/" + std::to_string(found[i]) + "/task/" + std::to_string(found[i]);
    std::size_t end = 0;
    for (std::string children = read_file(own + "/children"); !children.empty(); children.erase(0, end + 1)) {
      found.push_back(std::stoi(children, &end));
    }
  }
  found.erase(found.begin());
  std::erase_if(found, [](pid_t pid) {
    return read_file("/proc/" + std::to_string(pid) + "/comm") != "proctree-hash\n";
  });
  return found;
}

class HashTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRACING(tracer_); }

  std::string copy(const std::string& program, const std::string& name) {
    const std::string path = dir_.file(name);
    fs::copy_file(program, path, fs::copy_options::overwrite_existing);
    std::ofstream(path, std::ios::binary | std::ios::app) << path;  // unlike what others execute
    settle();
    return path;
  }

  // What has just changed has a hash only while it runs.
  static void settle() { std::this_thread::sleep_for(std::chrono::milliseconds(30)); }

  // Executes it with its name as last argument, waits for its end.
  void execute(Launch how, const std::string& name) {
    how.argv.push_back(name);
    EXPECT_EQ(status_text(wait_for(launch(how))), "exit 0") << name;
  }
  // The same, and until its hash is in the stream.
  void execute_and_await(Launch how, const std::string& name, const std::string& sha256) {
    execute(std::move(how), name);
    ASSERT_TRUE(tracer_.wait_for_output(sha256)) << name << " has no hash";
  }

  void stop() {
    ASSERT_STOPPED(tracer_);
    stream_ = expect_stream(tracer_);
  }

  // The last exec that has this among its arguments' ends.
  [[nodiscard]] const Record* exec_of(const std::string& name) const {
    const Record* found = nullptr;
    for (const Record& record : stream_.records) {
      const auto args = record.type == "exec" ? record.json.joined_args() : std::nullopt;
      if (args && args->ends_with('\0' + name)) found = &record;
    }
    if (found == nullptr) ADD_FAILURE() << name << " was not executed:\n" << tracer_.errors();
    return found;
  }
  // On its own line, or on a later one of its own.
  [[nodiscard]] std::string hash_of(const std::string& name, const std::string& field = "exe_sha256") const {
    const Record* exec = exec_of(name);
    if (exec == nullptr) return "no exec";
    std::vector<std::string> found;
    if (const auto hash = exec->json.string(field)) found.emplace_back(*hash);
    for (const Record& record : stream_.records) {
      if (record.type != "hash" || record.id != exec->id) continue;
      if (record.json.number("exec_seq") != exec->json.number("exec_seq")) continue;
      EXPECT_GT(record.seq, exec->seq);
      if (const auto hash = record.json.string(field)) found.emplace_back(*hash);
    }
    EXPECT_LE(found.size(), 1u) << name << " has its hash twice";
    return found.empty() ? "none" : found[0];
  }

  const TempDir dir_;
  Tracer tracer_{{.args = {"--hash"}}};
  Stream stream_;
};

TEST_F(HashTest, LateOnALineOfItsOwnThenOnThatOfTheExec) {
  const std::string program = copy("/bin/true", "program");
  const std::string sha256 = sha256sum(program);
  ASSERT_NO_FATAL_FAILURE(execute_and_await(command({program}), "first", sha256));
  execute(command({program}), "second");
  ASSERT_NO_FATAL_FAILURE(stop());
  EXPECT_EQ(hash_of("first"), sha256);
  EXPECT_EQ(exec_of("second")->json.string("exe_sha256"), sha256);
}

TEST_F(HashTest, WhatHasNoPath) {
  const std::string deleted = copy("/bin/sleep", "deleted");
  const Fd file = open_file(deleted, O_RDONLY | O_CLOEXEC);
  const std::string sleep = sha256sum(deleted);
  ASSERT_EQ(unlink(deleted.c_str()), 0);
  ASSERT_NO_FATAL_FAILURE(
      execute_and_await(command({"/proc/self/fd/9", "2"}, {{file.get(), 9}}), "0.01", sleep));

  Fd memory(memfd_create("of hash_test", MFD_CLOEXEC));
  const std::string bytes = read_file("/bin/sleep") + "and more";
  ASSERT_EQ(write(memory.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  const Fd readable = open_file("/proc/self/fd/" + std::to_string(memory.get()), O_RDONLY | O_CLOEXEC);
  memory.reset();
  const std::string more = dir_.file("more");
  std::ofstream(more, std::ios::binary) << bytes;
  const std::string of_memory = sha256sum(more);
  ASSERT_NO_FATAL_FAILURE(
      execute_and_await(command({"/proc/self/fd/9", "2"}, {{readable.get(), 9}}), "0.02", of_memory));
  ASSERT_NO_FATAL_FAILURE(stop());
  EXPECT_EQ(hash_of("0.01"), sleep);
  EXPECT_TRUE(exec_of("0.01")->json.is_true("exe_deleted"));
  EXPECT_EQ(hash_of("0.02"), of_memory);
  EXPECT_TRUE(exec_of("0.02")->json.is_true("exe_memfd"));
}

TEST_F(HashTest, AnotherFileUnderTheSamePath) {
  const std::string program = copy("/bin/true", "program");
  const std::string before = sha256sum(program);
  ASSERT_NO_FATAL_FAILURE(execute_and_await(command({program}), "before", before));
  const std::string other = copy("/bin/echo", "other");
  const std::string after = sha256sum(other);
  ASSERT_EQ(rename(other.c_str(), program.c_str()), 0);
  settle();
  ASSERT_NO_FATAL_FAILURE(execute_and_await(command({program}), "after", after));
  // The same file with other contents.
  std::ofstream(program, std::ios::binary | std::ios::app) << "and more";
  const std::string grown = sha256sum(program);
  settle();
  ASSERT_NO_FATAL_FAILURE(execute_and_await(command({program}), "grown", grown));
  ASSERT_NO_FATAL_FAILURE(stop());
  EXPECT_EQ(hash_of("before"), before);
  EXPECT_EQ(hash_of("after"), after);
  EXPECT_EQ(hash_of("grown"), grown);
}

// As a container has them: what lies there by the same path is nobody else's.
TEST_F(HashTest, InMountsOfItsOwn) {
  const std::string path = copy("/bin/true", "program");
  const std::string script = dir_.file("script");
  std::ofstream(script) << "#!/bin/sh\n";
  ASSERT_EQ(chmod(script.c_str(), 0755), 0);
  ASSERT_EQ(chmod(dir_.path().c_str(), 0755), 0);
  const std::string commands = "mount -t tmpfs none " + dir_.path() + " && cp /bin/sleep " + path +
                               " && echo more >>" + path + " && printf '#!/bin/sh\\nsleep 2 # %s\\n' >" +
                               script + " && chmod 755 " + script + " && sha256sum " + path + " " + script +
                               " && " + script + " inside.sh && exec " + path + " 2 0.03";
  const Ran ran = run({"/usr/bin/unshare", "--mount", "/bin/sh", "-c", commands}, {}, {"PATH=/usr/bin:/bin"});
  ASSERT_EQ(ran.code(), 0) << ran.err;
  ASSERT_NO_FATAL_FAILURE(stop());
  const auto lines = lines_of(ran.out);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(hash_of("0.03"), lines[0].substr(0, 64));
  EXPECT_EQ(hash_of("inside.sh", "script_sha256"), lines[1].substr(0, 64));
  EXPECT_EQ(hash_of("inside.sh"), sha256sum("/bin/sh"));
}

TEST_F(HashTest, Scripts) {
  const std::string script = dir_.file("script");
  std::ofstream(script) << "#!/bin/sh\nsleep 2\n";
  ASSERT_EQ(chmod(script.c_str(), 0755), 0);
  const std::string sha256 = sha256sum(script);
  ASSERT_NO_FATAL_FAILURE(execute_and_await(command({script}), "absolute", sha256));
  execute(command({"./script"}, {}, dir_.path()), "relative");
  execute(command({"/bin/true"}), "none");
  ASSERT_NO_FATAL_FAILURE(stop());
  EXPECT_EQ(hash_of("absolute", "script_sha256"), sha256);
  EXPECT_EQ(hash_of("relative", "script_sha256"), sha256);
  EXPECT_EQ(hash_of("none", "script_sha256"), "none");
}

// A replay with the same filter has the same lines.
TEST_F(HashTest, GoWithTheLinesOfTheirExecs) {
  const std::string program = copy("/bin/true", "filtered");
  ASSERT_NO_FATAL_FAILURE(execute_and_await(command({program}), "first", sha256sum(program)));
  execute(command({copy("/bin/true", "other")}), "second");
  ASSERT_NO_FATAL_FAILURE(stop());
  const std::string recording = dir_.file("recording.jsonl");
  std::ofstream(recording, std::ios::binary) << tracer_.output();
  EXPECT_EQ(run({proctree_path(), "replay", recording, "--format", "jsonl"}).out, tracer_.output());
  const Ran chosen = run({proctree_path(), "replay", recording, "--format", "jsonl", "--comm", "filtered"});
  std::size_t hashes = 0;
  for (const std::string& line : lines_of(chosen.out))
    hashes += line.find("\"type\":\"hash\"") != std::string::npos;
  EXPECT_EQ(hashes, 1u) << chosen.out;
}

// The service's with the drop-in of docs/service.md.
std::string unit_that_hashes() {
  std::string unit = unit_of_service();
  const std::string before = "CAP_BPF CAP_PERFMON\n";
  for (std::size_t at = 0; (at = unit.find(before, at)) != std::string::npos; ++at)
    unit.replace(at, before.size(), "CAP_BPF CAP_PERFMON CAP_SYS_PTRACE CAP_DAC_READ_SEARCH\n");
  return unit;
}

class HashPrivilegesTest : public testing::TestWithParam<Way> {
 protected:
  UsersDir own_;
  Tracer tracer_{confined({.args = {"--hash"}}, GetParam(), own_, unit_that_hashes())};
};

TEST_P(HashPrivilegesTest, TheHelperAloneKeepsTwoCapabilities) {
  ASSERT_TRACING(tracer_);
  for (const char* set : {"CapInh", "CapAmb"})
    EXPECT_EQ(status_value(tracer_.pid(), set), kNoCapability) << set;
  EXPECT_NE(status_value(tracer_.pid(), "CapPrm"), kOfHelper);
  const std::vector<pid_t> helpers = helpers_of(tracer_.pid());
  ASSERT_EQ(helpers.size(), 2u);
  const passwd* user = getpwnam(GetParam().user != nullptr ? GetParam().user : "root");
  ASSERT_NE(user, nullptr);
  for (const pid_t pid : helpers) {
    for (const char* set : {"CapEff", "CapPrm"}) EXPECT_EQ(status_value(pid, set), kOfHelper) << set;
    for (const char* set : {"CapInh", "CapAmb"}) EXPECT_EQ(status_value(pid, set), kNoCapability) << set;
    EXPECT_EQ(status_value(pid, "NoNewPrivs"), "1");
    EXPECT_EQ(status_value(pid, "Uid"), four_times(user->pw_uid));
    EXPECT_EQ(status_value(pid, "Seccomp"), GetParam().as_service ? "2" : "0");
    if (pid != helpers[0]) continue;  // the reader may hold what it reads
    // Three of /dev/null, and the socket.
    std::size_t descriptors = 0;
    for (const auto& fd : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
      ++descriptors;
      const std::string name = fs::read_symlink(fd).string();
      EXPECT_TRUE(name == "/dev/null" || name.starts_with("socket:")) << name;
    }
    EXPECT_EQ(descriptors, 4u);
  }
  // Of another user's, in a folder that is nobody else's.
  const TempDir closed;
  ASSERT_EQ(chmod(closed.path().c_str(), 0700), 0);
  const std::string program = closed.file("program");
  fs::copy_file("/bin/sleep", program);
  ASSERT_EQ(chmod(program.c_str(), 0700), 0);
  const std::string sha256 = sha256sum(program);
  std::this_thread::sleep_for(
      std::chrono::milliseconds(30));  // what has just changed has a hash only while it runs
  EXPECT_EQ(status_text(wait_for(launch(command({program, "2"})))), "exit 0");
  EXPECT_EQ(tracer_.stop(), "exit 0") << tracer_.errors();
  EXPECT_NE(tracer_.output().find("\"exe_sha256\":\"" + sha256), std::string::npos) << tracer_.errors();
  EXPECT_EQ(tracer_.errors().find("--hash"), std::string::npos) << tracer_.errors();
  // They end with the tracer, which waits for neither.
  const auto deadline = std::chrono::steady_clock::now() + patiently(std::chrono::seconds(10));
  for (const pid_t pid : helpers) {
    while (read_file("/proc/" + std::to_string(pid) + "/comm") == "proctree-hash\n" &&
           status_value(pid, "State") != "Z (zombie)") {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << pid << " runs on";
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Live, HashPrivilegesTest,
                         testing::Values(Way{"Root", nullptr}, Way{"Nobody", "nobody"},
                                         Way{"Service", "nobody", true}),
                         [](const auto& way) { return std::string(way.param.name); });

}  // namespace
}  // namespace proctree::live
