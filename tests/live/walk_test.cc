// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Where a program lies, by a kernel that goes on meanwhile: names that change, mounts out of the tree,
// cgroups deeper than there is room for.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "live.hpp"

namespace proctree::live {
namespace {

// The stopped tracer's execs whose first argument is one of these, by it.
std::multimap<std::string, Json> execs_of(const Tracer& tracer, std::string_view prefix) {
  std::multimap<std::string, Json> found;
  for (const std::string& line : lines_of(tracer.output())) {
    std::string why;
    auto json = parse_json(line, why);
    if (!json || json->string("type") != "exec") continue;
    const std::string first(json->string("args.0").value_or(""));
    if (first.starts_with(prefix)) found.emplace(first, std::move(*json));
  }
  return found;
}

// Renamed as fast as possible, a path is consistent or says that it is cut; and no record ends the trace.
TEST(WalkTest, RenamesTearNoPath) {
  constexpr std::size_t kTimes = 3000;
  const TempDir dir;
  Tracer tracer;
  ASSERT_TRACING(tracer);
  ASSERT_EQ(run({prog("torn"), dir.path(), "/bin/true", std::to_string(kTimes)}).code(), 0);
  ASSERT_STOPPED(tracer);
  std::vector<std::string> folders;
  for (const std::string& name : {std::string("a"), std::string(30, 'b'), std::string(200, 'c')})
    folders.push_back(dir.file(name));
  const auto execs = execs_of(tracer, "torn-exec");
  EXPECT_EQ(execs.size(), kTimes);
  std::size_t whole = 0;
  for (const auto& [name, exec] : execs) {
    for (const char* field : {"exe", "cwd"}) {
      const std::string path(exec.string(field).value_or(""));  // torn each time: none is reported
      const auto is_it = [&](const std::string& folder) {
        const std::string true_path = *field == 'e' ? folder + "/t" : folder;
        const bool cut = exec.is_true(std::string(field) + "_truncated");
        return path == true_path || (cut && true_path.ends_with(path));
      };
      EXPECT_TRUE(std::ranges::any_of(folders, is_it)) << field << ' ' << path;
    }
    whole += exec.is_true("exe_truncated") ? 0U : 1U;
  }
  EXPECT_GT(whole, kTimes / 2) << "most are read again until they are whole";
}

TEST(WalkTest, WhatLiesInNoNamespaceThatCountsIsMarked) {
  const TempDir dir;
  std::filesystem::copy_file("/bin/true", dir.file("t"));
  const std::string below = std::filesystem::path(dir.path()).filename().string() + "/t";
  Tracer tracer;
  ASSERT_TRACING(tracer);
  const Ran ran = run({prog("detached"), dir.path()});
  ASSERT_EQ(ran.code(), 0) << ran.err;
  ASSERT_STOPPED(tracer);
  struct Expected {
    const char* name;
    std::string exe_end;
    bool exe_detached, cwd_detached, memfd;
  };
  const auto execs = execs_of(tracer, "from-");
  for (const Expected& expected : {Expected{"from-tree", "/" + below, true, true, false},
                                   Expected{"from-file", "/" + below, true, false, false},
                                   Expected{"from-memfd", "memfd:sshd", false, false, true},
                                   Expected{"from-unmounted", "/t", true, false, false},
                                   Expected{"from-own", dir.file("t"), false, false, false},
                                   Expected{"from-first", dir.file("t"), false, false, false}}) {
    ASSERT_EQ(execs.count(expected.name), 1U) << expected.name;
    const Json& exec = execs.find(expected.name)->second;
    const std::string exe(exec.string("exe").value_or(""));
    EXPECT_TRUE(exe.starts_with('/') && exe.ends_with(expected.exe_end)) << expected.name << ' ' << exe;
    EXPECT_EQ(exec.is_true("exe_detached"), expected.exe_detached) << expected.name;
    EXPECT_EQ(exec.is_true("cwd_detached"), expected.cwd_detached) << expected.name;
    EXPECT_EQ(exec.is_true("exe_memfd"), expected.memfd) << expected.name;
    EXPECT_FALSE(exec.is_true("exe_truncated") || exec.is_true("cwd_truncated")) << expected.name;
  }
}

// Folders below a cgroup of the test's own, which go with it.
class Cgroups {
 public:
  Cgroups() {
    for (const char* root : {"/sys/fs/cgroup/memory", "/sys/fs/cgroup"}) {
      if (access((std::string(root) + "/cgroup.procs").c_str(), W_OK) != 0) continue;
      top_ = std::string(root) + "/docker-" + id() + ".scope";
      made_ = mkdir(top_.c_str(), 0755) == 0;
      return;
    }
  }
  Cgroups(const Cgroups&) = delete;
  Cgroups& operator=(const Cgroups&) = delete;
  ~Cgroups() {
    std::vector<std::string> folders{top_};
    for (const auto& entry : std::filesystem::recursive_directory_iterator(top_, ignored_)) {
      if (entry.is_directory(ignored_)) folders.push_back(entry.path());
    }
    for (auto folder = folders.rbegin(); made_ && folder != folders.rend(); ++folder) rmdir(folder->c_str());
  }
  [[nodiscard]] bool made() const { return made_; }
  static std::string id() {
    std::string hex = "7e57";
    hex.resize(64, 'a');
    return hex;
  }
  // `name` levels deep; its directory.
  std::string add(const std::string& name, std::size_t levels) const {
    std::string folder = top_;
    for (std::size_t i = 0; i < levels; ++i) {
      folder += '/' + name;
      EXPECT_TRUE(mkdir(folder.c_str(), 0755) == 0 || errno == EEXIST) << errno;
    }
    return folder;
  }

 private:
  std::string top_;
  bool made_ = false;
  std::error_code ignored_;
};

// Whoever may make cgroups below his own can't get out of his container's name by making them deep or long.
TEST(WalkTest, ADeepCgroupKeepsItsContainer) {
  Cgroups cgroups;
  ASSERT_TRUE(cgroups.made()) << "no cgroup file system that can be written to";
  struct Deep {
    std::string name;
    std::size_t levels;
    bool truncated;
  };
  const std::vector<Deep> all = {{"d", 40, false},
                                 {std::string(250, 'x'), 5, false},
                                 {std::string(250, 'y'), 12, true},
                                 {"e", 700, true}};
  Tracer tracer;
  ASSERT_TRACING(tracer);
  std::vector<pid_t> sleepers;
  for (const Deep& deep : all) {
    const std::string script = "echo $$ >\"$1/cgroup.procs\" && exec sleep 1000";
    Launch sleeper;
    sleeper.argv = {"/bin/sh", "-c", script, "in-" + deep.name.substr(0, 1),
                    cgroups.add(deep.name, deep.levels)};
    sleepers.push_back(launch(sleeper));
  }
  const auto all_sleep = [&] {
    return std::ranges::all_of(
        sleepers, [](pid_t pid) { return read_file("/proc/" + std::to_string(pid) + "/comm") == "sleep\n"; });
  };
  const auto patience_ns =
      static_cast<std::uint64_t>(std::chrono::nanoseconds(patiently(std::chrono::seconds(30))).count());
  for (const auto end = boot_now_ns() + patience_ns; !all_sleep() && boot_now_ns() < end;) usleep(1000);
  ASSERT_TRUE(all_sleep());
  Tracer later({.args = {"--snapshot"}});  // the task iterator's way to the same
  ASSERT_TRACING(later);
  ASSERT_STOPPED(later);
  ASSERT_STOPPED(tracer);
  for (const pid_t pid : sleepers) kill(pid, SIGKILL);
  for (const pid_t pid : sleepers) static_cast<void>(wait_for(pid));

  for (const Tracer* each : {&tracer, &later}) {
    std::size_t seen = 0;
    for (const std::string& line : lines_of(each->output())) {
      std::string why;
      const auto json = parse_json(line, why);
      if (!json || json->string("comm") != "sleep" || json->string("type") == "exit") continue;
      const auto found = std::ranges::find(sleepers, static_cast<pid_t>(json->number("pid").value_or(0)));
      if (found == sleepers.end()) continue;
      ++seen;
      const Deep& deep = all[static_cast<std::size_t>(found - sleepers.begin())];
      EXPECT_EQ(json->string("container_id").value_or("none"), Cgroups::id()) << deep.name;
      EXPECT_EQ(json->is_true("cgroup_truncated"), deep.truncated) << deep.name;
      EXPECT_TRUE(json->string("cgroup").value_or("").starts_with('/')) << deep.name;
    }
    EXPECT_EQ(seen, all.size());
  }
}

}  // namespace
}  // namespace proctree::live
