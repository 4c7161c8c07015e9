// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Lines of the stream in the words of ECS and OCSF, whatever stands in them.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/json_cursor.hpp"
#include "schema/cpid.hpp"
#include "schema/schema_check.hpp"
#include "schema/terminal.hpp"
#include "schema/translator.hpp"

namespace proctree::schema {
namespace {

using simdjson::dom::element;

constexpr LineMoment kMoment{3'600'000'000'000, 1'772'357'400'000'000'000};
constexpr const char* kStart =
    R"({"v":1,"type":"start","stream":"0f9c2d4e8a314b57-77-3599998","seq":1,"time":"2026-03-01T09:30:00Z","ktime_ns":3600000000000,)"
    R"("host":{"name":"calder","id":"5d1ab0c41d6b0c6f8b6e1f2a9d30c7e4","boot_id":"0f9c2d4e-8a31-4b57-9e60-1c2d3e4f5a6b","kernel":"6.18.5","arch":"x86_64"},)"
    R"("tracer":{"version":"0.1.0","pid":4242},"processes":7})";

// A line of the stream that kStart begins.
std::string line(const std::string& type, const std::string& members, int seq = 2) {
  return R"({"v":1,"type":")" + type + R"(","stream":"0f9c2d4e8a314b57-77-3599998","seq":)" +
         std::to_string(seq) + R"(,"time":"2026-03-01T09:30:00Z","ktime_ns":3600000000000)" +
         (members.empty() ? "" : ',' + members) + '}';
}

class SchemaLineTest : public testing::Test {
 protected:
  SchemaLineTest() {
    for (Translator* each : {&ecs_, &ocsf_}) each->learn(kStart);
  }
  element ecs(const std::string& text) { return read(ecs_, ecs_check_, text); }
  element ocsf(const std::string& text) { return read(ocsf_, ocsf_check_, text); }

  // Valid by the strict reader and by the table.
  element read(Translator& translator, schema_check::Check& check, const std::string& text) {
    document_ = std::string(translator.translate(text, kMoment));
    JsonCursor cursor;
    cursor.start(document_);
    EXPECT_TRUE(cursor.skip() && cursor.end()) << document_;
    for (const std::string& problem : check.problems(document_))
      ADD_FAILURE() << problem << " in " << document_;
    return parser_.parse(simdjson::padded_string(document_));
  }

  static std::string text(const element& from, std::string_view pointer) {
    element found;
    if (from.at_pointer(pointer).get(found) != simdjson::SUCCESS) return "-";
    return simdjson::minify(found);
  }

  Translator ecs_{Schema::ecs, false};
  Translator ocsf_{Schema::ocsf, false};
  schema_check::EcsCheck ecs_check_{PROCTREE_SCHEMA_DIR "/ecs_fields.tsv"};
  schema_check::OcsfCheck ocsf_check_{PROCTREE_SCHEMA_DIR "/ocsf_fields.tsv"};
  simdjson::dom::parser parser_;
  std::string document_;
};

// The framework's own example.
TEST(Cpid, IsThatOfTheRecipe) {
  constexpr std::array<unsigned char, 16> kBoot = {0x28, 0x99, 0xda, 0xe4, 0x4f, 0xa4, 0x4e, 0xef,
                                                   0x95, 0xb6, 0x6b, 0xc9, 0x53, 0x25, 0xf6, 0x1a};
  CpidFacts facts{{}, 4026532263, 55558, 29};
  std::copy(kBoot.begin(), kBoot.end(), facts.boot.begin());
  const Cpid cpid = cpid_of(facts);
  EXPECT_EQ(std::string_view(cpid.data(), cpid.size()), "b770a0ed-8463-822c-b5f6-30d9081ddbd9");
}

TEST(Terminal, HasTheKernelsNumbers) {
  const auto numbers = [](std::string_view name) {
    const auto device = terminal_device(name);
    return device ? std::to_string(device->major) + ':' + std::to_string(device->minor) : "none";
  };
  EXPECT_EQ(numbers("pts/0"), "136:0");
  EXPECT_EQ(numbers("pts/300"), "136:300");
  EXPECT_EQ(numbers("tty1"), "4:1");
  EXPECT_EQ(numbers("ttyS0"), "4:64");
  EXPECT_EQ(numbers("console"), "5:1");
  for (const char* name : {"", "pts/", "pts/-1", "pts/99999999", "ttyX", "tty", "../x"})
    EXPECT_EQ(numbers(name), "none") << name;
}

// Of our own spelling, too, where start_ns has as many digits after 12 days but is below.
TEST(JsonNumbers, OfOurSpellingAreStringsAboveADoubles) {
  const auto written = [](std::string_view value) {
    JsonWriter json;
    put_value(json, value, true);
    return std::string(json.text());
  };
  for (const char* exact :
       {R"([{"pid":1,"start_ns":1036800000000000}])", R"([{"pid":12,"start_ns":9007199254740992}])"}) {
    EXPECT_TRUE(passes_unchanged(exact, true));
    EXPECT_EQ(written(exact), exact);
  }
  EXPECT_EQ(written(R"([{"pid":1,"start_ns":9007199254740993}])"),
            R"([{"pid":1,"start_ns":"9007199254740993"}])");
  EXPECT_EQ(written(R"([1036800000000000,10368000000000000])"), R"([1036800000000000,"10368000000000000"])");
}

TEST(JsonNumbers, AboveADoublesAreStrings) {
  const auto written = [](std::string_view value) {
    JsonWriter json;
    put_value(json, value, false);
    return std::string(json.text());
  };
  EXPECT_EQ(written("9007199254740992"), "9007199254740992");
  EXPECT_EQ(written("9007199254740993"), R"("9007199254740993")");
  EXPECT_EQ(written("18446744073709551615"), R"("18446744073709551615")");
  EXPECT_EQ(written("-9007199254740993"), R"("-9007199254740993")");
  EXPECT_EQ(written("1e300"), R"("1e300")");
  EXPECT_EQ(written(R"([1,{"a":9007199254740993,"b":"9007199254740993"},1e99])"),
            R"([1,{"a":"9007199254740993","b":"9007199254740993"},"1e99"])");
  EXPECT_EQ(written(R"(["\"9007199254740993",9007199254740993])"),
            R"(["\"9007199254740993","9007199254740993"])");
}

constexpr const char* kProcess =
    R"("pid":4310,"start_ns":3599000000000,"id":"0f9c2d4e8a314b57-4310-359900","ppid":4302,"creator_pid":4302,)"
    R"("creator_start_ns":702000030114,"creator_id":"0f9c2d4e8a314b57-4302-70200","comm":"grep","exe":"/usr/bin/grep",)"
    R"("uid":1000,"user":"alice","gid":100,"euid":1000,"egid":100,"sid":4302,"pgid":4310,"tty":"pts/3",)"
    R"("ns":{"pid":4026531836},"ns_pid":4310)";

TEST_F(SchemaLineTest, NamesTheProcess) {
  const element exec = ecs(line(
      "exec",
      std::string(kProcess) +
          R"(,"args":["grep","a b"],"caps_effective":"0000020000000021","previous":{"comm":"bash","exe":"/usr/bin/bash"},)"
          R"("chain":"4310|grep|alice;4302|bash|alice","ancestors":[{"pid":4302,"start_ns":702000030114,)"
          R"("id":"0f9c2d4e8a314b57-4302-70200","comm":"bash","exe":"/usr/bin/bash","user":"alice","edge":"observed","args":["-bash"]}])"));
  EXPECT_EQ(text(exec, "/event/action"), R"("exec")");
  EXPECT_EQ(text(exec, "/event/id"), R"("0f9c2d4e8a314b57-77-3599998-2")");
  EXPECT_EQ(text(exec, "/process/start"), R"("2026-03-01T09:29:59.000000000Z")");
  EXPECT_EQ(text(exec, "/process/command_line"), R"("grep a b")");
  EXPECT_EQ(text(exec, "/process/user"), R"({"id":"1000","name":"alice"})");
  EXPECT_EQ(text(exec, "/process/tty"), R"({"char_device":{"major":136,"minor":3}})");
  EXPECT_EQ(text(exec, "/process/thread/capabilities/effective"), R"(["CAP_CHOWN","CAP_KILL","41"])");
  EXPECT_EQ(text(exec, "/process/previous"), R"([{"executable":"/usr/bin/bash"}])");
  EXPECT_EQ(text(exec, "/process/parent/name"), R"("bash")");
  EXPECT_EQ(text(exec, "/process/parent/args"), R"(["-bash"])");
  EXPECT_EQ(text(exec, "/process/group_leader/same_as_process"), "true");
  EXPECT_EQ(text(exec, "/process/session_leader/pid"), "4302");
  EXPECT_EQ(text(exec, "/proctree/previous"), R"({"comm":"bash"})");
  EXPECT_EQ(text(exec, "/host/id"), R"("5d1ab0c41d6b0c6f8b6e1f2a9d30c7e4")");

  const element launched = ocsf(line("exec", std::string(kProcess) + R"(,"args":["grep","a b"])"));
  EXPECT_EQ(text(launched, "/type_uid"), "100701");
  EXPECT_EQ(text(launched, "/launch_type_id"), "3");
  EXPECT_EQ(text(launched, "/process/cmd_line"), R"("grep a b")");
  EXPECT_EQ(text(launched, "/unmapped/args"), R"(["grep","a b"])");
  EXPECT_EQ(text(launched, "/process/created_time"), "1772357399000");
  EXPECT_EQ(text(launched, "/actor/process/pid"), "4302");
  EXPECT_EQ(text(launched, "/process/cpid").size(), 38U);
  EXPECT_EQ(text(launched, "/metadata/product/version"), R"("0.1.0")");
}

TEST_F(SchemaLineTest, NamesAnEffectiveUserOnlyWhereItIsTheRealOne) {
  const element exec = ecs(line("exec", R"("pid":5,"uid":1000,"user":"alice","gid":100,"euid":0,"egid":0)"));
  EXPECT_EQ(text(exec, "/process/user"), R"({"id":"0"})");
  EXPECT_EQ(text(exec, "/process/real_user"), R"({"id":"1000","name":"alice"})");
}

TEST_F(SchemaLineTest, NamesEntriesInTheSchemasWords) {
  const std::map<std::string, std::string> words = {
      {"ssh", "sshd"},  {"login", "console"}, {"terminal", "terminal"}, {"container", "container"},
      {"cron", "init"}, {"service", "init"},  {"kernel", "init"},       {"unknown", "unknown"}};
  for (const auto& [type, word] : words) {
    const element exec = ecs(line(
        "exec",
        std::string(kProcess) + R"(,"entry":{"type":")" + type +
            R"(","pid":4302,"start_ns":702000030114,"id":"0f9c2d4e8a314b57-4302-70200","comm":"bash","user":"alice","args":["-bash"],)"
            R"("source_ip":"192.0.2.7","source_port":50122,"tty":"pts/3"})"));
    EXPECT_EQ(text(exec, "/process/entry_leader/entry_meta/type"), '"' + word + '"');
    EXPECT_EQ(text(exec, "/process/entry_leader/entry_meta/source/ip"), R"("192.0.2.7")");
    EXPECT_EQ(text(exec, "/process/entry_leader/same_as_process"), "false");
    EXPECT_EQ(text(exec, "/proctree/entry"),
              R"({"type":")" + type + R"(","source_port":50122,"tty":"pts/3"})");
  }
  // What is no address stays where any text may stand.
  const element exec = ecs(line("exec", R"("pid":5,"entry":{"type":"ssh","source_ip":"UNKNOWN"})"));
  EXPECT_EQ(text(exec, "/process/entry_leader/entry_meta/source/ip"), "-");
  EXPECT_EQ(text(exec, "/proctree/entry/source_ip"), R"("UNKNOWN")");
}

TEST_F(SchemaLineTest, PassesOnWhatItHasNoNamesFor) {
  const element made = ecs(line("fork", R"("pid":5,"comm":"a","comm_raw":"/w==","newer":{"x":[1,"y"]})"));
  EXPECT_EQ(text(made, "/proctree/comm_raw"), R"("/w==")");
  EXPECT_EQ(text(made, "/proctree/newer"), R"({"x":[1,"y"]})");
  const element other = ecs(line("novel", R"("pid":5,"newer":true)"));
  EXPECT_EQ(text(other, "/event/action"), R"("novel")");
  EXPECT_EQ(text(other, "/proctree/other"), R"({"pid":5,"newer":true})");
  const element unmapped = ocsf(line("novel", R"("pid":5,"newer":true)"));
  EXPECT_EQ(text(unmapped, "/activity_id"), "99");
  EXPECT_EQ(text(unmapped, "/process"), R"({"uid":"0f9c2d4e8a314b57-77-3599998","pid":77})");
  EXPECT_EQ(text(unmapped, "/unmapped/newer"), "true");
}

TEST_F(SchemaLineTest, WritesEveryType) {
  for (const char* type : {"process", "fork", "exec", "exit", "exec_failed", "hash"}) {
    ecs(line(type, kProcess));
    ocsf(line(type, kProcess));
  }
  const element lost = ecs(line("lost", R"("count":3,"since_ns":1,"until_ns":2)"));
  EXPECT_EQ(text(lost, "/event/kind"), R"("pipeline_error")");
  EXPECT_EQ(text(lost, "/proctree/lost/count"), "3");
  for (const char* type : {"start", "resync", "repeat", "stop"}) {
    const element document = ecs(line(type, R"("forks":1,"lost":0)"));
    EXPECT_EQ(text(document, "/proctree/" + std::string(type) + "/forks"), "1");
    ocsf(line(type, R"("forks":1,"lost":0)"));
  }
  // Lines that a store misses have no number of their own.
  const std::string gap =
      R"({"v":1,"type":"lost","stream":"0f9c2d4e8a314b57-77-3599998","time":"2026-03-01T09:30:00Z","ktime_ns":1,)"
      R"("where":"spool","seq_from":5,"seq_to":9,"count":5})";
  EXPECT_EQ(text(ecs(gap), "/event/id"), R"("0f9c2d4e8a314b57-77-3599998-5-9-lost")");
  EXPECT_EQ(text(ocsf(gap), "/metadata/uid"), R"("0f9c2d4e8a314b57-77-3599998-5-9-lost")");
}

TEST_F(SchemaLineTest, TakesTheHostFromTheLinesOwnStream) {
  std::string other = kStart;
  for (const auto& [from, to] : {std::pair{"-77-", "-88-"}, std::pair{"calder", "tamar"}})
    other.replace(other.find(from), std::string(from).size(), to);
  for (Translator* each : {&ecs_, &ocsf_}) each->learn(other);
  std::string theirs = line("fork", R"("pid":5)");
  theirs.replace(theirs.find("-77-"), 4, "-88-");
  EXPECT_EQ(text(ecs(theirs), "/host/name"), R"("tamar")");
  EXPECT_EQ(text(ecs(line("fork", R"("pid":5)")), "/host/name"), R"("calder")");
  EXPECT_FALSE(ocsf_.has_unknown_host());
  theirs.replace(theirs.find("-88-"), 4, "-99-");
  EXPECT_EQ(text(ecs(theirs), "/host/name"), "-");
  EXPECT_EQ(text(ocsf(theirs), "/device/hostname"), R"("unknown")");
  EXPECT_TRUE(ocsf_.has_unknown_host());
}

// As in recordings of before streams had names.
// The line's time is that of the resync.
TEST_F(SchemaLineTest, AnEndThatAResyncFoundHasNoTime) {
  const std::string ended = R"("pid":7,"start_ns":5,"id":"0f9c2d4e8a314b57-7-0","comm":"a")";
  const auto has = [this](std::string_view member) { return document_.find(member) != std::string::npos; };
  for (const bool is_inferred : {false, true}) {
    const std::string exit = line("exit", (is_inferred ? R"("inferred":true,)" : "") + ended);
    (void)ecs(exit);
    EXPECT_NE(has(R"("end":)"), is_inferred) << document_;
    (void)ocsf(exit);
    EXPECT_NE(has("terminated_time"), is_inferred) << document_;
  }
}

TEST_F(SchemaLineTest, WritesLinesWithoutAStream) {
  const std::string old =
      R"({"v":1,"type":"stop","seq":9,"time":"2026-03-01T09:30:00Z","ktime_ns":1,"forks":1})";
  EXPECT_EQ(text(ecs(old), "/event/id"), "-");
  EXPECT_EQ(text(ocsf(old), "/process"), R"({"uid":"unknown"})");
  std::string start = kStart;
  const std::string stream = R"("stream":"0f9c2d4e8a314b57-77-3599998",)";
  start.replace(start.find(stream), stream.size(), "");
  for (Translator* each : {&ecs_, &ocsf_}) each->learn(start);
  EXPECT_EQ(text(ocsf(old), "/process"), R"({"pid":4242})");
  EXPECT_EQ(text(ecs(old), "/host/name"), R"("calder")");
}

// 104 days after boot.
TEST_F(SchemaLineTest, WritesTimesThatNoDoubleHolds) {
  const std::string late = line(
      "exit",
      R"("pid":5,"start_ns":9007199254740993,"runtime_ns":9007199254740995,"exit_code":0,"session_leader":{"pid":4,"start_ns":9007199254740993})");
  EXPECT_EQ(text(ecs(late), "/proctree/start_ns"), R"("9007199254740993")");
  EXPECT_EQ(text(ecs(late), "/event/duration"), R"("9007199254740995")");
  EXPECT_EQ(text(ocsf(late), "/duration"), "9007199254");
}

TEST_F(SchemaLineTest, WritesTheMomentBefore1970) {
  const std::string end = line("stop", "");
  const LineMoment moment{0, -1};
  for (Translator* each : {&ecs_, &ocsf_}) {
    const std::string document(each->translate(end, moment));
    EXPECT_NE(document.find(R"("1969-12-31T23:59:59.999999999Z")"), std::string::npos) << document;
  }
}

// Spelled as no writer of ours spells it.
TEST_F(SchemaLineTest, ReadsAnySpelling) {
  const std::string spelled =
      "{ \"type\" : \"fork\" , \"pid\": 5 ,\t\"pid\": 6, \"a\\\"b\" : [ 1 , { \"x\" : \"]}\\\\\" } ], "
      "\"a\\\"b\":2, \"exe\" : \"\\/bin\\/a\" }";
  const element made = ecs(spelled);
  EXPECT_EQ(text(made, "/process/pid"), "5");
  EXPECT_EQ(text(ocsf(spelled), "/process/file/name"), R"("a")");
  // Of another kind than the schema's.
  const element wrong = ecs(line("fork", R"("pid":"5","id":7,"comm":[1],"tty":{},"ns_pid":-1,"args":3)"));
  EXPECT_EQ(text(wrong, "/proctree/comm"), "[1]");
  EXPECT_EQ(text(wrong, "/proctree/id"), "7");
}

TEST_F(SchemaLineTest, CutsDocumentsToALine) {
  for (const Schema schema : {Schema::ecs, Schema::ocsf}) {
    Translator translator(schema, false, kLineMaxLeast);
    translator.learn(kStart);
    schema_check::Check& check =
        schema == Schema::ecs ? static_cast<schema_check::Check&>(ecs_check_) : ocsf_check_;
    std::string args;
    for (int i = 0; i < 500; ++i) args += R"("0123456789 \u0001 abcdefghij",)";
    std::string ancestors;
    for (int i = 0; i < 64; ++i)
      ancestors += R"({"pid":7,"start_ns":5,"id":"x-7-0","comm":"sh","exe":"/)" + std::string(900, 'e') +
                   R"(","user":"root","edge":"observed"},)";
    args.pop_back();
    ancestors.pop_back();
    std::string members = kProcess;
    members +=
        R"(,"args":[)" + args + R"(],"cwd":"/)" + std::string(4000, 'd') +
        R"(","caps_effective":"000001ffffffffff","caps_permitted":"000001ffffffffff","chain":"1|a|b;2|c|d","ancestors":[)" +
        ancestors + "]";
    const std::string text_of_line = line("exec", members);
    const std::string document(translator.translate(text_of_line, kMoment));
    EXPECT_LE(document.size(), kLineMaxLeast);
    EXPECT_NE(document.find("\"line_truncated\":true"), std::string::npos);
    for (const std::string& problem : check.problems(document)) ADD_FAILURE() << problem;
  }
}

// The line is what is cut: of its variables the first ones are left, and what isn't one never stands among
// them.
TEST_F(SchemaLineTest, OfManyVariablesACutDocumentHasTheFirstOnes) {
  std::string variables;
  for (int i = 0; i < 300; ++i) {
    variables += std::string(i == 0 ? "" : ",") + R"("NAME_)" + std::to_string(100 + i) +
                 R"(":"a value of some bytes")";
  }
  const std::string made =
      line("exec", R"("pid":2,"start_ns":5,"comm":"c","env":{)" + variables + R"(},"lineage_complete":true)");
  const auto check = [&](Schema schema, schema_check::Check& checked, std::string_view list,
                         std::string_view first, const std::string& own) {
    Translator translator(schema, false, kLineMaxLeast);
    translator.learn(kStart);
    const element cut = read(translator, checked, made);
    EXPECT_LE(document_.size(), kLineMaxLeast);
    const simdjson::dom::array left = cut.at_pointer(list);
    EXPECT_GT(left.size(), 30U);
    EXPECT_LT(left.size(), 300U);
    EXPECT_EQ(simdjson::minify(left.at(0)), first);
    for (const element& each : left)
      EXPECT_EQ(simdjson::minify(each).size(), first.size()) << simdjson::minify(each);
    EXPECT_EQ(text(cut, own + "/env_truncated"), "true");
    EXPECT_EQ(text(cut, own + "/lineage_complete"), "true");
  };
  check(Schema::ecs, ecs_check_, "/process/env_vars", R"("NAME_100=a value of some bytes")", "/proctree");
  check(Schema::ocsf, ocsf_check_, "/process/environment_variables",
        R"({"name":"NAME_100","value":"a value of some bytes"})", "/unmapped");
}

// Whatever a process calls itself.
TEST_F(SchemaLineTest, WritesHostileNames) {
  std::uint64_t state = 7;
  const auto random = [&](std::uint64_t below) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 33) % below;
  };
  const std::vector<std::string> units = {"x", "\x01",   "\"", "\\", "\xff", "\xe2\x80",
                                          "é", "\u202e", "]",  "}",  ",",    "/"};
  JsonWriter json;
  for (int round = 0; round < 2'000; ++round) {
    const auto hostile = [&] {
      std::string name;
      for (std::uint64_t i = random(12); i > 0; --i) name += units[random(units.size())];
      return name;
    };
    json.clear();
    json.begin_object();
    json.plain_field("type", random(2) == 0 ? "exec" : "fork");
    json.field("seq", random(100));
    json.field("pid", random(100));
    json.field("creator_pid", random(4));
    json.field("creator_start_ns", 5);
    json.string_field("comm", hostile());
    json.string_field("exe", hostile());
    json.string_field("user", hostile());
    json.string_field("tty", hostile());
    json.string_field("cwd", hostile());
    json.key("args");
    json.begin_array();
    for (std::uint64_t i = random(4); i > 0; --i) json.string(hostile());
    json.end_array();
    json.key("ancestors");
    json.begin_array();
    for (std::uint64_t i = random(3); i > 0; --i) {
      json.begin_object();
      json.field("pid", random(4));
      json.field("start_ns", 5);
      json.string_field("comm", hostile());
      json.string_field("exe", hostile());
      json.end_object();
    }
    json.end_array();
    json.end_object();
    const std::string text_of_line(json.text());
    const element source = parser_.parse(simdjson::padded_string(text_of_line));
    const std::string comm{std::string_view(source["comm"])};
    EXPECT_EQ(std::string_view(ecs(text_of_line)["process"]["name"]), comm);
    EXPECT_EQ(std::string_view(ocsf(text_of_line)["process"]["name"]), comm);
  }
}

// docs/schemas.md, row by row: what a line says in a field stands where the row says.
class SchemaDocsTest : public SchemaLineTest {
 protected:
  struct Row {
    std::string field, ecs, ocsf;
  };
  static std::string read_doc(const std::string& name) {
    std::ifstream in(std::string(PROCTREE_DOCS_DIR "/") + name);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  static std::vector<Row> rows() {
    std::vector<Row> rows;
    std::istringstream page(read_doc("schemas.md"));
    bool in_table = false;
    for (std::string text; std::getline(page, text);) {
      if (text.starts_with("| jsonl |")) in_table = true;
      if (text.empty()) in_table = false;
      if (!in_table || !text.starts_with("| `")) continue;
      std::vector<std::string> cells = schema_check::split(text, '`');
      if (cells.size() >= 6) rows.push_back({cells[1], cells[3], cells[5]});
    }
    return rows;
  }
  static std::string at(const element& document, std::string path) {
    std::ranges::replace(path, '.', '/');
    std::string found = text(document, '/' + path);
    if (found.size() > 1 && found.front() == '"' && found.back() == '"')
      found = found.substr(1, found.size() - 2);
    return found;
  }
};

TEST_F(SchemaDocsTest, TablesSayWhereEachFieldStands) {
  const std::set<std::string> numbers = {
      "seq",  "ktime_ns", "pid",       "start_ns",   "ns_pid",      "uid",
      "euid", "gid",      "egid",      "loginuid",   "sid",         "pgid",
      "ppid", "exec_seq", "exit_code", "runtime_ns", "creator_pid", "creator_start_ns"};
  std::map<std::string, std::string> values = {{"args", R"(["a","b"])"},
                                               {"ns", R"({"pid":4})"},
                                               {"exe_deleted", "true"},
                                               {"line_truncated", "true"},
                                               {"type", R"("exit")"}};
  int number = 100;
  std::string members;
  const auto all = rows();
  EXPECT_GT(all.size(), 30U);
  for (const Row& row : all) {
    std::string& value = values[row.field];
    if (value.empty())
      value = numbers.contains(row.field) ? std::to_string(++number) : "\"text " + row.field + '"';
    members += (members.empty() ? "" : ",") + ('"' + row.field + "\":") + value;
  }
  const std::string exit_line = '{' + members + '}';
  const std::string exec_line =
      std::string(exit_line).replace(exit_line.find(R"("type":"exit")"), 13, R"("type":"exec")");
  const auto strip = [](const std::string& value) {
    return value.front() == '"' ? value.substr(1, value.size() - 2) : value;
  };
  // Not valid in all: the values are made up. Where each stands is what counts.
  for (const bool is_exit : {false, true}) {
    const std::string& source = is_exit ? exit_line : exec_line;
    const std::string ecs_text(ecs_.translate(source, kMoment));
    const std::string ocsf_text(ocsf_.translate(source, kMoment));
    simdjson::dom::parser ecs_parser, ocsf_parser;
    const element in_ecs = ecs_parser.parse(simdjson::padded_string(ecs_text));
    const element in_ocsf = ocsf_parser.parse(simdjson::padded_string(ocsf_text));
    for (const Row& row : all) {
      const bool of_exit = row.field == "exit_code" || row.field == "runtime_ns";
      if (of_exit != is_exit) continue;
      const std::string value = row.field == "type" ? "exec" : strip(values[row.field]);
      EXPECT_EQ(at(in_ecs, row.ecs), value) << row.field;
      EXPECT_EQ(at(in_ocsf, row.ocsf), value) << row.field;
    }
  }
}

// Every field that is written is mapped, dates with their nanoseconds.
TEST_F(SchemaDocsTest, TheIndexTemplateMapsEveryField) {
  const element document = parser_.parse(simdjson::padded_string(read_doc("ecs-index-template.json")));
  for (const auto& row : schema_check::read_table(PROCTREE_SCHEMA_DIR "/ecs_fields.tsv")) {
    if (row[1] == "object") continue;
    std::string pointer = "/template/mappings/properties";
    const auto parts = schema_check::split(row[0], '.');
    for (std::size_t i = 0; i < parts.size(); ++i) pointer += (i == 0 ? "/" : "/properties/") + parts[i];
    EXPECT_EQ(text(document, pointer + "/type"), '"' + (row[1] == "date" ? "date_nanos" : row[1]) + '"')
        << row[0];
  }
}

}  // namespace
}  // namespace proctree::schema
