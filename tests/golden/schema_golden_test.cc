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

// Nothing in a document is of the moment of writing.
TEST(SchemaGolden, ReplayGivesTheLiveLines) {
  for (const auto& [name, part] : {std::pair{"day.jsonl", Play(&Scene::play_day)},
                                   std::pair{"attack.jsonl", Play(&Scene::play_attack)}}) {
    for (const Schema schema : {Schema::ecs, Schema::ocsf})
      EXPECT_EQ(play_schema(part, schema), replay_schema(name, schema)) << name;
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
