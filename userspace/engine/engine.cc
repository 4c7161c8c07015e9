// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/engine.hpp"

#include <sched.h>

#include <utility>
#include <vector>

#include "base/try.hpp"
#include "engine/opening.hpp"
#include "engine/startup_facts.hpp"
#include "engine/titles.hpp"
#include "hash/hashes.hpp"
#include "tree/lineage.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kResyncPatienceNs = 1'000'000'000;
constexpr std::size_t kReportedAtOnce = 128;  // of what a resync found, between two looks at the ring

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
  filters_ = !options_.filter.empty();
  if (options_.filter.needs_marks()) table_.set_marker(&options_.filter);
  if (sink_.keeps_table()) keep_table();
  if (!options_.entries && !options_.filter.wants_entries()) return;
  // In a container's pid namespace neither pid 1 nor its files are the host's.
  entries_.emplace(table_,
                   host_.nested_pid_namespace ? nullptr : entry::host_files(options_.proc_root.c_str()));
  if (keeps_entries()) observe_removals();
}

Engine::~Engine() = default;

RecordHead Engine::head(std::uint64_t ktime_ns) {
  return {ktime_ns,
          clock_.realtime(ktime_ns),
          &table_,
          &users_,
          &host_,
          loss_scope(),
          keeps_entries() ? &*entries_ : nullptr};
}

void Engine::set_launchers() {
  launcher_changes_ = entries_->files().changes();
  source_.set_launchers(entries_->files().environment_files());
}

void Engine::add_entry(ProcessRecord& record) {
  if (!entries_) return;
  const auto found = entries_->find(record.slot);
  record.entry = found.facts;
  record.entry_sure = found.sure;
  options_.filter.note_entry(table_, record.slot, found.facts);
}

Result<std::uint64_t> Engine::pump(std::uint64_t most) {
  auto read = source_.read(kReadAll, most, [this](const Event& event) { return handle(event); });
  table_.compact_runs();  // not only each second: a line may grow by thousands of links meanwhile
  if (!read || done_) return read;
  PROCTREE_CHECK(report_resync(kReportedAtOnce));
  PROCTREE_CHECK(settle_following());
  if (!has_gap() || !unreported_.empty() || boot_now_ns() < next_resync_ns_) return read;
  // While much waits, more may still be lost; but not indefinitely.
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

void Engine::before_removal(Slot slot) {
  following_.forget(slot);
  if (table_[slot].image == kNoImage) return;  // a name alone
  if (sink_.takes(RecordKind::forgotten)) {
    const TaskFacts task = known_task(table_, slot);
    ProcessRecord record;
    record.kind = RecordKind::forgotten;
    record.head = head(boot_now_ns());
    record.slot = slot;
    record.task = &task;
    if (!table_[slot].exited || keeps_entries()) add_entry(record);
    if (auto handed = sink_.on_removal(record); !handed && removal_error_) removal_error_ = std::move(handed);
  }
  if (reported_) reported_->forget(slot);
  if (keeps_entries()) entries_->on_exit(slot);
}

// A removal from the table can't be stopped midway.
Result<void> Engine::take_removal_error() { return std::exchange(removal_error_, {}); }

// What is retained beside the table for a while must be bounded too.
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
  return !filters_ || options_.filter.matches(table_, users_, record);
}

Result<void> Engine::write(const ProcessRecord& record, const ExecEvent* exec) {
  if (reported_) {
    PROCTREE_CHECK(report_differences(record.slot));
    if (sink_.takes(record.kind)) reported_->note(table_, record.slot);
  }
  if (!lets_through(record)) return sink_.on_filtered(record);
  if (titles_ && record.kind == RecordKind::exec) titles_->look_up(table_, record.slot, record.head.ktime_ns);
  const bool hashes = options_.hashes != nullptr && exec != nullptr;
  auto written = hashes ? write_hashed(record, *exec) : sink_.on_process(record);
  if (written && record.kind == RecordKind::exec) {
    ++execs_written_;
    done_ = options_.exec_limit != 0 && execs_written_ >= options_.exec_limit;
  }
  return written;
}

// A process that the snapshot met before its fork was reported: its `process` record stands for both.
bool Engine::is_in_snapshot(const ProcKey& child) {
  if (child.start_ns == 0 || child.start_ns > attached_ns_ + kTickNs) return false;
  const Slot slot = table_.find_and_refine(child);
  return slot != kNoSlot && table_[slot].image != kNoImage && table_[slot].edge == Edge::snapshot;
}

Result<void> Engine::handle(const ForkEvent& fork) {
  const bool in_snapshot = is_in_snapshot(fork.child.self);
  totals_.forks += in_snapshot ? 0 : 1;
  ProcessRecord record;
  record.kind = RecordKind::fork;
  record.slot = merger_.apply(fork);
  record.head = head(fork.ktime_ns);
  record.task = &fork.child;
  following_.on_fork(record.slot);
  if (entries_) entries_->on_fork(record.slot, fork);
  if (in_snapshot) return {};
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
  return write(record, &exec);
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
  std::optional<ImageFacts> image;  // made only where asked for: it is large
  if ((options_.keep & (kKeepArgs | kKeepCwd)) != 0)
    record.image = &image.emplace(retained_image(record.slot));
  add_entry(record);
  auto written = write(record);
  if (entries_ && !keeps_entries()) entries_->on_exit(record.slot);
  return written;
}

ImageFacts Engine::retained_image(Slot slot) const {
  const Invocation invocation = table_.invocation(slot);
  ImageFacts image;
  image.exe = table_.exe(slot);
  image.cwd = invocation.retained.cwd;
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

// Failed execs that were lost leave the tree as it is.
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
  if (!done_) PROCTREE_CHECK(source_.read_losses([this](const Event& event) { return handle(event); }));
  PROCTREE_CHECK(report_resync(kReadAll));
  PROCTREE_CHECK(await_hashes());
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
  if (options_.hashes != nullptr) options_.hashes->append_counters(*counters);
  return counters;
}

}  // namespace proctree
