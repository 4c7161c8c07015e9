// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "hash/hash_worker.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "base/boot_clock.hpp"
#include "hash/watchdog.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kSecondNs = 1'000'000'000;
constexpr std::uint64_t kMillisecondNs = 1'000'000;

// A file that has just changed is read when no further change can have the same time.
std::uint64_t settles_in_ns(const FileState& state) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const std::int64_t age = now.tv_sec * static_cast<std::int64_t>(kSecondNs) + now.tv_nsec - state.ctime_ns;
  return age >= 0 && age < settled_after_ns() ? static_cast<std::uint64_t>(settled_after_ns() - age) : 0;
}

Digest digest_of(Sha256& hash) {
  Digest digest{};
  hash.hex_digest().copy(digest.data(), digest.size());
  return digest;
}

}  // namespace

HashWorker::HashWorker(int socket, HashLimits limits)
    : socket_(socket), limits_(limits), piece_(kPieceBytes), scripts_(256) {
  jobs_.reserve(kJobsMost);
}

void HashWorker::run() {
  int wait_ms = -1;
  while (take_requests(wait_ms)) wait_ms = read_piece();
}

bool HashWorker::take_requests(int timeout_ms) {
  pollfd socket{socket_, POLLIN, 0};
  if (::poll(&socket, 1, timeout_ms) < 0 && errno != EINTR) return false;
  HashRequest request;
  for (std::size_t taken = 0; taken < kJobsMost && !left_; ++taken) {
    const ssize_t size = ::recv(socket_, &request, sizeof request, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (size <= 0) return false;
    if (request.is_whole(static_cast<std::size_t>(size))) take(request);
  }
  return !left_;
}

void HashWorker::take(const HashRequest& request) {
  auto opened = [&] {
    const Watchdog watchdog;
    return open_hashable(request);
  }();
  if (!opened) return static_cast<void>(reply(request.number, opened.error()));
  if (opened->state.size > limits_.file_bytes)
    return static_cast<void>(reply(request.number, HashOutcome::too_large));
  if (request.file == HashedFile::script && !opened->is_volatile) {
    if (const Digest* known = scripts_.find(opened->state))
      return static_cast<void>(reply(request.number, HashOutcome::hashed, *known));
  }
  if (jobs_.size() == kJobsMost) drop_largest();
  const std::uint64_t due_ns = boot_now_ns() + settles_in_ns(opened->state);
  jobs_.push_back({request.number, request.file, std::move(*opened), 0, due_ns, {}});
}

void HashWorker::drop_largest() {
  finish(std::ranges::max_element(jobs_, {}, [](const Job& job) { return job.left(); }),
         HashOutcome::dropped);
}

// The one that is finished soonest, so that no large file holds up small ones.
int HashWorker::read_piece() {
  if (jobs_.empty()) return -1;
  const std::uint64_t now = boot_now_ns();
  if (paid_ns_ > now + kSecondNs) return static_cast<int>((paid_ns_ - now - kSecondNs) / kMillisecondNs) + 1;
  auto next = jobs_.end();
  std::uint64_t first_due = ~std::uint64_t{0};
  for (auto job = jobs_.begin(); job != jobs_.end(); ++job) {
    first_due = std::min(first_due, job->due_ns);
    if (job->due_ns <= now && (next == jobs_.end() || job->left() < next->left())) next = job;
  }
  if (next == jobs_.end()) return static_cast<int>((first_due - now) / kMillisecondNs) + 1;

  if (const auto outcome = read_piece_of(*next)) finish(next, *outcome);
  return 0;
}

std::optional<HashOutcome> HashWorker::read_piece_of(Job& job) {
  const Watchdog watchdog;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(job.left(), piece_.size()));
  const ssize_t size =
      wanted == 0 ? 0 : ::pread(job.file.file.get(), piece_.data(), wanted, static_cast<off_t>(job.done));
  if (size < 0) return HashOutcome::unreadable;
  const auto bytes = static_cast<std::size_t>(size);
  paid_ns_ = std::max(paid_ns_, boot_now_ns()) + bytes * kSecondNs / limits_.bytes_a_second;
  job.hash.update({piece_.data(), bytes});
  job.done += bytes;
  if (job.left() != 0 && bytes != 0) return std::nullopt;
  return job.left() == 0 && is_unchanged(job.file) ? HashOutcome::hashed : HashOutcome::changed;
}

void HashWorker::finish(std::vector<Job>::iterator job, HashOutcome outcome) {
  Digest digest{};
  if (outcome == HashOutcome::hashed) {
    digest = digest_of(job->hash);
    if (job->kind == HashedFile::script && !job->file.is_volatile) scripts_.insert(job->file.state, digest);
  }
  static_cast<void>(reply(job->number, outcome, digest));
  if (job != std::prev(jobs_.end())) *job = std::move(jobs_.back());
  jobs_.pop_back();
}

// Waits as long as the tracer reads none.
bool HashWorker::reply(std::uint64_t number, HashOutcome outcome, const Digest& digest) {
  const HashReply message{number, outcome, digest};
  ssize_t sent = -1;
  do {
    sent = ::send(socket_, &message, sizeof message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  left_ |= sent < 0;
  return !left_;
}

}  // namespace proctree
