// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// How it begins: the snapshot, what it lacks, and the records of what ran already.
#include <unistd.h>

#include <string_view>
#include <vector>

#include "base/try.hpp"
#include "engine/engine.hpp"
#include "engine/running_arguments.hpp"
#include "engine/running_texts.hpp"
#include "engine/startup_facts.hpp"
#include "engine/titles.hpp"
#include "procfs/reader.hpp"
#include "tree/runtime_args.hpp"
#include "tree/script.hpp"

namespace proctree {

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

Result<void> Engine::report_start() {
  const Source::Info info = source_.info();
  auto told = sink_.on_start({head(started_ns_), options_.version, static_cast<std::uint32_t>(getpid()),
                              info.name, info.args_max, info.ring_bytes, processes_, info.failed_execs,
                              info.fair_kib, info.ring, options_.ancestor_args});
  if (told && options_.write_snapshot) told = write_snapshot();
  startup_.reset();
  // Without records of what ran, it is listed instead.
  if (reported_ && !options_.write_snapshot) reported_->note_all(table_);
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

// What an iterator can't read of those that ran before. An exec since then has its event in the ring: a
// process that is another program by now is left to that. Where no arguments are kept, scripts' names and
// containers' are.
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
    task.self = table_.key(slot);  // /proc has ticks; an event may have had more since
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

}  // namespace proctree
