// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What runs already: the snapshot of a trace, and tree, chain and find, against processes that hold still.
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <future>
#include <iterator>
#include <set>
#include <thread>

#include "live.hpp"

namespace proctree::live {
namespace {

constexpr int kGateFd = 197;  // NEST_GATE_FD

std::string own_user() { return getpwuid(getuid())->pw_name; }

// nest, and below it one process of each name, in a line; they stay until the test is over.
class RunningTest : public testing::Test {
 protected:
  void SetUp() override {
    Pipe ready = make_pipe();
    std::vector<std::string> names(kNames.begin(), kNames.end());
    root_ = workload_.start("nest", names, {{gate_.read.get(), kGateFd}, {ready.write.get(), 1}});
    ready.write.reset();
    char text[6];
    ASSERT_EQ(read(ready.read.get(), text, sizeof(text)), 6);
    Problems unended;
    truth_ = workload_.truth(unended);
    for (const auto& [token, process] : truth_.processes) {
      if (process.creator != 0) line_.push_back(process);
    }
    std::sort(line_.begin(), line_.end(),
              [&](const auto& a, const auto& b) { return truth_.descends(b, a); });
    ASSERT_EQ(line_.size(), kNames.size() + 1);
  }

  void TearDown() override {
    gate_.write.reset();
    ASSERT_FINISHED(workload_);
  }

  // As /proc has it, from the process to pid 1.
  static std::string chain_in_proc(std::uint32_t pid) {
    std::string chain;
    for (;;) {
      std::string comm = read_file("/proc/" + std::to_string(pid) + "/comm");
      comm.pop_back();
      const std::string status = read_file("/proc/" + std::to_string(pid) + "/status");
      const passwd* user = getpwuid(static_cast<uid_t>(std::stoul(status.substr(status.find("\nUid:") + 5))));
      chain += std::to_string(pid) + '|' + escape_chain_field(comm) + '|' + user->pw_name;
      const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
      pid = static_cast<std::uint32_t>(std::stoul(stat.substr(stat.rfind(')') + 4)));
      if (pid == 0) return chain;
      chain += ';';
    }
  }

  static std::set<std::uint32_t> pids_of(const std::string& lines) {
    std::set<std::uint32_t> pids;
    for (std::size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1) {
      pids.insert(static_cast<std::uint32_t>(std::stoul(lines.substr(at))));
    }
    return pids;
  }

  [[nodiscard]] std::set<std::uint32_t> pids_from(std::size_t first) const {
    std::set<std::uint32_t> pids;
    for (std::size_t i = first; i < line_.size(); ++i) pids.insert(line_[i].pid);
    return pids;
  }

  static Json expect_json(const Ran& ran) {
    std::string why;
    EXPECT_EQ(ran.code(), 0) << ran.err;
    auto json = parse_json(ran.out, why);
    EXPECT_TRUE(json) << why;
    return json.value_or(Json{});
  }

  static inline const std::vector<std::string> kNames = {"pt-alpha", "x|root;1|init|root", "nl\nesc\x1b[31m",
                                                         "bad\xff\xfe", "pt-omega"};

  Workload workload_;
  Pipe gate_ = make_pipe();
  pid_t root_ = -1;
  Truth truth_;
  std::vector<TrueProcess> line_;  // nest, then its names in order
};

TEST_F(RunningTest, SnapshotHasThemAll) {
  Tracer tracer({.args = {"--snapshot"}});
  ASSERT_TRACING(tracer);
  ASSERT_STOPPED(tracer);
  Problems problems;
  const Stream stream = tracer.stream(problems);
  check_whole(stream, true, problems);
  EXPECT_TRUE(problems.none()) << problems.text();
  EXPECT_EQ(stream.count("process"), stream.records.front().json.number("processes"));
  EXPECT_EQ(stream.count("process"), tracer.known());

  std::map<std::string, const Record*> by_id;
  for (const Record& record : stream.records) {
    if (record.type != "process") continue;
    EXPECT_TRUE(by_id.emplace(record.id, &record).second) << "twice " << record.id;
  }
  std::vector<std::string> ancestors = ancestors_in_proc(root_);
  for (const std::string& id : ancestors) EXPECT_TRUE(by_id.contains(id)) << id;
  for (std::size_t i = 0; i < line_.size(); ++i) {
    ASSERT_TRUE(by_id.contains(line_[i].id)) << line_[i].id;
    const Json& json = by_id[line_[i].id]->json;
    const std::string name = i == 0 ? "nest" : kNames[i - 1];
    EXPECT_EQ(json.bytes("comm"), name.substr(0, 15));
    EXPECT_EQ(json.string("exe"), prog("nest"));
    EXPECT_EQ(json.string("user"), own_user());
    EXPECT_EQ(json.number("ppid"), i == 0 ? static_cast<std::uint32_t>(getpid()) : line_[i - 1].pid);
    EXPECT_EQ(json.bytes("cwd"),
              std::filesystem::read_symlink("/proc/" + std::to_string(root_) + "/cwd").string());
    EXPECT_EQ(json.joined_args().value_or("") + '\0', line_[i].execs.at(1).args);
    EXPECT_EQ(json.string("creator_id"), ancestors.front());
    EXPECT_EQ(json.string("ancestors.0.id"), ancestors.front());
    EXPECT_EQ(json.string("ancestors.0.edge"), "snapshot");
    EXPECT_TRUE(json.is_true("lineage_complete"));
    EXPECT_EQ(json.array("ancestors")->size(), ancestors.size());
    ancestors.insert(ancestors.begin(), line_[i].id);
  }
}

TEST_F(RunningTest, ChainSaysWhatProcSays) {
  for (const TrueProcess& process : line_) {
    const Ran ran = run({proctree_path(), "chain", std::to_string(process.pid)});
    EXPECT_EQ(ran.code(), 0) << ran.err;
    EXPECT_EQ(ran.out, chain_in_proc(process.pid) + '\n');
  }
}

TEST_F(RunningTest, ChainAsJson) {
  const TrueProcess& last = line_.back();
  const Json json =
      expect_json(run({proctree_path(), "chain", "--format", "json", std::to_string(last.pid)}));
  EXPECT_EQ(json.string("id"), last.id);
  EXPECT_EQ(json.bytes("comm"), kNames.back());
  const std::vector<std::string> expected = ancestors_in_proc(static_cast<pid_t>(last.pid));
  ASSERT_NE(json.array("ancestors"), nullptr);
  std::vector<std::string> ids;
  for (const Json& entry : *json.array("ancestors")) ids.emplace_back(entry.string("id").value_or("absent"));
  EXPECT_EQ(ids, expected);
}

// As the lines of a trace have them.
TEST_F(RunningTest, AncestorsAsJsonHaveTheirArguments) {
  const std::string pid = std::to_string(line_.back().pid);
  const Json chain = expect_json(run({proctree_path(), "chain", "--format", "json", pid}));
  const Json why = expect_json(run({proctree_path(), "why", "--format", "json", pid}));
  ASSERT_NE(why.array(""), nullptr);
  for (const Json& json : {chain, why.array("")->front()}) {
    const auto* ancestors = json.array("ancestors");
    ASSERT_NE(ancestors, nullptr);
    ASSERT_GE(ancestors->size(), line_.size());
    for (std::size_t i = 0; i + 1 < line_.size(); ++i)
      EXPECT_EQ((*ancestors)[i].joined_args().value_or("") + '\0',
                line_[line_.size() - 2 - i].execs.at(1).args);
  }
}

TEST_F(RunningTest, WhyOfNobody) {
  for (const auto& [word, shown] :
       {std::pair{"no such name", "'no such name'"}, {"", "''"}, {"nobody-s", "nobody-s"}}) {
    const Ran ran = run({proctree_path(), "why", word});
    EXPECT_EQ(ran.code(), 1);
    EXPECT_NE(ran.err.find(std::string(" script ") + shown), std::string::npos) << ran.err;
  }
}

TEST_F(RunningTest, ChainOfNobody) {
  const Ran ran = run({proctree_path(), "chain", "4294967294"});
  EXPECT_EQ(ran.code(), 1);
  EXPECT_EQ(ran.err, "proctree: there is no process 4294967294; see proctree tree\n");
}

TEST_F(RunningTest, ChainOfAThreadNamesItsProcess) {
  std::promise<pid_t> id;
  std::promise<void> end;
  std::thread thread([&] {
    id.set_value(gettid());
    end.get_future().wait();
  });
  const std::string thread_id = std::to_string(id.get_future().get());
  const Ran ran = run({proctree_path(), "chain", thread_id});
  end.set_value();
  thread.join();
  EXPECT_EQ(ran.code(), 1);
  EXPECT_EQ(ran.err, "proctree: " + thread_id + " is a thread of process " + std::to_string(getpid()) +
                         "; give the pid of the process\n");
}

TEST_F(RunningTest, FindByNameAndAncestor) {
  const std::string root = std::to_string(root_);
  EXPECT_EQ(pids_of(run({proctree_path(), "find", "--comm", "pt-omega"}).out), pids_from(line_.size() - 1));
  EXPECT_EQ(pids_of(run({proctree_path(), "find", "--under", root}).out), pids_from(1));
  EXPECT_EQ(pids_of(run({proctree_path(), "find", "--under", "pt-alpha"}).out), pids_from(2));
  EXPECT_EQ(pids_of(run({proctree_path(), "find", "--under", root, "--comm", "pt-alpha"}).out),
            std::set<std::uint32_t>{line_[1].pid});
  EXPECT_EQ(pids_of(run({proctree_path(), "find", "--under", root, "--user", own_user()}).out), pids_from(1));
  EXPECT_EQ(run({proctree_path(), "find", "--under", root, "--user", "nobody"}).out, "");
  EXPECT_EQ(run({proctree_path(), "find", "--comm", "no-such-name"}).out, "");

  const Json json = expect_json(run({proctree_path(), "find", "--format", "json", "--under", root}));
  const auto* found = json.array("");
  ASSERT_NE(found, nullptr);
  std::set<std::string> ids, expected;
  for (const Json& entry : *found) ids.emplace(entry.string("id").value_or("absent"));
  for (std::size_t i = 1; i < line_.size(); ++i) expected.insert(line_[i].id);
  EXPECT_EQ(ids, expected);
}

// One line a process, a step deeper each, and nothing in it that a terminal would obey.
TEST_F(RunningTest, TreeAsText) {
  const Ran ran = run({proctree_path(), "tree", std::to_string(root_)});
  EXPECT_EQ(ran.code(), 0) << ran.err;
  EXPECT_EQ(count_lines(ran.out), line_.size()) << ran.out;
  for (const TrueProcess& process : line_) {
    EXPECT_NE(ran.out.find(std::to_string(process.pid)), std::string::npos) << ran.out;
  }
  EXPECT_EQ(ran.out.find('\x1b'), std::string::npos);
  EXPECT_EQ(escape_chain_field(ran.out).find("\\x1b"), std::string::npos);
  EXPECT_NE(ran.out.find("pt-alpha"), std::string::npos);
  EXPECT_LT(ran.out.find("pt-alpha"), ran.out.find("pt-omega"));
}

TEST_F(RunningTest, TreeAsJsonAndDot) {
  const Json json = expect_json(run({proctree_path(), "tree", "--format", "json", std::to_string(root_)}));
  const auto* entries = json.array("");
  ASSERT_NE(entries, nullptr);
  ASSERT_EQ(entries->size(), line_.size());
  for (std::size_t i = 0; i < line_.size(); ++i) EXPECT_EQ((*entries)[i].string("id"), line_[i].id);

  const Ran dot = run({proctree_path(), "tree", "--format", "dot", std::to_string(root_)});
  EXPECT_EQ(dot.code(), 0);
  EXPECT_TRUE(dot.out.starts_with("digraph "));
  for (std::size_t i = 1; i < line_.size(); ++i) {
    const std::string edge = std::to_string(line_[i - 1].pid) + " -> " + std::to_string(line_[i].pid);
    EXPECT_NE(dot.out.find(edge), std::string::npos) << edge;
  }
}

TEST_F(RunningTest, TreeOfAPart) {
  const std::size_t above = ancestors_in_proc(root_).size();
  const Ran under = run({proctree_path(), "tree", "--under", "pt-alpha"});
  EXPECT_EQ(under.code(), 0) << under.err;
  EXPECT_EQ(count_lines(under.out), above + line_.size()) << under.out;
  EXPECT_NE(under.out.find("pt-omega(" + std::to_string(line_.back().pid) + ")"), std::string::npos)
      << under.out;
  // Nothing descends from the last one, and its own line is not asked for then.
  EXPECT_EQ(run({proctree_path(), "tree", "--under", "pt-omega"}).out, "");
  const std::string root = std::to_string(root_);
  EXPECT_EQ(count_lines(run({proctree_path(), "tree", "--user", own_user(), root}).out), line_.size());
  EXPECT_EQ(run({proctree_path(), "tree", "--under", root, "--user", "nobody"}).out, "");
  // Asked for by pid it is no match yet, where neither it nor anything below it matches.
  EXPECT_EQ(run({proctree_path(), "tree", "--user", "nobody", root}).out, "");
  EXPECT_EQ(run({proctree_path(), "tree", "--format", "json", "--user", "nobody", root}).out, "[]\n");
  const Ran nobody = run({proctree_path(), "tree", "--user", "no-such-user"});
  EXPECT_EQ(nobody.code(), 1);
  EXPECT_EQ(count_lines(nobody.err), 1u) << nobody.err;
}

// A shell reads back exactly the arguments that the kernel holds.
TEST_F(RunningTest, TreeWithArguments) {
  const Ran ran = run({proctree_path(), "tree", "--args", std::to_string(root_)});
  const std::vector<std::string> lines = lines_of(ran.out);
  ASSERT_EQ(lines.size(), line_.size()) << ran.out;
  for (std::size_t i = 0; i < line_.size(); ++i) {
    const std::string before = "(" + std::to_string(line_[i].pid) + ") ";
    const std::size_t at = lines[i].find(before);
    ASSERT_NE(at, std::string::npos) << lines[i];
    const std::string words = lines[i].substr(at + before.size());
    EXPECT_EQ(run({"/bin/bash", "-c", "printf '%s\\0' " + words}).out, line_[i].execs.at(1).args) << words;
  }
  EXPECT_EQ(ran.out.find('\x1b'), std::string::npos);
}

TEST_F(RunningTest, TreeAsJsonWithArguments) {
  const std::string root = std::to_string(root_);
  const Json json = expect_json(run({proctree_path(), "tree", "--format", "json", "--args", root}));
  const auto* entries = json.array("");
  ASSERT_NE(entries, nullptr);
  ASSERT_EQ(entries->size(), line_.size());
  for (std::size_t i = 0; i < line_.size(); ++i) {
    EXPECT_EQ((*entries)[i].joined_args().value_or("") + '\0', line_[i].execs.at(1).args) << i;
    EXPECT_EQ((*entries)[i].number("args_size"), line_[i].execs.at(1).args.size()) << i;
    EXPECT_EQ((*entries)[i].at("threads"), nullptr) << i;
  }
}

// This process, with two threads that wait; what it started has one each.
TEST_F(RunningTest, TreeCountsThreads) {
  std::promise<void> over;
  std::shared_future<void> waited(over.get_future());
  std::thread first([waited] { waited.wait(); }), second([waited] { waited.wait(); });
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  const auto count = std::distance(begin(tasks), end(tasks));  // and what a sanitizer runs
  const std::string self = std::to_string(getpid());
  const Ran text = run({proctree_path(), "tree", "--threads", self});
  const Ran json = run({proctree_path(), "tree", "--threads", "--format", "json", self});
  over.set_value();
  first.join();
  second.join();

  ASSERT_GE(count, 3);
  const std::string counted = "(" + self + ") [" + std::to_string(count) + " threads]";
  EXPECT_EQ(count_lines(text.out), line_.size() + 2) << text.out;
  EXPECT_NE(text.out.find(counted), std::string::npos) << text.out;
  EXPECT_EQ(text.out.find(" threads]"), text.out.rfind(" threads]")) << text.out;
  const Json all = expect_json(json);
  const auto* entries = all.array("");
  ASSERT_NE(entries, nullptr);
  ASSERT_EQ(entries->size(), line_.size() + 2);
  for (const Json& entry : *entries) {
    EXPECT_EQ(entry.number("threads"),
              entry.number("pid") == std::uint64_t(getpid()) ? std::uint64_t(count) : 1U);
  }
}

TEST_F(RunningTest, TreeHighlights) {
  const std::string root = std::to_string(root_), third = std::to_string(line_[2].pid);
  const Json json =
      expect_json(run({proctree_path(), "tree", "--format", "json", "--highlight", third, root}));
  const auto* entries = json.array("");
  ASSERT_NE(entries, nullptr);
  ASSERT_EQ(entries->size(), line_.size());
  for (std::size_t i = 0; i < line_.size(); ++i) EXPECT_EQ((*entries)[i].is_true("highlighted"), i <= 2) << i;
  // No colour where there is no terminal.
  EXPECT_EQ(run({proctree_path(), "tree", "--highlight", third, root}).out.find('\x1b'), std::string::npos);
}

// In a terminal of 30 columns: no line is wider, and the highlighted ones are bold.
TEST_F(RunningTest, TreeInATerminal) {
  const std::string root = std::to_string(root_), last = std::to_string(line_.back().pid);
  const Ran ran =
      run({"/usr/bin/script", "--quiet", "--return", "--command",
           "stty cols 30; exec '" + proctree_path() + "' tree --args --highlight " + last + " " + root,
           "/dev/null"},
          {}, {"PATH=/usr/bin:/bin", "TERM=xterm", "LANG=C.UTF-8"});
  EXPECT_EQ(ran.code(), 0) << ran.err;
  const std::vector<std::string> lines = lines_of(ran.out);
  ASSERT_EQ(lines.size(), line_.size()) << ran.out;
  for (std::string line : lines) {
    EXPECT_NE(line.find("\x1b[1m"), std::string::npos) << line;
    for (const char* code : {"\x1b[1m", "\x1b[0m", "\r"}) {
      if (const std::size_t at = line.find(code); at != std::string::npos)
        line.erase(at, std::string(code).size());
    }
    const auto columns = std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xc0) != 0x80; });
    EXPECT_LE(columns, 30) << line;
  }
  EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [](const std::string& line) {
    return line.find("…") != std::string::npos;
  })) << ran.out;
}

// These need no privilege: an unprivileged user sees the same processes.
TEST_F(RunningTest, AnybodyMayAsk) {
  const TempDir dir;  // the build's directory may not be for everyone
  const std::string copy = dir.file("proctree");
  std::filesystem::copy_file(proctree_path(), copy);
  ASSERT_EQ(chmod(copy.c_str(), 0755), 0);
  const std::string root = std::to_string(root_), last = std::to_string(line_.back().pid);
  EXPECT_EQ(run({copy, "tree", root}, 65534).out, run({copy, "tree", root}).out);
  EXPECT_EQ(run({copy, "chain", last}, 65534).out, chain_in_proc(line_.back().pid) + '\n');
  EXPECT_EQ(pids_of(run({copy, "find", "--under", root}, 65534).out), pids_from(1));
  const Ran whole = run({copy, "tree"}, 65534);
  EXPECT_EQ(whole.code(), 0) << whole.err;
  EXPECT_NE(whole.out.find("pt-omega"), std::string::npos);
}

// Root reads the boot id from a mount of its own; without it there are no ids, which is said, and all else.
TEST_F(RunningTest, WhereProcShowsPidsAlone) {
  const TempDir dir;
  const std::string copy = dir.file("proctree");
  std::filesystem::copy_file(proctree_path(), copy);
  ASSERT_EQ(chmod(copy.c_str(), 0755), 0);
  const std::string pid = std::to_string(line_.back().pid);
  const auto ask = [&](const std::string& words) {
    return run({"/usr/bin/unshare", "--mount", "/bin/sh", "-c",
                "mount --make-rprivate / && mount -t proc -o subset=pid proc /proc && exec " + words});
  };
  EXPECT_EQ(ask(copy + " chain " + pid).out, run({copy, "chain", pid}).out);
  EXPECT_EQ(expect_json(ask(copy + " chain --format json " + pid)).string("id"),
            expect_json(run({copy, "chain", "--format", "json", pid})).string("id"));

  const std::string as_nobody = "setpriv --reuid 65534 --clear-groups --bounding-set -all " + copy;
  EXPECT_EQ(ask(as_nobody + " chain " + pid).out, run({copy, "chain", pid}).out);
  EXPECT_EQ(ask(as_nobody + " tree " + std::to_string(root_)).out,
            run({copy, "tree", std::to_string(root_)}).out);
  const Ran ran = ask(as_nobody + " chain --format json " + pid);
  EXPECT_NE(ran.err.find("no ids"), std::string::npos) << ran.err;
  const Json json = expect_json(ran);
  EXPECT_FALSE(json.string("id"));
  EXPECT_FALSE(json.string("creator_id"));
  EXPECT_TRUE(json.string("comm"));
}

TEST_F(RunningTest, DoctorKnowsThatThisHostCanTrace) {
  const Ran ran = run({proctree_path(), "doctor"});
  EXPECT_EQ(ran.code(), 0) << ran.out << ran.err;
  EXPECT_GT(count_lines(ran.out), 3u) << ran.out;
  const Json json = expect_json(run({proctree_path(), "doctor", "--format", "json"}));
  EXPECT_NE(json.kind, Json::Kind::null);
}

// In a container's pid namespace who runs outside of it can't be asked for, and /proc has other pids than
// the kernel's events: that is said, and no lineage is made up.
TEST(NamespaceTest, InAPidNamespaceItSaysThatItSeesLittle) {
  const TempDir dir;
  const std::string own = dir.file("of-namespace");  // nobody else executes
  std::filesystem::create_symlink("/bin/true", own);
  Tracer tracer({.args = {"--count", "3", "--comm", "of-namespace"},
                 .under = {"/usr/bin/unshare", "--pid", "--fork", "--mount-proc"}});
  ASSERT_TRACING(tracer);
  EXPECT_NE(tracer.errors().find("--pid=host"), std::string::npos) << tracer.errors();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(run({own}).code(), 0);
  EXPECT_EQ(tracer.stop(0), "exit 0") << tracer.errors();
  const Stream stream = expect_stream(tracer);
  ASSERT_EQ(stream.count("exec"), 3u);
  EXPECT_TRUE(stream.records.front().json.is_true("tracer.nested_pid_namespace"));
  // That this test forked them was seen; who forked this test was not.
  const std::string above = ";" + std::to_string(getpid()) + "|live_test|root;0|unknown|unknown";
  for (const Record& record : stream.records) {
    if (record.type != "exec") continue;
    EXPECT_FALSE(record.json.is_true("lineage_complete"));
    const std::string chain(record.json.string("chain").value_or(""));
    EXPECT_TRUE(chain.ends_with(above)) << chain;
  }
}

}  // namespace
}  // namespace proctree::live
