// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The tracer: takes a source's snapshot and events, keeps the tree, and drives a sink.
//
// One thread, no queue: an event is applied to the tree and written out from it before the next is read.
// Prints nothing, handles no signal, owns no loop.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/boot_clock.hpp"
#include "engine/filter.hpp"
#include "engine/following.hpp"
#include "engine/merge.hpp"
#include "engine/pipe_ends.hpp"
#include "engine/record.hpp"
#include "engine/reported_states.hpp"
#include "engine/unreported.hpp"
#include "entry/entries.hpp"
#include "procfs/users.hpp"
#include "source/source.hpp"

namespace proctree {

class Hashes;
class ProcReader;
class StartupFacts;
struct Opening;
class Titles;

struct EngineOptions {
  std::string version;
  Filter filter;  // pids in it are taken for the processes that have them at the start
  UserNames users{};
  bool write_snapshot = false;   // a `process` record for each process that ran already
  std::uint64_t exec_limit = 0;  // done() after that many execs were written; 0: never
  Retention retention;
  std::string proc_root = "/proc";
  // Bytes of their arguments that records of descendants have; and whether of what is shown over them, too.
  std::size_t ancestor_args = kAncestorArgsDefault;
  bool titles = false;
  std::uint32_t keep = 0;    // what else is retained of each image: kKeepCwd and so on
  Hashes* hashes = nullptr;  // where execs have the hashes of their files; it outlives the engine
  bool entries = true;       // records say where their lines came in; a filter on entries works without

  // Leaves out what only JSON lines and the library say of ancestors.
  void show_names_alone() {
    titles = entries = false;
    ancestor_args = 0;
  }
};

class Engine final : private RemovalObserver {
 public:
  // Source and sink outlive the engine.
  Engine(Source& source, Sink& sink, Host host, EngineOptions options);
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  ~Engine();
  // Sink::on_removal() is called from here on.
  void observe_removals() { table_.set_removal_observer(this); }

  // Attaches, takes the snapshot, and merges what happened meanwhile.
  Result<void> start();
  // The same in slices: attaches, and then takes at most `most` processes or events at a time; true: it has
  // started. Events wait meanwhile. After an error it can't start any more.
  Result<void> begin_start();
  Result<bool> start_some(std::size_t most);
  // Writes the start record, those of what ran already, and of what was lost while starting. Once, before
  // the first pump().
  Result<void> report_start();
  // The same in slices of at most `most` processes, until start_reported(); returns how many they were.
  Result<std::uint64_t> report_start_some(std::uint64_t most);
  [[nodiscard]] bool start_reported() const { return start_reported_; }
  // Reads and writes at most `most` events; returns how many.
  Result<std::uint64_t> pump(std::uint64_t most);
  // Housekeeping that should delay no event: losses, clock, user names, retention. Once a second
  // while awake is often enough.
  Result<void> tick();
  // An error: the filter makes no sense to configure().
  [[nodiscard]] Result<void> check(const Filter& filter) const;
  // Other filters from here on, which check() has accepted. Pids in them are taken as at the start.
  Result<void> configure(Filter filter);
  // Records, and what the source reports, of this process and what descends from it, and of no other but
  // those followed before; the next pump() sees to it. unfollow() takes that back: without any, all are
  // reported again, after a resync.
  Result<void> follow(std::uint32_t pid);
  Result<void> unfollow(std::uint32_t pid);
  // Compares the tree with what runs, whether anything was lost or not, and writes what differs.
  Result<void> resync_now();
  // Writes the hashes that have come since.
  Result<void> report_hashes();
  // Takes what is left, reports the last losses, and writes the stop record.
  Result<void> stop();

  [[nodiscard]] bool done() const { return done_; }
  // Events were lost and the tree is not resynchronised yet: pump() does so at `resync_due_ns`, boot time.
  [[nodiscard]] bool has_gap() const { return gap_ || !gap_of_.empty(); }
  [[nodiscard]] LossScope loss_scope() const { return {gap_, gap_of_.empty() ? nullptr : &gap_of_}; }
  [[nodiscard]] std::uint64_t resync_due_ns() const { return next_resync_ns_; }
  // pump() has something to write though nothing happens: what the last resync found.
  [[nodiscard]] bool has_unreported() const { return !unreported_.empty() || (following_changed_ && !gap_); }
  [[nodiscard]] const Host& host() const { return host_; }
  [[nodiscard]] std::uint64_t processes() const { return processes_; }
  [[nodiscard]] const Totals& totals() const { return totals_; }
  // How many execs failed; none: the source doesn't report them.
  [[nodiscard]] std::optional<std::uint64_t> failed_execs() const;
  // What could not be delivered or read, and what the bound on memory evicted, by kind.
  [[nodiscard]] Result<std::vector<Counter>> counters() const;
  [[nodiscard]] const ProcessTable& table() const { return table_; }
  [[nodiscard]] ProcessTable& table() { return table_; }
  [[nodiscard]] std::uint32_t keep() const { return options_.keep; }
  [[nodiscard]] entry::Entries* entries() { return entries_ ? &*entries_ : nullptr; }
  [[nodiscard]] UserNames& users() { return users_; }

 private:
  Result<void> read_until(std::uint64_t position, const Source::EventHandler& handler);
  Result<void> resync();
  Result<void> try_resync();
  Result<void> collect(RunningTasks& running, std::uint64_t began);
  Result<void> finish_resync(RunningTasks running, std::uint64_t began);
  Result<void> settle_following();
  void want_resync();
  [[nodiscard]] Result<Slot> running(std::uint32_t pid) const;
  void keep_table();
  std::uint64_t schedule_resync(std::uint64_t began);
  Result<void> report_resync(std::size_t most);
  Result<void> report_resync(const Unreported::Item& item, ProcReader* reader);
  Result<void> write_resynced(const ProcessRecord& record, Resynced change);
  [[nodiscard]] std::size_t facts_max() const;
  Result<bool> take_tasks(std::size_t most);
  Result<bool> take_events(std::size_t most);
  Result<bool> take_links(std::size_t most);
  Result<bool> take_hidden(std::size_t most);
  Result<bool> take_arguments(std::size_t most);
  Result<bool> take_entries(std::size_t most);
  [[nodiscard]] bool add_hidden(std::size_t most);
  void add_if_hidden(std::uint32_t pid);
  void read_arguments(Slot slot, ProcReader& reader);
  Result<void> mark_processes();
  Result<void> mark_pids(const std::vector<std::uint32_t>& pids, Marks marks);
  Result<void> merge_silently(const Event& event);
  Result<std::uint64_t> write_snapshot(std::uint64_t most);
  Result<void> write_running(Slot slot, const SnapshotTask& facts, std::uint64_t now_ns, ProcReader* reader);
  void set_launchers();
  void settle_again(const std::vector<Unreported::Item>& changed, const RunningTasks& running,
                    ProcReader* reader);
  void add_entry(ProcessRecord& record);
  Result<void> handle(const Event& event);
  [[nodiscard]] bool is_in_snapshot(const ProcKey& child);
  Result<void> handle(const ForkEvent& fork);
  Result<void> handle(const ExecEvent& exec);
  Result<void> handle(const ExitEvent& exit);
  Result<void> handle(const FailedExecEvent& failed);
  Result<void> handle(const LostEvent& lost);
  void count(const LostEvent& lost);
  [[nodiscard]] RecordHead head(std::uint64_t ktime_ns);
  [[nodiscard]] bool lets_through(const ProcessRecord& record);
  void before_removal(Slot slot) override;
  Result<void> take_removal_error();
  [[nodiscard]] bool keeps_entries() const { return entries_ && (options_.keep & kKeepEntry) != 0; }
  [[nodiscard]] ImageFacts retained_image(Slot slot) const;
  Result<void> report_differences(Slot slot);
  Result<void> report_difference(Slot slot);
  void add_differences(const std::vector<Unreported::Item>& changed);
  Result<void> write(const ProcessRecord& record, const ExecEvent* exec = nullptr);
  Result<void> write_hashed(ProcessRecord record, const ExecEvent& exec);
  Result<void> await_hashes();

  Source& source_;
  Sink& sink_;
  Host host_;
  EngineOptions options_;
  bool filters_ = false;  // options_.filter asks for something
  BootClock clock_;
  UserNames users_;
  ProcessTable table_;
  Merger merger_;
  std::optional<entry::Entries> entries_;  // where anything asks for them
  std::uint64_t launcher_changes_ = 0;     // that the source knows of
  std::unique_ptr<Opening> opening_;       // only while starting
  std::unique_ptr<StartupFacts> startup_;  // and until what ran is reported
  Slot next_of_snapshot_ = 0;
  bool start_begun_ = false;  // to be reported
  bool start_reported_ = false;
  std::uint64_t attached_ns_ = 0;
  std::uint64_t started_ns_ = 0;
  std::uint64_t processes_ = 0;
  std::uint64_t execs_written_ = 0;
  Totals totals_;
  PipeEnds pipe_ends_;
  std::unique_ptr<Titles> titles_;
  Unreported unreported_;
  Following following_;
  bool following_changed_ = false;
  std::optional<ReportedStates> reported_;  // of a sink that keeps a table
  Result<void> removal_error_;
  std::uint64_t failed_execs_ = 0;
  std::uint64_t failed_execs_lost_ = 0;
  std::uint64_t failed_resyncs_ = 0;
  std::uint64_t next_resync_ns_ = 0;
  bool snapshot_failed_ = false;  // of the last resync
  bool gap_ = false;
  bool lost_meanwhile_ = false;  // since the resync that is under way began
  ChargedAccounts gap_of_;       // the same of single accounts
  ChargedAccounts lost_meanwhile_of_;
  bool done_ = false;
};

}  // namespace proctree
