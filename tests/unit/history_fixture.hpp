// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A history store that a test fills with lines and asks.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "history/choice.hpp"
#include "history/ingest.hpp"
#include "history/lineage.hpp"
#include "history/schema.hpp"
#include "history/store.hpp"
#include "recording.hpp"
#include "replay_fixture.hpp"
#include "sink/jsonl_sink.hpp"
#include "temp_tree.hpp"
#include "tree/process_id.hpp"

namespace proctree {

inline constexpr std::int64_t kBegan = 1'772'357'410'500'000'000;  // as recorded() counts
inline constexpr std::int64_t kSecond = 1'000'000'000;

class HistoryStoreTest : public testing::Test {
 protected:
  [[nodiscard]] std::string file(const std::string& name = "db") const { return tree_.path(name); }

  // That many events of a busy host.
  std::vector<std::string> busy_host(std::uint64_t events) {
    tree_.write("lines", "");
    auto output = Output::open(file("lines"));
    JsonlSink sink(*output, {});
    EXPECT_TRUE(bench::Recording(sink).play(events));
    EXPECT_TRUE(output->close());
    std::ifstream in(file("lines"));
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

  // A line of recorded(), of a stream and with creators by their start.
  static std::string of_stream(std::string line, const std::string& stream = "b00tb00tb00tb00t-9-9") {
    line.insert(line.find(",\"seq\""), ",\"stream\":\"" + stream + "\"");
    if (line.ends_with('\n')) line.pop_back();
    return line;
  }
  // With a text of that many bytes.
  static std::string note(std::uint64_t seq, const std::string& stream, std::size_t size) {
    return of_stream(recorded("note", seq, "\"text\":\"" + std::string(size, 'x') + "\""), stream);
  }
  static std::string process_of(std::uint32_t pid, std::string_view comm, std::uint32_t creator) {
    return process_fields(pid, comm, creator) +
           (creator == 0 ? "" : ",\"creator_start_ns\":" + std::to_string(creator * 10'000'000 + 5));
  }

  void fill(const std::vector<std::string>& lines, const std::string& name = "db", std::size_t batch = 1000) {
    auto writer = HistoryWriter::open(file(name));
    ASSERT_TRUE(writer) << writer.error().to_string();
    std::size_t count = 0;
    for (const std::string& line : lines) {
      const auto taken = (*writer)->take(line);
      ASSERT_TRUE(taken) << taken.error().to_string() << line;
      if (++count % batch != 0) continue;
      ASSERT_TRUE((*writer)->commit());
    }
    const auto done = (*writer)->commit();
    ASSERT_TRUE(done) << done.error().to_string();
  }
  std::unique_ptr<HistoryStore> open(const std::string& name = "db") {
    auto store = HistoryStore::open(file(name));
    EXPECT_TRUE(store) << store.error().to_string();
    return store ? std::move(*store) : nullptr;
  }
  static std::vector<std::string> all_lines(HistoryStore& store, TimeSpan span = {INT64_MIN, INT64_MAX}) {
    std::vector<std::string> lines;
    const auto done =
        store.each_line(span, "", [&](const HistoryStream&, std::string_view line) -> Result<void> {
          lines.emplace_back(line);
          return {};
        });
    EXPECT_TRUE(done) << done.error().to_string();
    return lines;
  }
  // All that the store knows, whatever numbers it gave.
  std::string known(const std::string& name) {
    auto database = open_history_to_read(file(name));
    EXPECT_TRUE(database);
    auto rows = database->prepare(
        "SELECT p.pid, l.start_ns, p.known, p.reported_ns, c.pid, c.start_ns, p.creator_pid, p.edge, p.seq,"
        " p.id + p.lived_ns, p.exit_code, p.signal, p.end_inferred, p.seen_ns, b.comm, b.exe, b.user,"
        " i.exec_seq, p.id + i.after_ns, i.observed, i.seq, g.comm, g.exe, g.user, g.entry FROM process p"
        " JOIN life l ON l.process = p.id LEFT JOIN life c ON c.process = p.creator"
        " LEFT JOIN program_text b ON b.program = p.program LEFT JOIN image i ON i.process = p.id"
        " LEFT JOIN program_text g ON g.program = i.program ORDER BY l.id, l.start_ns, i.exec_seq");
    EXPECT_TRUE(rows) << rows.error().to_string();
    std::string text;
    while (*rows->step()) {
      for (int column = 0; column < 25; ++column) text.append(rows->text(column)) += '|';
      text += '\n';
    }
    return text;
  }
  void sql(const std::string& name, const std::string& statements) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file(name).c_str(), &database), SQLITE_OK);
    char* why = nullptr;
    EXPECT_EQ(sqlite3_exec(database, statements.c_str(), nullptr, nullptr, &why), SQLITE_OK) << why;
    sqlite3_free(why);
    sqlite3_close(database);
  }
  std::int64_t number(const std::string& query, const std::string& name = "db") {
    auto database = open_history_to_read(file(name));
    EXPECT_TRUE(database);
    const auto found = database->number(query);
    EXPECT_TRUE(found) << query;
    return found.value_or(-1);
  }
  HistoryProcess process(HistoryStore& store, std::uint32_t pid) {
    auto found = store.find_pid(pid, "");
    EXPECT_TRUE(found && !found->empty()) << pid;
    return found && !found->empty() ? found->back() : HistoryProcess();
  }

  TempTree tree_;
};

}  // namespace proctree
