// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Where lines are shipped to: a spool, a file, or standard output.
#pragma once

#include <memory>
#include <string>

#include "proctree/error.hpp"
#include "sink/stop_request.hpp"
#include "spool/spool_reader.hpp"

namespace proctree {

class ShipTarget {
 public:
  virtual ~ShipTarget() = default;
  ShipTarget(const ShipTarget&) = delete;
  ShipTarget& operator=(const ShipTarget&) = delete;

  // False: it has no room at present; flush() and try again.
  virtual Result<bool> put(const SpoolItem& item, const StreamHead& head) = 0;
  virtual Result<void> flush() = 0;
  // What was put stays, whatever happens to this host.
  virtual Result<void> acknowledge() = 0;
  virtual Result<void> reopen() { return {}; }
  virtual Result<void> close() = 0;

  // The line that it ends with, of an earlier run: that stream up to that number need not come again.
  [[nodiscard]] const std::string& last_stream() const { return last_stream_; }
  [[nodiscard]] std::uint64_t last_seq() const { return last_seq_; }

 protected:
  ShipTarget() = default;
  std::string last_stream_;
  std::uint64_t last_seq_ = 0;
};

// "-" is standard output; a folder, or a name that ends with `/`, is a spool, all else a file to append to.
[[nodiscard]] Result<std::unique_ptr<ShipTarget>> open_ship_target(const std::string& to, StopRequest stop);

// By which a cursor knows its target again.
[[nodiscard]] std::string target_name(const std::string& to);

}  // namespace proctree
