// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "procfs/snapshot_batch.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <optional>
#include <system_error>
#include <utility>

namespace proctree {

namespace {

constexpr std::size_t kShare = 32;            // pids that a thread takes at once
constexpr std::size_t kPidsForAThread = 128;  // to start one takes as long as to read some ten

// The processes in shares, each read by the thread that is free for it.
class SharedReading {
 public:
  SharedReading(std::span<const std::uint32_t> pids, ProcParts parts)
      : pids_(pids), parts_(parts), shares_((pids.size() + kShare - 1) / kShare) {}

  // Reads one share after another until all are taken.
  void work(ProcReader& reader) {
    for (std::size_t i = 0; (i = next_.fetch_add(1)) < shares_.size();) {
      Share& share = shares_[i];
      for (const std::uint32_t pid : pids_.subspan(i * kShare, std::min(kShare, pids_.size() - i * kShare))) {
        auto seen = share.batch.read(reader, pid, parts_);
        if (seen) continue;
        share.error = std::move(seen.error());
        next_ = shares_.size();
        return;
      }
    }
  }

  Result<SnapshotBatch> finish() const {
    SnapshotBatch all;
    all.entries.reserve(pids_.size());
    for (const Share& share : shares_) {
      if (share.error) return tl::make_unexpected(*share.error);
      all.append(share.batch);
    }
    return all;
  }

 private:
  struct Share {
    SnapshotBatch batch;
    std::optional<Error> error;
  };

  std::span<const std::uint32_t> pids_;
  ProcParts parts_;
  std::vector<Share> shares_;
  std::atomic<std::size_t> next_ = 0;
};

}  // namespace

Result<Seen> meaning_of(const Error& error) {
  if (error.code == ErrorCode::not_found) return Seen::gone;
  if (error.code == ErrorCode::permission || error.code == ErrorCode::corrupt) return Seen::unreadable;
  return tl::make_unexpected(error);
}

Result<Seen> SnapshotBatch::read(ProcReader& reader, std::uint32_t pid, ProcParts parts) {
  const auto read = reader.read(pid, parts);
  if (!read) {
    auto seen = meaning_of(read.error());
    if (seen && *seen == Seen::gone) ++counts.vanished;
    if (seen && *seen == Seen::unreadable) ++counts.unreadable;
    return seen;
  }
  add(**read);
  return Seen::here;
}

void SnapshotBatch::add(const SnapshotTask& task) {
  SnapshotEntry entry;
  entry.key = task.task.self;
  entry.ktime_ns = task.ktime_ns;
  entry.text_at = texts.size();
  entry.comm_length = static_cast<std::uint32_t>(task.task.comm.size());
  entry.exe_length = static_cast<std::uint32_t>(task.image.exe.size());
  entry.ppid = task.task.parent.pid;
  entry.uid = task.task.uid;
  entry.kthread = task.task.kthread;
  entry.dead = task.task.dead;
  texts += task.task.comm;
  texts += task.image.exe;
  entries.push_back(entry);
  ++counts.processes;
}

void SnapshotBatch::append(const SnapshotBatch& other) {
  for (SnapshotEntry entry : other.entries) {
    entry.text_at += texts.size();
    entries.push_back(entry);
  }
  texts += other.texts;
  counts.processes += other.counts.processes;
  counts.vanished += other.counts.vanished;
  counts.unreadable += other.counts.unreadable;
}

Result<SnapshotBatch> read_processes(ProcReader& reader, std::span<const std::uint32_t> pids, ProcParts parts,
                                     unsigned threads) {
  SharedReading reading(pids, parts);
  const std::size_t wanted = std::min<std::size_t>(threads, pids.size() / kPidsForAThread);
  std::vector<std::future<void>> helpers;  // each waited for, and its exception taken over
  try {
    while (helpers.size() + 1 < wanted) {
      auto own = reader.another();
      if (!own) break;
      helpers.push_back(
          std::async(std::launch::async, [&reading, own = std::move(*own)]() mutable { reading.work(own); }));
    }
  } catch (const std::system_error&) {
    // No more threads are to be had: those that there are read all.
  }
  reading.work(reader);
  for (auto& helper : helpers) helper.get();
  return reading.finish();
}

}  // namespace proctree
