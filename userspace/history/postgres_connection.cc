// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/postgres_connection.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/parse_text.hpp"
#include "base/try.hpp"
#include "history/postgres_address.hpp"
#include "history/postgres_errors.hpp"
#include "history/postgres_text.hpp"

namespace proctree {

namespace {

// At most this many results wait in the sockets on both sides, which must have room for them.
constexpr std::size_t kAheadMost = 256;
constexpr int kBinary = 1;

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const bool is_blank = c == '\n' || c == '\t' || c == ' ';
    if (!is_blank) line += c;
    if (is_blank && !line.empty() && line.back() != ' ') line += ' ';
  }
  while (line.ends_with(' ')) line.pop_back();
  return line;
}

// std::nullopt: it is connected after all. The server's text may be in its language; its code, which libpq
// returns only at another attempt, never is.
std::optional<tl::unexpected<Error>> refusal_of(PGconn* connection, const std::string& name) {
  const std::string message = name + ": " + one_line(PQerrorMessage(connection));
  if (PQconnectionNeedsPassword(connection) != 0) {
    return fail(ErrorCode::permission, message,
                "write HOST:PORT:DATABASE:USER:PASSWORD into a file that you alone may read, and name it by "
                "--credentials");
  }
  PQsetErrorVerbosity(connection, PQERRORS_SQLSTATE);
  PQreset(connection);
  if (PQstatus(connection) != CONNECTION_OK)
    return postgres_error(message, last_state_of(PQerrorMessage(connection)));
  PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
  return std::nullopt;
}

}  // namespace

PostgresParameters::Value& PostgresParameters::at(int at) {
  if (values_.size() < static_cast<std::size_t>(at)) values_.resize(static_cast<std::size_t>(at));
  Value& value = values_[static_cast<std::size_t>(at) - 1];
  value.is_null = value.is_binary = false;
  return value;
}

void PostgresParameters::set_number(int at, std::int64_t value) {
  this->at(at).bytes = std::to_string(value);
}
void PostgresParameters::set_text(int at, std::string_view text) {
  encode_postgres_text(text, this->at(at).bytes);
}
void PostgresParameters::set_bytes(int at, std::string_view bytes) {
  Value& value = this->at(at);
  value.bytes = bytes;
  value.is_binary = true;
}
void PostgresParameters::set_null(int at) { this->at(at).is_null = true; }

const PostgresParameters::Arrays& PostgresParameters::arrays() {
  arrays_ = {};
  for (const Value& value : values_) {
    arrays_.values.push_back(value.is_null ? nullptr : value.bytes.c_str());
    arrays_.lengths.push_back(static_cast<int>(value.bytes.size()));
    arrays_.formats.push_back(value.is_binary ? kBinary : 0);
  }
  return arrays_;
}

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::open(const std::string& where,
                                                                     const RemoteOptions& remote) {
  const auto settings = PROCTREE_TRY(postgres_settings(where, remote));
  PROCTREE_CHECK(check_readable(remote));
  std::vector<const char*> keys;
  std::vector<const char*> values;
  for (const auto& [key, value] : settings) {
    keys.push_back(key.c_str());
    values.push_back(value.c_str());
  }
  keys.push_back(nullptr);
  values.push_back(nullptr);
  constexpr int kExpandAddress = 1;
  std::unique_ptr<PostgresConnection> opened(new PostgresConnection(
      PQconnectdbParams(keys.data(), values.data(), kExpandAddress), where.substr(0, where.find('?'))));
  PGconn* const connection = opened->connection_.get();
  if (connection == nullptr) return fail(ErrorCode::no_memory, "no memory for a connection");
  if (PQstatus(connection) != CONNECTION_OK) {
    if (auto refusal = refusal_of(connection, opened->name_)) return std::move(*refusal);
  }
  PQsetNoticeProcessor(
      connection, [](void*, const char*) {}, nullptr);
  PROCTREE_CHECK(
      opened->execute("SET search_path TO proctree; SET client_min_messages TO warning; SET jit TO off;"
                      "SELECT set_config('synchronous_commit', 'on', false)"
                      " WHERE current_setting('synchronous_commit') = 'off'"));
  return opened;
}

tl::unexpected<Error> PostgresConnection::failed(const PGresult* result) {
  const char* state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const std::string reason = one_line(message == nullptr ? PQerrorMessage(connection_.get()) : message);
  last_state_ = state == nullptr ? "08000" : state;
  return postgres_error(name_ + ": " + reason, state == nullptr ? "" : state);
}

Result<PostgresResult> PostgresConnection::checked(PGresult* result) {
  PostgresResult held(result);
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN)
    return failed(result);
  last_state_.clear();
  return held;
}

Result<void> PostgresConnection::drain() {
  if (ahead_ == 0) return {};
  PGconn* const connection = connection_.get();
  if (PQpipelineSync(connection) != 1) return failed(nullptr);
  PostgresResult first_error;
  while (true) {
    PostgresResult result(PQgetResult(connection));
    if (!result) {
      if (PQstatus(connection) != CONNECTION_OK) return failed(first_error.get());
      continue;  // the end of one statement's results
    }
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_PIPELINE_SYNC) break;
    if (status == PGRES_FATAL_ERROR && !first_error) first_error = std::move(result);
    if (status == PGRES_COMMAND_OK)
      changes_ = parse_number<std::int64_t>(PQcmdTuples(result.get())).value_or(0);
  }
  ahead_ = 0;
  PQexitPipelineMode(connection);
  if (first_error) return failed(first_error.get());
  return {};
}

Result<void> PostgresConnection::settle() {
  PROCTREE_CHECK(drain());
  for (PostgresGathered* gathered : gathered_) PROCTREE_CHECK(gathered->send());
  return {};
}

Result<void> PostgresConnection::send_gathered(std::string_view sql) {
  for (PostgresGathered* gathered : gathered_) {
    if (gathered->concerns(sql)) PROCTREE_CHECK(gathered->send());
  }
  return {};
}

Result<void> PostgresConnection::prepare(PostgresCommand& command) {
  command.name = "p" + std::to_string(++prepared_);
  PROCTREE_TRY(checked(PQprepare(connection_.get(), command.name.c_str(), command.sql.c_str(), 0, nullptr)));
  return {};
}

Result<PostgresResult> PostgresConnection::query(PostgresCommand& command, PostgresParameters& parameters) {
  PROCTREE_CHECK(send_gathered(command.sql));
  PROCTREE_CHECK(drain());
  if (command.is_used && command.name.empty()) PROCTREE_CHECK(prepare(command));
  command.is_used = true;
  const auto& with = parameters.arrays();
  PGconn* const connection = connection_.get();
  if (command.name.empty())
    return checked(PQexecParams(connection, command.sql.c_str(), parameters.count(), nullptr,
                                with.values.data(), with.lengths.data(), with.formats.data(), kBinary));
  return checked(PQexecPrepared(connection, command.name.c_str(), parameters.count(), with.values.data(),
                                with.lengths.data(), with.formats.data(), kBinary));
}

Result<void> PostgresConnection::run(PostgresCommand& command, PostgresParameters& parameters) {
  PROCTREE_CHECK(send_gathered(command.sql));
  if (ahead_ >= kAheadMost || command.name.empty()) PROCTREE_CHECK(drain());
  if (command.name.empty()) PROCTREE_CHECK(prepare(command));
  PGconn* const connection = connection_.get();
  if (ahead_ == 0 && PQenterPipelineMode(connection) != 1) return failed(nullptr);
  const auto& with = parameters.arrays();
  if (PQsendQueryPrepared(connection, command.name.c_str(), parameters.count(), with.values.data(),
                          with.lengths.data(), with.formats.data(), kBinary) != 1)
    return failed(nullptr);
  ++ahead_;
  return {};
}

Result<void> PostgresConnection::execute(const char* sql) {
  PROCTREE_CHECK(settle());
  return execute_now(sql);
}

Result<void> PostgresConnection::execute_now(const std::string& sql) {
  PROCTREE_CHECK(drain());
  PROCTREE_TRY(checked(PQexec(connection_.get(), sql.c_str())));
  return {};
}

Result<void> PostgresConnection::commit() {
  PROCTREE_CHECK(settle());
  const PostgresResult result = PROCTREE_TRY(checked(PQexec(connection_.get(), "COMMIT")));
  // One that had failed is undone without an error.
  if (PQcmdStatus(result.get()) == std::string_view("COMMIT")) return {};
  return fail(ErrorCode::io, name_ + ": the transaction was undone");
}

Result<std::int64_t> PostgresConnection::changes() {
  PROCTREE_CHECK(settle());
  return changes_;
}

void PostgresConnection::remove(PostgresGathered* gathered) { std::erase(gathered_, gathered); }

Result<void> PostgresConnection::copy(const std::string& command, std::string_view rows) {
  PROCTREE_CHECK(drain());
  PGconn* const connection = connection_.get();
  PROCTREE_TRY(checked(PQexec(connection, command.c_str())));
  if (PQputCopyData(connection, rows.data(), static_cast<int>(rows.size())) != 1 ||
      PQputCopyEnd(connection, nullptr) != 1)
    return failed(nullptr);
  PROCTREE_TRY(checked(PQgetResult(connection)));
  while (PGresult* more = PQgetResult(connection)) PQclear(more);
  return {};
}

}  // namespace proctree
