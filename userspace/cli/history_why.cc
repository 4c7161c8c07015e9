// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// proctree history WHERE why: why something ran, with its true creators, long ended or not.
#include "base/time_of_day.hpp"
#include "base/try.hpp"
#include "cli/history_question.hpp"
#include "cli/why_sentence.hpp"
#include "replay/record_parser.hpp"
#include "tree/lineage.hpp"

namespace proctree {

namespace {

// The line that an image was stored from.
struct ImageLine {
  std::string text;
  RecordParser parser;  // its views are of `text`
};

// False: the store has it no more, or can't read it.
Result<bool> read_line(HistoryStore& store, const HistoryImage& image, ImageLine& line) {
  line.text = PROCTREE_TRY(store.line(image.stream, image.seq));
  return !line.text.empty() && line.parser.parse(line.text);
}

}  // namespace

// What its line says of its entry: a fork's line names it only, then the entry's own line says the rest.
Result<std::string> HistoryQuestion::sentence(const HistoryLine& line, ProcKey& entry) {
  const HistoryLink& asked = line.links.front();
  const std::string comm = (PROCTREE_TRY(store_->program(asked.image.program)))->comm;
  WhyAsked why;
  why.comm = comm;
  why.pid = asked.process.key.pid;
  ImageLine own, of_entry;
  const RecordParser& parser = own.parser;
  const bool is_read = PROCTREE_TRY(read_line(*store_, asked.image, own));
  why.is_kthread = is_read && parser.line().task.kthread;
  if (!is_read || !parser.line().entry) {
    // Only the host's first processes have none.
    if (is_first_of_host(asked.process) || why.is_kthread) return why_sentence(why, nullptr, "", true);
    return describer_->visible(comm) + " (" + std::to_string(why.pid) +
           ") came in by what its line does not say.";
  }
  entry = parser.line().entry->process;
  const bool is_sure = parser.line().entry->sure;
  const EntryFacts* facts = &*parser.line().entry;
  for (const HistoryLink& link : line.links) {
    if (parser.line().kind != RecordKind::fork || !(link.process.key == entry)) continue;
    const bool is_entry_read = PROCTREE_TRY(read_line(*store_, link.image, of_entry));
    if (is_entry_read && of_entry.parser.line().entry) facts = &*of_entry.parser.line().entry;
  }
  std::string orphan, reaper;
  if (facts->type == EntryType::unknown) {
    const std::size_t at = PROCTREE_TRY(find_orphan(line));
    if (at + 1 < line.links.size()) {
      const auto name_of = [&](std::size_t link, std::string& comm_of) -> Result<WhyAsked::Process> {
        comm_of = (PROCTREE_TRY(store_->program(line.links[link].image.program)))->comm;
        return WhyAsked::Process{comm_of, line.links[link].process.key.pid};
      };
      why.orphan = PROCTREE_TRY(name_of(at, orphan));
      why.reaper = PROCTREE_TRY(name_of(at + 1, reaper));
    }
  }
  return why_sentence(why, facts, facts->user, is_sure);
}

// The first link down the line whose entry is unknown; the number of links where none is that is said of.
Result<std::size_t> HistoryQuestion::find_orphan(const HistoryLine& line) {
  for (std::size_t i = line.links.size(); i-- > 0;) {
    ImageLine read;
    const bool is_read = PROCTREE_TRY(read_line(*store_, line.links[i].image, read));
    if (is_read && read.parser.line().entry && read.parser.line().entry->type == EntryType::unknown) return i;
  }
  return line.links.size();
}

Result<void> HistoryQuestion::append_why(std::string& text, const HistoryLine& line) {
  ProcKey entry;
  const std::string answer = PROCTREE_TRY(sentence(line, entry));
  std::size_t count = line.links.size();
  bool has_entry = false;
  for (std::size_t i = 0; i < line.links.size(); ++i) {
    if (entry.pid == 0 || !(line.links[i].process.key == entry)) continue;
    count = i + 1;
    has_entry = true;
  }
  if (const std::string host = PROCTREE_TRY(describer_->host(line.links.front().process)); !host.empty())
    text += host + ":\n";
  for (std::size_t i = count; i-- > 0;) {
    const HistoryLink& link = line.links[i];
    text += local_time_text(link.process.born_ns) + "  " + std::to_string(link.process.key.pid) + "  ";
    text += describer_->visible((PROCTREE_TRY(store_->program(link.image.program)))->user) + "  ";
    text += PROCTREE_TRY(describer_->command(link.image));
    text += has_entry && i + 1 == count ? "  [entry, " : "  [";
    text += is_first_of_host(link.process) ? std::string_view("the first process")
            : link.process.creator == 0    ? std::string_view("creator unknown")
                                           : edge_name(link.process.edge);
    text += "]\n";
  }
  text += answer;
  return {};
}

Result<void> HistoryQuestion::write_why(JsonWriter& json, const HistoryLine& line) {
  ProcKey entry;
  const std::string answer = PROCTREE_TRY(sentence(line, entry));
  json.begin_object();
  PROCTREE_CHECK(describer_->write_fields(json, line.links.front().process, line.links.front().image));
  PROCTREE_CHECK(describer_->write_lineage(json, line));
  json.string_field("sentence", answer);
  json.end_object();
  return {};
}

Result<int> HistoryQuestion::why(Output& output) {
  JsonArrayOutput array(output);
  JsonWriter json;
  std::string text;
  for (const HistoryProcess& process : PROCTREE_TRY(named(true))) {
    const std::int64_t at_ns = PROCTREE_TRY(moment_of(process));
    const HistoryLine line = PROCTREE_TRY(history_line(*store_, process, at_ns));
    if (options_.json) {
      PROCTREE_CHECK(write_why(json, line));
      PROCTREE_CHECK(array.take(json));
      continue;
    }
    if (!text.empty()) PROCTREE_CHECK(output.append(""));
    text.clear();
    PROCTREE_CHECK(append_why(text, line));
    PROCTREE_CHECK(output.append(text));
  }
  if (options_.json) PROCTREE_CHECK(array.finish());
  return 0;
}

}  // namespace proctree
