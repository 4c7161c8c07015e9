// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A file of packets, each with its length: whatever ends the writing, the file has whole packets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/file_descriptor.hpp"
#include "proctree/error.hpp"

namespace proctree {

// Expects SIGXFSZ to be ignored.
class PacketFile {
 public:
  // What the file held is gone then; it is readable to owner and group only. It must be a file, which can be
  // cut where a packet was torn, and none of those that `others` are open on.
  static Result<PacketFile> open(std::string path, std::span<const int> others);

  Result<void> append(std::string_view packet);
  Result<void> flush();
  // Flushes and closes: the last place where some file systems report a failed write.
  Result<void> close();

 private:
  static constexpr std::size_t kBatchBytes = 64 * 1024;

  PacketFile(std::string path, FileDescriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  FileDescriptor file_;
  std::string buffer_;
  std::uint64_t written_ = 0;  // bytes, of whole packets
};

}  // namespace proctree
