// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The consumer's side of a BPF ring buffer (Documentation/bpf/ringbuf.rst), read in place.
//
// libbpf's own reader neither reports positions nor allows batches: start-up needs the former, and the
// consumer's position, which producers read, is better written once per batch than once per record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "proctree/error.hpp"
#include "source/bpf/ring.hpp"

namespace proctree {

class KernelRing final : public Ring {
 public:
  static Result<std::unique_ptr<KernelRing>> map(int map_fd, std::size_t bytes);

  KernelRing(const KernelRing&) = delete;
  KernelRing& operator=(const KernelRing&) = delete;
  ~KernelRing() override;

  // Bytes ever produced, reserved ones included, and bytes read.
  [[nodiscard]] std::uint64_t produced() const override;
  [[nodiscard]] std::uint64_t read_position() const override { return at_; }

  [[nodiscard]] std::span<const std::byte> next() override;
  void release() override;
  [[nodiscard]] int fd() const override { return fd_; }

 private:
  KernelRing() = default;
  [[nodiscard]] const std::byte* committed(std::uint32_t& word) const;

  int fd_ = -1;
  std::size_t mask_ = 0;
  std::size_t page_ = 0;
  std::uint64_t at_ = 0;
  std::uint64_t released_ = 0;
  std::uint64_t* consumer_ = nullptr;        // one page, ours to write
  const std::uint64_t* producer_ = nullptr;  // one page, then the data, mapped twice in a row
  const std::byte* data_ = nullptr;
};

}  // namespace proctree
