// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "spool/worker.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>

#include "spool/compress.hpp"

namespace proctree {

namespace {

constexpr auto kSyncEvery = std::chrono::milliseconds(900);
constexpr int kNice = 10;  // tracing comes first

}  // namespace

// Signals are the tracing thread's: it reads them from a descriptor.
SpoolWorker::SpoolWorker(SpoolFolder& folder) : folder_(folder) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread_.native_handle(), "proctree-spool");
}

void SpoolWorker::wake() {
  const std::lock_guard guard(mutex_);
  woken_ = true;
  condition_.notify_one();
}

void SpoolWorker::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
    condition_.notify_one();
  }
  thread_.join();
}

void SpoolWorker::run() {
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), kNice);
  for (bool stopping = false; !stopping;) {
    {
      std::unique_lock lock(mutex_);
      condition_.wait_for(lock, kSyncEvery, [this] { return woken_ || stopping_; });
      woken_ = false;
      stopping = stopping_;
    }
    sync_newest();
    folder_.learn_an_end();
    while (compress_next()) sync_newest();
  }
}

// A descriptor of its own: to sync a file takes no right to write it.
void SpoolWorker::sync_newest() {
  const auto newest = folder_.newest();
  if (!newest || newest->compressed) return;
  const FileDescriptor file(
      ::openat(folder_.fd(), newest->file_name().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!file.valid()) return;
  if (::fdatasync(file.get()) != 0) failures_.fetch_add(1, std::memory_order_relaxed);
  if (newest->number != synced_number_) ::fsync(folder_.fd());
  synced_number_ = newest->number;
}

// Whether to try the next one at once.
bool SpoolWorker::compress_next() {
  const auto segment = folder_.next_to_compress();
  if (!segment) return false;
  if (compress(*segment)) return true;
  failures_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

Result<void> SpoolWorker::compress(const Segment& segment) {
  SegmentName name = segment.name;
  const FileDescriptor from(
      ::openat(folder_.fd(), name.file_name().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!from.valid() && errno == ENOENT) {  // dropped meanwhile, or removed
    folder_.forget(name);
    return {};
  }
  if (!from.valid()) {
    folder_.leave_plain(name);
    return fail_errno("cannot read " + name.file_name(), errno);
  }
  name.compressed = true;
  const std::string temporary = temporary_name(name.file_name());
  const FileDescriptor to(::openat(folder_.fd(), temporary.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, kSegmentMode));
  if (!to.valid() || ::fchmod(to.get(), kSegmentMode) != 0)
    return fail_errno("cannot make " + temporary, errno);
  const auto undo = [&](Error error) {
    ::unlinkat(folder_.fd(), temporary.c_str(), 0);
    return tl::make_unexpected(std::move(error));
  };
  auto bytes = compress_file(from.get(), to.get());
  if (!bytes) return undo(std::move(bytes.error()));
  if (::fsync(to.get()) != 0) return undo(fail_errno("cannot sync " + temporary, errno).value());
  auto replaced = folder_.replace_by_compressed(segment.name, *bytes);
  if (!replaced) return undo(std::move(replaced.error()));
  return {};
}

}  // namespace proctree
