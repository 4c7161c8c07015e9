// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/decode.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "source/bad_record.hpp"

namespace proctree {
namespace {

using namespace std::string_literals;

std::string path(std::string_view components, bool truncated = false) {
  std::string out;
  return append_path_leaf_first(out, components, truncated) ? out : "refused";
}

TEST(LeafFirstPath, IsReversed) {
  EXPECT_EQ(path("true\0bin\0usr\0"s), "/usr/bin/true");
  EXPECT_EQ(path("x\0"s), "/x");
  EXPECT_EQ(path(""s), "/");
}

TEST(LeafFirstPath, CutOneHasNoRoot) {
  EXPECT_EQ(path("c\0b\0"s, true), "b/c");
  EXPECT_EQ(path(""s, true), "");
}

TEST(LeafFirstPath, RefusesAComponentWithoutItsEnd) {
  EXPECT_EQ(path("true\0bin"s), "refused");
  EXPECT_EQ(path("b"s), "refused");
}

TEST(LeafFirstPath, KeepsEmptyComponentsWithoutLooping) {
  EXPECT_EQ(path("\0"s), "/");
  EXPECT_EQ(path("a\0\0"s), "//a");
  EXPECT_EQ(path("\0\0\0"s), "///");
}

// A record with room behind its fixed part, aligned as the ring aligns it.
template <class Record>
class RecordBytes {
 public:
  explicit RecordBytes(pt_kind kind, std::string_view tail = {})
      : storage_((sizeof(Record) + tail.size() + 7) / 8) {
    tail.copy(reinterpret_cast<char*>(storage_.data()) + sizeof(Record), tail.size());
    record().header.kind = kind;
    record().header.size = static_cast<std::uint32_t>(sizeof(Record) + tail.size());
  }
  Record& record() { return *reinterpret_cast<Record*>(storage_.data()); }
  [[nodiscard]] std::span<const std::byte> span() {
    return std::as_bytes(std::span(storage_)).first(record().header.size);
  }

 private:
  std::vector<std::uint64_t> storage_;
};

pt_task some_task() {
  pt_task task{};
  task.pid = 42;
  task.start_ns = 1000;
  task.ppid = 41;
  task.parent_start_ns = 900;
  task.exec_seq = 3;
  task.uid = 1000;
  task.loginuid = 0xffffffff;
  task.ns[PT_NS_NET] = 77;
  std::memcpy(task.comm, "fifteen-bytes-x\0", 16);
  std::memcpy(task.tty, "pts12\0", 6);
  return task;
}

TEST(Decode, Fork) {
  RecordBytes<pt_fork> bytes(PT_FORK);
  bytes.record().header.ktime_ns = 5;
  bytes.record().child = some_task();
  bytes.record().creator_pid = 40;
  bytes.record().creator_start_ns = 800;
  bytes.record().creator_exec_seq = 2;
  std::memset(bytes.record().creator_comm, 'c', 16);  // no NUL: all 16 bytes count, none beyond
  Decoder decoder;
  const auto decoded = decoder.decode(bytes.span());
  ASSERT_TRUE(decoded && decoded->event);
  const auto& fork = std::get<ForkEvent>(*decoded->event);
  EXPECT_EQ(fork.ktime_ns, 5U);
  EXPECT_EQ(fork.child.self, (ProcKey{42, 1000}));
  EXPECT_EQ(fork.child.parent, (ProcKey{41, 900}));
  EXPECT_EQ(fork.creator, (ProcKey{40, 800}));
  EXPECT_EQ(fork.creator_exec_seq, 2U);
  EXPECT_EQ(fork.creator_comm, std::string(16, 'c'));
  EXPECT_EQ(fork.child.comm, "fifteen-bytes-x");
  EXPECT_EQ(fork.child.tty, "pts/12");
  EXPECT_EQ(fork.child.ns[kNsNet], 77U);
  EXPECT_EQ(fork.child.loginuid, kUnsetId);
}

TEST(Decode, ExecStringsInTheirOrder) {
  const std::string exe = "true\0bin\0"s;
  const std::string cwd = "tmp\0"s;
  const std::string file = "./t";
  const std::string interpreter = "/bin/sh";
  const std::string args = "a\0\0\xff\0"s;
  RecordBytes<pt_exec> bytes(PT_EXEC, exe + cwd + file + interpreter + args);
  pt_image& image = bytes.record().image;
  bytes.record().task = some_task();
  image.text_len[PT_TEXT_EXE] = static_cast<std::uint16_t>(exe.size());
  image.text_len[PT_TEXT_CWD] = static_cast<std::uint16_t>(cwd.size());
  image.text_len[PT_TEXT_FILENAME] = static_cast<std::uint16_t>(file.size());
  image.text_len[PT_TEXT_INTERPRETER] = static_cast<std::uint16_t>(interpreter.size());
  image.args_len = static_cast<std::uint32_t>(args.size());
  image.args_size = 100;
  image.exe_dev = (8U << 20) | 300;
  image.flags = PT_EXE_DELETED | PT_SETUID;
  Decoder decoder;
  const auto decoded = decoder.decode(bytes.span());
  ASSERT_TRUE(decoded && decoded->event);
  const ImageFacts& facts = std::get<ExecEvent>(*decoded->event).image;
  EXPECT_EQ(facts.exe, "/bin/true");
  EXPECT_EQ(facts.cwd, "/tmp");
  EXPECT_EQ(facts.filename, "./t");
  EXPECT_EQ(facts.interpreter, "/bin/sh");
  EXPECT_EQ(facts.args, args);
  EXPECT_EQ(facts.args_size, 100U);
  EXPECT_EQ(facts.exe_dev, 0x10082cU) << "as stat(2) shows 8:300";
  EXPECT_TRUE(facts.exe_deleted);
  EXPECT_TRUE(facts.setuid);
  EXPECT_FALSE(facts.exe_memfd);
}

// Of a descriptor whose file is another's all but `same_as` may be of an earlier record.
TEST(Decode, AFileOfTwoDescriptorsHasOnePath) {
  StdioRecords stdio{};
  for (pt_stdio& of : stdio) of.flags = PT_STDIO_OPEN;
  stdio[1].same_as = 1;
  stdio[1].mode = S_IFREG;
  stdio[1].path_len = 6;
  stdio[2] = stdio[1];
  stdio[2].path_len = 3;
  const std::string records(reinterpret_cast<const char*>(stdio.data()), sizeof stdio);
  RecordBytes<pt_exec> bytes(PT_EXEC, records + "log\0d\0"s + "/bin/t");
  bytes.record().task = some_task();
  bytes.record().image.flags = PT_STDIO | PT_NO_EXE | PT_NO_CWD;
  bytes.record().image.text_len[PT_TEXT_FILENAME] = 6;
  Decoder decoder;
  const auto decoded = decoder.decode(bytes.span());
  ASSERT_TRUE(decoded && decoded->event);
  const auto* exec = std::get_if<ExecEvent>(&*decoded->event);
  ASSERT_NE(exec, nullptr);
  ASSERT_NE(exec->stdio, nullptr);
  EXPECT_EQ(exec->stdio->files[2].path, "/d/log");
  EXPECT_EQ(exec->image.filename, "/bin/t");
}

TEST(Decode, TheStateOfAnExecutable) {
  const pt_exe_state state{123'456, 1'700'000'000'000'000'001, 0xef53};
  const std::string text(reinterpret_cast<const char*>(&state), sizeof state);
  RecordBytes<pt_exec> bytes(PT_EXEC, text + "/bin/t");
  bytes.record().task = some_task();
  bytes.record().image.flags = PT_EXE_STATE | PT_NO_EXE | PT_NO_CWD;
  bytes.record().image.exe_inode = 77;
  bytes.record().image.exe_dev = 8 << 20 | 1;
  bytes.record().image.text_len[PT_TEXT_FILENAME] = 6;
  Decoder decoder;
  const auto decoded = decoder.decode(bytes.span());
  ASSERT_TRUE(decoded && decoded->event);
  const auto& exec = std::get<ExecEvent>(*decoded->event);
  ASSERT_NE(exec.exe_state, nullptr);
  EXPECT_EQ(exec.exe_state->state, (FileState{{0x801, 77}, 123'456, 1'700'000'000'000'000'001}));
  EXPECT_EQ(exec.exe_state->file_system, 0xef53U);
  EXPECT_EQ(exec.image.filename, "/bin/t");

  RecordBytes<pt_exec> cut(PT_EXEC, text.substr(1));
  cut.record().task = some_task();
  cut.record().image.flags = PT_EXE_STATE;
  EXPECT_FALSE(decoder.decode(cut.span()));
  cut.record().image.flags = 0;
  EXPECT_EQ(std::get<ExecEvent>(*decoder.decode(cut.span())->event).exe_state, nullptr);
}

TEST(Decode, OfAnEnvironmentOnlyWhatIsListedLeaves) {
  const std::string args = "a\0b\0"s;
  const std::string environment = "SECRET=x\0LANG=C\0SSH_CONNECTION=1 2 3 4\0LC_ALL=y\0HALF"s;
  RecordBytes<pt_exec> bytes(PT_EXEC, args + environment);
  bytes.record().task = some_task();
  bytes.record().image.args_size = bytes.record().image.args_len = static_cast<std::uint32_t>(args.size());
  bytes.record().image.env_len = static_cast<std::uint16_t>(environment.size());
  const auto decoded = [&bytes](Decoder& decoder) {
    return std::get<ExecEvent>(*decoder.decode(bytes.span())->event);
  };
  Decoder none;
  EXPECT_EQ(decoded(none).image.args, args);
  EXPECT_EQ(decoded(none).image.env, "");
  EXPECT_EQ(decoded(none).environment, "") << "its parent is no launcher";
  bytes.record().image.flags = PT_BELOW_LAUNCHER;
  EXPECT_EQ(decoded(none).environment, "SSH_CONNECTION=1 2 3 4\0"s);

  VariableNames names;
  ASSERT_TRUE(names.add("LANG") && names.add("LC_*") && names.add("HALF*"));
  Decoder some;
  some.set_variables(names, 4096);
  EXPECT_EQ(decoded(some).image.env, "LANG=C\0LC_ALL=y\0"s);
  EXPECT_FALSE(decoded(some).image.env_truncated);
  some.set_variables(names, 20);
  EXPECT_EQ(decoded(some).image.env, "LANG=C\0"s);
  EXPECT_TRUE(decoded(some).image.env_truncated);
  bytes.record().image.env_len = static_cast<std::uint16_t>(environment.size() + 1);
  EXPECT_FALSE(some.decode(bytes.span())) << "longer than the record";
}

TEST(Decode, TheNameBeforeAnExecMayBeEmptyOrNotKnown) {
  const auto name_before = [](std::uint32_t flags, std::string_view name) {
    RecordBytes<pt_exec> bytes(PT_EXEC);
    bytes.record().task = some_task();
    bytes.record().image.flags = flags;
    std::ranges::copy(name, bytes.record().name_before);
    Decoder decoder;
    const auto decoded = decoder.decode(bytes.span());
    const auto known = std::get<ExecEvent>(*decoded->event).name_before;
    return known ? std::string(*known) : "(not known)";
  };
  EXPECT_EQ(name_before(PT_NAME_BEFORE, "(sleep)"), "(sleep)");
  EXPECT_EQ(name_before(PT_NAME_BEFORE, std::string(16, 'x')), std::string(16, 'x')) << "without an end";
  EXPECT_EQ(name_before(PT_NAME_BEFORE, ""), "");
  EXPECT_EQ(name_before(0, "(sleep)"), "(not known)");
}

TEST(Decode, CgroupPathIsKnownToTheEventsBehindIt) {
  Decoder decoder;
  RecordBytes<pt_cgroup> cgroup(PT_CGROUP);
  cgroup.record().nr = 7;
  std::memcpy(cgroup.record().path, "a.scope\0user.slice\0", 19);
  cgroup.record().len[0] = 19;
  const auto learnt = decoder.decode(cgroup.span());
  ASSERT_TRUE(learnt);
  EXPECT_FALSE(learnt->event);

  RecordBytes<pt_exit> exit(PT_EXIT);
  exit.record().task = some_task();
  exit.record().task.cgroup_nr = 7;
  auto decoded = decoder.decode(exit.span());
  ASSERT_TRUE(decoded && decoded->event);
  EXPECT_EQ(std::get<ExitEvent>(*decoded->event).task.cgroup, "/user.slice/a.scope");

  // 100,000 other cgroups later it is still known, as long as events name it now and then.
  for (std::uint64_t id = 1000; id < 101'000; ++id) {
    cgroup.record().nr = id;
    ASSERT_TRUE(decoder.decode(cgroup.span()));
    if (id % 4000 == 0) {
      decoded = decoder.decode(exit.span());
      ASSERT_EQ(std::get<ExitEvent>(*decoded->event).task.cgroup, "/user.slice/a.scope") << id;
    }
  }
}

// What is put together once for many records (folder, terminal, cgroup) is that of the record's own all the
// same.
TEST(Decode, SaysOfARecordWhatAFreshDecoderSays) {
  struct Texts {
    std::string cwd, tty, cgroup;
    bool operator==(const Texts&) const = default;
  };
  struct Case {
    std::string_view cwd, tty;
    std::uint64_t cgroup_nr;
    std::uint32_t flags;
    Texts texts;
  };
  using std::string_view_literals::operator""sv;
  const std::vector<Case> cases = {
      {"tmp\0"sv, "pts1"sv, 7, 0, {"/tmp", "pts/1", "/a"}},
      {"tmp\0"sv, "pts1"sv, 7, 0, {"/tmp", "pts/1", "/a"}},
      {"tmp\0"sv, "pts12"sv, 8, PT_CWD_TRUNCATED, {"tmp", "pts/12", "/b"}},
      {""sv, "tty1"sv, 9, 0, {"/", "tty1", ""}},
      {""sv, ""sv, 8, PT_CWD_TRUNCATED, {"", "", "/b"}},
      {"tmp\0"sv, "ptsx"sv, 9, PT_NO_CWD, {"", "ptsx", ""}},
      {"tmp\0"sv, "pts"sv, 7, 0, {"/tmp", "pts", "/a"}},
      {"tmp"sv, "pts1"sv, 7, 0, {"refused", "", ""}},
      {"tmp"sv, "pts1"sv, 7, 0, {"refused", "", ""}},
      {"tmp\0"sv, "pts1"sv, 7, 0, {"/tmp", "pts/1", "/a"}},
  };
  const auto add_cgroups = [](Decoder& decoder) {
    for (const auto& [nr, path] : {std::pair{7U, "a\0"sv}, std::pair{8U, "b\0"sv}}) {
      RecordBytes<pt_cgroup> cgroup(PT_CGROUP);
      cgroup.record().nr = nr;
      cgroup.record().len[0] = 2;
      std::memcpy(cgroup.record().path, path.data(), path.size());
      ASSERT_TRUE(decoder.decode(cgroup.span()));
    }
  };
  const auto decode = [](Decoder& decoder, const Case& of) -> Texts {
    RecordBytes<pt_exec> bytes(PT_EXEC, of.cwd);
    bytes.record().task = some_task();
    std::memset(bytes.record().task.tty, 0, sizeof bytes.record().task.tty);
    of.tty.copy(bytes.record().task.tty, of.tty.size());
    bytes.record().task.cgroup_nr = of.cgroup_nr;
    bytes.record().image.text_len[PT_TEXT_CWD] = static_cast<std::uint16_t>(of.cwd.size());
    bytes.record().image.flags = of.flags;
    const auto decoded = decoder.decode(bytes.span());
    if (!decoded) return {"refused", "", ""};
    const auto& exec = std::get<ExecEvent>(*decoded->event);
    return {std::string(exec.image.cwd), std::string(exec.task.tty), std::string(exec.task.cgroup)};
  };
  Decoder used;
  add_cgroups(used);
  for (const Case& of : cases) {
    Decoder fresh;
    add_cgroups(fresh);
    EXPECT_TRUE(decode(fresh, of) == of.texts) << of.cwd << ' ' << of.tty;
    EXPECT_TRUE(decode(used, of) == of.texts) << of.cwd << ' ' << of.tty;
  }
}

// The kernel side writes leaf first into two halves in turn: first comes what is left of the older one.
TEST(Decode, CgroupPathTooLongKeepsTheRootsSide) {
  Decoder decoder;
  RecordBytes<pt_cgroup> cgroup(PT_CGROUP);
  pt_cgroup& record = cgroup.record();
  record.nr = 7;
  std::memcpy(record.path, "docker\0system.slice\0", 20);
  std::memcpy(record.path + PT_CGROUP_HALF, "inner\0id.scope\0", 15);
  record.len[0] = 20;
  record.len[1] = 15;
  record.newer = 0;
  record.flags = PT_CGROUP_CUT;
  ASSERT_TRUE(decoder.decode(cgroup.span()));
  RecordBytes<pt_exit> exit(PT_EXIT);
  exit.record().task = some_task();
  exit.record().task.cgroup_nr = 7;
  auto decoded = decoder.decode(exit.span());
  ASSERT_TRUE(decoded && decoded->event);
  EXPECT_EQ(std::get<ExitEvent>(*decoded->event).task.cgroup, "/system.slice/docker/id.scope/inner");
  EXPECT_TRUE(std::get<ExitEvent>(*decoded->event).task.cgroup_truncated);
  record.flags = PT_CGROUP_ROOTLESS;
  ASSERT_TRUE(decoder.decode(cgroup.span()));
  decoded = decoder.decode(exit.span());
  EXPECT_EQ(std::get<ExitEvent>(*decoded->event).task.cgroup, "system.slice/docker/id.scope/inner");
}

TEST(Decode, DetachedMountsAreMarkedAndAMemfdIsItselfAlone) {
  Decoder decoder;
  RecordBytes<pt_exec> bytes(PT_EXEC, "runc\0sbin\0"s);
  bytes.record().task = some_task();
  bytes.record().image.text_len[PT_TEXT_EXE] = 10;
  bytes.record().image.flags = PT_EXE_DETACHED | PT_CWD_DETACHED;
  auto decoded = decoder.decode(bytes.span());
  ASSERT_TRUE(decoded && decoded->event);
  const ImageFacts detached = std::get<ExecEvent>(*decoded->event).image;
  EXPECT_EQ(detached.exe, "/sbin/runc");
  EXPECT_TRUE(detached.exe_detached && detached.cwd_detached);
  bytes.record().image.flags = PT_EXE_DETACHED | PT_EXE_MEMFD;
  decoded = decoder.decode(bytes.span());
  ASSERT_TRUE(decoded && decoded->event);
  const ImageFacts& memfd = std::get<ExecEvent>(*decoded->event).image;
  EXPECT_TRUE(memfd.exe_memfd && !memfd.exe_detached);
}

TEST(Decode, RefusesPidsThatNobodyCanHave) {
  Decoder decoder;
  RecordBytes<pt_fork> fork(PT_FORK);
  for (const std::uint32_t pid : {0U, kPidsEnd, 0xffffffffU}) {
    fork.record().child = some_task();
    EXPECT_TRUE(decoder.decode(fork.span()));
    fork.record().child.pid = pid;
    EXPECT_FALSE(decoder.decode(fork.span())) << pid;
  }
  fork.record().child = some_task();
  fork.record().creator_pid = kPidsEnd;
  EXPECT_FALSE(decoder.decode(fork.span()));
}

TEST(BadRecord, IsTheLossOfTheEventThatItWas) {
  RecordBytes<pt_fork> fork(PT_FORK);
  fork.record().child = some_task();
  LostEvent lost = bad_record(fork.span(), 3, 5);
  EXPECT_TRUE(lost.bad_record);
  EXPECT_EQ(lost.count, 1U);
  EXPECT_EQ(lost.kind, "fork");
  EXPECT_EQ(lost.pid, 42U);
  EXPECT_EQ(lost.since_ns, 3U);
  EXPECT_EQ(lost.until_ns, 5U);
  fork.record().child.pid = kPidsEnd;
  EXPECT_EQ(bad_record(fork.span(), 3, 5).pid, 0U);
  lost = bad_record(fork.span().first(sizeof(pt_header)), 3, 5);
  EXPECT_EQ(lost.kind, "fork");
  EXPECT_EQ(lost.pid, 0U);
  fork.record().header.kind = 99;
  lost = bad_record(fork.span(), 3, 5);
  EXPECT_TRUE(lost.kind.empty() && lost.count == 1 && lost.pid == 0);
  EXPECT_TRUE(bad_record({}, 3, 5).bad_record);

  RecordBytes<pt_failed_exec> failed(PT_FAILED_EXEC);
  EXPECT_EQ(bad_record(failed.span(), 3, 5).failed_execs, 1U);
  RecordBytes<pt_cgroup> cgroup(PT_CGROUP);
  EXPECT_EQ(bad_record(cgroup.span(), 3, 5).count, 0U) << "a cgroup's path is no event";
}

TEST(Decode, FailedExec) {
  Decoder decoder;
  RecordBytes<pt_failed_exec> bytes(PT_FAILED_EXEC, "./a\xff"s);
  bytes.record().task = some_task();
  bytes.record().error = 13;
  bytes.record().filename_len = 4;
  bytes.record().flags = PT_BY_EXECVEAT;
  bytes.record().dirfd = -100;
  bytes.record().at_flags = 0x1000;
  auto decoded = decoder.decode(bytes.span());
  ASSERT_TRUE(decoded && decoded->event);
  const auto& failed = std::get<FailedExecEvent>(*decoded->event);
  EXPECT_EQ(failed.task.self.pid, some_task().pid);
  EXPECT_EQ(failed.error, 13U);
  EXPECT_EQ(failed.filename, "./a\xff");
  EXPECT_TRUE(failed.filename_known && failed.by_execveat);
  EXPECT_FALSE(failed.filename_truncated || failed.fatal);
  EXPECT_EQ(failed.dirfd, -100);
  EXPECT_EQ(failed.at_flags, 0x1000U);
  bytes.record().filename_len = 5;
  EXPECT_FALSE(decoder.decode(bytes.span()));
}

TEST(Decode, ExitDividesTheExactTimeAsItWasSampled) {
  Decoder decoder;
  RecordBytes<pt_exit> bytes(PT_EXIT);
  bytes.record().task = some_task();
  const auto times = [&](std::uint64_t user, std::uint64_t system, std::uint64_t total) {
    bytes.record().user_ns = user;
    bytes.record().system_ns = system;
    bytes.record().total_ns = total;
    const auto decoded = decoder.decode(bytes.span());
    const auto& exit = std::get<ExitEvent>(*decoded->event);
    return std::pair(exit.user_ns, exit.system_ns);
  };
  EXPECT_EQ(times(0, 0, 900), std::pair(std::uint64_t{900}, std::uint64_t{0}));
  EXPECT_EQ(times(0, 4, 900), std::pair(std::uint64_t{0}, std::uint64_t{900}));
  EXPECT_EQ(times(3, 1, 1000), std::pair(std::uint64_t{750}, std::uint64_t{250}));
  const auto [user, system] = times(~0ULL, ~0ULL, 1000);
  EXPECT_EQ(user + system, 1000U);
}

TEST(Decode, RefusesLengthsThatReachOutside) {
  Decoder decoder;
  RecordBytes<pt_exec> exec(PT_EXEC, "x\0"s);
  exec.record().task = some_task();
  exec.record().image.text_len[PT_TEXT_EXE] = 3;
  EXPECT_FALSE(decoder.decode(exec.span()));
  exec.record().image.text_len[PT_TEXT_EXE] = 2;
  EXPECT_TRUE(decoder.decode(exec.span()));
  exec.record().image.args_len = 0xffffffff;
  EXPECT_FALSE(decoder.decode(exec.span()));

  RecordBytes<pt_cgroup> cgroup(PT_CGROUP);
  cgroup.record().len[1] = PT_CGROUP_HALF + 1;
  EXPECT_FALSE(decoder.decode(cgroup.span()));
  cgroup.record().len[1] = 0;
  cgroup.record().newer = 2;
  EXPECT_FALSE(decoder.decode(cgroup.span()));

  RecordBytes<pt_fork> fork(PT_FORK);
  fork.record().child = some_task();
  EXPECT_TRUE(decoder.decode(fork.span()));
  EXPECT_FALSE(decoder.decode(fork.span().first(sizeof(pt_fork) - 1)));
  fork.record().header.kind = 99;
  EXPECT_FALSE(decoder.decode(fork.span()));
  EXPECT_FALSE(decoder.decode({}));
}

TEST(Decode, AnyBytesAreAnEventOrAnErrorAndNeverReadOutside) {
  Decoder decoder;
  std::mt19937 random(7);
  for (int i = 0; i < 50'000; ++i) {
    // On the heap and exactly as long as given, so that AddressSanitizer sees a read beyond.
    const std::size_t words = random() % 200;
    std::vector<std::uint64_t> storage(words);
    for (auto& word : storage)
      word = random() % 4 == 0 ? (std::uint64_t{random()} << 32 | random()) : random() % 64;
    if (words > 1) {
      auto* header = reinterpret_cast<pt_header*>(storage.data());
      header->kind = static_cast<std::uint16_t>(random() % 7);
      header->size = static_cast<std::uint32_t>(random() % 8 == 0 ? random() : words * 8);
    }
    std::size_t used = 0;
    const auto bytes = std::as_bytes(std::span(storage));
    static_cast<void>(decoder.decode(bytes));
    if (decoder.decode_task(bytes, used)) {
      ASSERT_LE(used, bytes.size());
    }
  }
}

// A kernel without cgroups counts none, and the root of those that there are is called "/".
TEST(Decode, ATaskWithoutCgroup) {
  Decoder decoder;
  RecordBytes<pt_exec> task(PT_TASK);
  std::size_t used = 0;
  task.record().task.pid = 1;
  task.record().task.cgroup_nr = 1;
  const auto at_root = decoder.decode_task(task.span(), used);
  ASSERT_TRUE(at_root);
  EXPECT_EQ(at_root->task.cgroup, "/");
  task.record().task.cgroup_nr = 0;
  const auto without = decoder.decode_task(task.span(), used);
  ASSERT_TRUE(without);
  EXPECT_EQ(without->task.cgroup, "");
}

}  // namespace
}  // namespace proctree
