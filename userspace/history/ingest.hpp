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
#include <unordered_map>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/number_ranges.hpp"
#include "history/line_blocks.hpp"
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
  // What has been taken stays, whatever happens to this host.
  Result<void> commit();

 private:
  struct Stream {
    std::int64_t id = 0;
    std::int64_t boot = 0;
    NumberRanges ranges;         // of what is stored
    NumberRanges stored_ranges;  // as the table has them
    LineBlock block;
    std::int64_t first_ns = 0;
    std::int64_t last_ns = 0;
    bool has_snapshot = false;
    bool is_changed = false;
  };
  struct Key {
    std::int64_t boot;
    std::uint32_t pid;
    std::uint64_t start_ns;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  // What of a row decides whether a line has more to say.
  struct Row {
    std::int64_t id = 0;
    int known = 0;
    std::int64_t told_ns = 0;
    int edge = kNoEdge;  // of Edge: the lower says more
    bool has_creator = false;
  };
  static constexpr int kNoEdge = 3;

  HistoryWriter(Database database, FileDescriptor lock)
      : lock_(std::move(lock)), database_(std::move(database)) {}
  Result<void> prepare();
  Result<void> begin();
  Result<Stream*> find_stream(std::string_view name);
  Result<std::optional<std::int64_t>> string_id(std::string_view text);
  Result<std::optional<std::int64_t>> args_id();
  Result<Row*> row_of(const Stream& stream, const ProcKey& key);
  Result<void> set_birth(const Stream& stream, Row& row, int known);
  Result<void> set_creator(const Stream& stream, Row& row, const ProcKey& creator, int edge);
  Result<void> end_transaction();
  Result<void> store_line(std::string_view text, bool is_read);
  Result<void> take_line(Stream& stream);
  Result<void> take_process(Stream& stream);
  Result<void> take_image(const Stream& stream, const Row& row);
  Result<void> take_exit(const Stream& stream, const Row& row);
  Result<void> take_ancestors(const Stream& stream);
  Result<void> take_loss(const Stream& stream, std::string_view text);
  Result<void> take_start(Stream& stream);
  Result<void> store_block(Stream& stream);
  Result<void> store_ranges(Stream& stream);

  [[nodiscard]] const RecordedLine& line() const { return parser_.line(); }
  // A moment since boot on the wall clock of the line.
  [[nodiscard]] std::int64_t realtime_of(std::uint64_t ktime_ns) const;

  FileDescriptor lock_;  // closed after the database: that ends SQLite's own locks
  Database database_;
  RecordParser parser_;
  std::map<std::string, Stream, std::less<>> streams_;
  std::unordered_map<std::string, std::int64_t> strings_;
  std::unordered_map<std::string, std::int64_t> args_;
  std::unordered_map<Key, Row, KeyHash> rows_;
  std::string scratch_;
  bool is_open_ = false;  // a transaction
  bool has_failed_ = false;

  Statement find_string_, add_string_, find_args_, add_args_, find_process_, add_process_, set_birth_,
      set_creator_, set_seen_, set_exit_, add_image_, add_block_, add_loss_, add_resync_, add_repeat_,
      set_stream_;
};

}  // namespace proctree
