// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The one thread beside the tracing one: syncs what was written, at most a second behind, and compresses
// closed segments.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "spool/spool_folder.hpp"

namespace proctree {

class SpoolWorker {
 public:
  // `folder` outlives it. The thread has the rights that the caller has now.
  explicit SpoolWorker(SpoolFolder& folder);
  SpoolWorker(const SpoolWorker&) = delete;
  SpoolWorker& operator=(const SpoolWorker&) = delete;
  ~SpoolWorker() { stop(); }

  // A segment has been closed.
  void wake();
  // Once all is synced, and what is closed is compressed as far as the disk has room.
  void stop();

  [[nodiscard]] std::uint64_t failures() const { return failures_.load(std::memory_order_relaxed); }

 private:
  void run();
  void sync_newest();
  bool compress_next();
  Result<void> compress(const Segment& segment);

  SpoolFolder& folder_;
  std::mutex mutex_;
  std::condition_variable condition_;
  bool woken_ = false;
  bool stopping_ = false;
  std::atomic<std::uint64_t> failures_{0};
  std::uint64_t synced_number_ = 0;
  std::thread thread_;
};

}  // namespace proctree
