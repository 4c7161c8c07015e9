// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A connection to a server of PostgreSQL. Statements without a result are sent ahead and waited for with the
// next that has one, which saves a round trip each. Errors with ErrorCode::io may be temporary: the server is
// away, has no room or met another transaction. After any error the connection is unusable.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proctree/error.hpp"
#include "ship/remote_options.hpp"

namespace proctree {

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using PostgresResult = std::unique_ptr<PGresult, ClearResult>;

// Of a statement, $1 first.
class PostgresParameters {
 public:
  void set_number(int at, std::int64_t value);
  void set_text(int at, std::string_view text);
  void set_bytes(int at, std::string_view bytes);
  void set_null(int at);

  [[nodiscard]] int count() const { return static_cast<int>(values_.size()); }
  // As libpq takes them, valid until they change.
  struct Arrays {
    std::vector<const char*> values;
    std::vector<int> lengths;
    std::vector<int> formats;
  };
  const Arrays& arrays();

 private:
  struct Value {
    std::string bytes;
    bool is_null = true;
    bool is_binary = false;
  };
  Value& at(int at);

  std::vector<Value> values_;
  Arrays arrays_;
};

// A statement that the server prepares when it is run for the second time.
struct PostgresCommand {
  std::string sql;
  std::string name = {};
  bool is_used = false;
};

// Rows that are gathered on this side.
class PostgresGathered {
 public:
  virtual ~PostgresGathered() = default;
  virtual Result<void> send() = 0;
  // The statement may be of the table that they are for.
  [[nodiscard]] virtual bool concerns(std::string_view sql) const = 0;
};

class PostgresConnection {
 public:
  // `where`: postgresql://…; the rest as libpq has it, from the environment and service files.
  static Result<std::unique_ptr<PostgresConnection>> open(const std::string& where,
                                                          const RemoteOptions& remote);

  Result<PostgresResult> query(PostgresCommand& command, PostgresParameters& parameters);
  // Sent ahead.
  Result<void> run(PostgresCommand& command, PostgresParameters& parameters);
  // Several statements, without parameters.
  Result<void> execute(const char* sql);
  // An error: the transaction was undone.
  Result<void> commit();
  // As SQLSTATE has it: why the last statement failed; empty: it didn't.
  [[nodiscard]] const std::string& last_state() const { return last_state_; }
  // Rows that the last statement of run() changed.
  Result<std::int64_t> changes();

  // Gathered rows are sent before a statement that may be of their table, and before the transaction ends.
  void add(PostgresGathered* gathered) { gathered_.push_back(gathered); }
  void remove(PostgresGathered* gathered);
  // For these alone: rows in COPY's text form.
  Result<void> copy(const std::string& command, std::string_view rows);
  Result<void> execute_now(const std::string& sql);

  // Without what it says of users.
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };

  PostgresConnection(PGconn* connection, std::string name)
      : connection_(connection), name_(std::move(name)) {}
  Result<void> settle();
  Result<void> send_gathered(std::string_view sql);
  Result<void> drain();
  Result<void> prepare(PostgresCommand& command);
  Result<PostgresResult> checked(PGresult* result);
  tl::unexpected<Error> failed(const PGresult* result);

  std::unique_ptr<PGconn, Finish> connection_;
  std::string name_;
  std::vector<PostgresGathered*> gathered_;
  std::string last_state_;
  std::size_t ahead_ = 0;  // statements that were sent ahead
  std::int64_t changes_ = 0;
  std::size_t prepared_ = 0;
};

}  // namespace proctree
