// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What of PostgreSQL as a store takes no server: texts, SQL, and what libpq is told of an address.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <random>

#include "base/utf8.hpp"
#include "history/postgres_address.hpp"
#include "history/postgres_statement.hpp"
#include "history/postgres_text.hpp"

namespace proctree {
namespace {

std::string encoded(std::string_view bytes) {
  std::string text;
  encode_postgres_text(bytes, text);
  return text;
}

std::map<std::string, std::string> settings(const std::string& where, const RemoteOptions& remote = {}) {
  const auto found = postgres_settings(where, remote);
  EXPECT_TRUE(found) << found.error().to_string();
  return found ? std::map<std::string, std::string>(found->begin(), found->end())
               : std::map<std::string, std::string>();
}

TEST(PostgresText, TakesAnyBytesAndGivesThemBack) {
  using namespace std::string_view_literals;
  for (const std::string_view plain : {""sv, "sh"sv, "täter"sv, "\U0010feff"sv})
    EXPECT_EQ(encoded(plain), plain);
  EXPECT_EQ(encoded("a\xff"), "a\U0010ffff");
  EXPECT_EQ(encoded("\0"sv), "\U0010ff00");
  std::mt19937 random(7);
  std::string room;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    const std::size_t size = random() % 12;
    while (bytes.size() < size) {
      // Often what an encoded byte looks like, or begins with.
      if (random() % 3 == 0) bytes += std::string("\xf4\x8f\xbc\x80").substr(0, 1 + random() % 4);
      bytes += static_cast<char>(random());
    }
    const std::string text = encoded(bytes);
    EXPECT_TRUE(is_utf8(text));
    EXPECT_EQ(text.find('\0'), std::string::npos);
    EXPECT_EQ(decode_postgres_text(text, room), bytes);
  }
}

TEST(PostgresSql, SaysInPostgresqlsWordsWhatSqliteIsTold) {
  EXPECT_EQ(postgres_sql("SELECT a FROM t WHERE b = ?1 AND c IS ?2 AND d IS NOT NULL"),
            "SELECT a FROM t WHERE b = $1 AND c IS NOT DISTINCT FROM $2 AND d IS NOT NULL");
}

TEST(PostgresAddress, VerifiesUnlessToldNotTo) {
  ::unsetenv("PGSSLMODE");
  ::unsetenv("PGHOST");
  EXPECT_EQ(settings("postgresql://db.example/h").at("sslmode"), "verify-full");
  EXPECT_EQ(settings("postgresql://db.example/h?sslmode=disable").at("sslmode"), "disable");
  EXPECT_EQ(settings("postgresql:///h?service=far").at("sslmode"), "verify-full");
  EXPECT_EQ(settings("postgresql://127.0.0.1,db.example/h").at("sslmode"), "verify-full");
  for (const char* here : {"postgresql://127.0.0.1:5433/h", "postgresql:///h?host=/tmp", "postgresql:///h",
                           "postgresql://%2Frun%2Fpostgresql/h", "postgresql://localhost,[::1]/h"})
    EXPECT_EQ(settings(here).at("sslmode"), "disable") << here;
  RemoteOptions remote;
  remote.tls_ca = "/ca.pem";
  remote.credentials = "/passes";
  EXPECT_EQ(settings("postgresql://127.0.0.1/h", remote).at("sslmode"), "verify-full");
  EXPECT_EQ(settings("postgresql://127.0.0.1/h", remote).at("sslrootcert"), "/ca.pem");
  EXPECT_EQ(settings("postgresql://127.0.0.1/h", remote).at("passfile"), "/passes");
  RemoteOptions insecure;
  insecure.tls_insecure = true;
  EXPECT_EQ(settings("postgresql://db.example/h", insecure).at("sslmode"), "require");
}

TEST(PostgresAddress, RefusesAPasswordAndTlsThatVerifiesNothing) {
  for (const char* where :
       {"postgresql://u:s3cret@h/d", "postgresql://h/d?password=s3cret", "postgresql://h/d?%70assword=s3cret",
        "postgresql://h/d?sslpassword=s3cret", "postgresql://h/d?nonsense=s3cret"}) {
    const auto refused = postgres_settings(where, {});
    ASSERT_FALSE(refused) << where;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(refused.error().to_string().find("s3cret"), std::string::npos);
  }
  for (const char* mode : {"require", "prefer", "allow"}) {
    for (const char* host : {"db.example", "127.0.0.1"})
      EXPECT_FALSE(postgres_settings(std::string("postgresql://") + host + "/d?sslmode=" + mode, {})) << mode;
  }
}

}  // namespace
}  // namespace proctree
