// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What a replay makes of a recording: copies, chains and trees.
#include <string>

#include "replay_fixture.hpp"

namespace proctree {
namespace {

const std::string kInit = process_fields(1, "init", 0) + lineage_fields("1|init|root", "");

// By a thread that is called as the child, of a process that is called `creator_comm`.
std::string fork(std::uint64_t seq, std::uint32_t pid, std::string_view comm, std::uint32_t creator,
                 std::string_view creator_comm) {
  return recorded(
      "fork", seq,
      process_fields(pid, comm, creator) + ",\"creator_comm\":\"" + std::string(creator_comm) + "\"");
}
std::string fork(std::uint64_t seq, std::uint32_t pid, std::string_view comm, std::uint32_t creator) {
  return recorded("fork", seq, process_fields(pid, comm, creator));
}
std::string exits(std::uint64_t seq, std::uint32_t pid, std::string_view comm, std::uint32_t creator) {
  return recorded("exit", seq, process_fields(pid, comm, creator) + ",\"exit_code\":0");
}

TEST_F(ReplayTest, FilteredLinesAreAsTheyAre) {
  const std::string text = started() + fork(2, 7, "init", 1) +
                           recorded("exec", 3, process_fields(7, "sh", 1, "me", 9) + ",\"new\":[1, 2]") +
                           exits(4, 7, "sh", 1) + recorded("newer", 5, "") +
                           recorded("stop", 6, "\"forks\":1");
  const Replayed exec = copied(text, {.events = EventSet::only_exec()});
  EXPECT_EQ(exec.error, "");
  EXPECT_EQ(exec.output.substr(0, started().size()), started());
  EXPECT_NE(exec.output.find(R"("type":"exec","seq":3,"time":"2026-03-01T09:30:13.500000000Z")"),
            std::string::npos);
  EXPECT_NE(exec.output.find(R"("new":[1, 2]})"), std::string::npos);
  EXPECT_NE(exec.output.find(R"("type":"stop","seq":6,)"), std::string::npos);
  EXPECT_EQ(exec.output.find("newer"), std::string::npos) << "no filter can tell whether it would do";
  ReplayOptions mine;
  mine.filter.users = {"me"};
  EXPECT_EQ(copied(text, mine).output, exec.output);
  mine.filter.users = {"9"};
  EXPECT_EQ(copied(text, mine).output, exec.output);
  mine.filter.users = {"root"};
  mine.filter.comms = {"init"};
  EXPECT_NE(copied(text, mine).output.find(R"("type":"fork","seq":2,)"), std::string::npos);
}

TEST_F(ReplayTest, AHashGoesWithTheLineOfItsExec) {
  const std::string exec =
      recorded("exec", 2, process_fields(7, "sh", 1, "me", 9) + ",\"exec_seq\":3,\"exe_sha256\":\"aa\"");
  const auto hash = [](std::uint64_t seq, std::uint32_t pid, int exec_seq) {
    return recorded("hash", seq,
                    "\"pid\":" + std::to_string(pid) + ",\"start_ns\":" + std::to_string(pid) +
                        "0000005,\"exec_seq\":" + std::to_string(exec_seq) + ",\"script_sha256\":\"bb\"");
  };
  const std::string of_it = hash(3, 7, 3), of_another = hash(4, 8, 3), of_an_earlier = hash(5, 7, 2);
  const std::string text = started() + exec + of_it + of_another + of_an_earlier;
  const Replayed whole = copied(text);
  EXPECT_EQ(whole.output, text);
  EXPECT_EQ(whole.warnings, std::vector<std::string>{});
  ReplayOptions mine;
  mine.filter.users = {"me"};
  EXPECT_EQ(copied(text, mine).output, started() + exec + of_it);
  EXPECT_EQ(copied(text, {.events = {.exec = false}}).output, started());
}

// They are no events: the live trace wrote none in its text either. The tree knows them.
TEST_F(ReplayTest, WhatAResyncFoundIsInTheTreeAndInNoText) {
  const std::string text = started() + fork(2, 7, "init", 1) +
                           recorded("resync", 3, "\"added\":1,\"exited\":1,\"corrected\":0,\"took_ns\":5") +
                           recorded("process", 4, "\"resync\":\"added\"," + process_fields(9, "new", 1)) +
                           recorded("exit", 5, "\"inferred\":true," + process_fields(7, "init", 1)) +
                           recorded("stop", 6, "\"exits\":0");
  EXPECT_EQ(copied(text).output, text);
  EXPECT_EQ(chains(text, {.events = {}}).output.find("new"), std::string::npos);
  const std::string drawn = tree(text);
  EXPECT_NE(drawn.find("new(9)"), std::string::npos) << drawn;
  EXPECT_EQ(drawn.find("(7)"), std::string::npos) << drawn;
  EXPECT_EQ(copied(text, {.events = EventSet::only_exec()}).output.find("inferred"), std::string::npos);
}

TEST_F(ReplayTest, EntriesAreReadBackAndChooseLines) {
  const std::string by_ssh = recorded(
      "exec", 2,
      process_fields(7, "sh", 1) +
          R"(,"entry":{"type":"ssh","pid":7,"start_ns":70000005,"id":"b00t-7-7","comm":"sh","exe":"/bin/sh")"
          R"(,"args":["sh","-c","a b"],"args_size":10,"uid":1000,"user":"ann","source_ip":"192.0.2.7")"
          R"(,"source_port":50022,"tty":"pts/3"})");
  const std::string in_terminal = recorded(
      "fork", 3, process_fields(8, "sh", 7) + R"(,"entry":{"type":"terminal","pid":8,"start_ns":80000005})");
  const std::string in_container = recorded(
      "exec", 4,
      process_fields(9, "sh", 1) +
          R"(,"entry":{"type":"container","pid":9,"server":{"pid":5,"comm":"x"},"job":"j","into":true)"
          R"(,"container":{"id":"c1","runtime":"runc","name":"web","image":"i"},"sure":false})");
  const std::string text = started() + by_ssh + in_terminal + in_container;
  EXPECT_EQ(copied(text).warnings, std::vector<std::string>{});
  ReplayOptions options;
  options.filter.entries = {EntryType::ssh, EntryType::container};
  EXPECT_EQ(copied(text, options).output, started() + by_ssh + in_container);
  const auto seen = replay(text, {}, [](Replay& replay, Output&) -> Result<void> {
    for (int line = 0; line < 4; ++line) EXPECT_TRUE(replay.next());
    const ProcessRecord record = replay.record();
    EXPECT_EQ(record.entry->type, EntryType::container);
    EXPECT_EQ(record.entry->container_name, "web");
    EXPECT_EQ(record.entry->server_comm, "x");
    EXPECT_TRUE(record.entry->into);
    EXPECT_FALSE(record.entry_sure);
    return {};
  });
  EXPECT_EQ(seen.error, "");
}

TEST_F(ReplayTest, LinesAreCutWhereThatIsAskedFor) {
  const std::string text = started() + recorded("exec", 2,
                                                process_fields(7, "sh", 1) + ",\"cwd\":\"" +
                                                    std::string(20'000, 'd') + "\",\"new\": [1, 2]");
  EXPECT_EQ(copied(text).output, text);
  EXPECT_EQ(copied(text, {}, {}, 65'536).output, text);
  const std::string cut = copied(text, {}, {}, 8'192).output;
  EXPECT_EQ(cut.substr(0, started().size()), started());
  EXPECT_LE(cut.size() - started().size(), 8'193U);
  EXPECT_NE(cut.find(R"(d","cwd_truncated":true,"new": [1, 2],"line_truncated":true})"), std::string::npos);
  EXPECT_EQ(copied(cut).warnings, copied(text).warnings) << "marks are known";
}

TEST_F(ReplayTest, AncestorsAreCutWhereThatIsAskedFor) {
  const std::string two = ancestor(5, "sh") + "," + ancestor(1, "init");
  const std::string text = recorded(
      "exec", 1, process_fields(7, "ls", 5) + lineage_fields("7|ls|root;5|sh|root;1|init|root", two));
  EXPECT_EQ(copied(text, {}, 2).output, text);
  const std::string one = copied(text, {}, 1).output;
  EXPECT_NE(one.find("\"ancestors\":[" + ancestor(5, "sh") + "],\"ancestors_truncated\":true,\"lineage"),
            std::string::npos)
      << one;
  EXPECT_NE(copied(text, {}, 0).output.find("\"ancestors\":[],\"ancestors_truncated\":true,\"lineage"),
            std::string::npos);
  EXPECT_EQ(copied(one, {}, 1).output, one);
  // Twice cut is cut once.
  EXPECT_EQ(copied(one, {}, 0).output, copied(text, {}, 0).output);
}

TEST_F(ReplayTest, ChainsAreThoseOfTheRecording) {
  const std::string text =
      started() +
      recorded("exec", 2,
               process_fields(7, "ls", 5) + lineage_fields("7|ls|root;5|sh|al\\\\x7cice;1|init|root",
                                                           ancestor(5, "sh", "al|ice", ",\"exited\":true") +
                                                               "," + ancestor(1, "init")));
  EXPECT_EQ(chains(text).output, "7|ls|root;5|sh|al\\x7cice;1|init|root\n");
}

// Where few or no ancestors were recorded the chain itself names them.
TEST_F(ReplayTest, ChainsGoBeyondTheAncestors) {
  const std::string chain = "7|ls|root;5|a\\\\x3bb|me;3|(9 folded)|1000;1|init|root";
  for (const std::string& ancestors : {std::string(), ancestor(5, "a;b", "me")}) {
    const std::string text = recorded(
        "exec", 1,
        process_fields(7, "ls", 5) + lineage_fields(chain, ancestors) + ",\"ancestors_truncated\":true");
    EXPECT_EQ(chains(text).output, "7|ls|root;5|a\\x3bb|me;3|(9 folded)|1000;1|init|root\n");
  }
}

TEST_F(ReplayTest, UnknownAncestorsStayUnknown) {
  const std::string text =
      recorded(
          "exec", 1,
          process_fields(7, "ls", 5) + lineage_fields("7|ls|root;5|unknown|unknown",
                                                      R"({"pid":5,"start_ns":50000005,"edge":"inferred"})")) +
      recorded("exec", 2,
               "\"pid\":8,\"start_ns\":9,\"comm\":\"ls\",\"uid\":0,\"user\":\"root\"" +
                   lineage_fields("8|ls|root;0|unknown|unknown", "")) +
      recorded("exec", 3,
               "\"pid\":9,\"start_ns\":9,\"creator_pid\":4,\"comm\":\"ls\",\"uid\":0,\"user\":\"root\"" +
                   lineage_fields("9|ls|root;4|unknown|unknown", ""));
  EXPECT_EQ(chains(text).output,
            "7|ls|root;5|unknown|unknown\n8|ls|root;0|unknown|unknown\n9|ls|root;4|unknown|unknown\n");
}

// Forks and exits name the creator alone; earlier lines have the rest.
TEST_F(ReplayTest, ForksAndExitsHaveTheLineageOfWhatWasReported) {
  const std::string text = started() + recorded("process", 2, kInit) + fork(3, 5, "init", 1) +
                           recorded("exec", 4,
                                    process_fields(5, "sh", 1, "me", 9) +
                                        lineage_fields("5|sh|me;1|init|root", ancestor(1, "init"))) +
                           fork(5, 7, "sh", 5) + exits(6, 5, "sh", 1) + exits(7, 7, "sh", 5);
  EXPECT_EQ(chains(text, {}).output,
            "5|init|root;1|init|root\n5|sh|me;1|init|root\n7|sh|root;5|sh|root;1|init|root\n"
            "5|sh|me;1|init|root\n7|sh|root;5|sh|root;1|init|root\n")
      << "of 7's creator what it was when it forked 7; of a process itself what it was when its image began";
}

// A process renames itself and then forks: the child is called as it.
TEST_F(ReplayTest, AForkReportsTheNameOfItsCreator) {
  const std::string text = started() + recorded("process", 2, kInit) + fork(3, 5, "init", 1) +
                           fork(4, 6, "renamed", 5) + fork(5, 7, "a-thread", 5, "again");
  EXPECT_EQ(chains(text, {}).output,
            "5|init|root;1|init|root\n6|renamed|root;5|renamed|root;1|init|root\n"
            "7|a-thread|root;5|again|root;1|init|root\n");
}

TEST_F(ReplayTest, UsersAreThoseOfTheRecording) {
  RecordedUsers users;
  EXPECT_EQ(users.name(0), "0") << "not this host's root";
  users.learn(1000, "alice");
  users.learn(1001, "1001");
  EXPECT_EQ(users.name(1000), "alice");
  EXPECT_EQ(users.uid_of("alice"), 1000U);
  EXPECT_EQ(users.uid_of("1001"), 1001U);
  const std::uint32_t bob = users.uid_of("bob");
  EXPECT_EQ(users.name(bob), "bob");
  EXPECT_EQ(users.uid_of("bob"), bob);
  EXPECT_NE(users.uid_of("carol"), bob);
  users.learn(1000, "alicia");
  EXPECT_EQ(users.name(1000), "alicia");
  EXPECT_NE(users.uid_of("alice"), 1000U);
  users.learn(1000, "1000");
  EXPECT_EQ(users.name(1000), "1000");
  for (int i = 0; i < 300'000; ++i)
    users.learn(static_cast<std::uint32_t>(100'000 + i), "user" + std::to_string(i));
  EXPECT_EQ(users.name(100'000), "user0");
  EXPECT_EQ(users.name(399'999), "399999") << "beyond what may be kept";
}

TEST_F(ReplayTest, TheTreeIsWhatLivesAndItsAncestors) {
  const std::string text = started() + recorded("process", 2, kInit) + fork(3, 5, "sh", 1, "init") +
                           fork(4, 6, "sh", 5) + fork(5, 7, "sh", 6) + fork(6, 8, "ls", 5, "sh") +
                           exits(7, 6, "sh", 5) + exits(8, 8, "ls", 5);
  EXPECT_EQ(tree(text),
            "init(1)\n"
            "└─sh(5)\n"
            "  └─sh(6) <exited>\n"
            "    └─sh(7)\n");
  // As it was: by either clock.
  const std::string early =
      "init(1)\n"
      "└─sh(5)\n"
      "  └─sh(6)\n";
  EXPECT_EQ(tree(text, {.at = Moment{0, 4'999'999'999}}), early);
  EXPECT_EQ(tree(text, {.at = Moment{1'772'357'414'500'000'000, {}}}), early);
  EXPECT_EQ(tree(text, {.at = Moment{0, 0}}), "");
}

TEST_F(ReplayTest, ChosenProcessesAreDrawnWithTheirAncestors) {
  const std::string text = started() + recorded("process", 2, kInit) + fork(3, 5, "sh", 1, "init") +
                           fork(4, 6, "ls", 5, "sh") + fork(5, 7, "sh", 1, "init") +
                           fork(6, 8, "ps", 6, "ls");
  const auto drawn = [&](std::string_view comm) {
    return replay(text, {},
                  [&](Replay& replay, Output& output) {
                    auto done = drain(replay);
                    const ProcessTable& table = replay.tree().table();
                    const TableForest forest(table, [&](Slot slot) { return table.comm(slot) == comm; });
                    std::string tree;
                    for (const Slot root : forest.roots()) append_tree(tree, forest, root);
                    return done && !tree.empty() ? output.append(tree) : done;
                  })
        .output;
  };
  EXPECT_EQ(drawn("ls"), "init(1)\n└─sh(5)\n  └─ls(6)\n\n");
  EXPECT_EQ(drawn("sh"), "init(1)\n├─sh(5)\n└─sh(7)\n\n");
  EXPECT_EQ(drawn("none"), "");
}

TEST_F(ReplayTest, AnotherBootIsAnotherTree) {
  const std::string first = started() + recorded("process", 2, kInit) + fork(3, 5, "sh", 1, "init");
  EXPECT_EQ(tree(first + started(1, "other") + fork(2, 9, "x", 8)), "unknown(8) <exited>\n└─x(9)\n");
  // The same boot goes on; a snapshot says who of them still lives.
  EXPECT_EQ(tree(first + started(4) + fork(5, 9, "x", 5, "sh")), "init(1)\n└─sh(5)\n  └─x(9)\n");
  EXPECT_EQ(tree(first + started(4) + recorded("process", 5, kInit) + fork(6, 9, "x", 1, "init")),
            "init(1)\n└─x(9)\n");
}

// Some kernels draw it before there is entropy, and machines start from one image of memory: then the clock
// of the second boot begins at 0 again.
TEST_F(ReplayTest, AnotherBootOfTheSameIdIsAnotherTree) {
  const std::string first = started(8) + recorded("process", 9, kInit) + fork(10, 5, "sh", 1, "init");
  const std::string second = started(2) + recorded("process", 3, kInit) + fork(4, 6, "x", 1, "init");
  EXPECT_EQ(tree(first + second), "init(1)\n└─x(6)\n");
  // Without a snapshot too; and what the second says of a process of the first is of its own one.
  EXPECT_EQ(tree(first + started(2) + fork(3, 5, "x", 8)), "unknown(8) <exited>\n└─x(5)\n");
  // Streams of one boot that come together are apart by little.
  const std::string late =
      R"({"v":1,"type":"start","seq":1,"time":"2026-03-01T09:30:20Z","ktime_ns":9500000000,)"
      R"("host":{"name":"h","boot_id":"b00t"},"tracer":{"version":"0.1.0"}})"
      "\n";
  EXPECT_EQ(tree(first + late), "init(1)\n└─sh(5)\n");
}

// A wall clock that is set back, or forth and back: a time that comes twice is the last of the two, and one
// that has been is never refused.
TEST_F(ReplayTest, AMomentIsTheLastOfItsTime) {
  const auto at = [](int hour, std::string line) {
    const std::size_t time = line.find("T09:");
    return line.replace(time, 4,
                        hour < 10 ? "T0" + std::to_string(hour) + ":" : "T" + std::to_string(hour) + ":");
  };
  const auto of = [&](int hour) {
    std::int64_t ns = 1'772'357'410'500'000'000;  // 9:30:10.5
    return ReplayOptions{.at = Moment{ns + (hour - 9) * 3'600'000'000'000, {}}};
  };
  const std::string text = at(12, started()) + at(12, recorded("process", 2, kInit)) +
                           at(13, fork(3, 5, "a", 1, "init")) + at(14, fork(4, 6, "b", 1, "init")) +
                           at(7, fork(5, 7, "c", 1, "init")) + at(8, fork(6, 8, "d", 1, "init"));
  const auto tree_of = [](std::string_view names) {
    std::string drawn = "init(1)\n";
    for (std::size_t i = 0; i < names.size(); ++i)
      drawn +=
          std::string(i + 1 == names.size() ? "└─" : "├─") + names[i] + "(" + std::to_string(i + 5) + ")\n";
    return drawn;
  };
  EXPECT_EQ(tree(text, of(6)), "");
  EXPECT_EQ(tree(text, of(8)), tree_of("abc")) << "after it was set back, earlier than all before";
  EXPECT_EQ(tree(text, of(9)), tree_of("abcd")) << "later than its end, and nothing else is of that time";
  EXPECT_EQ(tree(text, of(13)), tree_of("")) << "only before it was set back";
  EXPECT_EQ(tree(text, of(14)), tree_of("a"));
  EXPECT_EQ(tree(text, of(15)), tree_of("abcd"));
  // Twice.
  const std::string more = text + at(13, fork(7, 9, "e", 1, "init")) + at(16, fork(8, 10, "f", 1, "init"));
  EXPECT_EQ(tree(more, of(13)), tree_of("abcd"));
  EXPECT_EQ(tree(more, of(14)), tree_of("abcde"));
  // A thousand times: what is drawn is one of them.
  std::string often = text;
  for (std::uint64_t i = 0; i < 1000; ++i)
    often += at(i % 2 == 0 ? 13 : 16, fork(9 + i, static_cast<std::uint32_t>(9 + i), "e", 1, "init"));
  EXPECT_NE(tree(often, of(14)).find("e(9)"), std::string::npos);
}

// A pid that came back within one clock tick: both are of one id.
TEST_F(ReplayTest, TwoProcessesOfOneIdStayTwo) {
  const auto process = [](std::string_view type, std::uint64_t seq, std::uint32_t pid, std::uint64_t start_ns,
                          std::string_view comm, std::string_view creator, std::string_view more = "") {
    return recorded(type, seq,
                    "\"pid\":" + std::to_string(pid) + ",\"start_ns\":" + std::to_string(start_ns) +
                        ",\"comm\":\"" + std::string(comm) + "\",\"exe\":\"/" + std::string(comm) +
                        "\",\"uid\":0,\"user\":\"root\"," + std::string(creator) + std::string(more));
  };
  const std::string of_init = R"("creator_pid":1,"creator_id":"b00t-1-1","creator_comm":"init")";
  const std::string of_five = R"("creator_pid":5,"creator_id":"b00t-5-50")";
  const std::string text = started() + recorded("process", 2, kInit) +
                           process("fork", 3, 5, 500'000'100, "first", of_init) +
                           process("fork", 4, 6, 500'000'200, "first", of_five) +
                           process("exit", 5, 5, 500'000'100, "first", of_init, ",\"exit_code\":0") +
                           process("fork", 6, 5, 500'000'300, "second", of_init) +
                           process("fork", 7, 7, 500'000'400, "second", of_five) +
                           // What the child of the first does next is the first's still.
                           process("exit", 8, 6, 500'000'200, "first", of_five, ",\"exit_code\":0");
  EXPECT_EQ(chains(text, {}).output,
            "5|first|root;1|init|root\n6|first|root;5|first|root;1|init|root\n5|first|root;1|init|root\n"
            "5|second|root;1|init|root\n7|second|root;5|second|root;1|init|root\n"
            "6|first|root;5|first|root;1|init|root\n");
  EXPECT_EQ(tree(text), "init(1)\n└─second(5)\n  └─second(7)\n");
}

TEST_F(ReplayTest, UnderAPidMeansWhoeverHasIt) {
  const std::string text = started() + recorded("process", 2, kInit) + fork(3, 5, "sh", 1, "init") +
                           fork(4, 6, "a", 5, "sh") + fork(5, 7, "b", 1, "init");
  ReplayOptions options;
  options.filter.under.pids = {5};
  options.filter.any_with_pid = true;
  EXPECT_EQ(chains(text, options).output, "6|a|root;5|sh|root;1|init|root\n");
  options.filter.under.pids = {};
  options.filter.under.names = {"sh"};
  EXPECT_EQ(chains(text, options).output, "6|a|root;5|sh|root;1|init|root\n");
}

// As the live trace's filter has it.
TEST_F(ReplayTest, AtBirthItsArgumentsAreItsCreators) {
  const std::string exec = process_fields(5, "sh", 1) + R"(,"args":["y"],"args_size":2)";
  const std::string text = started() + recorded("process", 2, kInit) + fork(3, 5, "sh", 1, "init") +
                           recorded("exec", 4, exec) + fork(5, 6, "sh", 5, "sh") + exits(6, 6, "sh", 5) +
                           fork(7, 7, "b", 1, "init");
  ReplayOptions options;
  options.filter.args = {"y"};
  EXPECT_EQ(chains(text, options).output,
            "5|sh|root;1|init|root\n6|sh|root;5|sh|root;1|init|root\n6|sh|root;5|sh|root;1|init|root\n");
}

// Of a stream whose first line is missing, what says so has host and boot.
TEST_F(ReplayTest, WhatIsMissingMaySayTheHost) {
  const std::string gap =
      R"({"v":1,"type":"lost","stream":"b00t-1-1","time":"2026-03-01T09:30:10.5Z","ktime_ns":1,"where":"spool",)"
      R"("seq_from":1,"seq_to":3,"count":3,"host":{"name":"h","boot_id":"b00t"},"tracer":{"pid":7}})";
  std::vector<std::string> origins;
  ReplayOptions options;
  options.on_origin = [&origins](std::string_view line) { origins.emplace_back(line); };
  EXPECT_EQ(chains(gap + '\n' + fork(4, 5, "sh", 1, "init"), options).error, "");
  EXPECT_EQ(origins, std::vector<std::string>{gap});
}

// Its line has no user, but earlier ones had.
TEST_F(ReplayTest, AnEndThatAResyncFoundIsItsUsers) {
  const std::string end =
      R"("inferred":true,"pid":5,"start_ns":50000005,"id":"b00t-5-5","creator_pid":1,"comm":"a")";
  const std::string text = started() + recorded("process", 2, kInit) + fork(3, 5, "a", 1, "init") +
                           recorded("lost", 4, R"("count":1,"since_ns":0,"until_ns":4)") +
                           recorded("resync", 5, "") + recorded("exit", 6, end);
  ReplayOptions options;
  options.filter.users = {"root"};
  EXPECT_NE(copied(text, options).output.find("inferred"), std::string::npos);
  options.filter.users = {"nobody"};
  EXPECT_EQ(copied(text, options).output.find("inferred"), std::string::npos);
}

// No end was reported; and each is the next one's creator.
TEST_F(ReplayTest, WhoNeverEndsIsForgottenAtTheBound) {
  std::string text = started();
  for (std::uint32_t pid = 2; pid < 60'000; ++pid)
    text += fork(pid, pid, "name-" + std::to_string(pid), pid - 1);
  const Replayed replayed = replay(text, {.retention = {.bytes_max = 1 << 20}}, [](Replay& replay, Output&) {
    auto done = drain(replay);
    EXPECT_LT(replay.tree().table().bytes(), 2U << 20);
    return done;
  });
  EXPECT_EQ(replayed.error, "");
}

// A line may come to life again by what a later line says, however wrong that is.
TEST_F(ReplayTest, ContradictionsEndInSomeTree) {
  std::string text =
      started() + fork(2, 5, "a", 6) + fork(3, 6, "b", 5) + fork(4, 5, "a", 5) + exits(5, 6, "b", 5);
  for (std::uint64_t i = 6; i < 2000; ++i) {
    text +=
        recorded("exec", i,
                 process_fields(5, "a", 6) +
                     lineage_fields("5|a|root;6|b|root;5|a|root;1|i|root",
                                    ancestor(6, "b") + "," + ancestor(5, "a", "root", ",\"exited\":true") +
                                        "," + ancestor(1, "i")));
    text += exits(i, 6, "b", 5);
  }
  const Replayed replayed = chains(text, {.retention = {.exited_max = 1, .run_max = 4, .runs_total_max = 4}});
  EXPECT_EQ(replayed.error, "");
  EXPECT_NE(tree(text), "");
}

}  // namespace
}  // namespace proctree
