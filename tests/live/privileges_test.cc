// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a tracer that has begun may still do is next to nothing; and with that it traces, is stopped until
// events are lost, and resynchronises its tree. So too where it is confined from the first as the service is.
#include <pwd.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <string_view>

#include "confined.hpp"

namespace proctree::live {
namespace {

constexpr int kGateFd = 197;                            // NEST_GATE_FD
constexpr const char* kOfService = "000000c000000000";  // CAP_BPF, CAP_PERFMON
constexpr const char* kPtrace = "0000000000080000";     // CAP_SYS_PTRACE

std::string retained_for_bpf() { return bpf_calls_need_capability() ? "0000008000000000" : kNoCapability; }

struct TracedWay {
  const char* source;
  Way way;
};

class PrivilegesTest : public testing::TestWithParam<TracedWay> {
 protected:
  void lose_events();

  UsersDir own_;
  Tracer tracer_{confined({.args = {"--source", GetParam().source, "--ring-size", "0.25"}}, GetParam().way,
                          own_, unit_of_service())};
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

TEST_P(PrivilegesTest, FewAreRetainedAndSuffice) {
  ASSERT_TRACING(tracer_);
  const pid_t pid = tracer_.pid();
  const auto& [source, way] = GetParam();
  const bool of_bpf = std::string_view(source) == "bpf";
  const std::string retained = of_bpf ? retained_for_bpf() : kPtrace;
  for (const char* set : {"CapEff", "CapPrm"}) EXPECT_EQ(status_value(pid, set), retained) << set;
  for (const char* set : {"CapInh", "CapAmb"}) EXPECT_EQ(status_value(pid, set), kNoCapability) << set;
  EXPECT_EQ(status_value(pid, "CapBnd"), way.as_service ? kOfService : kNoCapability);
  EXPECT_EQ(status_value(pid, "Seccomp"), way.as_service ? "2" : "0");
  EXPECT_EQ(status_value(pid, "NoNewPrivs"), "1");
  const passwd* user = way.user != nullptr ? getpwnam(way.user) : getpwuid(0);
  ASSERT_NE(user, nullptr);
  EXPECT_EQ(status_value(pid, "Uid"), four_times(user->pw_uid));
  EXPECT_EQ(status_value(pid, "Gid"), four_times(user->pw_gid));
  if (way.user != nullptr) {
    const std::string groups = way.as_service ? "" : std::to_string(user->pw_gid);
    EXPECT_EQ(status_value(pid, "Groups"), groups + ' ');
  }
  // Where the output's folder is root's, the user must be told what a rotation takes.
  EXPECT_EQ(tracer_.errors().find("on SIGHUP") != std::string::npos, way.user != nullptr && !way.as_service)
      << tracer_.errors();

  ASSERT_NO_FATAL_FAILURE(lose_events());
  ASSERT_STOPPED(tracer_);
  const Stream stream = expect_stream(tracer_, of_bpf);
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
                         testing::Values(TracedWay{"bpf", {"Root", nullptr}},
                                         TracedWay{"bpf", {"Nobody", "nobody"}},
                                         TracedWay{"bpf", {"Service", "nobody", true}},
                                         TracedWay{"netlink", {"NetlinkRoot", nullptr}},
                                         TracedWay{"netlink", {"NetlinkNobody", "nobody"}}),
                         [](const auto& of) { return std::string(of.param.way.name); });

TEST(RunAsTest, WhoeverIsNotThereIsWrongUsage) {
  const Ran ran = run({proctree_path(), "trace", "--run-as", "no such user"});
  EXPECT_EQ(ran.code(), 2);
  EXPECT_EQ(count_lines(ran.err), 1u) << ran.err;
}

}  // namespace
}  // namespace proctree::live
