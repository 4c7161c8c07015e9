// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The tracer's side of hashing: knows the hashes of states of files, asks the helper for others, and hands
// them over when they come. Nothing here waits, and all of it is bounded.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/file_descriptor.hpp"
#include "hash/digest.hpp"
#include "hash/messages.hpp"
#include "proctree/error.hpp"
#include "tree/event.hpp"

namespace proctree {

// A hash that came after the line of the exec whose file it is of.
struct LateHash {
  ProcKey process;
  std::uint64_t exec_seq = kUnknownSeq;
  HashedFile file = HashedFile::executable;
  std::string_view sha256;
};

class Hashes {
 public:
  using Handler = std::function<Result<void>(const LateHash&)>;

  // `helper`: the socket that start_hash_helper() returns. Where it is invalid nothing is ever known.
  explicit Hashes(FileDescriptor helper) : helper_(std::move(helper)) {}

  // The hash of what was executed, then (ns since 1970), valid until the next call; empty: it is not known
  // yet, and may come later.
  [[nodiscard]] std::string_view of(const ExecEvent& exec, std::int64_t executed_ns = INT64_MAX);
  // Asks for that of the script, where it is one: what stands at its path can't be known before it is opened.
  void ask_for_script(const ExecEvent& exec);

  // What has come so far.
  [[nodiscard]] Result<void> take(const Handler& handler);
  [[nodiscard]] bool is_waiting() const { return !asked_.empty(); }
  // Readable when there is something to take; -1: there is no helper any more.
  [[nodiscard]] int fd() const { return helper_.get(); }
  void append_counters(std::vector<Counter>& counters) const;

 private:
  static constexpr std::size_t kAskedMost = 1024;    // files
  static constexpr std::size_t kWaitersMost = 8192;  // execs of them
  static constexpr int kAttemptsMost = 3;

  struct Waiter {
    ProcKey process;
    std::uint64_t exec_seq = kUnknownSeq;
  };
  // Of one file; executables' are asked for once, however many execs wait for them.
  struct Asked {
    ExeState exe;
    HashedFile file = HashedFile::executable;
    bool must_run = false;  // these are HashRequest's
    std::uint32_t euid = 0;
    int attempts = 1;
    std::vector<Waiter> waiters;
  };
  using AskedFiles = std::unordered_map<std::uint64_t, Asked>;

  void ask(const ExecEvent& exec, HashedFile file, bool must_run);
  [[nodiscard]] bool send(std::uint64_t number, const Asked& asked, std::string_view path,
                          std::string_view cwd);
  Result<void> take(const HashReply& reply, const Handler& handler);
  [[nodiscard]] bool ask_again(AskedFiles::iterator asked);
  void forget(AskedFiles::iterator asked);
  void forget_all();
  void miss(HashOutcome why, std::size_t count) { missed_[static_cast<std::size_t>(why)] += count; }

  FileDescriptor helper_;
  DigestCache known_;
  AskedFiles asked_;  // by number
  std::unordered_map<FileState, std::uint64_t, FileStateHash> executables_;
  std::size_t waiters_ = 0;
  std::uint64_t last_number_ = 0;
  std::array<std::uint64_t, kHashOutcomes> missed_{};  // execs without a hash, by why
  HashRequest request_;
};

}  // namespace proctree
