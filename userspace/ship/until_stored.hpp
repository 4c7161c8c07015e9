// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A cursor that waits for collectors: acknowledgements of the server are noted second by second, and the
// cursor follows what the bucket says is stored. What stays missing between stored lines is read and sent
// again.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/notice.hpp"
#include "ship/nats_stored.hpp"
#include "ship/nats_stream.hpp"
#include "ship/ship_source.hpp"
#include "ship/ship_target.hpp"
#include "ship/stored_ranges.hpp"

namespace proctree {

class UntilStored {
 public:
  // The source once more, from other positions.
  using Reopen = std::function<Result<std::unique_ptr<ShipSource>>(StreamPositions positions)>;
  using Send = std::function<void(const SpoolItem& item, const StreamHead& head, const std::string& id)>;

  UntilStored(Reopen reopen, Notice notice) : reopen_(std::move(reopen)), notice_(std::move(notice)) {}

  // What the server has acknowledged: to be moved on by the target. Begins where the cursor is.
  ShipProgress& acknowledged(const ShipProgress& done);
  // Moves `done` on to what is stored; `bucket` is null where there is no connection.
  void advance(const NatsStored* bucket, std::uint64_t now_ns, ShipProgress& done);
  // Some lines of a gap that is old enough.
  void send_gaps(std::uint64_t now_ns, const Send& send);

 private:
  struct Gap {
    std::uint64_t to = 0;
    std::uint64_t since_ns = 0;
    unsigned times = 0;  // sent again
  };
  using GapKey = std::pair<std::string, std::uint64_t>;  // its stream and its first number

  void remember();
  void poll(const NatsStored& bucket, std::uint64_t now_ns);
  void find_gaps(const std::string& stream, const StoredRanges& stored, std::uint64_t now_ns,
                 std::map<GapKey, Gap>& into);
  [[nodiscard]] std::uint64_t first_of(const std::string& stream) const;
  [[nodiscard]] bool is_stored(const ShipProgress& progress) const;

  Reopen reopen_;
  Notice notice_;
  bool has_begun_ = false;
  StreamPositions begin_;  // where the cursor was
  ShipProgress acknowledged_;
  std::uint64_t remembered_ = 0;      // of its lines
  std::deque<ShipProgress> waiting_;  // acknowledged, and not known to be stored
  std::map<std::string, StoredRanges, std::less<>> stored_;
  std::map<GapKey, Gap> gaps_;
  std::uint64_t due_ns_ = 0;
  std::unique_ptr<ShipSource> again_;  // reads a gap
  GapKey reading_;
};

}  // namespace proctree
