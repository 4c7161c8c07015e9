// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The tracer as a library, in C++ and in C, in this very process, against the audit stream of the program:
// both report the same of one storm.
#include <fcntl.h>
#include <poll.h>
#include <proctree/proctree.h>
#include <sched.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <map>
#include <memory>
#include <proctree/tracer.hpp>
#include <string>

#include "c_text.hpp"
#include "live.hpp"

namespace proctree::live {
namespace {

using Api = ::proctree::Tracer;
using ApiRecord = ::proctree::Record;
using namespace std::chrono_literals;

// A name for one image, birth or end, whichever tracer reports it.
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
    const auto written = record_.json.number(name);
    expect(name, written ? std::to_string(*written) : "unset",
           value == kUnsetId ? "unset" : std::to_string(value));
  }
  void bytes(const char* name, std::string_view value) {
    expect(name, record_.json.bytes(name).value_or(""), std::string(value));
  }
  void flag(const char* name, bool value) { expect(name, text(record_.json.is_true(name)), text(value)); }
  void expect(const std::string& name, const std::string& written, const std::string& value) {
    if (written != value)
      problems_.add(record_.type + ' ' + record_.id + ": " + name + " is " + written + ", here " + value);
  }
  static std::string text(bool value) { return value ? "true" : "false"; }

 private:
  const Record& record_;
  Problems& problems_;
};

void compare_lineage(const Record& written, const ApiRecord& reported, Comparison& with) {
  const Json::Array* entries = written.json.array("ancestors");
  const Lineage lineage = reported.lineage();
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

void compare_with_stream(const Record& written, const ApiRecord& reported, Problems& problems) {
  Comparison with(written, problems);
  const TaskFacts& task = *reported.task;
  with.number("pid", task.self.pid);
  with.number("start_ns", task.self.start_ns);
  with.number("ppid", task.parent.pid);
  with.number("creator_pid", reported.creator.pid);
  with.bytes("id", reported.id());
  with.bytes("creator_id", reported.creator_id());
  with.bytes("comm", task.comm);
  with.bytes("exe", reported.exe());
  with.bytes("user", reported.user());
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
  with.bytes("container_id", reported.container_id());
  if (written.type == "exec") {
    const ImageFacts& image = *reported.image;
    with.expect("args", written.json.joined_args().value_or(""), joined(image.args));
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
    with.bytes("previous.comm", reported.previous == nullptr ? std::string_view{} : reported.previous->comm);
    with.bytes("chain", reported.chain());
    compare_lineage(written, reported, with);
  }
  if (written.type == "exit") {
    const int status = static_cast<int>(reported.exit->status);
    with.number("exit_code", WIFEXITED(status) ? static_cast<std::uint64_t>(WEXITSTATUS(status)) : 0);
    with.number("signal", WIFSIGNALED(status) ? static_cast<std::uint64_t>(WTERMSIG(status)) : 0);
    with.number("max_rss_kb", reported.exit->max_rss_kb);
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

void compare_with_c(const Record& written, const proctree_record& reported, Problems& problems) {
  Comparison with(written, problems);
  const proctree_process& process = *reported.process;
  with.number("pid", process.key.pid);
  with.number("start_ns", process.key.start_ns);
  with.number("ppid", process.parent.pid);
  with.number("creator_pid", process.creator.pid);
  with.bytes("comm", view(process.comm));
  with.bytes("exe", view(process.exe));
  with.bytes("user", view(process.user));
  with.bytes("cgroup", view(process.cgroup));
  with.number("ns.mnt", process.ns_mnt_inode);
  if (written.type == "exec") {
    with.expect("args", written.json.joined_args().value_or(""), joined(view(reported.image->args)));
    with.bytes("cwd", view(reported.image->cwd));
    with.bytes("previous.comm", view(reported.image->previous_comm));
    with.bytes("chain", proctree_record_chain(&reported));
    proctree_ancestor ancestors[64];
    bool complete = false;
    const std::size_t count =
        proctree_record_ancestors(&reported, ancestors, std::size(ancestors), sizeof *ancestors, &complete);
    const Json::Array& entries = *written.json.array("ancestors");
    with.expect("ancestors", std::to_string(entries.size()), std::to_string(count));
    with.flag("lineage_complete", complete);
    if (count == entries.size() && count != 0) {
      with.expect("the last ancestor", entries.back().bytes("comm").value_or(""),
                  std::string(view(ancestors[count - 1].comm)));
    }
  }
  if (written.type == "exit") {
    const int status = static_cast<int>(reported.exit->status);
    with.number("exit_code", WIFEXITED(status) ? static_cast<std::uint64_t>(WEXITSTATUS(status)) : 0);
    with.number("max_rss_kb", reported.exit->max_rss_kb);
  }
}

// For its caller and whom it starts: of two cpus' simultaneous events two tracers may see either first, and
// then say different things of an ancestor.
void stay_on_one_cpu() {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(static_cast<std::size_t>(sched_getcpu()), &cpus);
  ASSERT_EQ(sched_setaffinity(0, sizeof cpus, &cpus), 0);
}

// Two in one process, one in C++ and one in C, each waited for in the one loop of its user.
TEST(EmbedTest, ReportsWhatTheAuditStreamReports) {
  live::Tracer reference;
  ASSERT_TRACING(reference);

  auto api = Api::open();
  ASSERT_TRUE(api) << api.error().to_string();
  const std::unique_ptr<proctree_tracer, void (*)(proctree_tracer*)> c(proctree_new(nullptr), proctree_free);
  ASSERT_NE(c, nullptr);
  ASSERT_EQ(proctree_open(c.get()), 0) << proctree_last_error(c.get());

  std::map<std::string, OwnedRecord> reported;
  std::vector<RecordKind> others;
  std::uint64_t seq = 0;
  const auto take = [&](const ApiRecord& record) {
    EXPECT_EQ(record.seq, ++seq);
    if (record.task == nullptr) return others.push_back(record.kind);
    const auto name = name_of_event(std::string(name_of(record.kind)), record.id(), record.task->exec_seq);
    EXPECT_TRUE(reported.emplace(name, OwnedRecord(record)).second) << "told twice: " << name;
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
    const auto found = reported.find(name);
    const auto found_c = collector.records.find(name);
    if (found == reported.end() || found_c == collector.records.end()) {
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
TEST(EmbedTest, ReportsFailedExecsOnRequest) {
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
  std::vector<OwnedRecord> reported;
  std::uint64_t stop = 0;
  ASSERT_TRUE(api->close([&](const ApiRecord& record) {
    if (record.kind == RecordKind::failed_exec) reported.emplace_back(record);
    if (record.stop != nullptr) stop = record.stop->failed_execs;
  }));
  ASSERT_EQ(reported.size(), kMade);
  for (const OwnedRecord& record : reported) {
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

}  // namespace
}  // namespace proctree::live
