// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// /proc has no moment: while it is read, processes end, are born, and get new parents. So it is read
// first as a whole, then every parent that is not there as its child told is looked at again, and only
// then is the table filled, parents before children.
#include "procfs/snapshot.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/try.hpp"
#include "tree/pid_index.hpp"

namespace proctree {
namespace {

constexpr std::uint32_t kNoEntry = PidIndex::kNone;
constexpr int kParentAttempts = 4;
constexpr int kRounds = 8;

struct Entry {
  enum class Place : std::uint8_t { waiting, on_path, in_table, dropped };

  ProcKey key;
  std::uint64_t ktime_ns = 0;
  std::size_t text_at = 0;  // comm, then exe
  std::uint32_t comm_length = 0;
  std::uint32_t exe_length = 0;
  std::uint32_t ppid = 0;
  std::uint32_t uid = 0;
  Slot slot = kNoSlot;
  Place place = Place::waiting;
  bool kthread = false;
  bool dead = false;
  bool known = true;  // false: nothing but the pid
};

class Snapshot {
 public:
  Snapshot(ProcReader& reader, ProcParts parts, ProcessTable& table)
      : reader_(reader), parts_(parts), table_(table) {}

  Result<SnapshotCounts> take() {
    std::vector<std::uint32_t> pids;
    PROCTREE_CHECK(reader_.list(pids));
    entries_.reserve(pids.size());
    for (const std::uint32_t pid : pids) {
      if (auto done = add(pid); !done) return tl::make_unexpected(std::move(done.error()));
    }
    return settle_and_insert();
  }

  Result<SnapshotCounts> take_lineage(std::uint32_t pid) {
    if (const auto read = reader_.read(pid, parts_)) {
      add(**read);
    } else {
      return tl::make_unexpected(read.error());
    }
    return settle_and_insert();  // which finds the parents
  }

 private:
  enum class Seen : std::uint8_t { here, gone, unreadable };

  Result<SnapshotCounts> settle_and_insert() {
    // Who is dropped may have been the parent of one looked at before.
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

  // What a failed read means for a snapshot; the error where it means that all the others fail too.
  static Result<Seen> judge(Error&& error) {
    if (error.code == ErrorCode::not_found) return Seen::gone;
    if (error.code == ErrorCode::permission || error.code == ErrorCode::corrupt) return Seen::unreadable;
    return tl::make_unexpected(std::move(error));
  }

  Result<Seen> add(std::uint32_t pid) {
    const auto read = reader_.read(pid, parts_);
    if (!read) {
      auto seen = judge(Error(read.error()));
      if (seen && *seen == Seen::gone) ++counts_.vanished;
      if (seen && *seen == Seen::unreadable) ++counts_.unreadable;
      return seen;
    }
    add(**read);
    return Seen::here;
  }

  void add(const SnapshotTask& task) {
    Entry entry;
    entry.key = task.task.self;
    entry.ktime_ns = task.ktime_ns;
    entry.text_at = texts_.size();
    entry.comm_length = static_cast<std::uint32_t>(task.task.comm.size());
    entry.exe_length = static_cast<std::uint32_t>(task.image.exe.size());
    entry.ppid = task.task.parent.pid;
    entry.uid = task.task.uid;
    entry.kthread = task.task.kthread;
    entry.dead = task.task.dead;
    texts_ += task.task.comm;
    texts_ += task.image.exe;
    index_.set(entry.key.pid, static_cast<std::uint32_t>(entries_.size()));
    entries_.push_back(entry);
    ++counts_.processes;
  }

  // A process that the kernel names as a parent but of which we may see nothing.
  void add_unknown(std::uint32_t pid) {
    Entry entry;
    entry.key.pid = pid;
    entry.known = false;
    index_.set(pid, static_cast<std::uint32_t>(entries_.size()));
    entries_.push_back(entry);
  }

  // A parent is never younger than its child: one that is has taken the pid of the true one.
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
      // Its parent ended: has it a new one, or is it gone itself?
      const ProcKey key = entries_[i].key;
      const auto read = reader_.read(key.pid, kProcStat);
      const auto seen = PROCTREE_TRY(read ? Result<Seen>(Seen::here) : judge(Error(read.error())));
      if (seen == Seen::gone || (read && (*read)->task.self != key)) {
        drop(entries_[i]);
        return {};
      }
      if (read) entries_[i].ppid = (*read)->task.parent.pid;
      const std::uint32_t ppid = entries_[i].ppid;
      if (ppid == 0 || index_.find(ppid) != kNoEntry) continue;
      const auto parent = add(ppid);  // born since the list was read, or it hides
      if (!parent) return tl::make_unexpected(parent.error());
      if (*parent == Seen::unreadable) add_unknown(ppid);
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
    const std::string_view texts = texts_;
    table_.set_image_at_fork(slot, kNoImage);  // what its creator ran then, nobody can tell now
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
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> path_;
  std::string texts_;
  PidIndex index_;  // pid → entry, without those dropped
  bool dropped_ = false;
  SnapshotCounts counts_;
};

}  // namespace

Result<SnapshotCounts> snapshot_proc(ProcReader& reader, ProcParts parts, ProcessTable& table) {
  return Snapshot(reader, parts, table).take();
}

Result<SnapshotCounts> snapshot_lineage(ProcReader& reader, std::uint32_t pid, ProcParts parts,
                                        ProcessTable& table) {
  return Snapshot(reader, parts, table).take_lineage(pid);
}

}  // namespace proctree
