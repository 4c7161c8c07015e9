// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The messages between a tracer and its hash helper: one message a packet of a SOCK_SEQPACKET pair, of which
// only the used bytes are sent. Both ends are the same program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "hash/digest.hpp"
#include "tree/event.hpp"

namespace proctree {

enum class HashedFile : std::uint8_t { executable, script };

enum class HashOutcome : std::uint8_t {
  hashed,
  gone,        // its process has ended, and its path leads to no such file
  changed,     // the file is not, or no longer, the one that was executed
  refused,     // not a regular file, or on a file system whose server is a process (FUSE)
  too_large,   // above HashLimits::file_bytes
  unreadable,  // an error of the file system
  dropped,     // too many files wait
  restarted,   // of no request: the reader has died, and what it had taken is lost
};
inline constexpr std::size_t kHashOutcomes = static_cast<std::size_t>(HashOutcome::restarted) + 1;

struct HashRequest {
  static constexpr std::size_t kTextMax = 3 * 4096;

  std::uint64_t number = 0;
  ExeState exe;  // of an executable
  ProcKey process;
  HashedFile file = HashedFile::executable;
  bool must_run = false;   // it counts only while its process executes it: nothing else shows a change of it
  std::uint32_t euid = 0;  // of who executes a script
  std::uint16_t path_size = 0;
  std::uint16_t cwd_size = 0;  // of a script
  char text[kTextMax];         // the path, then the directory that a relative one begins at

  [[nodiscard]] std::string_view path() const { return {text, path_size}; }
  [[nodiscard]] std::string_view cwd() const { return {text + path_size, cwd_size}; }
  // False where they don't fit.
  [[nodiscard]] bool set_texts(std::string_view path, std::string_view cwd) {
    if (path.size() > kTextMax || cwd.size() > kTextMax - path.size()) return false;
    path_size = static_cast<std::uint16_t>(path.copy(text, path.size()));
    cwd_size = static_cast<std::uint16_t>(cwd.copy(text + path.size(), cwd.size()));
    return true;
  }
  [[nodiscard]] std::size_t size() const { return offsetof(HashRequest, text) + path_size + cwd_size; }
  // Whether a packet of that many bytes holds all of it.
  [[nodiscard]] bool is_whole(std::size_t bytes) const {
    return bytes >= offsetof(HashRequest, text) && bytes == size();
  }
};

struct HashReply {
  std::uint64_t number = 0;
  HashOutcome outcome = HashOutcome::hashed;
  Digest digest{};
};

struct HashLimits {
  std::uint64_t bytes_a_second = std::uint64_t{32} << 20;
  std::uint64_t file_bytes = std::uint64_t{1} << 30;
};

}  // namespace proctree
