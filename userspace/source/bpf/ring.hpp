// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The consumer's side of a BPF ring buffer (Documentation/bpf/ringbuf.rst), read in place.
//
// libbpf's own reader tells neither positions nor allows for batches: start-up needs the former, and
// the consumer's position, which producers read, is better written once a batch than once a record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "proctree/error.hpp"

namespace proctree {

class Ring {
 public:
  static Result<Ring> map(int map_fd, std::size_t bytes);

  Ring(Ring&& other) noexcept;
  Ring& operator=(Ring&& other) noexcept;
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring();

  // Bytes ever produced, reserved ones included, and bytes read.
  [[nodiscard]] std::uint64_t produced() const;
  [[nodiscard]] std::uint64_t read_position() const { return at_; }

  // The next committed record, in place until release(); empty where there is none (yet).
  [[nodiscard]] std::span<const std::byte> next();
  // Gives the producers back all that next() has passed.
  void release();

  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::size_t size() const { return mask_ + 1; }

 private:
  Ring() = default;
  void unmap();

  int fd_ = -1;
  std::size_t mask_ = 0;
  std::size_t page_ = 0;
  std::uint64_t at_ = 0;
  std::uint64_t* consumer_ = nullptr;        // one page, ours to write
  const std::uint64_t* producer_ = nullptr;  // one page, then the data, mapped twice in a row
  const std::byte* data_ = nullptr;
};

}  // namespace proctree
