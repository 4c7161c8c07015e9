// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lines of streams become rows of a store, in any order, each once. What has been taken since the last
// commit() is one transaction.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_descriptor.hpp"
#include "history/boot_clocks.hpp"
#include "history/database.hpp"
#include "history/process_rows.hpp"
#include "history/programs.hpp"
#include "history/retention.hpp"
#include "history/streams.hpp"
#include "proctree/error.hpp"
#include "replay/record_parser.hpp"

namespace proctree {

class HistoryWriter {
 public:
  // One process at a time writes a file.
  static Result<std::unique_ptr<HistoryWriter>> open(const std::string& path);
  // Within a transaction: tables of an older version become this one's. The version that they were of.
  using RenewTables = Result<std::int64_t> (*)(const Database& database);
  static Result<std::unique_ptr<HistoryWriter>> open(Database database, RenewTables renew);

  // A line without `stream` is an error; one that is stored already, or of no type that we know, is none.
  Result<void> take(std::string_view text);
  // The same for shipped lines: a newer version or a disk error ends the run, an invalid line must not.
  Result<void> take_shipped(std::string_view text);
  // The host and the tracer of a stream whose `start` may not come: as objects of JSON.
  Result<void> take_head(const std::string& stream, const std::string& host, const std::string& tracer);
  // What has been taken is durable. With bounds, some of what is beyond them is dropped.
  Result<void> commit();
  Result<void> set_bounds(const HistoryBounds& bounds);
  // Drops all that is beyond the bounds.
  Result<void> keep_bounds();
  // As of the last commit().
  [[nodiscard]] Result<std::int64_t> used_bytes() const { return database_.used_bytes(); }
  // To be read, after the last commit(): what this has prepared ends with it.
  [[nodiscard]] Database release() && { return std::move(database_); }

 private:
  using Stream = Streams::Stream;

  HistoryWriter(Database database, FileDescriptor lock)
      : lock_(std::move(lock)), database_(std::move(database)) {}
  static Result<std::unique_ptr<HistoryWriter>> open(Database database, FileDescriptor lock,
                                                     RenewTables renew);
  Result<void> prepare();
  Result<void> take_stored_lines();
  Result<void> take_stored_losses();
  Result<void> take_stored_starts();
  Result<void> begin();
  Result<Stream*> find_stream(std::string_view name);
  Result<ProcessRow*> row_of(const Stream& stream, const ProcKey& key);
  Result<std::int64_t> program_id();
  Result<void> set_birth(const Stream& stream, ProcessRow& row, int known);
  Result<void> set_creator(const Stream& stream, ProcessRow& row, const ProcKey& creator, int edge);
  Result<bool> end_transaction();
  Result<bool> store_and_drop();
  Result<void> store_line(std::string_view text, bool is_read);
  Result<void> take_line(Stream& stream, std::string_view text);
  Result<void> take_process(Stream& stream);
  Result<void> take_image(const Stream& stream, const ProcessRow& row);
  void take_exit(const Stream& stream, ProcessRow& row);
  [[nodiscard]] bool wants_ancestors(const RecordedLine& line) const;
  Result<void> take_ancestors(const Stream& stream);
  Result<void> take_loss(const Stream& stream);
  Result<void> take_missing(Stream& stream, std::string_view text);
  Result<void> take_start(const Stream& stream, std::string_view text);

  [[nodiscard]] const RecordedLine& line() const { return parser_.line(); }
  // When the line's event was, by the clock of the row's birth, and never before that.
  [[nodiscard]] std::int64_t time_after_birth(const ProcessRow& row) const;
  // A time since boot on the wall clock of the line.
  [[nodiscard]] std::int64_t realtime_of(std::uint64_t ktime_ns) const;

  FileDescriptor lock_;  // closed after the database: that ends SQLite's own locks
  Database database_;
  RecordParser parser_;
  Streams streams_;
  BootClocks clocks_;
  Programs programs_;
  ProcessRows rows_;
  std::optional<HistoryRetention> retention_;
  bool is_open_ = false;  // a transaction
  bool has_failed_ = false;

  Statement add_image_, add_loss_, add_resync_, add_repeat_, find_host_, add_host_, set_host_, set_start_,
      set_head_, set_stop_;
};

}  // namespace proctree
