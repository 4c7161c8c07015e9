// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Where lines are shipped from: a spool or a stream, which go on, or a recording, which ends.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>

#include "base/notice.hpp"
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
  // Readable when there may be more; -1: there is nothing to wait with.
  [[nodiscard]] virtual int fd() const = 0;
  // Before next() returns null it waits for a short time itself.
  [[nodiscard]] virtual bool waits() const { return false; }
  // When next() returned null: no more will come, or with `once` none that is meant.
  [[nodiscard]] virtual bool is_at_end(bool once) const = 0;
  // The target has the first `lines` of those handed out for good.
  virtual Result<void> acknowledge(std::uint64_t /*lines*/) { return {}; }
  // How many lines it hands out beyond those at most.
  [[nodiscard]] virtual std::uint64_t window() const { return std::numeric_limits<std::uint64_t>::max(); }

 protected:
  ShipSource() = default;
};

// A folder with a spool's files is one; else files as `replay` takes them, "-" for standard input. `notice`
// gets the lines in them that are skipped, as they are no stream's; files without any other line are an
// error.
[[nodiscard]] Result<std::unique_ptr<ShipSource>> open_ship_source(const std::string& from,
                                                                   StreamPositions positions,
                                                                   Notice notice = {});

}  // namespace proctree
