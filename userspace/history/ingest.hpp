// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lines of streams become rows of a store, in any order, each once. What has been taken since the last
// commit() is one transaction.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/number_ranges.hpp"
#include "history/line_blocks.hpp"
#include "history/process_rows.hpp"
#include "history/programs.hpp"
#include "history/retention.hpp"
#include "history/sqlite.hpp"
#include "proctree/error.hpp"
#include "replay/record_parser.hpp"

namespace proctree {

class HistoryWriter {
 public:
  // One process at a time writes a store.
  static Result<std::unique_ptr<HistoryWriter>> open(const std::string& path);

  // A line without `stream` is an error; one that is stored already, or of no type that we know, is none.
  Result<void> take(std::string_view text);
  // The host and the tracer of a stream whose `start` may not come: as objects of JSON.
  Result<void> take_head(const std::string& stream, const std::string& host, const std::string& tracer);
  // What has been taken stays, whatever happens to this host. With bounds, some of what is beyond them goes.
  Result<void> commit();
  Result<void> set_bounds(const HistoryBounds& bounds);
  // All that is beyond the bounds goes.
  Result<void> keep_bounds();

 private:
  struct Stream {
    std::int64_t id = 0;
    std::int64_t boot = 0;
    NumberRanges ranges;         // of what is stored
    NumberRanges stored_ranges;  // as the table has them
    LineBlock block;
    std::vector<std::int64_t> small_blocks;  // rows of what `block` still gathers
    std::int64_t first_ns = 0;
    std::int64_t last_ns = 0;
    bool has_snapshot = false;
    bool is_changed = false;
  };

  HistoryWriter(Database database, FileDescriptor lock)
      : lock_(std::move(lock)), database_(std::move(database)) {}
  Result<void> prepare();
  Result<void> take_stored_lines();
  Result<void> begin();
  Result<Stream*> find_stream(std::string_view name);
  Result<void> load_clocks(std::int64_t boot);
  Result<void> choose_clock(const Stream& stream);
  Result<ProcessRow*> row_of(const Stream& stream, const ProcKey& key);
  Result<std::int64_t> program_id();
  Result<void> set_birth(const Stream& stream, ProcessRow& row, int known);
  Result<void> set_creator(const Stream& stream, ProcessRow& row, const ProcKey& creator, int edge);
  Result<void> end_transaction();
  Result<bool> drop_old();
  Result<void> store_line(std::string_view text, bool is_read);
  Result<void> take_line(Stream& stream);
  Result<void> take_process(Stream& stream);
  Result<void> take_image(const Stream& stream, const ProcessRow& row);
  void take_exit(const Stream& stream, ProcessRow& row);
  [[nodiscard]] bool wants_ancestors(const RecordedLine& line) const;
  Result<void> take_ancestors(const Stream& stream);
  Result<void> take_loss(const Stream& stream, std::string_view text);
  Result<void> take_start(Stream& stream);
  Result<std::int64_t> store_block(const Stream& stream, const PackedLines& packed);
  Result<void> store_full_block(Stream& stream);
  Result<void> store_small_block(Stream& stream);
  Result<void> store_ranges(Stream& stream);

  [[nodiscard]] const RecordedLine& line() const { return parser_.line(); }
  // A moment since boot on the wall clock of the line.
  [[nodiscard]] std::int64_t realtime_of(std::uint64_t ktime_ns) const;

  FileDescriptor lock_;  // closed after the database: that ends SQLite's own locks
  Database database_;
  RecordParser parser_;
  std::map<std::string, Stream, std::less<>> streams_;
  std::map<std::int64_t, std::vector<BootClock>> clocks_;  // by boot; the last is that of the latest line
  Programs programs_;
  ProcessRows rows_;
  std::optional<HistoryRetention> retention_;
  bool is_open_ = false;  // a transaction
  bool has_failed_ = false;

  Statement add_clock_, add_image_, add_block_, remove_block_, add_loss_, add_resync_, add_repeat_,
      set_stream_;
};

}  // namespace proctree
