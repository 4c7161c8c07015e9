// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the words of a command line ask for, and what is said of wrong ones: one short line that names the
// wrong word.
#include "cli/command_line.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

namespace proctree {
namespace {

using Words = std::vector<const char*>;

template <class Options>
Options read(const Words& words) {
  const auto request = read_command_line(words);
  if (!request) {
    ADD_FAILURE() << request.error().to_string();
    return {};
  }
  if (const auto* options = std::get_if<Options>(&*request)) return *options;
  ADD_FAILURE() << "another command was read";
  return {};
}

// What is said of wrong usage.
std::string wrong(const Words& words) {
  const auto request = read_command_line(words);
  if (request) return "";
  EXPECT_EQ(request.error().code, ErrorCode::invalid_argument);
  const std::string text = request.error().to_string();
  EXPECT_LT(text.size(), 200U) << text;
  EXPECT_TRUE(std::ranges::none_of(text, [](char c) { return c >= 0 && c < ' '; })) << text;
  return text;
}

using Strings = std::vector<std::string>;

TEST(CommandLine, OfRunEndsAtTheCommand) {
  EXPECT_EQ(read<RunOptions>({"run", "echo", "--quiet", "hi"}).command, (Strings{"echo", "--quiet", "hi"}));
  EXPECT_FALSE(read<RunOptions>({"run", "echo", "--quiet"}).quiet);
  EXPECT_EQ(read<RunOptions>({"run", "ls", "--version"}).command, (Strings{"ls", "--version"}));
  EXPECT_EQ(read<RunOptions>({"run", "ls", "--help"}).command, (Strings{"ls", "--help"}));
  EXPECT_EQ(read<RunOptions>({"run", "tar", "--format=ustar", "-cf", "x"}).command,
            (Strings{"tar", "--format=ustar", "-cf", "x"}));
  EXPECT_EQ(read<RunOptions>({"run", "env", "--", "true"}).command, (Strings{"env", "--", "true"}));
  EXPECT_EQ(read<RunOptions>({"run", "--", "--", "true"}).command, (Strings{"--", "true"}));
  EXPECT_EQ(read<RunOptions>({"run", "--quiet", "--", "sh", "-c", "exit 7"}).command,
            (Strings{"sh", "-c", "exit 7"}));
}

TEST(CommandLine, OfRunTakesNoCommandForOneOfItsOwn) {
  EXPECT_EQ(read<RunOptions>({"run", "find", "/", "-name", "x"}).command,
            (Strings{"find", "/", "-name", "x"}));
  EXPECT_EQ(read<RunOptions>({"run", "--quiet", "tree", "--args"}).command, (Strings{"tree", "--args"}));
}

TEST(CommandLine, ListsAreOneWord) {
  const auto options = read<RunOptions>({"run", "--events", "exec,exit", "--", "sh", "-c", "true"});
  EXPECT_EQ(options.record.events, (Strings{"exec", "exit"}));
  EXPECT_EQ(options.command, (Strings{"sh", "-c", "true"}));
  EXPECT_EQ(read<RunOptions>({"run", "--events", "exec", "true"}).command, Strings{"true"});
  EXPECT_EQ(read<TraceOptions>({"trace", "--events", "exec", "--events=fork"}).record.events,
            (Strings{"exec", "fork"}));
  EXPECT_EQ(read<FindOptions>({"find", "--comm", "a,b", "--comm", "c"}).filters.comms, (Strings{"a,b", "c"}));
}

TEST(CommandLine, ValuesOfEachKind) {
  const auto trace = read<TraceOptions>({"trace", "--format=jsonl", "--source", "netlink", "--duration",
                                         "1.5", "--count", "7", "--ancestors", "0", "--args-max", "65536",
                                         "--memory-max", "16", "--ring-size=0.5", "--snapshot"});
  EXPECT_EQ(trace.record.format, Format::jsonl);
  EXPECT_EQ(trace.source, EventSource::netlink);
  EXPECT_EQ(trace.duration_s, 1.5);
  EXPECT_EQ(trace.count, 7U);
  EXPECT_EQ(trace.record.ancestors, 0U);
  EXPECT_EQ(trace.capture.args_max, 65536U);
  EXPECT_EQ(trace.record.memory_mib, 16);
  EXPECT_EQ(trace.capture.ring_mib, 0.5);
  EXPECT_TRUE(trace.snapshot);
  EXPECT_FALSE(read<TreeOptions>({"tree", "--no-pids", "1"}).pids);
  EXPECT_TRUE(read<TreeOptions>({"tree", "--no-pids", "--pids"}).pids);
  EXPECT_EQ(read<ChainOptions>({"chain", "4294967295", "--format", "json"}).pid, 4294967295U);
}

TEST(CommandLine, WrongValuesAreNamedWithWhatWouldBeRight) {
  EXPECT_EQ(wrong({"trace", "--format", "foo"}),
            "--format: foo is none of text,chain,jsonl,ecs,ocsf; see proctree trace --help");
}

TEST(CommandLine, WrongNumbersAreNamedWithTheirBounds) {
  for (const char* number : {"0", "-1", "abc", "1x", "", "nan", "inf", "1e400"}) {
    EXPECT_EQ(wrong({"trace", "--duration", number}),
              "--duration: " + std::string(number) +
                  " is no duration above 0, such as 90, 10m or 2h; see proctree trace --help");
  }
  EXPECT_EQ(read<TraceOptions>({"trace", "--duration", "1h30m"}).duration_s, 5400);
  EXPECT_EQ(wrong({"trace", "--count", "-1"}), "--count: -1 is no number above 0; see proctree trace --help");
  EXPECT_EQ(wrong({"run", "--args-max", "65537", "x"}),
            "--args-max: 65537 is no number between 0 and 65536; see proctree run --help");
  EXPECT_NE(wrong({"replay", "--ancestors", "-1", "x"}), "");
  EXPECT_NE(wrong({"chain", "0"}), "");
  EXPECT_NE(wrong({"tree", "--highlight", "4294967296"}), "");
}

TEST(CommandLine, TheWrongWordIsNamed) {
  const auto starts = [](const Words& words, const std::string& with) {
    const std::string text = wrong(words);
    EXPECT_TRUE(text.starts_with(with)) << text;
  };
  starts({"run", "--count", "1", "--", "true"}, "there is no option --count;");
  starts({"run", "--output", "/dev/null", "-o", "y", "--", "true"}, "there is no option -o;");
  starts({"run", "--snapshot", "--", "true", "--x"}, "there is no option --snapshot;");
  starts({"tree", "--comm", "bash"}, "there is no option --comm;");
  starts({"find", "--pid", "1"}, "there is no option --pid;");
  starts({"trace", "-f", "jsonl"}, "there is no option -f;");
  starts({"trace", "jsonl", "x"}, "proctree trace takes options only, no argument: jsonl is one too many;");
  starts({"tree", "1", "2"}, "proctree tree takes one PID: 2 is one too many;");
  starts({"why", "1", "2"}, "proctree why takes one PID|NAME: 2 is one too many;");
  starts({"chain", "bash"}, "PID: bash is no pid; proctree find --comm NAME prints");
  starts({"tree", "--highlight", "0"}, "--highlight: 0 is no pid;");
  starts({"replay", "--comm", "x"}, "FILE|FOLDER is required;");
  starts({"frobnicate"}, "there is no command frobnicate;");
  starts({"--format", "jsonl", "trace"}, "there is no option --format before a command;");
  starts({}, "no command given;");
}

TEST(CommandLine, AMistypedWordIsSuggested) {
  const auto starts = [](const Words& words, const std::string& with) {
    const std::string text = wrong(words);
    EXPECT_TRUE(text.starts_with(with)) << text;
  };
  starts({"--verson"}, "there is no option --verson before a command (did you mean --version?);");
  starts({"tarce"}, "there is no command tarce;");
  starts({"trac"}, "there is no command trac (did you mean trace?);");
  starts({"trace", "--durration=5"}, "there is no option --durration=5 (did you mean --duration?);");
  starts({"tree", "--no-pid"}, "there is no option --no-pid (did you mean --no-pids?);");
  starts({"tree", "--zzz"}, "there is no option --zzz;");
  starts({"tree", ("--" + std::string(60, 'x')).c_str()}, "there is no option --xxx");
}

TEST(CommandLine, WhatIsWrongWithAnOptionIsInPlainWords) {
  const auto starts = [](const Words& words, const std::string& with) {
    const std::string text = wrong(words);
    EXPECT_TRUE(text.starts_with(with)) << text;
  };
  starts({"trace", "--duration", "5", "--duration", "6"},
         "--duration is given 2 times, but takes one value;");
  starts({"trace", "--under"}, "--under takes a value: NAME|PID;");
  starts({"trace", "--duration"}, "--duration takes a value: DURATION;");
  starts({"run", "--quiet=garbage", "true"}, "--quiet takes no value;");
  starts({"trace", "--watch", "--format", "jsonl"}, "--format can't be combined with --watch;");
  starts({"trace", "--segment", "1"}, "--segment takes effect only with --spool;");
}

TEST(CommandLine, HelpIsACommandToo) {
  EXPECT_EQ(read<ShownText>({"help"}).text, read<ShownText>({"--help"}).text);
  EXPECT_EQ(read<ShownText>({"help", "trace"}).text, read<ShownText>({"trace", "--help"}).text);
  EXPECT_TRUE(wrong({"help", "frobnicate"}).starts_with("there is no command frobnicate;"));
}

TEST(CommandLine, WhatCantDoAnythingIsNotTakenInSilence) {
  EXPECT_NE(wrong({"trace", "--snapshot", "--format", "text"}), "");
  EXPECT_NE(wrong({"trace", "--failed-execs", "--format", "chain"}), "");
  EXPECT_NE(wrong({"run", "--failed-execs", "--format", "chain", "true"}), "");
  EXPECT_NE(wrong({"tree", "--no-pids", "--format", "json"}), "");
  EXPECT_NE(wrong({"trace", "--segment", "1"}), "");
  EXPECT_NE(wrong({"trace", "--spool", "d", "--spool-max", "15"}), "");
  EXPECT_NE(wrong({"trace", "--spool", "d", "--watch"}), "");
  EXPECT_EQ(read<TraceOptions>({"trace", "--spool", "d", "--spool-max", "1", "--segment", "1"}).spool.max_mib,
            1U);
  EXPECT_FALSE(read<TraceOptions>({"trace", "--spool", "d"}).has_output());
  EXPECT_TRUE(read<TraceOptions>({"trace", "--spool", "d", "--format", "text"}).has_output());
  EXPECT_TRUE(
      read<TraceOptions>({"trace", "--spool", "d", "--failed-execs", "--format", "chain"}).has_output());
  EXPECT_TRUE(read<TraceOptions>({"trace", "--snapshot", "--format", "jsonl"}).snapshot);
  EXPECT_TRUE(read<RunOptions>({"run", "--failed-execs", "true"}).capture.failed_execs);
  EXPECT_FALSE(read<TreeOptions>({"tree", "--no-pids", "--format", "dot"}).pids);
}

TEST(CommandLine, FiltersThatLetNothingThroughAreRefused) {
  EXPECT_NE(wrong({"trace", "--failed", "--events", "exec"}), "");
  EXPECT_NE(wrong({"trace", "--failed", "--count", "3"}), "");
  EXPECT_NE(wrong({"trace", "--watch", "--failed"}), "");
  EXPECT_NE(wrong({"trace", "--watch", "--stats"}), "");
  EXPECT_NE(wrong({"replay", "x", "--tree", "--stats"}), "");
  EXPECT_NE(wrong({"replay", "x", "--tree", "--failed"}), "");
  EXPECT_NE(wrong({"replay", "x", "--all"}), "");
  EXPECT_NE(wrong({"run", "--tree", "--format", "jsonl", "true"}), "");
  EXPECT_TRUE(read<TraceOptions>({"trace", "--failed"}).record.event_set().exit);
  EXPECT_EQ(read<ReplayCommandOptions>({"replay", "x", "--tree", "--all", "--stats"}).record.format,
            Format::tree);
  EXPECT_EQ(read<RunOptions>({"run", "--tree", "ls", "--tree"}).record.format, Format::tree);
}

// An option as --help has it.
struct ListedOption {
  std::string name;
  std::string type;                     // empty: a flag
  [[nodiscard]] bool is_text() const {  // any word is a value of it
    return type == "NAME" || type == "NAME|PID" || type == "FILE" || type == "DIR" || type == "ID" ||
           type == "TEXT" || type == "PATTERN" || type == "TIME";
  }
};

std::vector<ListedOption> options_of(const char* command) {
  std::istringstream help(read<ShownText>({command, "--help"}).text);
  std::vector<ListedOption> options;
  for (std::string line; std::getline(help, line);) {
    std::istringstream words(line);
    std::string name, type;
    words >> name >> type;
    if (!line.starts_with("  -") || name.find("--") == std::string::npos) continue;
    name = name.substr(name.find("--"));
    const bool has_type = line.find(name + ' ' + type) != std::string::npos && !type.empty() &&
                          type[0] >= 'A' && type[0] <= 'Z' &&
                          (type.size() == 1 || !(type[1] >= 'a' && type[1] <= 'z'));
    options.push_back({name, has_type ? type : ""});
  }
  return options;
}

bool has_argument(const std::string& command) {
  return command == "run" || command == "replay" || command == "chain";
}

// What is said of it: one short line that names the option, and status 2 but for empty texts.
void expect_refused(const char* command, const ListedOption& option, Words words, ErrorCode code) {
  words.insert(words.begin(), command);
  const auto request = read_command_line(words);
  std::string typed;
  for (const char* word : words) typed += std::string(word) + ' ';
  ASSERT_FALSE(request) << typed;
  const std::string text = request.error().to_string();
  EXPECT_EQ(request.error().code, code) << typed << text;
  EXPECT_NE(text.find(option.name), std::string::npos) << typed << text;
  EXPECT_LT(text.size(), 200U) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos) << text;
}

TEST(CommandLine, EveryOptionOfEveryCommandRefusesWhatIsWrong) {
  const std::vector<std::string> repeatable = {"--comm", "--not-comm", "--exe",       "--not-exe",
                                               "--user", "--under",    "--not-under", "--container",
                                               "--arg",  "--events",   "--unit",      "--env"};
  std::size_t options = 0;
  for (const char* command : {"trace", "run", "replay", "tree", "chain", "find", "doctor"}) {
    for (const ListedOption& option : options_of(command)) {
      if (option.name == "--help" || option.name == "--version" || option.name == "--at") continue;
      ++options;
      const char* name = option.name.c_str();
      const std::string joined = option.name + "=";
      if (option.type.empty()) {
        const std::string valued = option.name + "=garbage";
        expect_refused(command, option, {valued.c_str()}, ErrorCode::invalid_argument);
        continue;
      }
      expect_refused(command, option, {name}, ErrorCode::invalid_argument);
      if (option.is_text()) {
        expect_refused(command, option, {joined.c_str()}, ErrorCode::not_found);
        Words empty = {name, ""};
        if (has_argument(command)) empty.push_back("1");
        expect_refused(command, option, empty, ErrorCode::not_found);
        empty = {joined.c_str(), "1"};
        if (std::string(command) != "replay" && has_argument(command)) empty.push_back("1");
        expect_refused(command, option, empty, ErrorCode::not_found);
      } else {
        expect_refused(command, option, {name, ""}, ErrorCode::invalid_argument);
        expect_refused(command, option, {name, "\x1bnonsense"}, ErrorCode::invalid_argument);
      }
      if (std::ranges::find(repeatable, option.name) == repeatable.end())
        expect_refused(command, option, {name, "text", name, "jsonl"}, ErrorCode::invalid_argument);
    }
  }
  EXPECT_GT(options, 90U);
}

TEST(CommandLine, HistoryTakesAQuestionAndAProcessWhereItIsOfOne) {
  for (const Words& words : {Words{"history", "sqlite:x", "find", "--comm", "make", "--utc"},
                             Words{"history", "sqlite:x", "chain", "1"}, Words{"history", "sqlite:x", "tree"},
                             Words{"history", "sqlite:x", "tree", "00c0ffee00c0ffee-12-3456"},
                             Words{"history", "sqlite:x", "why", "make"}})
    EXPECT_TRUE(read_command_line(words));
  for (const Words& words :
       {Words{"history"}, Words{"history", "sqlite:x"}, Words{"history", "sqlite:x", "what"},
        Words{"history", "sqlite:x", "why"}, Words{"history", "sqlite:x", "find", "1"},
        Words{"history", "sqlite:x", "find", "--entry", "door"},
        Words{"history", "sqlite:x", "find", "--at", "09:00", "--since", "08:00"}}) {
    const auto request = read_command_line(words);
    ASSERT_FALSE(request);
    EXPECT_EQ(request.error().code, ErrorCode::invalid_argument) << request.error().to_string();
  }
}

TEST(CommandLine, HistorySaysHowAProcessOfANameIsFound) {
  for (const char* question : {"chain", "tree"}) {
    for (const char* process : {"make", "00c0ffee-12", "99999999999", "-1-2-x"}) {
      const std::string text = wrong({"history", "sqlite:x", question, "--", process});
      EXPECT_NE(text.find("is neither a pid nor an id"), std::string::npos) << text;
      EXPECT_NE(text.find("find --comm"), std::string::npos) << text;
    }
  }
}

// No wrong usage: a script's variable was empty.
TEST(CommandLine, EmptyValuesAreRefused) {
  for (const Words& words :
       {Words{"trace", "--user", ""}, Words{"trace", "--comm="}, Words{"find", "--under", ""},
        Words{"replay", "x", "--container", "", "--user", "root"}, Words{"run", "--output", "", "true"},
        Words{"trace", "--timeline="}, Words{"trace", "--run-as", ""}}) {
    const auto request = read_command_line(words);
    ASSERT_FALSE(request) << words[0];
    EXPECT_EQ(request.error().code, ErrorCode::not_found) << request.error().to_string();
  }
  EXPECT_EQ(read<RunOptions>({"run", "printf", ""}).command, (Strings{"printf", ""}));
}

// Columns: UTF-8's continuation bytes take none.
std::size_t widest_line(const std::string& text) {
  std::istringstream lines(text);
  std::size_t widest = 0;
  for (std::string line; std::getline(lines, line);) {
    const auto columns = std::ranges::count_if(line, [](char c) { return (c & 0xc0) != 0x80; });
    widest = std::max(widest, static_cast<std::size_t>(columns));
  }
  return widest;
}

TEST(CommandLine, HelpFitsTheTerminal) {
  const Words commands = {"trace", "run", "replay", "tree",    "chain",
                          "find",  "why", "ship",   "history", "doctor"};
  const auto widest = [&commands](const char* columns) {
    columns == nullptr ? ::unsetenv("COLUMNS") : ::setenv("COLUMNS", columns, 1);
    std::size_t most = widest_line(read<ShownText>({"--help"}).text);
    for (const char* command : commands)
      most = std::max(most, widest_line(read<ShownText>({command, "--help"}).text));
    ::unsetenv("COLUMNS");
    return most;
  };
  EXPECT_LE(widest(nullptr), 80U);
  EXPECT_LE(widest("100"), 100U);
  EXPECT_GT(widest("100"), 80U);
  EXPECT_LE(widest("60"), 60U);
  for (const char* columns : {"", "0", "1", "-5", "x", "99999999999999999999", "4294967295"})
    EXPECT_LE(widest(columns), 160U) << columns;
}

// The first page that a newcomer sees.
TEST(CommandLine, TheFirstHelpIsOneScreenAndAnswersTheFiveQuestions) {
  const std::string help = read<ShownText>({"--help"}).text;
  EXPECT_LT(std::ranges::count(help, '\n'), 24) << "the prompt takes a line too: " << help;
  for (const Words& answer :
       {Words{"trace", "--comm", "NAME"}, Words{"run", "--", "make", "-k"}, Words{"trace", "--under", "sshd"},
        Words{"trace", "--stats", "--duration", "10m"}}) {
    std::string typed = "proctree";
    for (const char* word : answer) typed.append(" ").append(word);
    EXPECT_NE(help.find("  " + typed + '\n'), std::string::npos) << typed;
    EXPECT_TRUE(read_command_line(answer)) << typed;
  }
  EXPECT_NE(help.find("Was anything lost?"), std::string::npos);
}

TEST(CommandLine, HelpAndVersionAreEverywhere) {
  const auto text = [](const Words& words) { return read<ShownText>(words).text; };
  for (const char* command : {"trace", "run", "replay", "tree", "chain", "find", "doctor"}) {
    EXPECT_EQ(text({command, "--version"}), "proctree " PROCTREE_VERSION "\n") << command;
    const std::string help = text({command, "--help"});
    EXPECT_NE(help.find(std::string("Usage: proctree ") + command), std::string::npos) << help;
    EXPECT_NE(text({"--help"}).find(std::string("\n  ") + command + ' '), std::string::npos);
  }
  EXPECT_EQ(text({"--version"}), "proctree " PROCTREE_VERSION "\n");
}

}  // namespace
}  // namespace proctree
