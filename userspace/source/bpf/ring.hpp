// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The reader's side of whichever ring the programs write to (bpf/ring.bpf.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace proctree {

class Ring {
 public:
  virtual ~Ring() = default;

  // How much has been begun and how much has been read, in the ring's own measure, which only grows.
  [[nodiscard]] virtual std::uint64_t produced() const = 0;
  [[nodiscard]] virtual std::uint64_t read_position() const = 0;

  // The next record in the order of the host, in place until release(); empty where there is none (yet).
  [[nodiscard]] virtual std::span<const std::byte> next() = 0;
  // Gives the producers back all that next() has passed.
  virtual void release() = 0;

  // Records passed over because they were not published in time.
  [[nodiscard]] virtual std::uint64_t unpublished() const { return 0; }

  // Readable where the reader was woken.
  [[nodiscard]] virtual int fd() const = 0;
};

}  // namespace proctree
