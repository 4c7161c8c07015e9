// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/netlink/netlink_source.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/host_clock.hpp"
#include "base/try.hpp"
#include "source/bad_record.hpp"

namespace proctree {

namespace {

constexpr ProcParts kOfProcess = kProcIds | kProcCgroup | kProcAudit | kProcNamespaces;
constexpr ProcParts kOfZombie = kProcIds | kProcCgroup | kProcAudit;
constexpr std::size_t kReceiveEvery = 64;  // processes of a snapshot, lest the socket overflow meanwhile

std::string_view kind_name(std::uint32_t connector_event) {
  switch (connector_event) {
    case connector::kEventFork:
      return "fork";
    case connector::kEventExec:
      return "exec";
    case connector::kEventExit:
      return "exit";
    default:
      return {};
  }
}

}  // namespace

Result<std::unique_ptr<NetlinkSource>> NetlinkSource::open(const NetlinkOptions& options) {
  auto socket = PROCTREE_TRY(ConnectorSocket::open(options.buffer_bytes));
  auto reader = PROCTREE_TRY(ProcReader::open("/proc", options.args_max));
  auto lookup = PROCTREE_TRY(ProcReader::open("/proc", 0));
  return std::unique_ptr<NetlinkSource>(
      new NetlinkSource(options, std::move(socket), std::move(reader), std::move(lookup)));
}

Result<void> NetlinkSource::probe() {
  auto socket = PROCTREE_TRY(ConnectorSocket::open(4096));
  return socket.listen();
}

NetlinkSource::NetlinkSource(const NetlinkOptions& options, ConnectorSocket socket, ProcReader reader,
                             ProcReader lookup)
    : options_(options),
      state_(std::make_unique<Receiver>(Receiver{std::move(socket), {}, {}, 0, 0, {}})),
      reader_(std::move(reader)),
      lookup_(std::move(lookup)) {}

Result<std::uint64_t> NetlinkSource::attach() {
  PROCTREE_CHECK(state_->socket.listen());
  last_ktime_ns_ = host_clock_ns(CLOCK_BOOTTIME);
  boot_offset_ns_ = last_ktime_ns_ - host_clock_ns(CLOCK_MONOTONIC);
  return last_ktime_ns_;
}

// --- what waits ---

Result<void> NetlinkSource::Receiver::receive() {
  while (failed && !inbox.full()) {
    batch.clear();
    bool overrun = false;
    failed = socket.receive(batch, overrun);
    if (overrun && overrun_ns == 0) overrun_ns = host_clock_ns(CLOCK_MONOTONIC);
    for (const ConnectorEvent& event : batch) {
      if (overrun_ns != 0 && event.monotonic_ns >= overrun_ns) {
        if (auto marked = mark_loss(); !marked) failed = marked;
      }
      inbox.push(event);
    }
    if (batch.empty()) {
      if (failed && overrun_ns != 0) failed = mark_loss();
      break;
    }
  }
  return failed;
}

// All messages that found no room since the last time, as one gap at this place.
Result<void> NetlinkSource::Receiver::mark_loss() {
  overrun_ns = 0;
  const auto now = PROCTREE_TRY(socket.dropped());
  const std::uint32_t count = now - dropped;  // it may wrap
  dropped = now;
  if (count != 0) inbox.push_loss(count, host_clock_ns(CLOCK_MONOTONIC));
  return {};
}

std::uint64_t NetlinkSource::position() const {
  static_cast<void>(state_->receive());  // an error stays, and read() returns it
  return state_->inbox.received();
}

Result<std::uint64_t> NetlinkSource::read(std::uint64_t until, std::uint64_t most,
                                          const EventHandler& handler) {
  boot_offset_ns_ = host_clock_ns(CLOCK_BOOTTIME) - host_clock_ns(CLOCK_MONOTONIC);
  std::uint64_t events = 0;
  Event event;
  while (events < most && read_position() < until) {
    if (state_->inbox.empty()) {
      PROCTREE_CHECK(state_->receive());
      if (state_->inbox.empty()) break;
    }
    const Inbox::Item item = state_->inbox.take();
    const std::uint64_t now = boot_ns(item.event.monotonic_ns);
    if (item.lost != 0) {
      for (auto& [pid, known] : known_) known.counted = false;  // threads may be among what was lost
      PROCTREE_CHECK(handler(LostEvent{item.lost, last_ktime_ns_, now}));
    } else if (is_reported(item.event, event)) {
      ++events;
      PROCTREE_CHECK(handler(event));
    }
    last_ktime_ns_ = std::max(last_ktime_ns_, now);
  }
  return events;
}

Result<void> NetlinkSource::read_losses(const EventHandler& handler) {
  // A loss that the socket reports is queued among its messages, in its place.
  if (auto received = state_->receive(); !received) return received;
  const auto now = PROCTREE_TRY(state_->socket.dropped());
  if (now == state_->dropped || state_->overrun_ns != 0 || !state_->inbox.empty()) return {};
  const std::uint32_t count = now - state_->dropped;
  state_->dropped = now;
  return handler(LostEvent{count, last_ktime_ns_, host_clock_ns(CLOCK_BOOTTIME)});
}

Result<std::vector<Counter>> NetlinkSource::counters() const {
  const auto dropped = PROCTREE_TRY(state_->socket.dropped());
  return std::vector<Counter>{
      {"lost_messages", dropped}, {"failed_lookups", failed_lookups_}, {"bad_records", bad_messages_}};
}

// --- who it is ---

std::uint64_t NetlinkSource::boot_ns(std::uint64_t monotonic_ns) const {
  return monotonic_ns + boot_offset_ns_;
}

// What /proc shows of exactly this process; nullptr: it is gone, or its pid another's.
const SnapshotTask* NetlinkSource::look_at(const ProcKey& key, ProcParts parts) {
  const auto read = reader_.read(key.pid, parts);
  return read && (*read)->task.self.same_at_tick(key) ? *read : nullptr;
}

// A process whose fork was lost, or was before our time, is taken from /proc, if it had started by then.
KnownProcess* NetlinkSource::find_or_look_up(std::uint32_t pid, std::uint64_t at_ns) {
  const auto found = known_.find(pid);
  if (found != known_.end()) return found->second.key.start_ns <= at_ns ? &found->second : nullptr;
  const auto read = pid == 0 ? Result<const SnapshotTask*>(nullptr) : lookup_.read(pid, kProcIds);
  if (!read || *read == nullptr || (*read)->task.self.start_ns > at_ns) return nullptr;
  KnownProcess& known = known_[pid];
  known.key = (*read)->task.self;
  known.parent.pid = (*read)->task.parent.pid;
  known.set_comm((*read)->task.comm);
  return &known;
}

// The process that has this pid now; of an unknown one the pid alone.
ProcKey NetlinkSource::key_now(std::uint32_t pid) {
  if (pid == 0) return {};
  const KnownProcess* known = find_or_look_up(pid, ~std::uint64_t{0});
  return known != nullptr ? known->key : ProcKey{pid, 0};
}

TaskFacts NetlinkSource::placeholder_facts(const ProcKey& key, const KnownProcess* known) {
  ++failed_lookups_;
  TaskFacts task;
  task.self = key;
  task.parent.pid = kUnsetId;
  task.uid = task.gid = task.euid = task.egid = kUnsetId;
  task.sid = task.pgid = kUnsetId;
  task.comm = kUnknownComm;
  if (known == nullptr) return task;
  task.comm = known->comm();
  // A process gets another parent only when the one it has ends.
  const auto parent = known_.find(known->parent.pid);
  if (parent != known_.end() && parent->second.key == known->parent) task.parent = known->parent;
  return task;
}

// --- what happened ---

bool NetlinkSource::is_reported(const ConnectorEvent& message, Event& out) {
  switch (message.kind) {
    case ConnectorEvent::Kind::fork:
      if (message.pid != message.tgid) {
        if (const auto found = known_.find(message.tgid); found != known_.end())
          found->second.threads.push_back(message.pid);
        return false;
      }
      handle_fork(message, out);
      return true;
    case ConnectorEvent::Kind::exec:
      handle_exec(message, out);
      return true;
    case ConnectorEvent::Kind::exit:
      return handle_exit(message, out);
    case ConnectorEvent::Kind::bad:
      out = report_bad_record(message);
      return true;
    case ConnectorEvent::Kind::ack:
      break;
  }
  return false;
}

// It may have been any event of any thread's.
LostEvent NetlinkSource::report_bad_record(const ConnectorEvent& message) {
  ++bad_messages_;
  for (auto& [pid, known] : known_) known.counted = false;
  LostEvent lost;
  lost.count = 1;
  lost.since_ns = last_ktime_ns_;
  lost.until_ns = host_clock_ns(CLOCK_BOOTTIME);
  lost.bad_record = true;
  lost.kind = kind_name(message.bad);
  if (!lost.kind.empty() && message.tgid < kPidsEnd) lost.pid = message.tgid;
  return lost;
}

void NetlinkSource::handle_fork(const ConnectorEvent& event, Event& out) {
  ForkEvent fork;
  fork.ktime_ns = boot_ns(event.monotonic_ns);
  fork.edge = Edge::inferred;
  fork.creator = {event.parent, 0};
  if (const KnownProcess* creator = find_or_look_up(event.parent, fork.ktime_ns); creator != nullptr) {
    fork.creator = creator->key;
    fork.creator_comm = creator->comm();
  }

  KnownProcess& child = known_[event.tgid];
  const bool from_snapshot =
      child.key.pid != 0 && !child.forked && fits_fork(child.key.start_ns, fork.ktime_ns);
  if (!from_snapshot) {
    child = {};
    child.key = {event.tgid, fork.ktime_ns};
  }
  child.forked = child.counted = true;
  child.parent = fork.creator;
  child.set_comm(fork.creator.start_ns == 0 ? kUnknownComm : fork.creator_comm);

  // Once it has executed a program its facts are no longer those of its birth; its start time is.
  const bool executed = state_->inbox.waiting(event.tgid).execs != 0;
  const auto read = reader_.read(event.tgid, executed ? kProcStat : kOfProcess);
  const bool is_it = read && fits_fork((*read)->task.self.start_ns, fork.ktime_ns);
  if (is_it) child.key.start_ns = start_from_fork((*read)->task.self.start_ns, fork.ktime_ns);
  static_cast<void>(state_->receive());
  if (is_it && state_->inbox.waiting(event.tgid).execs == 0) {
    fork.child = (*read)->task;
    child.set_comm(fork.child.comm);
  } else {
    fork.child = placeholder_facts(child.key, &child);
  }
  fork.child.self = child.key;
  fork.child.parent = fork.creator;
  out = fork;
}

void NetlinkSource::handle_exec(const ConnectorEvent& event, Event& out) {
  ExecEvent exec;
  exec.ktime_ns = boot_ns(event.monotonic_ns);
  KnownProcess* known = find_or_look_up(event.tgid, exec.ktime_ns);
  const ProcKey key = known != nullptr ? known->key : ProcKey{event.tgid, 0};

  // Where another exec of it is to come, /proc shows that one's image, or will soon.
  const SnapshotTask* seen = nullptr;
  if (known != nullptr && state_->inbox.waiting(event.tgid).execs == 0) seen = look_at(key, kProcAll);
  static_cast<void>(state_->receive());
  if (seen != nullptr && state_->inbox.waiting(event.tgid).execs == 0) {
    exec.task = seen->task;
    exec.task.self = key;
    exec.task.parent = known->parent = key_now(seen->task.parent.pid);
    exec.image = seen->image;
    known->set_comm(exec.task.comm);
  } else {
    if (known != nullptr) known->set_comm(kUnknownComm);
    exec.task = placeholder_facts(key, known);
  }
  if (known != nullptr) {
    // A thread that executes a program takes the leader's place, and no other lives on.
    known->leader_ended = false;
    known->threads.clear();
  }
  out = exec;
}

// Whether the process lives on when one of its threads has ended. It is known where all threads were
// reported. Else /proc shows it, with the messages still to come: it may be dead in /proc by now though the
// end of its last thread isn't reported; or a thread executed a program, which ends the leader first.
bool NetlinkSource::goes_on(const KnownProcess& known, const SnapshotTask* seen) const {
  if (known.counted) return !known.threads.empty();
  const Inbox::Waiting next = state_->inbox.waiting(known.key.pid);
  if (next.forks == 0 && (next.execs | next.leader_exits | next.thread_exits) != 0) return true;
  return seen != nullptr && !seen->task.dead;
}

// The connector reports the end of each thread; false: the process has not ended.
bool NetlinkSource::handle_exit(const ConnectorEvent& event, Event& out) {
  const bool of_leader = event.pid == event.tgid;
  const auto found = known_.find(event.tgid);
  if (!of_leader && found != known_.end()) {
    std::erase(found->second.threads, event.pid);
    found->second.note_thread_end(event.status, event.monotonic_ns);
  }
  // As long as the first thread lives, the process does.
  if (!of_leader && (found == known_.end() || !found->second.leader_ended)) return false;

  ExitEvent exit;
  exit.ktime_ns = boot_ns(event.monotonic_ns);
  exit.usage_known = false;
  exit.status = event.status;
  KnownProcess* known = find_or_look_up(event.tgid, exit.ktime_ns);
  if (known == nullptr) {
    // Of an earlier process with the pid than the known one, or of an unobserved one.
    ProcKey key{event.tgid, 0};
    if (found != known_.end()) key = std::exchange(found->second.before, {});
    if (key.pid == 0) key.pid = event.tgid;
    exit.task = placeholder_facts(key, nullptr);
  } else {
    const SnapshotTask* seen = look_at(known->key, kOfZombie);
    static_cast<void>(state_->receive());
    if (goes_on(*known, seen)) {
      if (of_leader) {
        known->leader_ended = true;
        known->leader_status = event.status;
      }
      return false;
    }
    // Which thread's status is that of the process? A zombie shows it, to those who may read it. Else: all
    // threads of a process that is ended as a whole have its status, and those that ended by themselves most
    // likely 0, by pthread_exit(3).
    if (seen != nullptr && seen->task.dead && reader_.exit_status() != 0) exit.status = reader_.exit_status();
    if (exit.status == 0 && known->leader_ended) exit.status = known->leader_status;
    if (exit.status == 0) exit.status = known->thread_status_near(event.monotonic_ns);
    if (seen != nullptr) {
      exit.task = seen->task;
    } else {
      exit.task = placeholder_facts(known->key, nullptr);
      exit.task.comm = exit_comm_ = known->comm();
    }
    exit.task.self = known->key;
    exit.task.parent.pid = kUnsetId;
    known_.erase(event.tgid);
  }
  if (event.parent != kUnsetId) exit.task.parent = key_now(event.parent);
  out = exit;
  return true;
}

// --- what runs ---

// First the pids of all, then what stat has of each, and then, with the creators known, all of it.
class NetlinkSource::Pass final : public TaskPass {
 public:
  Pass(NetlinkSource& source, ProcList list) : source_(source), list_(std::move(list)) {}

  Result<bool> next(std::size_t most, const TaskHandler& handler) override {
    PROCTREE_CHECK(source_.state_->receive());  // lest the socket overflow meanwhile
    if (listing_) return list(most);
    std::size_t looked = 0;
    for (; next_ < pids_.size() && looked < most; ++next_, ++looked) {
      if (looked != 0 && looked % kReceiveEvery == 0) PROCTREE_CHECK(source_.state_->receive());
      if (knowing_) {
        source_.note_running(pids_[next_]);
      } else {
        PROCTREE_CHECK(source_.hand_over(pids_[next_], handler));
      }
    }
    if (next_ < pids_.size()) return true;
    next_ = 0;
    if (!knowing_) return false;
    knowing_ = false;
    source_.note_parents();
    return true;
  }

 private:
  Result<bool> list(std::size_t most) {
    listing_ = PROCTREE_TRY(list_.next(some_, most));
    pids_.insert(pids_.end(), some_.begin(), some_.end());
    if (!listing_) source_.forget_unlisted(pids_);
    return true;
  }

  NetlinkSource& source_;
  ProcList list_;
  std::vector<std::uint32_t> some_, pids_;
  std::size_t next_ = 0;
  bool listing_ = true;
  bool knowing_ = true;
};

Result<std::unique_ptr<Source::TaskPass>> NetlinkSource::begin_snapshot() {
  auto list = PROCTREE_TRY(reader_.list());
  return std::unique_ptr<TaskPass>(std::make_unique<Pass>(*this, std::move(list)));
}

// `pids` are ascending.
void NetlinkSource::forget_unlisted(const std::vector<std::uint32_t>& pids) {
  std::vector<std::uint32_t> unlisted;
  for (auto& [pid, known] : known_) {
    if (std::binary_search(pids.begin(), pids.end(), pid)) {
      known.missing = false;
    } else if (known.missing) {
      unlisted.push_back(pid);
    } else {
      known.missing = true;  // its end may be in the inbox: it goes the next time
    }
  }
  for (const std::uint32_t pid : unlisted) known_.erase(pid);
}

// Updates what is known of it from /proc, as far as stat has it.
void NetlinkSource::note_running(std::uint32_t pid) {
  const auto read = reader_.read(pid, kProcStat);
  if (!read) return;
  const TaskFacts& task = (*read)->task;
  KnownProcess& known = known_[pid];
  if (known.key.pid == 0 || !known.key.same_at_tick(task.self)) {
    const ProcKey before = known.key;
    known = {};
    known.key = task.self;
    known.before = before;
    known.set_comm(task.comm);
  }
  known.parent.pid = task.parent.pid;
}

void NetlinkSource::note_parents() {
  for (auto& [pid, known] : known_) {
    const auto parent = known_.find(known.parent.pid);
    known.parent.start_ns = parent == known_.end() ? 0 : parent->second.key.start_ns;
  }
}

Result<void> NetlinkSource::hand_over(std::uint32_t pid, const TaskHandler& handler) {
  const auto known = known_.find(pid);
  if (known == known_.end()) return {};
  const SnapshotTask* seen = look_at(known->second.key, kProcAll & ~kProcArgs);
  if (seen == nullptr) return {};
  SnapshotTask task = *seen;
  task.task.self = known->second.key;
  task.task.parent = key_now(task.task.parent.pid);
  return handler(task);
}

}  // namespace proctree
