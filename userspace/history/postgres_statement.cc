// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/postgres_statement.hpp"

#include <algorithm>
#include <utility>

#include "base/try.hpp"
#include "history/postgres_text.hpp"

namespace proctree {

namespace {

constexpr Oid kBytes = 17;                                 // bytea's
constexpr std::size_t kFetchBytes = std::size_t{1} << 20;  // that one fetch is to bring, about
constexpr int kFetchFirst = 16;
constexpr int kFetchMost = 4096;

}  // namespace

std::string postgres_sql(std::string_view sql) {
  constexpr std::string_view kIs = " IS ?";
  std::string text;
  for (std::size_t at = 0; at < sql.size(); ++at) {
    if (sql.substr(at).starts_with(kIs)) {
      text += " IS NOT DISTINCT FROM $";
      at += kIs.size() - 1;
    } else {
      text += sql[at] == '?' ? '$' : sql[at];
    }
  }
  return text;
}

PostgresStatement::PostgresStatement(PostgresConnection& connection, std::string_view sql,
                                     const std::string& cursor)
    : connection_(connection), cursor_(cursor) {
  if (!cursor.empty()) command_.sql = "DECLARE " + cursor + " NO SCROLL CURSOR FOR ";
  command_.sql += postgres_sql(sql);
}

PostgresStatement::~PostgresStatement() { reset(); }

Result<bool> PostgresStatement::step() {
  if (!result_ || (is_open_ && row_ + 1 >= PQntuples(result_.get()))) {
    if (!cursor_.empty()) {
      PROCTREE_CHECK(fetch());
    } else {
      result_ = PROCTREE_TRY(connection_.query(command_, parameters_));
      row_ = -1;
    }
  }
  if (row_ + 1 >= PQntuples(result_.get())) return false;
  ++row_;
  return true;
}

// The next rows; none are left: the result is empty.
Result<void> PostgresStatement::fetch() {
  if (!is_open_) {
    PROCTREE_TRY(connection_.query(command_, parameters_));
    is_open_ = true;
    fetched_ = kFetchFirst;
  } else if (PQntuples(result_.get()) < fetched_) {
    row_ = PQntuples(result_.get()) - 1;
    return {};
  } else if (PQresultMemorySize(result_.get()) < kFetchBytes / 4) {
    fetched_ = std::min(fetched_ * 4, kFetchMost);
  }
  result_.reset();
  PostgresCommand fetch{"FETCH " + std::to_string(fetched_) + " FROM " + cursor_};
  PostgresParameters none;
  result_ = PROCTREE_TRY(connection_.query(fetch, none));
  row_ = -1;
  return {};
}

Result<void> PostgresStatement::run() {
  reset();
  return connection_.run(command_, parameters_);
}

void PostgresStatement::reset() {
  result_.reset();
  row_ = -1;
  // Where that fails the next statement does too.
  if (std::exchange(is_open_, false)) (void)connection_.execute(("CLOSE " + cursor_).c_str());
}

std::optional<std::int64_t> PostgresStatement::maybe_number(int column) const {
  if (row_ < 0 || PQgetisnull(result_.get(), row_, column) != 0) return std::nullopt;
  // Its bytes, the highest first.
  const std::string_view bytes(PQgetvalue(result_.get(), row_, column),
                               static_cast<std::size_t>(PQgetlength(result_.get(), row_, column)));
  if (bytes.empty() || bytes.size() > sizeof(std::int64_t)) return 0;
  auto value = static_cast<std::uint64_t>(static_cast<std::int64_t>(static_cast<signed char>(bytes[0])));
  for (const char c : bytes.substr(1)) value = value << 8U | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(value);
}

std::string_view PostgresStatement::text(int column) const {
  if (row_ < 0 || PQgetisnull(result_.get(), row_, column) != 0) return {};
  const std::string_view text(PQgetvalue(result_.get(), row_, column),
                              static_cast<std::size_t>(PQgetlength(result_.get(), row_, column)));
  if (PQftype(result_.get(), column) == kBytes) return text;
  const auto at = static_cast<std::size_t>(column);
  if (texts_.size() <= at) texts_.resize(static_cast<std::size_t>(PQnfields(result_.get())));
  return decode_postgres_text(text, texts_[at]);
}

PostgresInsertion::PostgresInsertion(PostgresConnection& connection, const Insertion& insertion)
    : connection_(connection), table_(insertion.table) {
  const std::string& table = table_;
  const std::string columns(insertion.columns);
  make_ = "CREATE TEMPORARY TABLE IF NOT EXISTS new_" + table + " ON COMMIT DELETE ROWS AS SELECT " +
          columns + " FROM " + table + " LIMIT 0";
  copy_ = "COPY new_" + table + "(" + columns + ") FROM STDIN";
  insert_ = "INSERT INTO " + table + "(" + columns + ") SELECT ";
  if (!insertion.best.empty()) insert_.append("DISTINCT ON (").append(insertion.key) += ") ";
  insert_.append(columns).append(" FROM new_").append(table);
  if (!insertion.best.empty()) insert_.append(" ORDER BY ").append(insertion.key) += ", ";
  insert_.append(insertion.best);
  insert_ += insertion.on_conflict() + "; DELETE FROM new_" + table;
  columns_.resize(1 + static_cast<std::size_t>(std::ranges::count(columns, ',')), "\\N");
  connection_.add(this);
}

std::string& PostgresInsertion::column(int at) { return columns_[static_cast<std::size_t>(at) - 1]; }

void PostgresInsertion::bind_text(int at, std::string_view text) {
  std::string valid;
  encode_postgres_text(text, valid);
  std::string& value = column(at);
  value.clear();
  for (const char c : valid) {
    if (c == '\\' || c == '\t' || c == '\n' || c == '\r') value += '\\';
    value += c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : c;
  }
}

void PostgresInsertion::bind_blob(int at, std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string& value = column(at);
  value = "\\\\x";
  for (const char c : bytes) {
    value += kDigits[static_cast<unsigned char>(c) >> 4U];
    value += kDigits[static_cast<unsigned char>(c) & 0xfU];
  }
}

Result<bool> PostgresInsertion::step() {
  PROCTREE_CHECK(run());
  return false;
}

Result<void> PostgresInsertion::run() {
  for (std::size_t i = 0; i < columns_.size(); ++i) rows_.append(i == 0 ? "" : "\t").append(columns_[i]);
  rows_ += '\n';
  return rows_.size() < kMost ? Result<void>() : send();
}

Result<void> PostgresInsertion::send() {
  if (rows_.empty()) return {};
  if (!std::exchange(is_made_, true)) PROCTREE_CHECK(connection_.execute_now(make_));
  PROCTREE_CHECK(connection_.copy(copy_, rows_));
  rows_.clear();
  return connection_.execute_now(insert_);
}

}  // namespace proctree
