// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// proctree(7) against the table of facts and the lines themselves: every field documented, none invented.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include "played.hpp"
#include "replay/record_parser.hpp"
#include "tree/fact_table.hpp"

namespace proctree {
namespace {

using Names = std::set<std::string, std::less<>>;

bool is_name(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == text.npos;
}

// What stands behind a Va macro, up to the next macro, in the section on JSON lines.
Names documented() {
  std::istringstream page(read_file(PROCTREE_GOLDEN_DIR "/../../docs/man/proctree.7"));
  Names names;
  bool in_section = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with(".Sh")) in_section = line == ".Sh JSON LINES";
    if (!in_section || !line.starts_with('.')) continue;
    std::istringstream words(line.substr(1));
    bool in_names = false;
    for (std::string word; words >> word;) {
      const bool is_macro = word.size() == 2 && word[0] >= 'A' && word[0] <= 'Z';
      if (is_macro) in_names = word == "Va";
      if (in_names && is_name(word)) names.insert(word);
    }
  }
  return names;
}

// By the name of the field whose exact bytes, or whose cut, it stands for.
bool is_documented(const Names& names, std::string_view name) {
  for (const std::string_view suffix : {"", "_raw", "_truncated"}) {
    if (name.ends_with(suffix) && names.contains(name.substr(0, name.size() - suffix.size()))) return true;
  }
  return false;
}

void add_names(Names& names, const simdjson::dom::element& value) {
  if (value.is_array()) {
    for (const auto element : simdjson::dom::array(value)) add_names(names, element);
  }
  if (!value.is_object()) return;
  for (const auto& field : simdjson::dom::object(value)) {
    names.emplace(field.key);
    // Their names are those of the counts, and of variables.
    if (field.key != "counters" && field.key != "env" && field.key != "env_raw")
      add_names(names, field.value);
  }
}

Names written_names() {
  Names names;
  simdjson::dom::parser parser;
  for (const Play part : {&Scene::play_day, &Scene::play_attack, &Scene::play_depths}) {
    std::istringstream lines(play_jsonl(part));
    for (std::string line; std::getline(lines, line);)
      add_names(names, parser.parse(simdjson::padded_string(line)));
  }
  return names;
}

template <class... Facts>
Names table_names() {
  Names names;
  const auto add = [&names]<class At>(At) {
    if constexpr (At::kFact.part != Part::by_hand) names.emplace(At::kFact.text());
  };
  (for_each_fact<Facts>(add), ...);
  return names;
}

Names all_table_names() {
  return table_names<TaskFacts, ImageFacts, PreviousImage, FailedExec, ExitFacts, Loss, Mending, Totals>();
}

TEST(Manual, DocumentsEveryFieldThatIsWritten) {
  const Names names = documented();
  ASSERT_GT(names.size(), 50U);
  for (const std::string& name : written_names())
    EXPECT_TRUE(is_documented(names, name)) << name << " is not in proctree(7)";
  for (const std::string& name : all_table_names())
    EXPECT_TRUE(is_documented(names, name)) << name << " is not in proctree(7)";
}

// The reader knows what there is, and where.
TEST(Manual, InventsNoField) {
  for (const std::string& name : documented()) {
    if (name == "x" || name.starts_with("x_")) continue;  // any field
    bool is_known = false;
    for (const std::string_view place :
         {"\"exec\"", "\"repeat\"", "\"exec\",\"host\":{", "\"exec\",\"ns\":{", "\"exec\",\"tracer\":{",
          "\"exec\",\"container\":{", "\"exec\",\"entry\":{", "\"exec\",\"ancestors\":[{",
          "\"exec\",\"stdio\":[{"}) {
      RecordParser parser;
      std::string line = "{\"type\":";
      line.append(place).append(place.ends_with('{') ? "\"" : ",\"").append(name).append("\":0}");
      if (place.ends_with("[{")) line += ']';
      if (place.ends_with('{')) line += '}';
      (void)parser.parse(line);  // 0 is not of every field's kind
      is_known |= parser.unknown_field().empty();
    }
    EXPECT_TRUE(is_known) << "proctree(7) has " << name << ", which the replay reader does not know";
  }
}

// Each fact is in some line of the scenes: a field that is written wrongly shows in the golden files.
TEST(Manual, TheScenesHoldEveryFact) {
  const Names written = written_names();
  for (const std::string& name : all_table_names())
    EXPECT_TRUE(written.contains(name)) << name << " is in no golden line";
}

}  // namespace
}  // namespace proctree
