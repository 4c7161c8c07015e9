// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Where lines are shipped to. A target on this host has what was put once it is synced; one beyond a network
// acknowledges in its own time, so that the loop asks how far it has come and waits for none.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "proctree/error.hpp"
#include "schema/translator.hpp"
#include "sink/stop_request.hpp"
#include "spool/spool_reader.hpp"

namespace proctree {

// How many lines have been handed over, and the last of each stream.
struct ShipProgress {
  // Lines of a recording may come in any order: a stream's place is never taken back.
  void advance(std::string_view stream, const StreamPosition& position) {
    ++lines;
    move(stream, position);
  }
  // What was handed over after this.
  void append(const ShipProgress& more) {
    lines += more.lines;
    for (const auto& [stream, position] : more.positions) move(stream, position);
  }
  void move(std::string_view stream, const StreamPosition& position) {
    auto at = positions.find(stream);
    if (at == positions.end()) at = positions.emplace(stream, StreamPosition{}).first;
    if (position.seq >= at->second.seq) at->second = position;
  }

  std::uint64_t lines = 0;
  StreamPositions positions;
};

[[nodiscard]] inline StreamPosition position_after(const SpoolItem& item) {
  StreamPosition position{item.seq_to, item.before};
  position.totals += item.totals;
  return position;
}

struct ShipCounters {
  std::uint64_t resent = 0;   // sent more than once
  std::uint64_t cut = 0;      // too long for the target
  std::uint64_t refused = 0;  // by the target, for a reason that it gave: sent again, or rejected for good
};

class ShipTarget {
 public:
  virtual ~ShipTarget() = default;
  ShipTarget(const ShipTarget&) = delete;
  ShipTarget& operator=(const ShipTarget&) = delete;

  // False: it has no room at present; flush(), wait, and try again.
  virtual Result<bool> put(const SpoolItem& item, const StreamHead& head) = 0;
  // Sends what was put. Called before each wait, so that a target that sends again does it here.
  virtual Result<void> flush() = 0;
  // Moves `done` on to what is durable. `put`: all that was put. A local target syncs it; a remote one
  // reports what has been acknowledged so far, in the order of put().
  virtual Result<void> acknowledge(const ShipProgress& put, ShipProgress& done) = 0;
  // Readable when put() may have room again, or acknowledge() more to report; -1: there is nothing to wait
  // with.
  [[nodiscard]] virtual int fd() const { return -1; }
  [[nodiscard]] virtual ShipCounters counters() const { return {}; }
  virtual Result<void> reopen() { return {}; }
  virtual Result<void> close() = 0;

  // It has the line from an earlier run, which ended before the cursor was saved: it need not come again.
  [[nodiscard]] virtual bool has(const SpoolItem& /*item*/) const { return false; }
  // acknowledge() is to be called before the line is put: with it there would be more than has() knows again
  // after a kill.
  [[nodiscard]] virtual bool wants_acknowledgement_before(const SpoolItem& /*item*/) const { return false; }

 protected:
  ShipTarget() = default;
};

// "-" is standard output; a folder, or a name that ends with `/`, is a spool, all else a file to append to.
// `schema`: what is put are documents of this schema (in_schema()), and so are the lines that a file has.
[[nodiscard]] Result<std::unique_ptr<ShipTarget>> open_ship_target(const std::string& to, StopRequest stop,
                                                                   std::optional<schema::Schema> schema = {});

[[nodiscard]] bool is_folder(const std::string& path);

// By which a cursor knows its target again.
[[nodiscard]] std::string target_name(const std::string& to);

}  // namespace proctree
