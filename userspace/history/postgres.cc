// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/postgres.hpp"

#include <utility>

#include "base/try.hpp"
#include "history/postgres_schema.hpp"
#include "history/postgres_statement.hpp"

namespace proctree {

namespace {

// Without them each text that goes would be looked for in all programs.
constexpr const char* kWordIndexes =
    "CREATE INDEX IF NOT EXISTS program_comm ON program(comm); CREATE INDEX IF NOT EXISTS program_exe ON"
    " program(exe); CREATE INDEX IF NOT EXISTS program_user ON program(\"user\"); CREATE INDEX IF NOT EXISTS"
    " program_container ON program(container); CREATE INDEX IF NOT EXISTS program_entry ON program(entry)";

// Many may write a store: they take turns, one transaction each, by the lock on the row of `store`. Its
// generation counts them, so that each sees whether others have written.
class PostgresDatabase final : public DatabaseBackend {
 public:
  explicit PostgresDatabase(std::unique_ptr<PostgresConnection> connection)
      : connection_(std::move(connection)), days_(*connection_) {}

  Result<Statement> prepare(std::string_view sql, Rows rows) override {
    const std::string cursor = rows == Rows::many ? "c" + std::to_string(++cursors_) : "";
    return Statement(std::make_unique<PostgresStatement>(*connection_, sql, cursor));
  }
  Result<Statement> prepare_insertion(const Insertion& insertion) override {
    return Statement(std::make_unique<PostgresInsertion>(*connection_, insertion));
  }
  Result<void> execute(const char* sql) override { return connection_->execute(sql); }
  Result<void> begin_reading() override { return execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"); }
  Result<bool> begin_writing() override {
    PROCTREE_CHECK(execute("BEGIN"));
    auto next =
        PROCTREE_TRY(prepare("UPDATE store SET generation = generation + 1 RETURNING generation", Rows::few));
    const std::int64_t generation = PROCTREE_TRY(next.one()).value_or(0);
    const bool was_others = generation_ != 0 && generation != generation_ + 1;
    if (was_others) days_.forget();
    generation_ = generation;
    return was_others;
  }
  Result<void> commit() override { return connection_->commit(); }
  Result<void> expect_rows_of(std::int64_t time_ns) override { return days_.expect(time_ns); }
  Result<std::int64_t> changes() override { return connection_->changes(); }
  Result<void> prepare_dropping() override { return execute(kWordIndexes); }
  Result<std::int64_t> used_bytes() override {
    auto size = PROCTREE_TRY(
        prepare("SELECT CAST(coalesce(sum(pg_total_relation_size(oid)), 0) AS BIGINT) FROM pg_class"
                " WHERE relnamespace = CAST('proctree' AS regnamespace) AND relkind = 'r'",
                Rows::few));
    return PROCTREE_TRY(size.one()).value_or(0);
  }
  [[nodiscard]] std::int64_t part_ns() const override { return PostgresDays::kDayNs; }
  Result<PartDrop> drop_part(std::int64_t until_ns) override { return days_.drop(until_ns); }
  Result<void> give_back() override { return {}; }  // autovacuum's work
  [[nodiscard]] const std::string& name() const override { return connection_->name(); }

 private:
  std::unique_ptr<PostgresConnection> connection_;
  PostgresDays days_;
  std::int64_t generation_ = 0;
  std::uint64_t cursors_ = 0;
};

}  // namespace

Database postgres_database(std::unique_ptr<PostgresConnection> connection) {
  return Database(std::make_unique<PostgresDatabase>(std::move(connection)));
}

Result<Database> open_postgres_to_write(const std::string& where, const RemoteOptions& remote) {
  auto connection = PROCTREE_TRY(PostgresConnection::open(where, remote));
  PROCTREE_CHECK(prepare_postgres_tables(*connection));
  return postgres_database(std::move(connection));
}

Result<Database> open_postgres_to_read(const std::string& where, const RemoteOptions& remote) {
  auto connection = PROCTREE_TRY(PostgresConnection::open(where, remote));
  PROCTREE_CHECK(check_postgres_tables(*connection));
  return postgres_database(std::move(connection));
}

}  // namespace proctree
