// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What of PostgreSQL as a store takes no server: texts, SQL, and what libpq is given of an address.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <map>
#include <random>

#include "base/utf8.hpp"
#include "history/postgres_address.hpp"
#include "history/postgres_errors.hpp"
#include "history/postgres_statement.hpp"
#include "history/postgres_text.hpp"
#include "temp_tree.hpp"

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

TEST(PostgresSql, TranslatesTheSqliteStatements) {
  EXPECT_EQ(postgres_sql("SELECT a FROM t WHERE b = ?1 AND c IS ?2 AND d IS NOT NULL"),
            "SELECT a FROM t WHERE b = $1 AND c IS NOT DISTINCT FROM $2 AND d IS NOT NULL");
}

TEST(PostgresAddress, VerifiesUnlessThatIsDisabled) {
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
  remote.credentials = "/nowhere/passes";
  EXPECT_EQ(settings("postgresql://127.0.0.1/h", remote).at("sslmode"), "verify-full");
  EXPECT_EQ(settings("postgresql://127.0.0.1/h", remote).at("sslrootcert"), "/ca.pem");
  EXPECT_EQ(settings("postgresql://127.0.0.1/h", remote).at("passfile"), "/nowhere/passes");
  RemoteOptions insecure;
  insecure.tls_insecure = true;
  EXPECT_EQ(settings("postgresql://db.example/h", insecure).at("sslmode"), "require");
}

// Without it libpq would ask the server as if there were no password, and the server's answer would be told.
TEST(PostgresAddress, RefusesAFileOfPasswordsThatLibpqWouldNotRead) {
  const TempTree tree;
  RemoteOptions remote;
  remote.credentials = tree.path("");
  EXPECT_FALSE(postgres_settings("postgresql://h/d", remote)) << "a folder";
  tree.write("passes", "h:5432:d:u:s3cret\n");
  remote.credentials = tree.path("passes");
  ASSERT_EQ(::chmod(remote.credentials.c_str(), 0640), 0);
  const auto refused = postgres_settings("postgresql://h/d", remote);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().remedy, "chmod 600 " + remote.credentials);
  ASSERT_EQ(::chmod(remote.credentials.c_str(), 0600), 0);
  EXPECT_TRUE(postgres_settings("postgresql://h/d", remote));
}

TEST(PostgresErrors, SayWhatToDoAndWhetherTheyMayPass) {
  const auto error = [](std::string_view state) { return postgres_error("db", state).value(); };
  for (const std::string_view state : {"28P01", "28000", "3D000", "42501", "42P01"})
    EXPECT_EQ(error(state).code, ErrorCode::permission) << state;
  for (const std::string_view state : {"", "08006", "57P03", "53300", "53100", "40001", "25006"})
    EXPECT_EQ(error(state).code, ErrorCode::io) << state;
  EXPECT_NE(error("28P01").remedy.find("--credentials"), std::string::npos);
  EXPECT_NE(error("28000").remedy.find("CREATE ROLE"), std::string::npos);
  EXPECT_NE(error("3D000").remedy.find("createdb"), std::string::npos);
  EXPECT_NE(error("").remedy.find("server runs"), std::string::npos);
  EXPECT_NE(error("42501").remedy.find("USAGE"), std::string::npos);
  EXPECT_EQ(error("").message, "db");
  EXPECT_EQ(error("3D000").message, "db (3D000)");
}

TEST(PostgresErrors, AreRecognisedByTheirStateWhateverTheServersLanguage) {
  EXPECT_EQ(last_state_of("connection to server at \"::1\", port 1 failed: Connection refused\n"
                          "\tIs the server running?\n"
                          "connection to server at \"127.0.0.1\", port 1 failed: FATAL:  3D000\n"),
            "3D000");
  EXPECT_EQ(last_state_of("failed: FATAL:  28P01\npassword retrieved from file \"/x/PASSES\"\n"), "28P01");
  for (const char* none : {"", "\n", "28P01", "FATAL:  x28P1", "Connection refused\n"})
    EXPECT_EQ(last_state_of(none), "") << none;
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
