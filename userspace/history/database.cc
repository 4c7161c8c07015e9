// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/database.hpp"

#include "base/try.hpp"

namespace proctree {

Result<std::optional<std::int64_t>> Statement::one() {
  const bool has_row = PROCTREE_TRY(step());
  const auto number = has_row ? maybe_number(0) : std::nullopt;
  reset();
  return number;
}

std::string Insertion::on_conflict() const {
  if (key.empty()) return {};
  std::string clause = " ON CONFLICT(";
  clause.append(key) += ") DO ";
  return update.empty() ? clause + "NOTHING" : clause.append("UPDATE SET ").append(update);
}

Result<std::int64_t> Database::number(std::string_view sql) const {
  auto statement = PROCTREE_TRY(prepare(sql));
  return PROCTREE_TRY(statement.one()).value_or(0);
}

}  // namespace proctree
