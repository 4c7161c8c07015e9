// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The stream in the words of each schema: against golden files and the tables of fields, live as replayed.
#include <gtest/gtest.h>

#include <filesystem>

#include "played.hpp"
#include "replay/replay_output.hpp"
#include "schema/schema_check.hpp"
#include "schema/schema_lines.hpp"

namespace proctree {
namespace {

using schema::Schema;

const std::string kEcsTable = PROCTREE_SCHEMA_DIR "/ecs_fields.tsv";
const std::string kOcsfTable = PROCTREE_SCHEMA_DIR "/ocsf_fields.tsv";
const std::string kTheirs = "/work/shared/schemas";

std::string play_schema(Play part, Schema schema) {
  return play(part, [schema](Output& output) {
    return std::make_unique<JsonlSink>(std::make_unique<schema::SchemaLines>(output, schema, kLineMaxDefault),
                                       JsonlOptions{});
  });
}

std::string replay_schema(const std::string& name, Schema schema) {
  return written([&](Output& output) {
    auto reader = RecordingReader::open({{PROCTREE_GOLDEN_DIR "/" + name}},
                                        [](const std::string& path) { return LineReader::open(path); });
    ASSERT_TRUE(reader);
    schema::Translator translator(schema, false);
    ReplayOptions options;
    options.on_origin = [&translator](std::string_view line) { translator.learn(line); };
    Replay replay(*reader, std::move(options));
    const auto done = copy(replay, output, {.translator = &translator});
    ASSERT_TRUE(done) << done.error().to_string();
  });
}

class SchemaTest : public testing::TestWithParam<PlayedPart> {};

TEST_P(SchemaTest, IsInTheTables) {
  schema_check::EcsCheck ecs(kEcsTable);
  schema_check::OcsfCheck ocsf(kOcsfTable);
  for (const auto& [schema, check] : {std::pair<Schema, schema_check::Check*>{Schema::ecs, &ecs},
                                      std::pair<Schema, schema_check::Check*>{Schema::ocsf, &ocsf}}) {
    std::size_t count = 0;
    for (const std::string& line : lines_of(play_schema(GetParam().play, schema))) {
      ++count;
      for (const std::string& problem : check->problems(line)) ADD_FAILURE() << problem << " in " << line;
    }
    EXPECT_GT(count, 10U);
  }
}

INSTANTIATE_TEST_SUITE_P(Scene, SchemaTest, testing::ValuesIn(kParts), name_of_part);

TEST(SchemaGolden, EcsOfADay) { expect_golden("day.ecs", play_schema(&Scene::play_day, Schema::ecs)); }
TEST(SchemaGolden, OcsfOfADay) { expect_golden("day.ocsf", play_schema(&Scene::play_day, Schema::ocsf)); }

// Nothing in a document depends on the time of writing.
TEST(SchemaGolden, ReplayGivesTheLiveLines) {
  for (const auto& [name, part] : {std::pair{"day.jsonl", Play(&Scene::play_day)},
                                   std::pair{"attack.jsonl", Play(&Scene::play_attack)}}) {
    for (const Schema schema : {Schema::ecs, Schema::ocsf})
      EXPECT_EQ(play_schema(part, schema), replay_schema(name, schema)) << name;
  }
}

// What the writer of a line notes of it is what the line says, cut or not.
class ReadTwice final : public JsonLines {
 public:
  ReadTwice(Schema schema, std::size_t line_max)
      : noted_(schema, true, line_max), parsed_(schema, false, line_max) {}
  void begin(const proctree::StreamHead&) override { begins_ = true; }
  Result<void> append(const JsonLine& line) override {
    if (begins_) {
      noted_.learn(line.text);
      parsed_.learn(line.text);
    }
    begins_ = false;
    with_members_ += line.members != nullptr ? 1 : 0;
    EXPECT_EQ(noted_.translate(line), parsed_.translate(line.text, line.moment));
    return {};
  }
  Result<void> flush() override { return {}; }
  [[nodiscard]] bool reads_members() const override { return true; }
  [[nodiscard]] std::size_t with_members() const { return with_members_; }

 private:
  schema::Translator noted_;
  schema::Translator parsed_;
  bool begins_ = false;
  std::size_t with_members_ = 0;
};

TEST_P(SchemaTest, NotedMembersAreTheLines) {
  for (const Schema schema : {Schema::ecs, Schema::ocsf}) {
    for (const JsonlOptions& options : {JsonlOptions{}, JsonlOptions{.events = {}, .ancestors_max = 0},
                                        JsonlOptions{.events = {}, .ancestors_max = 1},
                                        JsonlOptions{.events = {}, .line_max = kLineMaxLeast}}) {
      ReadTwice lines(schema, options.line_max);
      JsonlSink sink(lines, options);
      Scene scene(sink);
      (scene.*GetParam().play)();
      EXPECT_GT(lines.with_members(), 10U);
    }
  }
}

TEST(SchemaTables, AreTheSchemas) {
  if (!std::filesystem::exists(kTheirs)) GTEST_SKIP() << "no " << kTheirs << ": the tables are unchecked";
  for (const std::string& problem : schema_check::compare_ecs(kEcsTable, kTheirs + "/ecs-9.4.0-fields.tsv"))
    ADD_FAILURE() << problem;
  for (const std::string& problem :
       schema_check::compare_ocsf(kOcsfTable, kTheirs + "/ocsf-process-activity.json"))
    ADD_FAILURE() << problem;
}

}  // namespace
}  // namespace proctree
