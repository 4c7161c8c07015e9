// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "hash/hashes.hpp"

#include <linux/magic.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "base/try.hpp"

namespace proctree {

namespace {

// By what the file is called in the tracer's own mounts, should its process have ended. What has no path
// there has none at all.
std::string_view path_of(const ImageFacts& image) {
  const bool has_path = !image.exe_deleted && !image.exe_memfd && !image.exe_detached && !image.exe_truncated;
  return has_path && image.exe.starts_with('/') ? image.exe : std::string_view{};
}

// Whether the file may change, or have changed since, without another state: by a second change in one tick
// of the clock, or by a shared mapping in memory, of which no write is seen. While it is executed none writes
// it.
bool is_volatile(const ExeState& exe, std::int64_t executed_ns) {
  return exe.state.ctime_ns > executed_ns - settled_after_ns() || exe.file_system == TMPFS_MAGIC ||
         exe.file_system == RAMFS_MAGIC || exe.file_system == HUGETLBFS_MAGIC;
}

}  // namespace

std::string_view Hashes::of(const ExecEvent& exec, std::int64_t executed_ns) {
  if (exec.exe_state == nullptr || exec.image.exe_inode == 0) return {};
  const bool must_run = is_volatile(*exec.exe_state, executed_ns);
  if (const Digest* known = must_run ? nullptr : known_.find(exec.exe_state->state)) return text_of(*known);
  ask(exec, HashedFile::executable, must_run);
  return {};
}

// A script that was passed by descriptor has no path.
void Hashes::ask_for_script(const ExecEvent& exec) {
  const ImageFacts& image = exec.image;
  const bool has_path = !image.interpreter.empty() && !image.filename.empty() && !image.string_truncated &&
                        !image.filename.starts_with("/dev/fd/");
  if (exec.exe_state == nullptr || !has_path) return;
  ask(exec, HashedFile::script, false);
}

void Hashes::ask(const ExecEvent& exec, HashedFile file, bool must_run) {
  const Waiter waiter{exec.task.self, exec.task.exec_seq};
  if (!helper_.valid() || waiters_ == kWaitersMost) return miss(HashOutcome::dropped, 1);
  const bool executable = file == HashedFile::executable;
  if (const auto asked = executables_.find(exec.exe_state->state);
      executable && !must_run && asked != executables_.end()) {
    asked_[asked->second].waiters.push_back(waiter);
    ++waiters_;
    return;
  }
  Asked asked{*exec.exe_state, file, must_run, exec.task.euid, 1, {waiter}};
  const ImageFacts& image = exec.image;
  const bool knows_cwd = !image.cwd_truncated && !image.cwd_detached;
  const bool sent = asked_.size() < kAskedMost &&
                    (executable ? send(last_number_ + 1, asked, path_of(image), {})
                                : send(last_number_ + 1, asked, image.filename, knows_cwd ? image.cwd : ""));
  if (!sent) return miss(HashOutcome::dropped, 1);
  if (executable && !must_run) executables_.emplace(exec.exe_state->state, last_number_ + 1);
  asked_.emplace(++last_number_, std::move(asked));
  ++waiters_;
}

// About the last one that waits, which is the likeliest to live still.
bool Hashes::send(std::uint64_t number, const Asked& asked, std::string_view path, std::string_view cwd) {
  request_.number = number;
  request_.exe = asked.exe;
  request_.process = asked.waiters.back().process;
  request_.file = asked.file;
  request_.must_run = asked.must_run;
  request_.euid = asked.euid;
  if (!request_.set_texts(path, cwd)) return false;
  return ::send(helper_.get(), &request_, request_.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

Result<void> Hashes::take(const Handler& handler) {
  HashReply reply;
  while (helper_.valid()) {
    const ssize_t size = ::recv(helper_.get(), &reply, sizeof reply, MSG_DONTWAIT);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno == EAGAIN) return {};
    if (size == sizeof reply && static_cast<std::size_t>(reply.outcome) < kHashOutcomes) {
      PROCTREE_CHECK(take(reply, handler));
      continue;
    }
    forget_all();
    helper_ = FileDescriptor();
  }
  return {};
}

Result<void> Hashes::take(const HashReply& reply, const Handler& handler) {
  if (reply.outcome == HashOutcome::restarted) return forget_all(), Result<void>{};
  const auto asked = asked_.find(reply.number);
  if (asked == asked_.end()) return {};  // of before a restart
  if (reply.outcome != HashOutcome::hashed) {
    if (reply.outcome == HashOutcome::gone && ask_again(asked)) return {};
    miss(reply.outcome, asked->second.waiters.size());
    return forget(asked), Result<void>{};
  }
  const HashedFile file = asked->second.file;
  if (file == HashedFile::executable && !asked->second.must_run)
    known_.insert(asked->second.exe.state, reply.digest);
  const std::vector<Waiter> waiters = std::move(asked->second.waiters);
  asked->second.waiters.clear();
  waiters_ -= waiters.size();
  forget(asked);
  for (const Waiter& waiter : waiters)
    PROCTREE_CHECK(handler({waiter.process, waiter.exec_seq, file, text_of(reply.digest)}));
  return {};
}

// Another process executes the same file, and may not have ended yet.
bool Hashes::ask_again(AskedFiles::iterator asked) {
  Asked& again = asked->second;
  if (again.waiters.size() < 2 || again.attempts == kAttemptsMost) return false;
  ++again.attempts;
  return send(asked->first, again, {}, {});
}

void Hashes::forget(AskedFiles::iterator asked) {
  if (asked->second.file == HashedFile::executable && !asked->second.must_run)
    executables_.erase(asked->second.exe.state);
  waiters_ -= asked->second.waiters.size();
  asked_.erase(asked);
}

void Hashes::forget_all() {
  miss(HashOutcome::restarted, waiters_);
  asked_.clear();
  executables_.clear();
  waiters_ = 0;
}

void Hashes::append_counters(std::vector<Counter>& counters) const {
  static constexpr std::array<std::string_view, kHashOutcomes> kNames = {"",
                                                                         "hash_gone",
                                                                         "hash_changed",
                                                                         "hash_refused",
                                                                         "hash_too_large",
                                                                         "hash_unreadable",
                                                                         "hash_dropped",
                                                                         "hash_restarted"};
  for (std::size_t outcome = 1; outcome < kHashOutcomes; ++outcome)
    counters.push_back({kNames[outcome], missed_[outcome]});
}

}  // namespace proctree
