// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Reading /proc is not atomic: meanwhile processes end, are born, and get new parents. So it is read first as
// a whole, then every parent that doesn't match its child is read again, and only then is the table filled,
// parents before children.
#include "procfs/snapshot.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/try.hpp"
#include "procfs/snapshot_batch.hpp"
#include "tree/pid_index.hpp"

namespace proctree {
namespace {

using Entry = SnapshotEntry;

constexpr std::uint32_t kNoEntry = PidIndex::kNone;
constexpr int kParentAttempts = 4;
constexpr int kRounds = 8;

class Snapshot {
 public:
  Snapshot(ProcReader& reader, ProcParts parts, ProcessTable& table)
      : reader_(reader), parts_(parts), table_(table) {}

  Result<SnapshotCounts> take(unsigned threads) {
    std::vector<std::uint32_t> pids;
    PROCTREE_CHECK(reader_.list(pids));
    batch_ = PROCTREE_TRY(read_processes(reader_, pids, parts_, threads));
    for (std::uint32_t i = 0; i < entries_.size(); ++i) index_.set(entries_[i].key.pid, i);
    return settle_and_insert();
  }

  Result<SnapshotCounts> take_lineage(std::uint32_t pid) {
    const auto* const task = PROCTREE_TRY(reader_.read(pid, parts_));
    batch_.add(*task);
    index_.set(pid, 0);
    return settle_and_insert();  // which finds the parents
  }

 private:
  Result<SnapshotCounts> settle_and_insert() {
    // A dropped process may have been the parent of one looked at before.
    dropped_ = true;
    for (int round = 0; dropped_ && round < kRounds; ++round) {
      dropped_ = false;
      // Grows while it runs: parents found late have parents too.
      for (std::uint32_t i = 0; i < entries_.size(); ++i) {
        if (entries_[i].place == Entry::Place::dropped) continue;
        if (auto done = settle_parent(i); !done) return tl::make_unexpected(std::move(done.error()));
      }
    }
    for (std::uint32_t i = 0; i < entries_.size(); ++i) insert_with_ancestors(i);
    return counts_;
  }

  // A parent that hasn't been read.
  Result<void> add_parent(std::uint32_t pid) {
    const Seen seen = PROCTREE_TRY(batch_.read(reader_, pid, parts_));
    if (seen == Seen::here) index_.set(pid, static_cast<std::uint32_t>(entries_.size() - 1));
    if (seen == Seen::unreadable) add_unknown(pid);
    return {};
  }

  // A process that the kernel names as a parent but that we may not read.
  void add_unknown(std::uint32_t pid) {
    Entry entry;
    entry.key.pid = pid;
    entry.known = false;
    index_.set(pid, static_cast<std::uint32_t>(entries_.size()));
    entries_.push_back(entry);
  }

  // A parent is never younger than its child: one that is has the reused pid of the true one.
  [[nodiscard]] bool parent_fits(const Entry& child) const {
    const std::uint32_t parent = index_.find(child.ppid);
    return parent != kNoEntry && entries_[parent].key.start_ns <= child.key.start_ns;
  }

  void drop(Entry& entry) {
    entry.place = Entry::Place::dropped;
    index_.erase(entry.key.pid);
    dropped_ = true;
    --counts_.processes;
    ++counts_.vanished;
  }

  Result<void> settle_parent(std::uint32_t i) {
    for (int attempt = 0; attempt < kParentAttempts; ++attempt) {
      if (entries_[i].ppid == 0 || parent_fits(entries_[i])) return {};
      // For one lineage no process has been read; for all processes only those born since, or hidden,
      // weren't.
      if (attempt == 0 && index_.find(entries_[i].ppid) == kNoEntry) {
        PROCTREE_CHECK(add_parent(entries_[i].ppid));
        continue;
      }
      // Its parent ended: it has a new one, or is gone itself.
      const ProcKey key = entries_[i].key;
      const auto read = reader_.read(key.pid, kProcStat);
      const Seen seen = PROCTREE_TRY(read ? Result<Seen>(Seen::here) : meaning_of(read.error()));
      if (seen == Seen::gone || (read && (*read)->task.self != key)) {
        drop(entries_[i]);
        return {};
      }
      if (read) entries_[i].ppid = (*read)->task.parent.pid;
      const std::uint32_t ppid = entries_[i].ppid;
      if (ppid != 0 && index_.find(ppid) == kNoEntry) PROCTREE_CHECK(add_parent(ppid));
    }
    // Hidden from us without a trace (hidepid=2), or the kernel insists.
    const std::uint32_t ppid = entries_[i].ppid;
    if (ppid != 0 && index_.find(ppid) == kNoEntry) add_unknown(ppid);
    return {};
  }

  [[nodiscard]] std::uint32_t parent_of(std::uint32_t i) const {
    const std::uint32_t ppid = entries_[i].ppid;
    return ppid == 0 ? kNoEntry : index_.find(ppid);
  }

  void insert_with_ancestors(std::uint32_t i) {
    path_.clear();
    // Ends at what is in the table already, at a root, or where a garbled /proc has a cycle.
    while (i != kNoEntry && entries_[i].place == Entry::Place::waiting) {
      entries_[i].place = Entry::Place::on_path;
      path_.push_back(i);
      i = parent_of(i);
    }
    Slot above = i != kNoEntry && entries_[i].place == Entry::Place::in_table ? entries_[i].slot : kNoSlot;
    for (; !path_.empty(); path_.pop_back()) above = insert(entries_[path_.back()], above);
  }

  Slot insert(Entry& entry, Slot parent) {
    const Slot slot = table_.insert(entry.key, parent, Edge::snapshot);
    entry.slot = slot;
    entry.place = Entry::Place::in_table;
    if (!entry.known) return slot;
    const std::string_view texts = batch_.texts;
    table_.set_image_at_fork(slot, kNoImage);  // what its creator ran then is not known
    table_.set_image(
        slot, {texts.substr(entry.text_at, entry.comm_length),
               texts.substr(entry.text_at + entry.comm_length, entry.exe_length), kUnknownSeq, entry.uid});
    if (entry.ppid == 0 && (entry.key.pid == 1 || entry.kthread)) table_.set_root(slot);
    if (entry.dead) table_.mark_exited(slot, entry.ktime_ns);
    return slot;
  }

  ProcReader& reader_;
  ProcParts parts_;
  ProcessTable& table_;
  SnapshotBatch batch_;
  std::vector<Entry>& entries_ = batch_.entries;
  SnapshotCounts& counts_ = batch_.counts;
  std::vector<std::uint32_t> path_;
  PidIndex index_;  // pid → entry, without those dropped
  bool dropped_ = false;
};

}  // namespace

Result<SnapshotCounts> snapshot_proc(ProcReader& reader, ProcParts parts, ProcessTable& table,
                                     unsigned threads) {
  return Snapshot(reader, parts, table).take(threads);
}

Result<SnapshotCounts> snapshot_lineage(ProcReader& reader, std::uint32_t pid, ProcParts parts,
                                        ProcessTable& table) {
  return Snapshot(reader, parts, table).take_lineage(pid);
}

}  // namespace proctree
