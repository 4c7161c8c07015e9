// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A host whose processes the test makes: linked in the place of the sources of events
// (source/open_source.cc), so that all of libproctree but the kernel's side is what a program loads. For
// tests and benchmarks of what calls the library; made_host.py has the functions below. One tracer at a time.
#include <sys/eventfd.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/boot_clock.hpp"
#include "base/file_descriptor.hpp"
#include "proctree/export.h"
#include "source/open_source.hpp"
#include "tree/variable_names.hpp"

namespace proctree {
namespace {

// `lives` processes of one creator, each a fork, an exec and an exit; made one by one as they are read.
struct Storm {
  std::uint32_t creator = 0;
  std::uint32_t first_pid = 0;
  std::uint32_t lives = 0;
};

class MadeHost {
 public:
  void run(std::uint32_t pid, std::uint32_t parent, std::string_view comm, std::string_view exe,
           std::uint32_t uid) {
    SnapshotTask& made = tasks_[pid];
    made = {};
    made.ktime_ns = boot_now_ns();
    made.task.self = {pid, pid == 1 ? 10 : boot_now_ns()};
    made.task.parent = key(parent);
    made.task.exec_seq = 1;
    made.task.uid = made.task.euid = uid;
    made.task.comm = interned(comm);
    made.image.exe = interned(exe);
  }
  void fork(std::uint32_t creator, std::uint32_t pid) {
    SnapshotTask child = tasks_[creator];
    ForkEvent event;
    event.ktime_ns = child.ktime_ns = boot_now_ns();
    event.creator = child.task.self;
    event.creator_exec_seq = child.task.exec_seq;
    event.creator_comm = child.task.comm;
    child.task.parent = child.task.self;
    child.task.self = {pid, event.ktime_ns};
    event.child = child.task;
    tasks_[pid] = child;
    push(event);
  }
  void exec(std::uint32_t pid, std::string_view comm, std::string_view exe, std::string_view args,
            std::string_view environment = {}) {
    SnapshotTask& of = tasks_[pid];
    ++of.task.exec_seq;
    of.task.comm = interned(comm);
    of.image.exe = of.image.filename = interned(exe);
    of.image.args = interned(args);
    of.image.args_size = static_cast<std::uint32_t>(args.size());
    of.image.args_known = true;
    of.image.cwd = "/";
    ExecEvent event;
    event.ktime_ns = boot_now_ns();
    event.task = of.task;
    event.image = of.image;
    std::string variables;
    event.image.env_truncated =
        append_variables(variables, environment.substr(0, asked_.env_max), asked_.env);
    event.image.env = interned(variables);
    if (asked_.stdio) event.stdio = &kStdio;
    push(event);
  }
  void fail(std::uint32_t pid, std::uint32_t error, std::string_view filename) {
    FailedExecEvent event;
    event.ktime_ns = boot_now_ns();
    event.task = tasks_[pid].task;
    event.error = error;
    event.filename = interned(filename);
    event.filename_known = true;
    push(event);
  }
  void contain(std::uint32_t pid, std::string_view cgroup) { tasks_[pid].task.cgroup = interned(cgroup); }
  void exit(std::uint32_t pid, std::uint32_t status) {
    ExitEvent event;
    event.ktime_ns = boot_now_ns();
    event.task = tasks_[pid].task;
    event.status = status;
    tasks_.erase(pid);
    push(event);
  }
  // Without an event: as if that had been lost.
  void vanish(std::uint32_t pid) { tasks_.erase(pid); }
  template <class What>
  void push(const What& what) {
    queue_.emplace_back(what);
    pushed_ += count(queue_.back());
    if (wake_.valid() && !expanding_) eventfd_write(wake_.get(), 1);
  }
  void reset() { *this = MadeHost(); }

  // What the source is asked for.
  [[nodiscard]] int open(const SourceOptions& asked) {
    asked_ = asked;
    wake_ = FileDescriptor(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
    return wake_.get();
  }
  void close() { wake_ = {}; }
  [[nodiscard]] const std::map<std::uint32_t, SnapshotTask>& tasks() const { return tasks_; }
  [[nodiscard]] std::uint64_t pushed() const { return pushed_; }
  [[nodiscard]] std::uint64_t read() const { return read_; }
  Result<std::uint64_t> read(std::uint64_t until, std::uint64_t most, const Source::EventHandler& handler) {
    std::uint64_t done = 0;
    for (; read_ < until && done < most && !queue_.empty(); ++done) {
      if (Storm* storm = std::get_if<Storm>(&queue_.front())) expand(*storm);
      const Event event = std::get<Event>(queue_.front());
      queue_.pop_front();
      ++read_;
      if (auto handled = handler(event); !handled) return tl::make_unexpected(handled.error());
    }
    return done;
  }

 private:
  using Queued = std::variant<Event, Storm>;

  static std::uint64_t count(const Queued& queued) {
    const Storm* storm = std::get_if<Storm>(&queued);
    return storm == nullptr ? 1 : std::uint64_t{3} * storm->lives;
  }
  // Puts the events of its next life before it.
  void expand(Storm& storm) {
    const Storm next = {storm.creator, storm.first_pid + 1, storm.lives - 1};
    std::deque<Queued> later = std::exchange(queue_, {});
    later.pop_front();
    const std::uint64_t pushed = pushed_;
    expanding_ = true;
    fork(next.creator, storm.first_pid);
    exec(storm.first_pid, "true", "/usr/bin/true", kTrue);
    exit(storm.first_pid, 0);
    pushed_ = pushed;
    expanding_ = false;
    if (next.lives != 0) queue_.emplace_back(next);
    for (const Queued& queued : later) queue_.push_back(queued);
  }
  [[nodiscard]] ProcKey key(std::uint32_t pid) const {
    const auto found = tasks_.find(pid);
    return found == tasks_.end() ? ProcKey{} : found->second.task.self;
  }
  std::string_view interned(std::string_view text) {
    const auto found = interned_.find(text);
    return found != interned_.end() ? found->first : interned_.emplace(text, 0).first->first;
  }

  // Of each program, where asked for.
  static constexpr Stdio kStdio = {
      .files = {StandardFile{FileKind::tty, "/dev/pts/7", false, 10, "", {}},
                StandardFile{FileKind::socket, "", false, 0, "10.0.0.9:4444", {}},
                StandardFile{FileKind::socket, "", true, 4242, "", {100, 10}}}};
  static constexpr std::string_view kTrue{"/usr/bin/true\0--quiet\0", 22};
  std::map<std::uint32_t, SnapshotTask> tasks_;
  std::deque<Queued> queue_;
  std::uint64_t pushed_ = 0;
  std::uint64_t read_ = 0;
  bool expanding_ = false;  // these events are counted and woken for already
  std::map<std::string, int, std::less<>> interned_;
  FileDescriptor wake_;
  SourceOptions asked_;
};

MadeHost& host() {
  static MadeHost host;
  return host;
}

class MadeSource final : public Source {
 public:
  explicit MadeSource(const SourceOptions& asked)
      : fd_(host().open(asked)), failed_execs_(asked.failed_execs) {}
  MadeSource(const MadeSource&) = delete;
  MadeSource& operator=(const MadeSource&) = delete;
  ~MadeSource() override { host().close(); }

  Result<std::uint64_t> attach() override { return boot_now_ns(); }
  Result<std::unique_ptr<TaskPass>> begin_snapshot() override { return std::make_unique<Pass>(); }
  [[nodiscard]] std::uint64_t position() const override { return host().pushed(); }
  [[nodiscard]] std::uint64_t read_position() const override { return host().read(); }
  Result<std::uint64_t> read(std::uint64_t until, std::uint64_t most, const EventHandler& handler) override {
    return host().read(until, most, handler);
  }
  Result<void> read_losses(const EventHandler&) override { return {}; }
  [[nodiscard]] Result<std::vector<Counter>> counters() const override {
    return std::vector<Counter>{{"made", host().pushed()}};
  }
  [[nodiscard]] int fd() const override { return fd_; }
  void want_wake(bool) override {}
  [[nodiscard]] Info info() const override { return {.name = "made", .failed_execs = failed_execs_}; }

 private:
  class Pass final : public TaskPass {
   public:
    Result<bool> next(std::size_t most, const TaskHandler& handler) override {
      const auto& tasks = host().tasks();
      for (auto running = tasks.lower_bound(next_); running != tasks.end(); ++running, --most) {
        if (most == 0) return true;
        if (auto handled = handler(running->second); !handled) return tl::make_unexpected(handled.error());
        next_ = running->first + 1;
      }
      return false;
    }

   private:
    std::uint32_t next_ = 0;
  };
  int fd_;
  bool failed_execs_;
};

}  // namespace

Result<std::unique_ptr<Source>> open_source(EventSource kind, const SourceOptions& options) {
  if (kind == EventSource::netlink) {
    return fail(ErrorCode::permission, "the made host refuses netlink", "ask it for bpf");
  }
  return std::unique_ptr<Source>(std::make_unique<MadeSource>(options));
}

}  // namespace proctree

extern "C" {
using proctree::host;

PROCTREE_EXPORT void made_run(std::uint32_t pid, std::uint32_t parent, const char* comm, const char* exe,
                              std::uint32_t uid) {
  host().run(pid, parent, comm, exe, uid);
}
PROCTREE_EXPORT void made_fork(std::uint32_t creator, std::uint32_t pid) { host().fork(creator, pid); }
PROCTREE_EXPORT void made_exec(std::uint32_t pid, const char* comm, const char* exe, const char* args,
                               std::size_t args_size, const char* env, std::size_t env_size) {
  host().exec(pid, comm, exe, {args, args_size}, {env, env_size});
}
PROCTREE_EXPORT void made_fail(std::uint32_t pid, std::uint32_t error, const char* filename) {
  host().fail(pid, error, filename);
}
PROCTREE_EXPORT void made_contain(std::uint32_t pid, const char* cgroup) { host().contain(pid, cgroup); }
PROCTREE_EXPORT void made_exit(std::uint32_t pid, std::uint32_t status) { host().exit(pid, status); }
PROCTREE_EXPORT void made_vanish(std::uint32_t pid) { host().vanish(pid); }
PROCTREE_EXPORT void made_lose(std::uint64_t count) {
  proctree::LostEvent lost;
  lost.count = count;
  lost.since_ns = lost.until_ns = proctree::boot_now_ns();
  host().push(proctree::Event(lost));
}
PROCTREE_EXPORT void made_storm(std::uint32_t creator, std::uint32_t first_pid, std::uint32_t lives) {
  if (lives != 0) host().push(proctree::Storm{creator, first_pid, lives});
}
PROCTREE_EXPORT void made_reset() { host().reset(); }
}
