// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// proctree history WHERE QUESTION: what has been recorded, asked of a store.
#include <limits>
#include <set>
#include <vector>

#include "base/time_of_day.hpp"
#include "base/timestamp.hpp"
#include "base/top_counts.hpp"
#include "base/try.hpp"
#include "cli/caller.hpp"
#include "cli/history_command.hpp"
#include "cli/history_question.hpp"
#include "cli/notice.hpp"
#include "replay/record_parser.hpp"
#include "sink/json_lines.hpp"
#include "tree/process_id.hpp"

namespace proctree {

Result<int> run_history(const HistoryOptions& options, const OpenHistory& open) {
  const auto caller = PROCTREE_TRY(find_caller(options.as_root));
  return as_caller(caller, [&]() -> Result<int> {
    auto question = PROCTREE_TRY(HistoryQuestion::open(options, open));
    return question.answer();
  });
}

Result<int> HistoryQuestion::find(Output& output) {
  JsonArrayOutput array(output);
  JsonWriter json;
  std::string text;
  std::uint64_t count = 0;
  PROCTREE_CHECK(each_chosen([&](const HistoryProcess& process, const HistoryImage& image) -> Result<void> {
    ++count;
    if (options_.json) {
      json.begin_object();
      PROCTREE_CHECK(describer_->write_fields(json, process, image));
      json.end_object();
      return array.take(json);
    }
    text.clear();
    PROCTREE_CHECK(describer_->append_line(text, process, image));
    return output.append(std::string_view(text).substr(0, text.size() - 1));
  }));
  if (options_.json) PROCTREE_CHECK(array.finish());
  if (count == 0) {
    PROCTREE_CHECK(output.close());
    return found_nothing();
  }
  return 0;
}

Result<int> HistoryQuestion::chain(Output& output) {
  const auto found = PROCTREE_TRY(named(false));
  const std::int64_t at_ns = PROCTREE_TRY(moment_of(found.front()));
  const HistoryLine line = PROCTREE_TRY(history_line(*store_, found.front(), at_ns));
  if (!options_.json) {
    // The chain is all that standard output has.
    if (const std::string host = PROCTREE_TRY(describer_->host(found.front())); !host.empty())
      print_notice(options_.process + " is of " + host);
    PROCTREE_CHECK(output.append(PROCTREE_TRY(chain_text(*store_, line))));
    return 0;
  }
  JsonWriter json;
  json.begin_object();
  PROCTREE_CHECK(describer_->write_fields(json, line.links.front().process, line.links.front().image));
  PROCTREE_CHECK(describer_->write_lineage(json, line));
  json.end_object();
  PROCTREE_CHECK(output.append(json.text()));
  return 0;
}

// The lines themselves. Those of no process go with any that are chosen.
Result<int> HistoryQuestion::write_lines(Output& output) {
  std::set<std::string> chosen;  // ids
  if (!options_.choice.is_all()) {
    PROCTREE_CHECK(each_chosen([&](const HistoryProcess& process, const HistoryImage&) -> Result<void> {
      chosen.insert(PROCTREE_TRY(store_->id_of(process)));
      return {};
    }));
  }
  RecordParser parser;
  std::string id;
  std::string begun;  // the stream whose lines are written
  PROCTREE_CHECK(store_->each_line(
      span_, options_.choice.host, [&](const HistoryStream& stream, std::string_view text) -> Result<void> {
        const bool begins = stream.name != begun;
        const bool is_read = (begins || !options_.choice.is_all()) && parser.parse(text);
        if (!options_.choice.is_all() && is_read && parser.line().is_of_process()) {
          id.clear();
          append_process_id(id, stream.boot, parser.line().task.self);
          if (!chosen.contains(id)) return {};
        }
        if (begins && is_read && parser.line().kind != RecordKind::start) {
          // Whose lines they are. What those before them stand for isn't known.
          const RecordedLine& first = parser.line();
          PROCTREE_CHECK(output.append(segment_line(stream.head, first.seq != 0 ? first.seq : first.seq_from,
                                                    {first.ktime_ns, first.realtime_ns}, std::nullopt)));
        }
        if (begins) begun = stream.name;
        return output.append(text);
      }));
  return 0;
}

namespace {

constexpr std::size_t kTopMost = 10;

struct HistoryTable {
  const char* title;
  const char* key;  // of a name, in JSON
  std::vector<TopCounts::Entry> entries;
};

}  // namespace

Result<int> HistoryQuestion::stats(Output& output) {
  std::uint64_t lives = 0;
  std::uint64_t failed = 0;
  std::uint64_t counted = 0;
  TopCounts commands;
  TopCounts spawners;
  TopCounts failing;
  TopCounts hosts;
  PROCTREE_CHECK(each_chosen([&](const HistoryProcess& process, const HistoryImage& image) -> Result<void> {
    const auto repeats = static_cast<std::uint64_t>(PROCTREE_TRY(store_->repeats(process)));
    const std::string name = PROCTREE_TRY(describer_->name(image));
    lives += 1;
    counted += repeats;
    commands.add(name, 1 + repeats);
    if (store_->has_several_hosts()) hosts.add(PROCTREE_TRY(describer_->host(process)), 1 + repeats);
    if (process.has_failed()) {
      ++failed;
      failing.add(name);
    }
    if (process.creator == 0) return {};
    const auto creator = PROCTREE_TRY(store_->find(process.creator));
    if (!creator) return {};
    const HistoryImage its = PROCTREE_TRY(store_->image_at(*creator, process, process.born_ns));
    spawners.add(PROCTREE_TRY(describer_->name(its)), 1 + repeats);
    return {};
  }));
  std::vector<HistoryTable> tables = {{"commands", "comm", commands.top(kTopMost)},
                                      {"spawners", "comm", spawners.top(kTopMost)},
                                      {"failing", "comm", failing.top(kTopMost)}};
  if (store_->has_several_hosts())
    tables.insert(tables.begin(), {"hosts", "name", hosts.top(std::numeric_limits<std::size_t>::max())});
  if (options_.json) {
    JsonWriter json;
    json.begin_object();
    json.field("processes", lives);
    json.field("repeats", counted);
    json.field("failed", failed);
    for (const HistoryTable& table : tables) {
      json.plain_key(table.title);
      json.begin_array();
      for (const auto& entry : table.entries) {
        json.begin_object();
        json.plain_key(table.key);
        json.string(entry.name);
        json.field("count", entry.count);
        json.end_object();
      }
      json.end_array();
    }
    json.end_object();
    PROCTREE_CHECK(output.append(json.text()));
    return 0;
  }
  PROCTREE_CHECK(output.append(std::to_string(lives) + " processes, " + std::to_string(counted) +
                               " more like them, " + std::to_string(failed) + " failed"));
  for (const HistoryTable& table : tables) {
    if (table.entries.empty()) continue;
    PROCTREE_CHECK(output.append(std::string(table.title) + ":"));
    for (const auto& entry : table.entries)
      PROCTREE_CHECK(output.append("  " + std::to_string(entry.count) + "  " + std::string(entry.name)));
  }
  return 0;
}

}  // namespace proctree
