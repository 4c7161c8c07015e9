// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a tracer that has begun may still do is next to nothing; and with that it traces, is stopped until
// events are lost, and mends its tree. So too where it is confined from the first as the service is.
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "live.hpp"

namespace proctree::live {
namespace {

constexpr int kGateFd = 197;  // NEST_GATE_FD
constexpr const char* kNoCapability = "0000000000000000";
constexpr const char* kOfService = "000000c000000000";  // CAP_BPF, CAP_PERFMON
constexpr const char* kPtrace = "0000000000080000";     // CAP_SYS_PTRACE

// The value of a line of /proc/PID/status, its blanks as the kernel has them.
std::string status_line(pid_t pid, const std::string& key) {
  const std::string status = '\n' + read_file("/proc/" + std::to_string(pid) + "/status");
  const std::size_t at = status.find('\n' + key + ":\t");
  if (at == std::string::npos) return "absent";
  const std::size_t begin = at + key.size() + 3;
  return status.substr(begin, status.find('\n', begin) - begin);
}

std::string four_times(std::uint32_t id) {
  const std::string one = std::to_string(id);
  return one + '\t' + one + '\t' + one + '\t' + one;
}

std::string kept_for_bpf() { return bpf_calls_need_capability() ? "0000008000000000" : kNoCapability; }

struct Way {
  const char* name;
  const char* source;
  const char* user;  // nullptr: none given
  bool as_service = false;
};

class PrivilegesTest : public testing::TestWithParam<Way> {
 protected:
  [[nodiscard]] Tracer::Options options() const {
    Tracer::Options options{.args = {"--source", GetParam().source, "--ring-size", "0.25"}};
    if (GetParam().as_service) {
      // The checkout may lie in a home folder, which the service has none of: what runs is copied out of it.
      const std::string source = PROCTREE_SOURCE_DIR;
      for (const std::string& file : {source + "/tests/packaging/confine.py",
                                      source + "/packaging/proctree.service.in", proctree_path()}) {
        std::filesystem::copy(file, own_.path());
      }
      const std::string program = own_.file(std::filesystem::path(proctree_path()).filename());
      EXPECT_EQ(chmod(program.c_str(), 0755), 0);
      options.output = own_.file("out");
      options.program = program;
      options.under = {own_.file("confine.py"), own_.file("proctree.service.in"), own_.path()};
    } else if (GetParam().user != nullptr) {
      options.args.insert(options.args.end(), {"--run-as", GetParam().user});
    }
    return options;
  }

  void lose_events();

  // A folder of its own, as LogsDirectory makes one.
  class UsersDir : public TempDir {
   public:
    UsersDir() { EXPECT_EQ(chown(path().c_str(), getpwnam("nobody")->pw_uid, 0), 0); }
  };
  UsersDir own_;
  Tracer tracer_{options()};
  Workload storm_, nest_;
  Pipe gate_ = make_pipe();
};

void PrivilegesTest::lose_events() {
  ASSERT_EQ(kill(tracer_.pid(), SIGSTOP), 0);
  storm_.start("storm", {"root", "21", "1500"});
  Pipe ready = make_pipe();
  nest_.start("nest", {"one", "two"}, {{gate_.read.get(), kGateFd}, {ready.write.get(), 1}});
  ready.write.reset();
  char text[6];
  ASSERT_EQ(read(ready.read.get(), text, sizeof(text)), 6);
  ASSERT_FINISHED(storm_);
  ASSERT_EQ(kill(tracer_.pid(), SIGCONT), 0);
  ASSERT_TRUE(tracer_.wait_for_output("\"type\":\"resync\"")) << tracer_.errors();
  gate_.write.reset();
  gate_.read.reset();
  ASSERT_FINISHED(nest_);
}

TEST_P(PrivilegesTest, FewAreKeptAndSuffice) {
  ASSERT_TRACING(tracer_);
  const pid_t pid = tracer_.pid();
  const std::string kept = std::string_view(GetParam().source) == "bpf" ? kept_for_bpf() : kPtrace;
  for (const char* set : {"CapEff", "CapPrm"}) EXPECT_EQ(status_line(pid, set), kept) << set;
  for (const char* set : {"CapInh", "CapAmb"}) EXPECT_EQ(status_line(pid, set), kNoCapability) << set;
  EXPECT_EQ(status_line(pid, "CapBnd"), GetParam().as_service ? kOfService : kNoCapability);
  EXPECT_EQ(status_line(pid, "Seccomp"), GetParam().as_service ? "2" : "0");
  EXPECT_EQ(status_line(pid, "NoNewPrivs"), "1");
  const passwd* user = GetParam().user != nullptr ? getpwnam(GetParam().user) : getpwuid(0);
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(status_line(pid, "Uid"), four_times(user->pw_uid));
  EXPECT_EQ(status_line(pid, "Gid"), four_times(user->pw_gid));
  if (GetParam().user != nullptr) {
    const std::string groups = GetParam().as_service ? "" : std::to_string(user->pw_gid);
    EXPECT_EQ(status_line(pid, "Groups"), groups + ' ');
  }
  // Where the output's folder is root's, a rotation must be told what it takes.
  EXPECT_EQ(tracer_.errors().find("on SIGHUP") != std::string::npos,
            GetParam().user != nullptr && !GetParam().as_service)
      << tracer_.errors();

  ASSERT_NO_FATAL_FAILURE(lose_events());
  ASSERT_STOPPED(tracer_);
  const Stream stream = expect_stream(tracer_, std::string_view(GetParam().source) == "bpf");
  EXPECT_GT(stream.count("lost"), 0u) << "nothing was lost: this proves nothing";
  EXPECT_GT(stream.count("resync"), 0u);
  // These were born in the gap, and ended after it.
  const Truth nest = expect_truth(nest_);
  std::size_t ended = 0;
  for (const Record& record : stream.records) {
    const TrueProcess* process = nest.find_id(record.id);
    if (record.type != "exit" || process == nullptr || process->creator == 0) continue;
    ++ended;
    EXPECT_EQ(record.json.string("creator_id"), nest.find(process->creator)->id);
    EXPECT_EQ(record.json.string("exe"), prog("nest"));
  }
  EXPECT_EQ(ended, 3u);
}

INSTANTIATE_TEST_SUITE_P(Live, PrivilegesTest,
                         testing::Values(Way{"Root", "bpf", nullptr}, Way{"Nobody", "bpf", "nobody"},
                                         Way{"Service", "bpf", "nobody", true},
                                         Way{"NetlinkRoot", "netlink", nullptr},
                                         Way{"NetlinkNobody", "netlink", "nobody"}),
                         [](const auto& way) { return std::string(way.param.name); });

TEST(RunAsTest, WhoeverIsNotThereIsWrongUsage) {
  const Ran ran = run({proctree_path(), "trace", "--run-as", "no such user"});
  EXPECT_EQ(ran.code(), 2);
  EXPECT_EQ(count_lines(ran.err), 1u) << ran.err;
}

}  // namespace
}  // namespace proctree::live
