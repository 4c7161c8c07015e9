// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The rows of processes while lines fill them: each is read once and written once a transaction, so that a
// life shorter than that is one insertion.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/number_ranges.hpp"
#include "history/boot_clocks.hpp"
#include "history/database.hpp"
#include "proctree/error.hpp"
#include "proctree/facts.hpp"

namespace proctree {

// As the table `process` has it.
struct ProcessRow {
  static constexpr int kNoEdge = 3;
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  std::int64_t id = 0;
  std::int64_t clock = 0;
  ProcKey key;
  std::int64_t shift_ns = 0;
  static constexpr std::int64_t kBornNearNs = 1'000'000;
  std::optional<std::int64_t> born_ns = {};  // where it is further from the row's own
  int known = 0;
  std::int64_t reported_ns = kNever;  // of the line that the facts of its birth are of
  std::optional<std::int64_t> creator = {};
  std::optional<std::int64_t> creator_pid = {};
  int edge = kNoEdge;  // of Edge: the lower is the better
  std::optional<std::int64_t> program = {};
  std::optional<std::int64_t> seen_ns = {};
  std::optional<std::int64_t> lived_ns = {};
  std::optional<std::int64_t> exit_code = {};
  std::optional<std::int64_t> signal = {};
  bool end_inferred = false;
  std::optional<std::int64_t> user_ns = {};
  std::optional<std::int64_t> system_ns = {};
  std::optional<std::int64_t> max_rss_kb = {};
  std::optional<std::int64_t> stream = {};
  std::optional<std::int64_t> seq = {};
  std::optional<std::int64_t> exit_stream = {};
  std::optional<std::int64_t> exit_seq = {};

  bool is_stored = false;
  bool is_changed = false;
  bool has_new_creator = false;
  bool has_complete_line = false;  // it and all above it have lines of their own, which say who made them

  [[nodiscard]] bool has_creator() const { return creator || creator_pid == 0; }
};

class ProcessRows {
 public:
  Result<void> prepare(const Database& database);

  // The row of that process of the boot `boot`, made where there is none: born by `clocks.back()`. All of
  // `clocks` are that boot's. Valid until flush().
  Result<ProcessRow*> at(std::int64_t boot, const std::vector<ClockSetting>& clocks, const ProcKey& key);
  // Only of those that are remembered.
  [[nodiscard]] const ProcessRow* find(std::int64_t boot, const ProcKey& key) const;
  void set_changed(ProcessRow& row);
  // The row, which another clock's line made, was born by this one: flush() moves it to that birth.
  void set_clock(const ProcessRow& row, const ClockSetting& clock);
  Result<void> flush();
  // flush() is due: it makes room.
  [[nodiscard]] bool is_full() const { return rows_.size() >= kMost; }
  // After flush(): the file may no longer have them.
  void forget() {
    rows_.clear();
    taken_.clear();
  }
  // The same where another process has written the store.
  Result<void> reload();

 private:
  static constexpr std::size_t kMost = 65'536;

  struct Key {
    std::int64_t boot;
    std::uint32_t pid;
    std::uint64_t start_ns;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };

  struct Move {
    ProcKey key;
    std::int64_t shift_ns = 0;
    std::int64_t start = 0;  // of the row, by its own clock
    ClockSetting clock;
  };

  Result<bool> load(const ClockSetting& clock, const ProcKey& key, ProcessRow& row);
  static ProcessRow read_row(const Statement& found, const ProcKey& key);
  Result<std::int64_t> free_id(std::int64_t wanted);
  Result<void> write(const ProcessRow& row);
  Result<void> move(std::int64_t id, const Move& move);

  const Database* database_ = nullptr;
  Statement near_, own_, taken_near_, insert_, update_, set_creator_, latest_;
  Statement move_, move_images_, move_below_, note_uses_;
  std::unordered_map<Key, ProcessRow, KeyHash> rows_;
  std::vector<ProcessRow*> changed_;
  std::map<std::int64_t, Move> moves_;  // by id
  // Ids that are known to be taken: all that are not in the file yet, and of it those that were in the way.
  NumberRanges taken_;
  std::int64_t latest_id_ = std::numeric_limits<std::int64_t>::min();  // of the file
};

}  // namespace proctree
