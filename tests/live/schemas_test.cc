// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The lines in the words of ECS and OCSF, of a storm with hostile names and a loss: each is in the tables of
// the fields that are written.
#include <memory>

#include "live.hpp"
#include "schema/schema_check.hpp"

namespace proctree::live {
namespace {

void expect_in_table(schema_check::Check& check, const std::vector<std::string>& documents) {
  std::size_t wrong = 0;
  for (const std::string& document : documents) {
    const auto problems = check.problems(document);
    wrong += problems.empty() ? 0U : 1U;
    if (problems.empty() || wrong > 5) continue;
    ADD_FAILURE() << problems.front() << " in " << document;
  }
  EXPECT_EQ(wrong, 0U) << "of " << documents.size();
}

TEST(SchemasTest, HoldInAStorm) {
  const std::string tables = PROCTREE_SOURCE_DIR "/tests/schema/";
  schema_check::EcsCheck ecs_check(tables + "ecs_fields.tsv");
  schema_check::OcsfCheck ocsf_check(tables + "ocsf_fields.tsv");
  Tracer ecs({.args = {"--snapshot", "--failed-execs", "--ring-size", "0.5"}, .format = "ecs"});
  ASSERT_TRACING(ecs);
  Tracer ocsf({.args = {"--snapshot", "--failed-execs", "--line-max", "8192"}, .format = "ocsf"});
  ASSERT_TRACING(ocsf);
  Workload workload;
  for (const char* name : {"names", "args", "credentials", "reexec", "failing", "signals", "paths"})
    workload.start(name);
  workload.start("storm", {"root", "8", "2000"});
  ASSERT_FINISHED(workload);
  for (Tracer* each : {&ecs, &ocsf}) ASSERT_STOPPED(*each);
  const auto in_ecs = lines_of(ecs.output());
  const auto in_ocsf = lines_of(ocsf.output());
  EXPECT_GT(in_ecs.size(), 2000U);
  EXPECT_GT(in_ocsf.size(), 2000U);
  expect_in_table(ecs_check, in_ecs);
  expect_in_table(ocsf_check, in_ocsf);
  for (const std::string& document : in_ocsf) EXPECT_LE(document.size(), 8192U);
}

}  // namespace
}  // namespace proctree::live
