// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Compares the tree with what runs after events were lost, and reports what differs.
#include <algorithm>
#include <utility>
#include <vector>

#include "base/try.hpp"
#include "engine/engine.hpp"
#include "engine/running_arguments.hpp"
#include "engine/running_texts.hpp"
#include "procfs/reader.hpp"
#include "tree/lineage.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kResyncIntervalNs = 1'000'000'000;

}  // namespace

// What a resync found of processes that run.
void Engine::settle_again(const std::vector<Unreported::Item>& changed, const RunningTasks& running,
                          ProcReader* reader) {
  if (!entries_) return;
  ProcTexts texts(reader);
  for (const Unreported::Item& item : changed) {
    const Slot slot = item.change == Resynced::ended ? kNoSlot : table_.find_and_refine(item.self);
    if (slot != kNoSlot) entries_->settle_again(slot, running.tasks()[item.task], texts);
  }
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
// applied, and only what differs after that was lost. A loss that is reported meanwhile may have
// happened after its process was looked at: then the tree is resynchronised once more.
Result<void> Engine::try_resync() {
  lost_meanwhile_ = false;
  lost_meanwhile_of_.clear();
  const std::uint64_t began = boot_now_ns();
  RunningTasks running(facts_max());
  auto collected = collect(running, began);
  snapshot_failed_ = !collected;
  PROCTREE_CHECK(std::move(collected));
  PROCTREE_CHECK(read_until(source_.position(), [this](const Event& event) { return handle(event); }));
  return done_ ? Result<void>{} : finish_resync(std::move(running), began);
}

Result<void> Engine::collect(RunningTasks& running, std::uint64_t began) {
  const auto pass = PROCTREE_TRY(source_.begin_snapshot());
  const auto add = [&](const SnapshotTask& task) -> Result<void> {
    if (task.task.self.start_ns > began) return {};
    if (merger_.knows(task)) {
      running.add_known(task.task.self);
    } else {
      running.add(task);
    }
    return {};
  };
  while (PROCTREE_TRY(pass->next(kReadAll, add))) {
  }
  return {};
}

// What it finds is written a few at a time, by report_resync().
Result<void> Engine::finish_resync(RunningTasks running, std::uint64_t began) {
  auto reader = ProcReader::open(options_.proc_root);
  const auto is_alive = [&](const ProcKey& key) {
    // A process that isn't among the tasks we see may live outside of our namespace.
    if (host_.nested_pid_namespace) return true;
    if (!reader) return false;
    const auto now = reader->read(key.pid, kProcStat);
    return now && (*now)->task.self.same_at_tick(key) && !(*now)->task.dead;
  };
  std::vector<Unreported::Item> changed;
  const bool wanted = sink_.takes_resynced();
  Mending totals = merger_.resync(running, began, is_alive, [&](const Unreported::Item& item) {
    changed.push_back(item);
    if (wanted) unreported_.add(item);
  });
  settle_again(changed, running, reader && !host_.nested_pid_namespace ? &*reader : nullptr);
  if (wanted && reported_) add_differences(changed);
  running.forget_known();
  if (wanted) unreported_.take_tasks(std::move(running));
  gap_ = lost_meanwhile_;  // not before: what was read on the way is of a tree that was not right yet
  gap_of_ = std::exchange(lost_meanwhile_of_, {});
  ++totals_.resyncs;
  const std::uint64_t now = schedule_resync(began);
  totals.took_ns = now - began;
  return sink_.on_resync({head(now), totals});
}

// The next one no sooner than that under continuous loss a twentieth of the time goes into them. Returns now.
std::uint64_t Engine::schedule_resync(std::uint64_t began) {
  const std::uint64_t now = boot_now_ns();
  next_resync_ns_ = now + std::max(kResyncIntervalNs, 20 * (now - began));
  return now;
}

Result<void> Engine::report_resync(std::size_t most) {
  if (unreported_.empty()) return {};
  auto reader = ProcReader::open(options_.proc_root, source_.info().args_max);
  const bool same_pids = reader && !host_.nested_pid_namespace;
  for (; most != 0 && !unreported_.empty(); --most) {
    PROCTREE_CHECK(report_resync(unreported_.next(), same_pids ? &*reader : nullptr));
  }
  if (unreported_.empty()) unreported_.clear();
  return {};
}

// As it is by now: none whose end an event has reported, and an image that was executed since with what the
// table knows of it.
Result<void> Engine::report_resync(const Unreported::Item& item, ProcReader* reader) {
  const Slot slot = table_.find_and_refine(item.self);
  if (slot == kNoSlot) return {};
  const Node& node = table_[slot];
  Resynced change = item.change;
  if (reported_) {
    const auto difference = reported_->difference(table_, slot);
    if (!difference) return {};
    change = *difference;
  }
  const bool ended = change == Resynced::ended;
  if (ended ? node.exit_event_seen : node.exited) return {};
  const Image& image = table_.image(node.image);
  SnapshotTask facts;
  if (const SnapshotTask* task = ended ? nullptr : unreported_.task(item); task != nullptr) {
    facts = *task;
  } else {
    facts.task = known_task(table_, slot);
    facts.image.exe = image.exe;
  }
  TaskFacts& task = facts.task;
  if (ended) task.uid = task.parent.pid = kUnsetId;  // its end was not observed
  task.self = table_.key(slot);
  task.comm = node.image == kNoImage ? kUnknownComm : image.comm;
  // Where images have no numbers their files distinguish them.
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
  return write_resynced(record, change);
}

Result<void> Engine::write_resynced(const ProcessRecord& record, Resynced change) {
  TaskFacts task = *record.task;  // the user of a process whose end was missed is known, too
  if (!has_proc_facts(task)) task.uid = table_.uid(record.slot);
  ProcessRecord asked = record;
  asked.task = &task;
  if (record.image != nullptr && record.image->args_known)
    options_.filter.note_image(table_, record.slot, *record.image);
  if (reported_) reported_->note(table_, record.slot);
  return lets_through(asked) ? sink_.on_resynced(record, change) : sink_.on_filtered(record);
}

// What differs beside what the resync itself found.
void Engine::add_differences(const std::vector<Unreported::Item>& changed) {
  std::vector<bool> listed(table_.slot_end());
  for (const Unreported::Item& item : changed) {
    if (const Slot slot = table_.find_and_refine(item.self); slot != kNoSlot) listed[slot] = true;
  }
  for (Slot slot = 0; slot < table_.slot_end(); ++slot) {
    const auto difference = listed[slot] ? std::nullopt : reported_->difference(table_, slot);
    if (difference) unreported_.add({table_.key(slot), *difference});
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

}  // namespace proctree
