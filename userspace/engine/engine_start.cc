// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// How it begins: the snapshot, what it lacks, and the records of what ran already.
#include <sched.h>
#include <unistd.h>

#include <array>
#include <string_view>
#include <utility>

#include "base/try.hpp"
#include "engine/engine.hpp"
#include "engine/opening.hpp"
#include "engine/running_arguments.hpp"
#include "engine/running_texts.hpp"
#include "engine/startup_facts.hpp"
#include "engine/titles.hpp"
#include "procfs/reader.hpp"
#include "tree/runtime_args.hpp"
#include "tree/script.hpp"

namespace proctree {

Result<void> Engine::start() {
  PROCTREE_CHECK(begin_start());
  while (!PROCTREE_TRY(start_some(kReadAll))) {
  }
  return {};
}

// No process is missed and none is seen twice. Attached first, every fork since then has its event;
// so of the iterator's processes only those count that had started before. What has been collected
// by the iterator's end happened before the start record and is merged without a record of its own;
// all that is collected after that place gets one.
Result<void> Engine::begin_start() {
  if (options_.write_snapshot || entries_) startup_ = std::make_unique<StartupFacts>(facts_max());
  if (entries_) set_launchers();
  attached_ns_ = PROCTREE_TRY(source_.attach());
  opening_ = std::make_unique<Opening>();
  return {};
}

Result<bool> Engine::start_some(std::size_t most) {
  using Step = Result<bool> (Engine::*)(std::size_t);  // true: it is over
  static constexpr std::array<Step, 6> kSteps = {&Engine::take_tasks,     &Engine::take_events,
                                                 &Engine::take_links,     &Engine::take_hidden,
                                                 &Engine::take_arguments, &Engine::take_entries};
  if (!PROCTREE_TRY((this->*kSteps[opening_->step])(most))) return false;
  Opening next;
  next.step = opening_->step + 1;
  next.events_end = opening_->events_end;
  *opening_ = std::move(next);
  if (opening_->step < kSteps.size()) return false;
  opening_.reset();
  if (!options_.write_snapshot) startup_.reset();
  PROCTREE_CHECK(mark_processes());
  processes_ = table_.live();
  return true;
}

Result<bool> Engine::take_tasks(std::size_t most) {
  if (!opening_->pass) opening_->pass = PROCTREE_TRY(source_.begin_snapshot());
  const bool more = PROCTREE_TRY(opening_->pass->next(most, [this](const SnapshotTask& task) -> Result<void> {
    if (task.task.self.start_ns > attached_ns_) return {};
    const Slot slot = merger_.add_snapshot(task);
    if (startup_) startup_->set(slot, task.task, task.image);
    return {};
  }));
  if (more) return false;
  if (const auto name = source_.host_name(); !name.empty()) host_.name = name;
  opening_->events_end = source_.position();
  started_ns_ = boot_now_ns();
  return true;
}

Result<bool> Engine::take_events(std::size_t most) {
  const std::uint64_t end = opening_->events_end;
  if (source_.read_position() >= end) return true;
  const auto read =
      PROCTREE_TRY(source_.read(end, most, [this](const Event& event) { return merge_silently(event); }));
  if (read == 0) sched_yield();  // a record is being filled
  return source_.read_position() >= end;
}

Result<bool> Engine::take_links(std::size_t most) { return merger_.link_snapshot(most); }

// While /proc may still be read. Facts of a process stand for it, or for its creator where it was forked
// since.
Result<bool> Engine::take_entries(std::size_t most) {
  if (!entries_) return true;
  if (!opening_->reader && !host_.nested_pid_namespace) {
    if (auto reader = ProcReader::open(options_.proc_root, entry::kArgsMax))
      opening_->reader = std::move(*reader);
  }
  ProcTexts texts(opening_->reader ? &*opening_->reader : nullptr);
  if (!entries_->settle([this](Slot slot) { return startup_->find(slot); }, texts, most)) return false;
  for (Slot slot = 0; options_.filter.wants_entries() && slot < table_.slot_end(); ++slot) {
    if (table_[slot].used) options_.filter.note_entry(table_, slot, entries_->find(slot).facts);
  }
  return true;
}

Result<void> Engine::report_start() {
  while (!start_reported_) static_cast<void>(PROCTREE_TRY(report_start_some(kReadAll)));
  return {};
}

Result<std::uint64_t> Engine::report_start_some(std::uint64_t most) {
  if (!std::exchange(start_begun_, true)) {
    const Source::Info info = source_.info();
    PROCTREE_CHECK(sink_.on_start({head(started_ns_), options_.version, static_cast<std::uint32_t>(getpid()),
                                   info.name, info.args_max, info.ring_bytes, processes_, info.failed_execs,
                                   info.fair_kib, info.ring, options_.ancestor_args}));
  }
  std::uint64_t count = 0;
  if (options_.write_snapshot) count = PROCTREE_TRY(write_snapshot(most));
  if (options_.write_snapshot && next_of_snapshot_ < table_.slot_end()) return count;
  start_reported_ = true;
  startup_.reset();
  // Without records of what ran, it is listed instead.
  if (reported_ && !options_.write_snapshot) reported_->note_all(table_);
  for (Slot slot = 0; reported_ && slot < table_.slot_end(); ++slot) {
    PROCTREE_CHECK(report_difference(slot));
  }
  table_.enforce_budget();
  PROCTREE_CHECK(take_removal_error());
  if (totals_.lost != 0) {
    PROCTREE_CHECK(
        sink_.on_lost({head(started_ns_), {totals_.lost, attached_ns_, started_ns_, failed_execs_lost_}}));
  }
  return count;
}

// Some hosts hide processes from BPF iterators that /proc shows (the supervisor of a sandbox, as pid
// 1), and one whose thread executes changes its place in the iterator's order. Without them lineages would
// end as unknown; where /proc can't be read, they do.
Result<bool> Engine::take_hidden(std::size_t most) {
  if (add_hidden(most)) return false;
  merger_.link_snapshot();
  merger_.set_unobserved_edge(Edge::inferred);
  return true;
}

// Looks at at most `most` pids; false: there are no more.
bool Engine::add_hidden(std::size_t most) {
  if (host_.nested_pid_namespace) return false;
  if (!opening_->reader) {
    auto reader = ProcReader::open(options_.proc_root);
    auto list = reader ? reader->list() : tl::make_unexpected(reader.error());
    if (!list) return false;
    opening_->reader = std::move(*reader);
    opening_->list = std::move(*list);
  }
  const auto more = opening_->list->next(opening_->pids, most);
  for (const std::uint32_t pid : opening_->pids) add_if_hidden(pid);
  return more && *more;
}

void Engine::add_if_hidden(std::uint32_t pid) {
  const Slot slot = table_.find(pid);
  if (slot != kNoSlot) {
    const Node& node = table_[slot];
    // One that a child's fork alone has named lacks its own creator.
    const bool known = node.image != kNoImage && (node.creator != kNoSlot || node.root);
    if (known && !node.exited) return;
  }
  // One that began later in the tick of the attach has its fork reported still: then it counts as met here.
  const auto task = opening_->reader->read(pid, kProcIds | kProcExe | kProcArgs);
  if (!task || (*task)->task.self.start_ns > attached_ns_) return;
  const Slot added = merger_.add_from_proc(**task);
  if (added != kNoSlot && startup_) startup_->set(added, (*task)->task, (*task)->image);
}

Result<bool> Engine::take_arguments(std::size_t most) {
  if (host_.nested_pid_namespace) return true;
  if (!opening_->reader) {
    auto reader = ProcReader::open(options_.proc_root, source_.info().args_max);
    if (!reader) return true;
    opening_->reader = std::move(*reader);
  }
  for (Slot& slot = opening_->next; slot < table_.slot_end() && most != 0; ++slot, --most)
    read_arguments(slot, *opening_->reader);
  if (opening_->next < table_.slot_end()) return false;
  if (options_.titles && options_.ancestor_args != 0)
    titles_ = std::make_unique<Titles>(std::move(*opening_->reader), options_.ancestor_args);
  return true;
}

// What an iterator can't read of one that ran before. An exec since then has its event in the ring: a process
// that runs another program by now is left to that. Where no arguments are retained, scripts' names and
// containers' are.
void Engine::read_arguments(Slot slot, ProcReader& reader) {
  const Node& node = table_[slot];
  if (!node.used || node.exited || node.image == kNoImage) return;
  const Invocation invocation = table_.invocation(slot);
  if (invocation.args_known || !invocation.title.empty()) return;
  const std::string_view exe = table_.exe(slot);
  if (exe.empty()) return;  // a kernel thread, or hidden from us
  if (options_.ancestor_args == 0 && !may_run_script(exe) && !may_name_container(exe)) return;
  const auto now = reader.read(node.pid, kProcArgs | kProcExe);
  if (!now) return;
  const SnapshotTask& task = **now;
  const bool same = task.task.self.same_at_tick(table_.key(slot)) && task.task.comm == table_.comm(slot) &&
                    (task.image.exe.empty() || task.image.exe == exe);
  if (same && task.image.args_known) merger_.set_arguments(slot, task.task, task.image);
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

// Returns how many processes it looked at.
Result<std::uint64_t> Engine::write_snapshot(std::uint64_t most) {
  const std::uint64_t now = boot_now_ns();
  auto reader = ProcReader::open(options_.proc_root, source_.info().args_max);
  ProcReader* const args = reader && !host_.nested_pid_namespace ? &*reader : nullptr;
  std::uint64_t count = 0;
  for (Slot& slot = next_of_snapshot_; slot < table_.slot_end() && count < most; ++slot) {
    if (!table_[slot].used || table_[slot].exited) continue;
    ++count;
    if (const SnapshotTask* facts = startup_->find(slot); facts != nullptr)
      PROCTREE_CHECK(write_running(slot, *facts, now, args));
  }
  return count;
}

Result<void> Engine::write_running(Slot slot, const SnapshotTask& facts, std::uint64_t now_ns,
                                   ProcReader* reader) {
  ImageFacts image = facts.image;
  if (image.exe.empty()) image.exe = table_.exe(slot);
  TaskFacts task = facts.task;
  task.self = table_.key(slot);  // /proc has ticks; an event may have had more since
  if (!image.args_known && !take_whole_arguments(table_.invocation(slot), image) && reader != nullptr &&
      !task.kthread)
    add_arguments(*reader, task, image);
  ProcessRecord record;
  record.kind = RecordKind::process;
  record.head = head(now_ns);
  record.slot = slot;
  record.task = &task;
  record.image = &image;
  add_entry(record);
  return write(record);
}

}  // namespace proctree
