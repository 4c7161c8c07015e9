// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The tracer as a library, in C++ and in C, in this very process: it tells what the audit stream of the
// program tells of the same storm, looks up what lives, mends what it lost, and leaves its host process
// alone.
#include <fcntl.h>
#include <poll.h>
#include <proctree/proctree.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <proctree/tracer.hpp>
#include <string>
#include <thread>

#include "live.hpp"

namespace proctree::live {
namespace {

using Api = ::proctree::Tracer;
using ApiRecord = ::proctree::Record;
using namespace std::chrono_literals;

constexpr int kGateFd = 197;  // NEST_GATE_FD

// What one image, birth or end is called, whoever tells of it.
std::string name_of_event(const std::string& type, const std::string& id, std::uint64_t exec_seq) {
  return type + ' ' + id + ' ' + std::to_string(type == "exec" ? exec_seq : 0);
}

std::string joined(std::string_view args) {
  if (args.ends_with('\0')) args.remove_suffix(1);
  return std::string(args);
}

// Compares what the library says with a record of the stream, by the stream's names.
class Comparison {
 public:
  Comparison(const Record& record, Problems& problems) : record_(record), problems_(problems) {}

  void number(const char* name, std::uint64_t value) {
    expect(name, std::to_string(record_.json.number(name).value_or(0)), std::to_string(value));
  }
  // An id that is absent where it is unset.
  void id(const char* name, std::uint32_t value) {
    const auto said = record_.json.number(name);
    expect(name, said ? std::to_string(*said) : "unset", value == kUnsetId ? "unset" : std::to_string(value));
  }
  void bytes(const char* name, std::string_view value) {
    expect(name, record_.json.bytes(name).value_or(""), std::string(value));
  }
  void flag(const char* name, bool value) { expect(name, text(record_.json.is_true(name)), text(value)); }
  void expect(const std::string& name, const std::string& said, const std::string& value) {
    if (said != value)
      problems_.add(record_.type + ' ' + record_.id + ": " + name + " is " + said + ", here " + value);
  }
  static std::string text(bool value) { return value ? "true" : "false"; }

 private:
  const Record& record_;
  Problems& problems_;
};

void compare_lineage(const Record& said, const ApiRecord& told, Comparison& with) {
  const Json::Array* entries = said.json.array("ancestors");
  const Lineage lineage = told.lineage();
  with.flag("lineage_complete", lineage.complete);
  with.flag("ancestors_truncated", lineage.truncated);
  with.expect("ancestors", std::to_string(entries->size()), std::to_string(lineage.ancestors.size()));
  static constexpr const char* kEdges[] = {"observed", "snapshot", "inferred"};
  for (std::size_t i = 0; i < std::min(entries->size(), lineage.ancestors.size()); ++i) {
    const Json& entry = (*entries)[i];
    const Ancestor& ancestor = lineage.ancestors[i];
    const std::string at = "ancestors." + std::to_string(i) + ' ';
    with.expect(at + "pid", std::to_string(entry.number("pid").value_or(0)),
                std::to_string(ancestor.key.pid));
    with.expect(at + "start_ns", std::to_string(entry.number("start_ns").value_or(0)),
                std::to_string(ancestor.key.start_ns));
    with.expect(at + "comm", entry.bytes("comm").value_or(""), std::string(ancestor.comm));
    with.expect(at + "exe", entry.bytes("exe").value_or(""), std::string(ancestor.exe));
    with.expect(at + "user", entry.bytes("user").value_or(""), std::string(ancestor.user));
    with.expect(at + "edge", std::string(entry.string("edge").value_or("")),
                kEdges[static_cast<int>(ancestor.edge)]);
    with.expect(at + "exited", Comparison::text(entry.is_true("exited")), Comparison::text(ancestor.exited));
    with.expect(at + "forked_as", entry.bytes("forked_as.comm").value_or(""),
                std::string(ancestor.forked_as_comm));
  }
}

void compare_with_stream(const Record& said, const ApiRecord& told, Problems& problems) {
  Comparison with(said, problems);
  const TaskFacts& task = *told.task;
  with.number("pid", task.self.pid);
  with.number("start_ns", task.self.start_ns);
  with.number("ppid", task.parent.pid);
  with.number("creator_pid", told.creator.pid);
  with.bytes("id", told.id());
  with.bytes("creator_id", told.creator_id());
  with.bytes("comm", task.comm);
  with.bytes("exe", told.exe());
  with.bytes("user", told.user());
  for (const auto& [name, value] : {std::pair("uid", task.uid),
                                    {"gid", task.gid},
                                    {"euid", task.euid},
                                    {"egid", task.egid},
                                    {"loginuid", task.loginuid},
                                    {"audit_session", task.audit_session}}) {
    with.id(name, value);
  }
  with.number("sid", task.sid);
  with.number("pgid", task.pgid);
  with.number("ns_pid", task.ns_pid);
  static constexpr const char* kNamespaces[] = {"ns.pid", "ns.mnt", "ns.net",   "ns.user",
                                                "ns.uts", "ns.ipc", "ns.cgroup"};
  for (int i = 0; i < kNsCount; ++i) with.number(kNamespaces[i], task.ns[static_cast<std::size_t>(i)]);
  with.bytes("tty", task.tty);
  with.bytes("cgroup", task.cgroup);
  with.bytes("container_id", told.container_id());
  if (said.type == "exec") {
    const ImageFacts& image = *told.image;
    with.expect("args", said.json.joined_args().value_or(""), joined(image.args));
    with.number("args_size", image.args_size);
    with.number("exec_seq", task.exec_seq);
    with.bytes("filename", image.filename);
    with.bytes("interpreter", image.interpreter);
    with.bytes("cwd", image.cwd);
    with.number("exe_inode", image.exe_inode);
    with.number("exe_dev", image.exe_dev);
    with.flag("exe_deleted", image.exe_deleted);
    with.flag("exe_memfd", image.exe_memfd);
    with.flag("setuid", image.setuid);
    with.bytes("previous.comm", told.previous == nullptr ? std::string_view{} : told.previous->comm);
    with.bytes("chain", told.chain());
    compare_lineage(said, told, with);
  }
  if (said.type == "exit") {
    const int status = static_cast<int>(told.exit->status);
    with.number("exit_code", WIFEXITED(status) ? static_cast<std::uint64_t>(WEXITSTATUS(status)) : 0);
    with.number("signal", WIFSIGNALED(status) ? static_cast<std::uint64_t>(WTERMSIG(status)) : 0);
    with.number("max_rss_kb", told.exit->max_rss_kb);
  }
}

// A copy of each record that C is given, by the event's name.
class CCollector {
 public:
  CCollector() = default;
  CCollector(const CCollector&) = delete;
  CCollector& operator=(const CCollector&) = delete;
  ~CCollector() {
    for (const auto& [name, record] : records) proctree_record_free(record);
  }
  static void take(const proctree_record* record, void* user) {
    auto& self = *static_cast<CCollector*>(user);
    ++self.count;
    EXPECT_EQ(record->seq, self.count);
    self.last_kind = record->kind;
    if (record->process == nullptr) return;
    static constexpr const char* kTypes[] = {"start", "process", "fork", "exec", "exit"};
    const std::string id(record->process->id.data, record->process->id.size);
    proctree_record*& slot = self.records[name_of_event(kTypes[record->kind], id, record->process->exec_seq)];
    ASSERT_EQ(slot, nullptr) << "told twice: " << id;
    slot = proctree_record_copy(record);
  }

  std::map<std::string, proctree_record*> records;
  std::uint64_t count = 0;
  std::uint32_t last_kind = 0;
};

std::string_view view(const proctree_string& text) { return {text.data, text.size}; }

void compare_with_c(const Record& said, const proctree_record& told, Problems& problems) {
  Comparison with(said, problems);
  const proctree_process& process = *told.process;
  with.number("pid", process.key.pid);
  with.number("start_ns", process.key.start_ns);
  with.number("ppid", process.parent.pid);
  with.number("creator_pid", process.creator.pid);
  with.bytes("comm", view(process.comm));
  with.bytes("exe", view(process.exe));
  with.bytes("user", view(process.user));
  with.bytes("cgroup", view(process.cgroup));
  with.number("ns.mnt", process.ns_mnt_inode);
  if (said.type == "exec") {
    with.expect("args", said.json.joined_args().value_or(""), joined(view(told.image->args)));
    with.bytes("cwd", view(told.image->cwd));
    with.bytes("previous.comm", view(told.image->previous_comm));
    with.bytes("chain", proctree_record_chain(&told));
    proctree_ancestor ancestors[64];
    bool complete = false;
    const std::size_t count =
        proctree_record_ancestors(&told, ancestors, std::size(ancestors), sizeof *ancestors, &complete);
    const Json::Array& entries = *said.json.array("ancestors");
    with.expect("ancestors", std::to_string(entries.size()), std::to_string(count));
    with.flag("lineage_complete", complete);
    if (count == entries.size() && count != 0) {
      with.expect("the last ancestor", entries.back().bytes("comm").value_or(""),
                  std::string(view(ancestors[count - 1].comm)));
    }
  }
  if (said.type == "exit") {
    const int status = static_cast<int>(told.exit->status);
    with.number("exit_code", WIFEXITED(status) ? static_cast<std::uint64_t>(WEXITSTATUS(status)) : 0);
    with.number("max_rss_kb", told.exit->max_rss_kb);
  }
}

// For its caller and whom it starts: of two cpus' events of one moment two tracers may see either first, and
// then say different things of an ancestor.
void stay_on_one_cpu() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(static_cast<std::size_t>(sched_getcpu()), &cpus);
  ASSERT_EQ(sched_setaffinity(0, sizeof cpus, &cpus), 0);
}

// Two in one process, one in C++ and one in C, each waited for in the one loop of its user.
TEST(EmbedTest, TellsWhatTheAuditStreamTells) {
  live::Tracer reference;
  ASSERT_TRACING(reference);

  auto api = Api::open();
  ASSERT_TRUE(api) << api.error().to_string();
  const std::unique_ptr<proctree_tracer, void (*)(proctree_tracer*)> c(proctree_new(nullptr), proctree_free);
  ASSERT_NE(c, nullptr);
  ASSERT_EQ(proctree_open(c.get()), 0) << proctree_last_error(c.get());

  std::map<std::string, OwnedRecord> told;
  std::vector<RecordKind> others;
  std::uint64_t seq = 0;
  const auto take = [&](const ApiRecord& record) {
    EXPECT_EQ(record.seq, ++seq);
    if (record.task == nullptr) return others.push_back(record.kind);
    const auto name = name_of_event(std::string(name_of(record.kind)), record.id(), record.task->exec_seq);
    EXPECT_TRUE(told.emplace(name, OwnedRecord(record)).second) << "told twice: " << name;
  };
  CCollector collector;

  const Fd loop(epoll_create1(EPOLL_CLOEXEC));
  for (const int fd : {api->fd(), proctree_fd(c.get())}) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    ASSERT_EQ(epoll_ctl(loop.get(), EPOLL_CTL_ADD, fd, &event), 0);
  }
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  stay_on_one_cpu();
  Workload workload;
  workload.start("storm", {"root", "21", "1200"});
  workload.start("storm", {"root", "22", "1200"});
  ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
  while (workload.running() != 0) {
    epoll_event event{};
    if (epoll_wait(loop.get(), &event, 1, 100) < 1) continue;
    if (event.data.fd == api->fd()) {
      ASSERT_TRUE(api->poll(0ms, take));
    } else {
      ASSERT_GE(proctree_poll(c.get(), 0, CCollector::take, &collector), 0);
    }
  }
  ASSERT_FINISHED(workload);
  ASSERT_TRUE(api->close(take));
  ASSERT_GE(proctree_close(c.get(), CCollector::take, &collector), 0);
  EXPECT_EQ(others, (std::vector{RecordKind::start, RecordKind::stop}));
  EXPECT_EQ(collector.last_kind, static_cast<std::uint32_t>(PROCTREE_STOP));

  ASSERT_STOPPED(reference);
  Problems problems;
  const Truth truth = expect_truth(workload);
  const Stream stream = reference.stream(problems);
  std::size_t compared = 0;
  for (const Record& record : stream.records) {
    if (truth.find_id(record.id) == nullptr) continue;
    const std::string name =
        name_of_event(record.type, record.id, record.json.number("exec_seq").value_or(0));
    const auto found = told.find(name);
    const auto found_c = collector.records.find(name);
    if (found == told.end() || found_c == collector.records.end()) {
      problems.add(name + " was not told to both");
      continue;
    }
    compare_with_stream(record, *found->second, problems);
    compare_with_c(record, *found_c->second, problems);
    ++compared;
  }
  EXPECT_TRUE(problems.none()) << problems.text();
  EXPECT_GT(compared, 2 * 2400u);
}

// Each to both, where it was asked for, with what the caller knows; copies keep it.
TEST(EmbedTest, TellsFailedExecsWhereAskedFor) {
  constexpr std::size_t kMade = 3;
  const std::string name = "/nonexistent/program";
  auto api = Api::open({.failed_execs = true, .comms = {"failing"}});
  ASSERT_TRUE(api) << api.error().to_string();
  auto silent = Api::open({.comms = {"failing"}});
  ASSERT_TRUE(silent) << silent.error().to_string();
  proctree_options options;
  proctree_options_init(&options, sizeof options);
  options.records |= PROCTREE_FAILED_EXECS;
  const char* const comms[] = {"failing", nullptr};
  options.comms = comms;
  const std::unique_ptr<proctree_tracer, void (*)(proctree_tracer*)> c(proctree_new(&options), proctree_free);
  ASSERT_EQ(proctree_open(c.get()), 0) << proctree_last_error(c.get());

  ASSERT_EQ(run({prog("failing"), std::to_string(kMade)}).code(), 0);
  std::vector<OwnedRecord> told;
  std::uint64_t stop = 0;
  ASSERT_TRUE(api->close([&](const ApiRecord& record) {
    if (record.kind == RecordKind::failed_exec) told.emplace_back(record);
    if (record.stop != nullptr) stop = record.stop->failed_execs;
  }));
  ASSERT_EQ(told.size(), kMade);
  for (const OwnedRecord& record : told) {
    EXPECT_EQ(name_of(record->kind), "exec_failed");
    EXPECT_EQ(record->failed_exec->error, static_cast<std::uint32_t>(ENOENT));
    EXPECT_EQ(record->failed_exec->filename, name);
    EXPECT_TRUE(record->failed_exec->filename_known);
    EXPECT_EQ(record->task->comm, "failing");
    EXPECT_EQ(record->exe(), prog("failing"));
    EXPECT_TRUE(record->lineage().complete);
  }
  EXPECT_GE(stop, kMade) << "of the whole host";
  EXPECT_EQ(api->failed_execs(), stop);

  std::vector<proctree_record*> copies;
  const auto copy = [](const proctree_record* record, void* user) {
    if (record->kind == PROCTREE_FAILED_EXEC)
      static_cast<std::vector<proctree_record*>*>(user)->push_back(proctree_record_copy(record));
  };
  ASSERT_GE(proctree_close(c.get(), copy, &copies), 0);
  EXPECT_EQ(copies.size(), kMade);
  for (proctree_record* record : copies) {
    EXPECT_EQ(record->failed_exec->error, static_cast<std::uint32_t>(ENOENT));
    EXPECT_EQ(record->failed_exec->dirfd, AT_FDCWD);
    EXPECT_EQ(view(record->failed_exec->filename), name);
    EXPECT_EQ(view(record->process->comm), "failing");
    proctree_record_free(record);
  }
  EXPECT_GE(proctree_failed_execs(c.get()), static_cast<std::int64_t>(kMade));

  ASSERT_TRUE(silent->close([](const ApiRecord& record) { EXPECT_EQ(record.failed_exec, nullptr); }));
  EXPECT_EQ(silent->failed_execs(), 0U);
}

// A line of processes that stays until the test lets it go.
class EmbedLookupTest : public testing::Test {
 protected:
  void SetUp() override {
    Pipe ready = make_pipe();
    top_ = static_cast<std::uint32_t>(
        nest_.start("nest", {"one", "two"}, {{gate_.read.get(), kGateFd}, {ready.write.get(), 1}}));
    ready.write.reset();
    char text[6];
    ASSERT_EQ(read(ready.read.get(), text, sizeof text), 6);
  }
  void TearDown() override {
    gate_.write.reset();
    ASSERT_FINISHED(nest_);
  }
  Workload nest_;
  Pipe gate_ = make_pipe();
  std::uint32_t top_ = 0;
};

TEST_F(EmbedLookupTest, FindsWhatLivesBetweenPolls) {
  auto api = Api::open();
  ASSERT_TRUE(api) << api.error().to_string();
  const auto top = api->find(top_);
  ASSERT_TRUE(top);
  EXPECT_EQ(api->find(top_, top->start_ns), top);
  EXPECT_EQ(api->find(top_, top->start_ns / 10'000'000 * 10'000'000), top) << "as /proc has it";
  EXPECT_EQ(api->find(api->id(*top)), top);
  EXPECT_EQ(api->find("0000000000000000-1-1"), std::nullopt);
  EXPECT_EQ(api->find(top_, top->start_ns + 1'000'000'000), std::nullopt);

  const auto one = api->children(*top);
  ASSERT_EQ(one.size(), 1u);
  const auto two = api->children(one[0]);
  ASSERT_EQ(two.size(), 1u);
  const auto info = api->info(two[0]);
  ASSERT_TRUE(info && info->known);
  EXPECT_EQ(info->comm, "two");
  EXPECT_EQ(info->creator, one[0]);
  EXPECT_EQ(info->edge, Edge::snapshot);
  EXPECT_FALSE(info->exited);
  EXPECT_TRUE(api->descends_from(two[0], *top));
  EXPECT_FALSE(api->descends_from(*top, two[0]));
  EXPECT_FALSE(api->descends_from(*top, *top));
  EXPECT_TRUE(api->descends_from(two[0], "one"));
  EXPECT_FALSE(api->descends_from(two[0], "two"));

  const std::string chain = api->chain(two[0]);
  const auto ids = ancestors_in_proc(static_cast<pid_t>(two[0].pid));
  const Lineage lineage = api->lineage(two[0]);
  ASSERT_EQ(lineage.ancestors.size(), ids.size());
  EXPECT_TRUE(lineage.complete);
  for (std::size_t i = 0; i < ids.size(); ++i) EXPECT_EQ(api->id(lineage.ancestors[i].key), ids[i]);
  EXPECT_TRUE(chain.starts_with(std::to_string(two[0].pid) + "|two|")) << chain;
  EXPECT_EQ(api->lineage(two[0], 1).ancestors.size(), 1u);
  EXPECT_TRUE(api->lineage(two[0], 1).truncated);
  // The operations on stores work on the trace, too.
  EXPECT_EQ(build_chain_string(api->view(), api->view(), two[0].pid), chain);
  EXPECT_EQ(descendants(api->view(), top_), (std::vector{one[0].pid, two[0].pid}));
}

TEST_F(EmbedLookupTest, FindsTheSameInC) {
  proctree_options options{};
  proctree_options_init(&options, sizeof options);
  const std::unique_ptr<proctree_tracer, void (*)(proctree_tracer*)> c(proctree_new(&options), proctree_free);
  proctree_key top{};
  EXPECT_EQ(proctree_find(c.get(), top_, &top), -EINVAL) << "not open yet";
  EXPECT_NE(std::string(proctree_last_error(c.get())).find("proctree_open"), std::string::npos);
  ASSERT_EQ(proctree_open(c.get()), 0) << proctree_last_error(c.get());
  EXPECT_EQ(proctree_open(c.get()), -EINVAL);
  ASSERT_EQ(proctree_find(c.get(), top_, &top), 0);
  char id[64];
  ASSERT_LT(proctree_id(c.get(), top, id, sizeof id), static_cast<ssize_t>(sizeof id));
  proctree_key again{};
  EXPECT_EQ(proctree_find_id(c.get(), id, &again), 0);
  EXPECT_EQ(again.start_ns, top.start_ns);
  EXPECT_EQ(proctree_find_started(c.get(), top_, top.start_ns, &again), 0);
  EXPECT_EQ(proctree_find(c.get(), 0x7fffffff, &again), -ENOENT);

  proctree_key one{}, two{};
  ASSERT_EQ(proctree_children(c.get(), top, &one, 1), 1);
  ASSERT_EQ(proctree_children(c.get(), one, nullptr, 0), 1) << "counts without room";
  ASSERT_EQ(proctree_children(c.get(), one, &two, 1), 1);
  struct proctree_info info {};
  info.size = sizeof info;
  ASSERT_EQ(proctree_get_info(c.get(), two, &info), 0);
  EXPECT_EQ(view(info.comm), "two");
  EXPECT_EQ(info.creator.pid, one.pid);
  // A caller that was compiled when the struct ended before `comm`.
  struct proctree_info older {};
  older.size = offsetof(struct proctree_info, comm);
  older.comm.size = 77;
  ASSERT_EQ(proctree_get_info(c.get(), two, &older), 0);
  EXPECT_EQ(older.exec_seq, info.exec_seq);
  EXPECT_EQ(older.comm.size, 77u) << "written past the caller's struct";

  char chain[4096], cut[5];
  const ssize_t length = proctree_chain(c.get(), two, chain, sizeof chain);
  ASSERT_EQ(static_cast<std::size_t>(length), std::string(chain).size());
  EXPECT_EQ(proctree_chain(c.get(), two, cut, sizeof cut), length);
  EXPECT_EQ(std::string(cut), std::string(chain).substr(0, 4));
  proctree_ancestor ancestors[64];
  bool complete = false;
  const ssize_t count = proctree_ancestors(c.get(), two, ancestors, 64, sizeof *ancestors, &complete);
  EXPECT_EQ(static_cast<std::size_t>(count), ancestors_in_proc(static_cast<pid_t>(two.pid)).size());
  EXPECT_TRUE(complete);
  EXPECT_EQ(ancestors[0].key.pid, one.pid);
  EXPECT_EQ(proctree_descends_from(c.get(), two, top), 1);
  EXPECT_EQ(proctree_descends_from(c.get(), top, two), 0);
  EXPECT_EQ(proctree_descends_from_comm(c.get(), two, "one"), 1);
  EXPECT_EQ(proctree_has_gap(c.get()), 0);
  const ssize_t counters = proctree_counters(c.get(), nullptr, 0);
  ASSERT_GT(counters, 0);
  std::vector<proctree_counter> all(static_cast<std::size_t>(counters));
  EXPECT_EQ(proctree_counters(c.get(), all.data(), all.size()), counters);
  for (const proctree_counter& counter : all) EXPECT_EQ(counter.value, 0u) << counter.name;
}

// Not read while 1,500 processes come and go, a ring of one page holds next to nothing.
TEST(EmbedTest, LossIsToldAndMended) {
  auto api = Api::open({.ring_bytes = 1});
  ASSERT_TRUE(api) << api.error().to_string();
  ASSERT_TRUE(api->poll(0ms, {}));
  Workload workload;
  workload.start("storm", {"root", "23", "1500"});
  ASSERT_FINISHED(workload);

  std::uint64_t lost = 0;
  bool mended = false;
  const auto until = std::chrono::steady_clock::now() + patiently(30s);
  // The first of it may be told, and mended, ahead of the rest.
  while ((lost <= 1500 || !mended || api->has_gap()) && std::chrono::steady_clock::now() < until) {
    ASSERT_TRUE(api->poll(100ms, [&](const ApiRecord& record) {
      if (record.kind == RecordKind::lost) lost += record.loss->count;
      mended |= record.kind == RecordKind::resync;
    }));
  }
  EXPECT_TRUE(mended);
  EXPECT_GT(lost, 1500u);
  EXPECT_GE(api->totals().lost, lost);
  std::uint64_t counted = 0;
  const auto counters = api->counters();
  ASSERT_TRUE(counters);
  for (const Counter& counter : *counters) {
    if (counter.name.starts_with("lost_") && counter.name != "lost_cgroups") counted += counter.value;
  }
  EXPECT_GE(counted, lost);
  const auto self = api->find(static_cast<std::uint32_t>(getpid()));
  ASSERT_TRUE(self);
  EXPECT_FALSE(api->has_gap());
  EXPECT_TRUE(api->lineage(*self).complete);
}

// Settings that decide what a reader may conclude stand in the first record, in C too.
TEST(EmbedTest, TheFirstRecordHasTheBoundOfAccounts) {
  auto api = Api::open({.fair_kib = 77});
  ASSERT_TRUE(api) << api.error().to_string();
  std::vector<std::uint32_t> said;
  const auto take = [&said](const ApiRecord& record) {
    if (record.kind == RecordKind::start) said.push_back(record.trace->fair_kib);
  };
  ASSERT_TRUE(api->close(take));

  proctree_options options;
  proctree_options_init(&options, sizeof options);
  options.fair_kib = 78;
  const std::unique_ptr<proctree_tracer, void (*)(proctree_tracer*)> c(proctree_new(&options), proctree_free);
  ASSERT_EQ(proctree_open(c.get()), 0) << proctree_last_error(c.get());
  const auto take_c = [](const proctree_record* record, void* user) {
    if (record->kind == PROCTREE_START)
      static_cast<std::vector<std::uint32_t>*>(user)->push_back(record->start->fair_kib);
  };
  ASSERT_GE(proctree_close(c.get(), take_c, &said), 0);
  EXPECT_EQ(said, (std::vector<std::uint32_t>{77, 78}));
}

TEST(EmbedTest, FiltersAndKindsAreItsUsersChoice) {
  auto api = Api::open({.forks = false,
                        .exits = false,
                        .running = true,
                        .comms = {"true"},
                        .under_pids = {static_cast<std::uint32_t>(getpid())}});
  ASSERT_TRUE(api) << api.error().to_string();
  EXPECT_EQ(run({"/bin/true"}).code(), 0);
  EXPECT_EQ(run({"/bin/false"}).code(), 1);
  std::vector<std::string> told;
  ASSERT_TRUE(api->close([&](const ApiRecord& record) {
    told.push_back(std::string(name_of(record.kind)) +
                   (record.task == nullptr ? "" : " " + std::string(record.task->comm)));
  }));
  EXPECT_EQ(told, (std::vector<std::string>{"start", "exec true", "stop"}));
  EXPECT_GE(api->totals().exits, 2u) << "everything is followed all the same";
}

TEST(EmbedTest, LeavesItsHostProcessAlone) {
  const auto entries = [](const char* folder) {
    return std::distance(std::filesystem::directory_iterator(folder), {});
  };
  const auto descriptors = entries("/proc/self/fd");
  const auto signals = [] {
    const std::string status = read_file("/proc/self/status");
    const std::size_t begin = status.find("SigBlk:");
    return status.substr(begin, status.find("CapInh:") - begin);
  };
  const std::string before = signals();
  for (int round = 0; round < 3; ++round) {
    auto api = Api::open();
    ASSERT_TRUE(api) << api.error().to_string();
    EXPECT_EQ(entries("/proc/self/task"), 1) << "it started a thread";
    ASSERT_TRUE(api->poll(10ms, {}));
    if (round == 0) continue;
    ASSERT_TRUE(api->close({}));
    EXPECT_FALSE(api->poll(0ms, {})) << "closed";
    EXPECT_TRUE(api->find(1)) << "lookups still work";
  }
  // One stays open: the directory of /proc that each thread which looks there keeps.
  EXPECT_LE(entries("/proc/self/fd"), descriptors + 1);
  EXPECT_EQ(signals(), before);
}

TEST(EmbedTest, WrongUseIsAnErrorWithARemedy) {
  EXPECT_EQ(Api::open({.args_max = 1u << 31}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(Api::open({.ring_bytes = std::uint64_t{1} << 40}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(Api::open({.under_pids = {0x7fffffff}}).error().code, ErrorCode::not_found);

  auto api = Api::open();
  ASSERT_TRUE(api);
  std::optional<Error> inner;
  ASSERT_TRUE(api->poll(0ms, [&](const ApiRecord&) {
    auto again = api->poll(0ms, {});
    if (!again) inner = again.error();
  }));
  ASSERT_TRUE(inner);
  EXPECT_EQ(inner->code, ErrorCode::invalid_argument);
  EXPECT_FALSE(inner->remedy.empty());

  EXPECT_EQ(Api::open({.source = static_cast<EventSource>(77)}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(Api::open({.memory_max = 1}).error().code, ErrorCode::invalid_argument);
}

using CTracer = std::unique_ptr<proctree_tracer, void (*)(proctree_tracer*)>;
CTracer c_tracer(const proctree_options* options = nullptr) { return {proctree_new(options), proctree_free}; }

TEST(EmbedTest, WrongUseInCIsEinval) {
  const auto open_with = [](auto change) {
    proctree_options options;
    proctree_options_init(&options, sizeof options);
    change(options);
    const CTracer c = c_tracer(&options);
    const int result = proctree_open(c.get());
    EXPECT_TRUE(result == 0 || *proctree_last_error(c.get()) != '\0');
    return result;
  };
  EXPECT_EQ(open_with([](proctree_options& options) { options.source = 77; }), -EINVAL);
  EXPECT_EQ(open_with([](proctree_options& options) { options.memory_max = 1; }), -EINVAL);
  EXPECT_EQ(open_with([](proctree_options& options) { options.records = 1u << 31; }), -EINVAL);
  EXPECT_EQ(open_with([](proctree_options& options) { options.args_max = 1u << 31; }), -EINVAL);
  EXPECT_EQ(open_with([](proctree_options& options) { options.size = 0; }), -EINVAL);

  const CTracer c = c_tracer();
  ASSERT_EQ(proctree_open(c.get()), 0) << proctree_last_error(c.get());
  proctree_key self{};
  ASSERT_EQ(proctree_find(c.get(), static_cast<uint32_t>(getpid()), &self), 0);
  proctree_info info{};
  EXPECT_EQ(proctree_get_info(c.get(), self, &info), -EINVAL) << "its size is 0";
  EXPECT_EQ(proctree_get_info(c.get(), self, nullptr), -EINVAL);
  EXPECT_EQ(proctree_find(c.get(), 1, nullptr), -EINVAL);
  EXPECT_EQ(proctree_find_id(c.get(), nullptr, &self), -EINVAL);
  EXPECT_EQ(proctree_chain(c.get(), self, nullptr, 10), -EINVAL);
  EXPECT_EQ(proctree_id(c.get(), self, nullptr, 10), -EINVAL);
  EXPECT_GT(proctree_chain(c.get(), self, nullptr, 0), 0);
  proctree_ancestor ancestor{};
  EXPECT_EQ(proctree_ancestors(c.get(), self, &ancestor, 1, 0, nullptr), -EINVAL);
  EXPECT_EQ(proctree_ancestors(c.get(), self, nullptr, 1, sizeof ancestor, nullptr), -EINVAL);
  EXPECT_EQ(proctree_children(c.get(), self, nullptr, 1), -EINVAL);
  EXPECT_EQ(proctree_descends_from_comm(c.get(), self, nullptr), -EINVAL);
  EXPECT_EQ(proctree_get_totals(c.get(), nullptr), -EINVAL);
  EXPECT_EQ(proctree_counters(c.get(), nullptr, 1), -EINVAL);
}

TEST(EmbedTest, AClosedTracerIsSilentAndStaysClosed) {
  const CTracer c = c_tracer();
  ASSERT_EQ(proctree_open(c.get()), 0) << proctree_last_error(c.get());
  EXPECT_EQ(proctree_open(c.get()), -EINVAL);
  EXPECT_NE(std::string(proctree_last_error(c.get())).find("open already"), std::string::npos);
  ASSERT_GT(proctree_close(c.get(), nullptr, nullptr), 0);
  EXPECT_EQ(proctree_open(c.get()), -EINVAL);
  EXPECT_NE(std::string(proctree_last_error(c.get())).find("is closed"), std::string::npos);
  EXPECT_EQ(proctree_poll(c.get(), 0, nullptr, nullptr), -EINVAL);
  pollfd fd{proctree_fd(c.get()), POLLIN, 0};
  ASSERT_GE(fd.fd, 0);
  EXPECT_EQ(run({"/bin/true"}).code(), 0);
  EXPECT_EQ(::poll(&fd, 1, 100), 0);
}

// What a callback must not do is an error; what it may do to its own tracer happens after it.
TEST(EmbedTest, ACallbackMayFreeItsTracer) {
  struct Seen {
    proctree_tracer* tracer = proctree_new(nullptr);
    int calls = 0;
    int poll = 0, close = 0, open = 0;
  } seen;
  ASSERT_EQ(proctree_open(seen.tracer), 0) << proctree_last_error(seen.tracer);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(run({"/bin/true"}).code(), 0);
  const auto on_record = [](const proctree_record*, void* user) {
    auto& at = *static_cast<Seen*>(user);
    ++at.calls;
    at.poll = proctree_poll(at.tracer, 0, nullptr, nullptr);
    at.close = proctree_close(at.tracer, nullptr, nullptr);
    at.open = proctree_open(at.tracer);
    proctree_free(at.tracer);
  };
  EXPECT_EQ(proctree_poll(seen.tracer, 0, on_record, &seen), 1);
  EXPECT_EQ(seen.calls, 1) << "no more records once it is free";
  EXPECT_EQ(seen.poll, -EINVAL);
  EXPECT_EQ(seen.close, -EINVAL);
  EXPECT_EQ(seen.open, -EINVAL);

  auto api = Api::open();
  ASSERT_TRUE(api) << api.error().to_string();
  auto owner = std::make_unique<Api>(std::move(*api));
  EXPECT_EQ(run({"/bin/true"}).code(), 0);
  int calls = 0;
  const auto told = owner->poll(0ms, [&](const ApiRecord&) {
    ++calls;
    owner.reset();
  });
  EXPECT_TRUE(told && *told == 1);
  EXPECT_EQ(calls, 1);
}

TEST(EmbedTest, OneThatWasMovedFromKnowsNothing) {
  auto api = Api::open();
  ASSERT_TRUE(api) << api.error().to_string();
  const auto self = api->find(static_cast<std::uint32_t>(getpid()));
  ASSERT_TRUE(self);
  Api other = std::move(*api);
  // NOLINTBEGIN(bugprone-use-after-move)
  EXPECT_EQ(api->fd(), -1);
  EXPECT_EQ(api->poll(0ms, {}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(api->close({}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(api->counters().error().code, ErrorCode::invalid_argument);
  EXPECT_FALSE(api->find(1) || api->find(1, 0) || api->find(other.id(*self)) || api->info(*self));
  EXPECT_EQ(api->id(*self) + api->chain(*self), "");
  EXPECT_TRUE(api->lineage(*self).ancestors.empty() && api->children(*self).empty());
  EXPECT_FALSE(api->descends_from(*self, *self) || api->descends_from(*self, "x") || api->has_gap());
  EXPECT_EQ(api->totals().execs + api->failed_execs() + api->processes() + api->tree_bytes(), 0U);
  EXPECT_EQ(tree_len(api->view()), 0U);
  // NOLINTEND(bugprone-use-after-move)
  EXPECT_TRUE(other.poll(0ms, {}));
  *api = std::move(other);
  EXPECT_TRUE(api->poll(0ms, {}));
}

// A child of the embedding program has the handle, its descriptors and the ring: it takes nothing.
TEST(EmbedTest, AChildTakesNothingFromItsParent) {
  proctree_options options;
  proctree_options_init(&options, sizeof options);
  options.records = PROCTREE_EXECS | PROCTREE_FAILED_EXECS;
  const CTracer c = c_tracer(&options);
  ASSERT_EQ(proctree_open(c.get()), 0) << proctree_last_error(c.get());
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto is_refused = [](std::int64_t result) { return result == -EINVAL; };
    bool right = is_refused(proctree_poll(c.get(), 0, nullptr, nullptr));
    right = right && std::string(proctree_last_error(c.get())).find("child") != std::string::npos;
    right = right && is_refused(proctree_close(c.get(), nullptr, nullptr));
    right = right && is_refused(proctree_counters(c.get(), nullptr, 0));
    proctree_key key{};
    right = right && proctree_find(c.get(), 1, &key) == 0;
    proctree_free(c.get());
    proctree_tracer* own = proctree_new(nullptr);
    right = right && proctree_open(own) == 0 && proctree_poll(own, 0, nullptr, nullptr) > 0;
    proctree_free(own);
    _exit(right ? 0 : 1);
  }
  EXPECT_EQ(status_text(wait_for(child)), "exit 0");
  constexpr int kExecs = 20;
  for (int i = 0; i < kExecs; ++i) EXPECT_EQ(run({"/bin/true"}).code(), 0);
  char* const nothing[] = {nullptr};
  EXPECT_LT(execve("/nonexistent/of_this_very_test", nothing, nothing), 0);
  struct Count {
    int execs = 0, failed = 0, lost = 0;
  } count;
  const auto on_record = [](const proctree_record* record, void* user) {
    auto& of = *static_cast<Count*>(user);
    const auto self = static_cast<uint32_t>(getpid());
    of.execs += record->kind == PROCTREE_EXEC && record->process->creator.pid == self;
    of.failed += record->kind == PROCTREE_FAILED_EXEC && record->process->key.pid == self;
    of.lost += record->kind == PROCTREE_LOST;
  };
  ASSERT_GT(proctree_close(c.get(), on_record, &count), 0) << proctree_last_error(c.get());
  EXPECT_EQ(count.execs, kExecs);
  EXPECT_EQ(count.failed, 1) << "the child's end has not switched them off";
  EXPECT_EQ(count.lost, 0);
}

TEST(EmbedTest, WithoutPrivilegesItSaysWhatIsMissing) {
  Pipe said = make_pipe();
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0) _exit(2);
    proctree_tracer* tracer = proctree_new(nullptr);
    const int result = proctree_open(tracer);
    const std::string text = std::to_string(result) + ' ' + proctree_last_error(tracer);
    _exit(write(said.write.get(), text.data(), text.size()) < 0 ? 3 : 0);
  }
  said.write.reset();
  const std::string text = read_to_end(said.read.get());
  ASSERT_EQ(status_text(wait_for(child)), "exit 0");
  EXPECT_TRUE(text.starts_with(std::to_string(-EPERM)) || text.starts_with(std::to_string(-EACCES))) << text;
  EXPECT_NE(text.find("CAP_BPF"), std::string::npos) << text;
}

}  // namespace
}  // namespace proctree::live
