// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/engine.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/try.hpp"
#include "engine/running_texts.hpp"
#include "engine/startup_facts.hpp"
#include "engine/titles.hpp"
#include "procfs/reader.hpp"
#include "tree/runtime_args.hpp"
#include "tree/script.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kResyncIntervalNs = 1'000'000'000;
constexpr std::uint64_t kResyncPatienceNs = 1'000'000'000;
constexpr std::size_t kToldAtOnce = 128;  // of what a mending found, between two looks at the ring

// By file or, where another mount namespace names it otherwise, by path. A name would not do, for a process
// may take another at any time; but it is all there is where its file may not be looked at.
bool same_program(const SnapshotTask& now, const TaskFacts& task, const ImageFacts& image) {
  if (now.image.exe.empty()) return now.task.comm == task.comm;
  const bool same_file = now.image.exe_inode == image.exe_inode && now.image.exe_dev == image.exe_dev;
  return now.image.exe == image.exe || (now.image.exe_inode != 0 && same_file);
}

// A task iterator can't read another process's memory; /proc can. Taken only if it's still the same
// process with the same program.
void add_arguments(ProcReader& reader, const TaskFacts& task, ImageFacts& image) {
  const auto read = reader.read(task.self.pid, kProcArgs | kProcExe | kProcExeFile);
  if (!read || !(*read)->task.self.same_at_tick(task.self)) return;
  if (!same_program(**read, task, image)) return;
  const ImageFacts& now = (*read)->image;
  image.args = now.args;
  image.args_size = now.args_size;
  image.args_known = now.args_known;
}

// Those that read_arguments() has read a moment ago are not read again, where they fitted.
bool take_whole_arguments(const Invocation& known, ImageFacts& image) {
  if (!known.args_known || known.args_truncated) return false;
  image.args = known.args;
  image.args_size = known.args_size;
  image.args_known = true;
  return true;
}

}  // namespace

Engine::Engine(Source& source, Sink& sink, Host host, EngineOptions options)
    : source_(source),
      sink_(sink),
      host_(std::move(host)),
      options_(std::move(options)),
      users_(std::move(options_.users)),
      table_(options_.retention),
      merger_(table_, options_.ancestor_args, options_.keep),
      following_(source_, table_) {
  if (options_.filter.needs_marks()) table_.set_marker(&options_.filter);
  if (sink_.keeps_table()) keep_table();
  if (!options_.entries && !options_.filter.wants_entries()) return;
  // In a container's pid namespace neither pid 1 nor its files are the host's.
  entries_.emplace(table_,
                   host_.nested_pid_namespace ? nullptr : entry::host_files(options_.proc_root.c_str()));
  if (keeps_entries()) observe_removals();
}

Engine::~Engine() = default;

void Engine::keep_table() {
  reported_.emplace();
  observe_removals();
}

// The filters stay as they are where the new ones make no sense.
Result<void> Engine::configure(Filter filter) {
  for (const auto& pids : {filter.under.pids, filter.not_under.pids}) {
    for (const std::uint32_t pid : pids) static_cast<void>(PROCTREE_TRY(running(pid)));
  }
  options_.filter = std::move(filter);
  table_.mark_again(options_.filter.needs_marks() ? &options_.filter : nullptr);
  if (!sink_.keeps_table()) {
    reported_.reset();
  } else if (!reported_) {
    keep_table();
    for (Slot slot = 0; slot < table_.slot_end(); ++slot) {
      if (table_[slot].used) reported_->note(table_, slot);
    }
  }
  return mark_processes();
}

Result<Slot> Engine::running(std::uint32_t pid) const {
  const Slot slot = table_.find(pid);
  if (pid != 0 && slot != kNoSlot && !table_[slot].exited) return slot;
  return fail(ErrorCode::not_found, "no process has pid " + std::to_string(pid),
              "give that of a running process, or a name");
}

// A process that wasn't followed may have had children that no event has shown.
Result<void> Engine::follow(std::uint32_t pid) {
  if (!source_.can_follow())
    return fail(ErrorCode::unsupported, "the tracer was not opened to follow single processes",
                "open it with followable, and the source bpf");
  const Slot slot = PROCTREE_TRY(running(pid));
  if (following_.has(pid)) return {};
  if (following_.any()) want_resync();
  following_.add(table_.key(slot));
  following_changed_ = true;
  observe_removals();
  return {};
}

Result<void> Engine::unfollow(std::uint32_t pid) {
  if (!following_.remove(pid))
    return fail(ErrorCode::not_found, "pid " + std::to_string(pid) + " is not followed",
                "unfollow what was followed");
  if (!following_.any()) want_resync();
  following_changed_ = true;
  return {};
}

// What wasn't reported is unknown until then.
void Engine::want_resync() {
  source_.report_all(true);
  gap_ = true;
  next_resync_ns_ = 0;
}

Result<void> Engine::settle_following() {
  if (!following_changed_ || gap_) return {};
  following_changed_ = false;
  do {
    PROCTREE_CHECK(read_until(source_.position(), [this](const Event& event) { return handle(event); }));
  } while (following_.mark());
  source_.report_all(!following_.any());
  return {};
}

RecordHead Engine::head(std::uint64_t ktime_ns) {
  return {ktime_ns,
          clock_.realtime(ktime_ns),
          &table_,
          &users_,
          &host_,
          loss_scope(),
          keeps_entries() ? &*entries_ : nullptr};
}

// No process is missed and none is seen twice. Attached first, every fork since then has its event;
// so of the iterator's processes only those count that had started before. What has been collected
// by the iterator's end happened before the start record and is merged without a record of its own;
// all that is collected after that place gets one.
Result<void> Engine::start() {
  if (options_.write_snapshot || entries_) startup_ = std::make_unique<StartupFacts>(facts_max());
  if (entries_) set_launchers();
  const auto attached = PROCTREE_TRY(source_.attach());
  attached_ns_ = attached;

  auto taken = source_.snapshot([this](const SnapshotTask& task) -> Result<void> {
    if (task.task.self.start_ns > attached_ns_) return {};
    const Slot slot = merger_.add_snapshot(task);
    if (startup_) startup_->set(slot, task.task, task.image);
    return {};
  });
  if (!taken) return taken;
  if (const auto name = source_.host_name(); !name.empty()) host_.name = name;

  const std::uint64_t end = source_.position();
  const std::uint64_t end_ns = boot_now_ns();
  if (auto read = read_until(end, [this](const Event& event) { return merge_silently(event); }); !read)
    return read;
  merger_.link_snapshot();
  add_hidden();
  merger_.set_unseen_edge(Edge::inferred);
  read_arguments();
  if (entries_) settle_entries();
  if (!options_.write_snapshot) startup_.reset();
  if (auto marked = mark_processes(); !marked) return marked;

  processes_ = table_.live();
  started_ns_ = end_ns;
  return {};
}

void Engine::set_launchers() {
  launcher_changes_ = entries_->files().changes();
  source_.set_launchers(entries_->files().environment_files());
}

// While /proc may still be read. Facts of a process stand for it, or for its creator where it was forked
// since.
void Engine::settle_entries() {
  auto reader = ProcReader::open(options_.proc_root, entry::kArgsMax);
  ProcTexts texts(reader && !host_.nested_pid_namespace ? &*reader : nullptr);
  entries_->settle([this](Slot slot) { return startup_->find(slot); }, texts);
  for (Slot slot = 0; options_.filter.wants_entries() && slot < table_.slot_end(); ++slot) {
    if (table_[slot].used) options_.filter.note_entry(table_, slot, entries_->find(slot).facts);
  }
}

// What a resync found of processes that run.
void Engine::settle_again(const std::vector<Untold::Item>& changed, const RunningTasks& running,
                          ProcReader* reader) {
  if (!entries_) return;
  ProcTexts texts(reader);
  for (const Untold::Item& item : changed) {
    const Slot slot = item.mended == Mended::ended ? kNoSlot : table_.find_and_refine(item.self);
    if (slot != kNoSlot) entries_->settle_again(slot, running.tasks()[item.task], texts);
  }
}

void Engine::add_entry(ProcessRecord& record) {
  if (!entries_) return;
  const auto found = entries_->find(record.slot);
  record.entry = found.facts;
  record.entry_sure = found.sure;
  options_.filter.note_entry(table_, record.slot, found.facts);
}

Result<void> Engine::report_start() {
  const Source::Info info = source_.info();
  auto told = sink_.on_start({head(started_ns_), options_.version, static_cast<std::uint32_t>(getpid()),
                              info.name, info.args_max, info.ring_bytes, processes_, info.failed_execs,
                              info.fair_kib, info.ring, options_.ancestor_args});
  if (told && options_.write_snapshot) told = write_snapshot();
  startup_.reset();
  // Without records of what ran, it is listed instead.
  for (Slot slot = 0; reported_ && !options_.write_snapshot && slot < table_.slot_end(); ++slot) {
    if (table_[slot].used) reported_->note(table_, slot);
  }
  for (Slot slot = 0; told && reported_ && slot < table_.slot_end(); ++slot) {
    told = report_difference(slot);
  }
  if (!told) return told;
  table_.enforce_budget();
  told = take_removal_error();
  if (told && totals_.lost != 0)
    told = sink_.on_lost({head(started_ns_), {totals_.lost, attached_ns_, started_ns_, failed_execs_lost_}});
  return told;
}

// What the filter asks of those that ran before: which of them pids mean, and which have arguments that are
// looked for.
Result<void> Engine::mark_processes() {
  const Filter& filter = options_.filter;
  if (auto marked = mark_pids(filter.under.pids, kOwnUnder); !marked) return marked;
  if (auto marked = mark_pids(filter.not_under.pids, kOwnNotUnder); !marked) return marked;
  if (filter.args.empty() || host_.nested_pid_namespace) return {};
  auto reader = ProcReader::open(options_.proc_root, source_.info().args_max);
  for (Slot slot = 0; reader && slot < table_.slot_end(); ++slot) {
    if (!table_[slot].used || table_[slot].exited) continue;
    const auto read = reader->read(table_[slot].pid, kProcArgs);
    if (read && (*read)->task.self.same_at_tick(table_.key(slot)))
      filter.note_image(table_, slot, (*read)->image);
  }
  return {};
}

Result<void> Engine::mark_pids(const std::vector<std::uint32_t>& pids, Marks marks) {
  for (const std::uint32_t pid : pids) {
    table_.add_own_marks(PROCTREE_TRY(running(pid)), marks);
  }
  return {};
}

// Some hosts keep processes from BPF iterators that /proc shows (the supervisor of a sandbox, as pid
// 1). Without them lineages would end as unknown; where /proc can't be read, they do.
void Engine::add_hidden() {
  if (host_.nested_pid_namespace) return;
  auto reader = ProcReader::open(options_.proc_root);
  std::vector<std::uint32_t> pids;
  if (!reader || !reader->list(pids)) return;
  for (const std::uint32_t pid : pids) {
    const Slot slot = table_.find(pid);
    if (slot != kNoSlot && table_[slot].image != kNoImage && !table_[slot].exited) continue;
    const auto task = reader->read(pid, kProcIds | kProcExe | kProcArgs);
    if (!task || (*task)->task.self.start_ns > attached_ns_ - kTickNs) continue;
    const Slot added = merger_.add_from_proc(**task);
    if (added != kNoSlot && startup_) startup_->set(added, (*task)->task, (*task)->image);
  }
  merger_.link_snapshot();
}

// What an iterator can't read of those that ran before. An exec since then has its event in the ring: whoever
// is another program by now is left to that. Where no arguments are kept, scripts' names and containers' are.
void Engine::read_arguments() {
  if (host_.nested_pid_namespace) return;
  auto reader = ProcReader::open(options_.proc_root, source_.info().args_max);
  if (!reader) return;
  for (Slot slot = 0; slot < table_.slot_end(); ++slot) {
    const Node& node = table_[slot];
    if (!node.used || node.exited || node.image == kNoImage) continue;
    const Invocation invocation = table_.invocation(slot);
    if (invocation.args_known || !invocation.title.empty()) continue;
    const std::string_view exe = table_.exe(slot);
    if (exe.empty()) continue;  // a kernel thread, or hidden from us
    if (options_.ancestor_args == 0 && !may_run_script(exe) && !may_name_container(exe)) continue;
    const auto now = reader->read(node.pid, kProcArgs | kProcExe);
    if (!now) continue;
    const SnapshotTask& task = **now;
    const bool same = task.task.self.same_at_tick(table_.key(slot)) && task.task.comm == table_.comm(slot) &&
                      (task.image.exe.empty() || task.image.exe == exe);
    if (same && task.image.args_known) merger_.set_arguments(slot, task.task, task.image);
  }
  if (!options_.titles || options_.ancestor_args == 0) return;
  titles_ = std::make_unique<Titles>(std::move(*reader), options_.ancestor_args);
}

Result<void> Engine::merge_silently(const Event& event) {
  if (const auto* fork = std::get_if<ForkEvent>(&event)) {
    const Slot slot = merger_.apply(*fork);
    // What the iterator said of it is newer.
    if (startup_ && startup_->find(slot) == nullptr)
      startup_->set_forked(slot, table_[slot].creator, fork->child);
  } else if (const auto* exec = std::get_if<ExecEvent>(&event)) {
    const Merger::ExecResult result = merger_.apply(*exec);
    options_.filter.note_image(table_, result.slot, exec->image);
    if (startup_ && result.is_newest) startup_->set(result.slot, exec->task, exec->image);
  } else if (const auto* exit = std::get_if<ExitEvent>(&event)) {
    merger_.apply(*exit);
  } else if (const auto* lost = std::get_if<LostEvent>(&event)) {
    count(*lost);
  }
  return {};
}

Result<void> Engine::write_snapshot() {
  const std::uint64_t now = boot_now_ns();
  auto reader = ProcReader::open(options_.proc_root, source_.info().args_max);
  const bool same_pids = reader && !host_.nested_pid_namespace;
  for (Slot slot = 0; slot < table_.slot_end(); ++slot) {
    if (!table_[slot].used || table_[slot].exited) continue;
    const SnapshotTask* facts = startup_->find(slot);
    if (facts == nullptr) continue;
    ImageFacts image = facts->image;
    if (image.exe.empty()) image.exe = table_.exe(slot);
    TaskFacts task = facts->task;
    task.self = table_.key(slot);  // /proc tells ticks; an event may have told more since
    if (!image.args_known && !take_whole_arguments(table_.invocation(slot), image) && same_pids &&
        !task.kthread)
      add_arguments(*reader, task, image);
    ProcessRecord record;
    record.kind = RecordKind::process;
    record.head = head(now);
    record.slot = slot;
    record.task = &task;
    record.image = &image;
    add_entry(record);
    if (auto written = write(record); !written) return written;
  }
  return {};
}

Result<std::uint64_t> Engine::pump(std::uint64_t most) {
  auto read = source_.read(kReadAll, most, [this](const Event& event) { return handle(event); });
  table_.compact_runs();  // not only each second: a line may grow by thousands of links meanwhile
  if (!read || done_) return read;
  PROCTREE_CHECK(report_resync(kToldAtOnce));
  PROCTREE_CHECK(settle_following());
  if (!has_gap() || !untold_.empty() || boot_now_ns() < next_resync_ns_) return read;
  // While much waits, more may still be lost; but not for ever.
  if (*read == most && boot_now_ns() < next_resync_ns_ + kResyncPatienceNs) return read;
  PROCTREE_CHECK(resync());
  return read;
}

Result<void> Engine::read_until(std::uint64_t position, const Source::EventHandler& handler) {
  while (source_.read_position() < position) {
    auto read = PROCTREE_TRY(source_.read(position, kReadAll, handler));
    if (read == 0) sched_yield();  // a record is being filled
  }
  return {};
}

// An error of the source's leaves the gap open until a later pass succeeds: no memory for the iterator, say.
Result<void> Engine::resync() {
  const std::uint64_t began = boot_now_ns();
  const std::uint64_t before = totals_.resyncs;
  auto resynced = try_resync();
  if (resynced || totals_.resyncs != before || !snapshot_failed_) return resynced;
  ++failed_resyncs_;
  schedule_resync(began);
  return {};
}

Result<void> Engine::resync_now() {
  PROCTREE_CHECK(report_resync(kReadAll));
  PROCTREE_CHECK(try_resync());
  return report_resync(kReadAll);
}

// As at the start: the tasks are collected, then every event up to the place where that ended is
// applied, and only what differs after that was lost. A loss that is told meanwhile may have happened
// after its process was looked at: then the tree is mended once more.
Result<void> Engine::try_resync() {
  snapshot_failed_ = false;
  lost_meanwhile_ = false;
  lost_meanwhile_of_.clear();
  const std::uint64_t began = boot_now_ns();
  RunningTasks running(facts_max());
  auto taken = source_.snapshot([&](const SnapshotTask& task) -> Result<void> {
    if (task.task.self.start_ns > began) return {};
    if (merger_.knows(task)) {
      running.add_known(task.task.self);
    } else {
      running.add(task);
    }
    return {};
  });
  if (!taken) {
    snapshot_failed_ = true;
    return taken;
  }
  auto read = read_until(source_.position(), [this](const Event& event) { return handle(event); });
  if (!read || done_) return read;

  auto reader = ProcReader::open(options_.proc_root);
  const auto is_alive = [&](const ProcKey& key) {
    // Who isn't among the tasks that we see may live outside of our namespace.
    if (host_.nested_pid_namespace) return true;
    if (!reader) return false;
    const auto now = reader->read(key.pid, kProcStat);
    return now && (*now)->task.self.same_at_tick(key) && !(*now)->task.dead;
  };
  std::vector<Untold::Item> changed;
  const bool told = sink_.takes_resynced();
  Mending mended = merger_.mend(running, began, is_alive, [&](const Untold::Item& item) {
    changed.push_back(item);
    if (told) untold_.add(item);
  });
  settle_again(changed, running, reader && !host_.nested_pid_namespace ? &*reader : nullptr);
  if (told && reported_) add_differences(changed);
  running.forget_known();
  if (told) untold_.take_tasks(std::move(running));
  gap_ = lost_meanwhile_;  // not before: what was read on the way was told of a tree that was not right yet
  gap_of_ = std::exchange(lost_meanwhile_of_, {});
  ++totals_.resyncs;
  const std::uint64_t now = schedule_resync(began);
  mended.took_ns = now - began;
  return sink_.on_resync({head(now), mended});
}

// The next one no sooner than that under continuous loss a twentieth of the time goes into them. Returns now.
std::uint64_t Engine::schedule_resync(std::uint64_t began) {
  const std::uint64_t now = boot_now_ns();
  next_resync_ns_ = now + std::max(kResyncIntervalNs, 20 * (now - began));
  return now;
}

Result<void> Engine::report_resync(std::size_t most) {
  if (untold_.empty()) return {};
  auto reader = ProcReader::open(options_.proc_root, source_.info().args_max);
  const bool same_pids = reader && !host_.nested_pid_namespace;
  for (; most != 0 && !untold_.empty(); --most) {
    if (auto told = report_resync(untold_.next(), same_pids ? &*reader : nullptr); !told) return told;
  }
  if (untold_.empty()) untold_.clear();
  return {};
}

// As it is by now: none that an event has told the end of, and an image that was executed since with what the
// table knows of it.
Result<void> Engine::report_resync(const Untold::Item& item, ProcReader* reader) {
  const Slot slot = table_.find_and_refine(item.self);
  if (slot == kNoSlot) return {};
  const Node& node = table_[slot];
  Mended mended = item.mended;
  if (reported_) {
    const auto difference = reported_->difference(table_, slot);
    if (!difference) return {};
    mended = *difference;
  }
  const bool ended = mended == Mended::ended;
  if (ended ? node.exit_event_seen : node.exited) return {};
  const Image& image = table_.image(node.image);
  SnapshotTask facts;
  if (const SnapshotTask* task = ended ? nullptr : untold_.task(item); task != nullptr) {
    facts = *task;
  } else {
    facts.task.gid = facts.task.euid = facts.task.egid = kUnsetId;
    facts.task.uid = table_.uid(slot);
    facts.task.exec_seq = image.exec_seq;
    facts.image.exe = image.exe;
  }
  TaskFacts& task = facts.task;
  if (ended) task.uid = task.parent.pid = kUnsetId;  // nobody saw it end
  task.self = table_.key(slot);
  task.comm = node.image == kNoImage ? kUnknownComm : image.comm;
  // Where images have no numbers their files tell.
  const bool same = image.exec_seq == task.exec_seq &&
                    (task.exec_seq != kUnknownSeq || facts.image.exe.empty() || facts.image.exe == image.exe);
  if (ended || !same) facts.image = {};
  task.exec_seq = image.exec_seq;
  if (facts.image.exe.empty()) facts.image.exe = image.exe;
  if (!ended && reader != nullptr && !facts.image.args_known && !task.kthread) {
    add_arguments(*reader, task, facts.image);
    if (facts.image.args_known) merger_.set_arguments(slot, task, facts.image);
  }
  ProcessRecord record;
  record.kind = ended ? RecordKind::exit : RecordKind::process;
  record.head = head(boot_now_ns());
  record.slot = slot;
  record.task = &task;
  if (!ended) record.image = &facts.image;
  add_entry(record);
  return write_resynced(record, mended);
}

Result<void> Engine::write_resynced(const ProcessRecord& record, Mended mended) {
  TaskFacts task = *record.task;  // the user of a process whose end was missed is known, too
  if (!has_proc_facts(task)) task.uid = table_.uid(record.slot);
  ProcessRecord asked = record;
  asked.task = &task;
  if (record.image != nullptr && record.image->args_known)
    options_.filter.note_image(table_, record.slot, *record.image);
  if (reported_) reported_->note(table_, record.slot);
  return lets_through(asked) ? sink_.on_resynced(record, mended) : sink_.on_filtered(record);
}

// What differs beside what the resync itself found.
void Engine::add_differences(const std::vector<Untold::Item>& changed) {
  std::vector<bool> listed(table_.slot_end());
  for (const Untold::Item& item : changed) {
    if (const Slot slot = table_.find_and_refine(item.self); slot != kNoSlot) listed[slot] = true;
  }
  for (Slot slot = 0; slot < table_.slot_end(); ++slot) {
    const auto difference = listed[slot] ? std::nullopt : reported_->difference(table_, slot);
    if (difference) untold_.add({table_.key(slot), *difference});
  }
}

// An event has shown more than its own process: its creator, whose birth was lost perhaps, or that the
// process that had the pid before has ended.
Result<void> Engine::report_differences(Slot slot) {
  if (!reported_) return {};
  for (const Slot other : {table_[slot].creator, table_[slot].previous_with_pid}) {
    if (other != kNoSlot) PROCTREE_CHECK(report_difference(other));
  }
  return {};
}

Result<void> Engine::report_difference(Slot slot) {
  const auto difference = reported_->difference(table_, slot);
  if (!difference || !sink_.takes_resynced()) return {};
  return report_resync({table_.key(slot), *difference}, nullptr);
}

void Engine::before_removal(Slot slot) {
  following_.forget(slot);
  if (table_[slot].image == kNoImage) return;  // a name alone
  TaskFacts task;
  task.self = table_.key(slot);
  const Image& image = table_.image(table_[slot].image);
  task.comm = image.comm;
  task.exec_seq = image.exec_seq;
  task.gid = task.euid = task.egid = kUnsetId;
  task.uid = image.uid;
  ProcessRecord record;
  record.kind = RecordKind::forgotten;
  record.head = head(boot_now_ns());
  record.slot = slot;
  record.task = &task;
  if (!table_[slot].exited || keeps_entries()) add_entry(record);
  if (auto handed = sink_.on_removal(record); !handed && removal_error_) removal_error_ = std::move(handed);
  if (reported_) reported_->forget(slot);
  if (keeps_entries()) entries_->on_exit(slot);
}

// A table can't be stopped in the middle of a removal.
Result<void> Engine::take_removal_error() { return std::exchange(removal_error_, {}); }

// What is kept beside the table for a while must not be without bounds either.
std::size_t Engine::facts_max() const {
  constexpr std::size_t kUnbounded = 32 << 20;
  const std::size_t budget = options_.retention.bytes_max;
  return budget == 0 ? kUnbounded : budget / 8;
}

Result<void> Engine::handle(const Event& event) {
  if (done_) return {};
  auto handled = std::visit([this](const auto& e) { return handle(e); }, event);
  table_.enforce_budget();
  if (!removal_error_ && handled) return take_removal_error();
  return handled;
}

bool Engine::lets_through(const ProcessRecord& record) {
  if (!following_.includes(record.slot)) return false;
  return options_.filter.empty() || options_.filter.matches(table_, users_, record);
}

Result<void> Engine::write(const ProcessRecord& record) {
  if (reported_) {
    PROCTREE_CHECK(report_differences(record.slot));
    if (sink_.takes(record.kind)) reported_->note(table_, record.slot);
  }
  if (!lets_through(record)) return sink_.on_filtered(record);
  if (titles_ && record.kind == RecordKind::exec) titles_->look_up(table_, record.slot, record.head.ktime_ns);
  auto written = sink_.on_process(record);
  if (written && record.kind == RecordKind::exec) {
    ++execs_written_;
    done_ = options_.exec_limit != 0 && execs_written_ >= options_.exec_limit;
  }
  return written;
}

Result<void> Engine::handle(const ForkEvent& fork) {
  ++totals_.forks;
  ProcessRecord record;
  record.kind = RecordKind::fork;
  record.slot = merger_.apply(fork);
  record.head = head(fork.ktime_ns);
  record.task = &fork.child;
  following_.on_fork(record.slot);
  if (entries_) entries_->on_fork(record.slot, fork);
  add_entry(record);
  return write(record);
}

Result<void> Engine::handle(const ExecEvent& exec) {
  ++totals_.execs;
  const Merger::ExecResult result = merger_.apply(exec);
  options_.filter.note_image(table_, result.slot, exec.image);
  ProcessRecord record;
  record.kind = RecordKind::exec;
  record.slot = result.slot;
  record.head = head(exec.ktime_ns);
  record.task = &exec.task;
  record.image = &exec.image;
  // In a gap an exec between may have been lost; only a number would show that there was none.
  const bool sure = !has_gap() || exec.task.exec_seq != kUnknownSeq;
  if (result.previous_known && sure) record.previous = {merger_.previous_comm(), merger_.previous_exe()};
  if (exec.stdio != nullptr) record.stdio = &pipe_ends_.note(table_.key(result.slot), *exec.stdio);
  if (entries_ && result.is_newest) entries_->on_exec(result.slot, exec);
  add_entry(record);
  return write(record);
}

Result<void> Engine::handle(const ExitEvent& exit) {
  const Merger::ExitResult result = merger_.apply(exit);
  if (result.repeated) return {};
  ++totals_.exits;
  ProcessRecord record;
  record.kind = RecordKind::exit;
  record.slot = result.slot;
  record.head = head(exit.ktime_ns);
  record.task = &exit.task;
  record.exit = &exit;
  ImageFacts image;
  if ((options_.keep & (kKeepArgs | kKeepCwd)) != 0) {
    image = retained_image(record.slot);
    record.image = &image;
  }
  add_entry(record);
  auto written = write(record);
  if (entries_ && !keeps_entries()) entries_->on_exit(record.slot);
  return written;
}

ImageFacts Engine::retained_image(Slot slot) const {
  const Invocation invocation = table_.invocation(slot);
  ImageFacts image;
  image.exe = table_.exe(slot);
  image.cwd = invocation.cwd;
  if ((options_.keep & kKeepArgs) == 0) return image;
  image.args = invocation.args;
  image.args_size = invocation.args_size;
  image.args_known = invocation.args_known;
  return image;
}

Result<void> Engine::handle(const FailedExecEvent& failed) {
  ++failed_execs_;
  ProcessRecord record;
  record.kind = RecordKind::failed_exec;
  record.slot = merger_.apply(failed);
  record.head = head(failed.ktime_ns);
  record.task = &failed.task;
  record.failed = &failed;
  add_entry(record);
  return write(record);
}

Result<void> Engine::handle(const LostEvent& lost) {
  count(lost);
  return sink_.on_lost({head(lost.until_ns), lost});
}

// The tree takes no harm from execs that failed unseen.
void Engine::count(const LostEvent& lost) {
  totals_.lost += lost.count;
  failed_execs_lost_ += lost.failed_execs;
  const bool harmless = lost.count == (lost.bad_record ? 0 : lost.failed_execs);
  if (harmless) return;
  if (!lost.of_account()) {
    gap_ = lost_meanwhile_ = true;
  } else {
    gap_of_.insert(charged_account(lost));
    lost_meanwhile_of_.insert(charged_account(lost));
  }
}

std::optional<std::uint64_t> Engine::failed_execs() const {
  return source_.info().failed_execs ? std::optional(failed_execs_) : std::nullopt;
}

Result<void> Engine::tick() {
  clock_.adjust();
  users_.refresh();
  if (entries_ && entries_->files().changes() != launcher_changes_) set_launchers();
  table_.expire(boot_now_ns());
  PROCTREE_CHECK(take_removal_error());
  return source_.read_losses([this](const Event& event) { return handle(event); });
}

Result<void> Engine::stop() {
  // No further than what has been collected by now: a storm doesn't stop because we do.
  const std::uint64_t end = source_.position();
  static_cast<void>(
      PROCTREE_TRY(source_.read(end, kReadAll, [this](const Event& event) { return handle(event); })));
  if (!done_) {
    auto told = source_.read_losses([this](const Event& event) { return handle(event); });
    if (!told) return told;
  }
  if (auto told = report_resync(kReadAll); !told) return told;
  const auto counted = PROCTREE_TRY(counters());
  auto written = sink_.on_stop({head(boot_now_ns()), totals_, counted, failed_execs()});
  if (!written) return written;
  return sink_.flush();
}

Result<std::vector<Counter>> Engine::counters() const {
  auto counters = source_.counters();
  if (!counters) return counters;
  const EvictionCounts& evictions = table_.evictions();
  counters->insert(counters->end(), {{"failed_resyncs", failed_resyncs_},
                                     {"memory_history", evictions.history},
                                     {"memory_folded", evictions.folded},
                                     {"memory_details", evictions.details},
                                     {"memory_ancestors", evictions.ancestors},
                                     {"memory_living", evictions.living}});
  return counters;
}

}  // namespace proctree
