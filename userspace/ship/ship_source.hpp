// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Where lines are shipped from: a spool, which goes on, or a recording, which ends.
#pragma once

#include <memory>
#include <string>

#include "proctree/error.hpp"
#include "spool/spool_reader.hpp"

namespace proctree {

class ShipSource {
 public:
  virtual ~ShipSource() = default;
  ShipSource(const ShipSource&) = delete;
  ShipSource& operator=(const ShipSource&) = delete;

  // null: there is no more, at present.
  virtual Result<const SpoolItem*> next() = 0;
  [[nodiscard]] virtual const StreamHead& head() const = 0;
  [[nodiscard]] virtual const StreamPositions& positions() const = 0;
  // Readable when there may be more; -1: there is nothing to wait with.
  [[nodiscard]] virtual int fd() const = 0;
  [[nodiscard]] virtual bool goes_on() const = 0;

 protected:
  ShipSource() = default;
};

// A folder with a spool's files is one; else files as `replay` takes them, "-" for standard input.
[[nodiscard]] Result<std::unique_ptr<ShipSource>> open_ship_source(const std::string& from,
                                                                   StreamPositions positions);

}  // namespace proctree
