// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The helper's own work: takes requests, holds their files open, and reads them piece by piece, at most a
// given number of bytes a second.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/sha256.hpp"
#include "hash/hashable_file.hpp"
#include "hash/messages.hpp"

namespace proctree {

class HashWorker {
 public:
  // `socket` is the helper's end; it outlives this.
  explicit HashWorker(int socket, HashLimits limits = {});

  // Until the tracer closes its end.
  void run();

 private:
  static constexpr std::size_t kJobsMost = 128;  // files held open
  static constexpr std::size_t kPieceBytes = std::size_t{256} << 10;

  struct Job {
    std::uint64_t number = 0;
    HashedFile kind = HashedFile::executable;
    HashableFile file;
    std::uint64_t done = 0;
    std::uint64_t due_ns = 0;  // boot time
    Sha256 hash;

    [[nodiscard]] std::uint64_t left() const { return file.state.size - done; }
  };

  // False: there is no tracer any more.
  [[nodiscard]] bool take_requests(int timeout_ms);
  void take(const HashRequest& request);
  void drop_largest();
  // Returns how long there is nothing to read, in milliseconds; negative: until a request comes.
  [[nodiscard]] int read_piece();
  // std::nullopt: there is more to read.
  [[nodiscard]] std::optional<HashOutcome> read_piece_of(Job& job);
  void finish(std::vector<Job>::iterator job, HashOutcome outcome);
  [[nodiscard]] bool reply(std::uint64_t number, HashOutcome outcome, const Digest& digest = {});

  int socket_;
  HashLimits limits_;
  std::vector<Job> jobs_;
  std::vector<char> piece_;
  DigestCache scripts_;        // executables' are the tracer's to remember
  std::uint64_t paid_ns_ = 0;  // boot time by which what has been read is paid for
  bool left_ = false;
};

}  // namespace proctree
