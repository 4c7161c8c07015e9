// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/local_store.hpp"

#include <poll.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/try.hpp"
#include "history/history_target.hpp"
#include "history/ingest.hpp"
#include "history/schema.hpp"
#include "ship/ship_source.hpp"

namespace proctree {

namespace {

// Of lines that are in memory until they are committed.
constexpr std::size_t kUncommittedBytes = std::size_t{8} << 20;

Result<void> commit(HistoryWriter& writer, const std::string& from, std::int64_t bytes_most) {
  PROCTREE_CHECK(writer.commit());
  if (PROCTREE_TRY(writer.used_bytes()) <= bytes_most) return {};
  return fail(ErrorCode::unsupported, from + ": this is too much to be read for one question",
              "fill a store with proctree ship --once --from " + from + " --to sqlite:FILE, and ask that");
}

// Up to what is there now: a spool's writer may go on.
Result<void> read_all(ShipSource& source, HistoryWriter& writer, const std::string& from,
                      std::int64_t bytes_most) {
  ShippedLines lines(writer);
  std::size_t uncommitted = 0;
  while (true) {
    const SpoolItem* item = PROCTREE_TRY(source.next());
    if (item == nullptr && source.is_at_end(true)) return commit(writer, from, bytes_most);
    if (item == nullptr) {
      pollfd more{source.fd(), POLLIN, 0};
      ::poll(&more, 1, -1);
      continue;
    }
    PROCTREE_CHECK(lines.put(*item, source.head()));
    uncommitted += item->text.size();
    if (uncommitted < kUncommittedBytes) continue;
    PROCTREE_CHECK(commit(writer, from, bytes_most));
    uncommitted = 0;
  }
}

// A pipe would lose what is read of it here.
bool is_database(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  static constexpr std::string_view kMagic("SQLite format 3\0", 16);
  std::array<char, kMagic.size()> begin{};
  std::ifstream(path, std::ios::binary).read(begin.data(), begin.size());
  return std::string_view(begin.data(), begin.size()) == kMagic;
}

}  // namespace

Result<std::unique_ptr<HistoryStore>> open_local_store(const std::string& where, Notice notice,
                                                       std::int64_t bytes_most) {
  if (where.starts_with(kSqlitePrefix)) return HistoryStore::open(PROCTREE_TRY(history_file(where)));
  if (is_database(where))
    return fail(ErrorCode::invalid_argument, where + ": this is a database", "write sqlite:" + where);
  std::error_code error;
  if (where != "-" && std::filesystem::status(where, error).type() == std::filesystem::file_type::not_found)
    return fail(ErrorCode::invalid_argument, where + " names no history store, and nothing is there",
                "write sqlite:FILE, postgresql://HOST/DATABASE, or a spool's folder or a recording's file");
  auto source = PROCTREE_TRY(open_ship_source(where, {}, std::move(notice)));
  auto writer = PROCTREE_TRY(HistoryWriter::open(PROCTREE_TRY(make_passing_history(where)), renew_tables));
  PROCTREE_CHECK(read_all(*source, *writer, where, bytes_most));
  return HistoryStore::open(std::move(*writer).release());
}

}  // namespace proctree
