// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Every option of every command. The only file that includes CLI11 (by declared.hpp), which costs any that
// does half a minute to compile.
#include "cli/command_line.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <sstream>
#include <string_view>
#include <utility>

#include "cli/declared.hpp"
#include "proctree_event.h"
#include "sink/line_cutter.hpp"
#include "tree/entry_type.hpp"

namespace proctree {

namespace {

constexpr std::uint32_t kMostArgs = 65536;
static_assert(kMostArgs == PT_ARGS_LIMIT, "as the help below has it");
constexpr const char* kDebugHelp =
    "Show all that libbpf and the kernel say of the BPF programs, on standard error";
constexpr std::uint64_t kSpoolMibMost = 16 * 1024 * 1024;
constexpr std::size_t kLineMaxMost = 64 << 20;  // what replay can read back
constexpr const char* kVersionHelp = "Print the version and exit";
constexpr std::uint32_t kMostPid = std::numeric_limits<std::uint32_t>::max();

std::string joined(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) text.append(text.empty() ? "" : ",").append(word);
  return text;
}

// Which processes; each may repeat.
void declare_users_and_lineages(Declared& of, FilterOptions& filters) {
  of.texts("--user", "NAME", filters.users, "Of this user, by name or number");
  of.texts("--under", "NAME|PID", filters.under,
           "Descended from this process, or from what was ever called so; NAME may be a pattern");
  of.texts("--not-under", "NAME|PID", filters.not_under, "Not descended from it");
}
void declare_cgroups(Declared& of, FilterOptions& filters) {
  of.texts("--container", "ID", filters.containers, "In this container; the id's beginning will do");
  of.texts("--unit", "PATTERN", filters.units,
           "In this unit of systemd's, of the system or of a user; without a type it is a service");
}
void declare_exe(Declared& of, FilterOptions& filters) {
  of.texts("--exe", "PATTERN", filters.exes, "With this executable, by its path or the last part of it");
}
void declare_names(Declared& of, FilterOptions& filters) {
  of.texts("--comm", "NAME", filters.comms, "Of this command name; NAME may be a pattern, such as 'python*'");
  of.texts("--not-comm", "NAME", filters.not_comms, "Not of this command name");
  declare_exe(of, filters);
  of.texts("--not-exe", "PATTERN", filters.not_exes, "Not with this executable");
}

void declare_entry(Declared& of, std::vector<EntryType>& entries) {
  of.value("--entry", "TYPE", "Whose line came in so: ssh, login, terminal, cron, service, container, …",
           [&entries](const std::string& word) -> std::string {
             const auto type = find_entry_type(word);
             if (!type) return word + " is none of " + joined(kEntryTypeNames);
             entries.push_back(*type);
             return {};
           })
      ->expected(1, CLI::detail::expected_max_vector_size)
      ->allow_extra_args(false);
}

void declare_colour(Declared& of, Colour& colour) {
  of.choice<Colour>("--color", "WHEN", colour,
                    {{"auto", Colour::automatic}, {"always", Colour::always}, {"never", Colour::never}},
                    "auto: text on a terminal has colours, unless NO_COLOR is set");
}

// What is written, of which processes, how and where.
void declare_record(Declared& of, RecordOptions& options,
                    const char* output_help = "Append to FILE (- is standard output)",
                    const char* as_root_help = "Open files as root, not as the user who called sudo") {
  of.choice<Format>(
        "--format", "FORMAT", options.format,
        {{"text", Format::text},
         {"chain", Format::chain},
         {"jsonl", Format::jsonl},
         {"ecs", Format::ecs},
         {"ocsf", Format::ocsf}},
        "text: for people, one line an exec; chain: only the chain string; jsonl: the audit stream; ecs, "
        "ocsf: the same in the words of Elastic's or OCSF's schema")
      ->each([&options](const std::string&) { options.format_given = true; });
  of.value("--output", "FILE", output_help, [&options](const std::string& word) {
    options.output = word;
    return std::string();
  });
  of.text("--timeline", "FILE", options.timeline,
          "Also write FILE, anew: a timeline that ui.perfetto.dev shows");
  of.value("--events", "LIST:{exec,fork,exit}", "What is written: exec, fork, exit, separated by commas",
           [&options](const std::string& word) -> std::string {
             static constexpr std::array kKnown = {"exec", "fork", "exit"};
             if (std::ranges::find(kKnown, word) == kKnown.end()) return word + " is none of exec,fork,exit";
             options.events.push_back(word);
             return {};
           })
      ->delimiter(',')
      ->expected(1, CLI::detail::expected_max_vector_size)
      ->allow_extra_args(false);
  declare_names(of, options.filters);
  declare_users_and_lineages(of, options.filters);
  declare_cgroups(of, options.filters);
  declare_entry(of, options.filters.entries);
  of.texts("--arg", "TEXT", options.filters.args, "With this text in one of their arguments");
  of.flag("--failed", options.filters.failed,
          "Only exits with a code other than 0 or by a signal, and failed execs where they are told");
  of.number<std::size_t>("--ancestors", "N", options.ancestors, 0, kMostPid,
                         "At most N entries in `ancestors`")
      ->default_str("64");
  of.number<std::size_t>("--line-max", "BYTES:8192..67108864", options.line_max, kLineMaxLeast, kLineMaxMost,
                         "No line of JSON is longer: what is cut is marked")
      ->default_str("65536");
  of.number("--memory-max", "MIB:16..65536", options.memory_mib, 16.0, 65536.0,
            "Most memory to take beside the ring of trace; history gives way first, living lineage last")
      ->default_str("256");
  of.flag("--as-root", options.as_root, as_root_help);
  declare_colour(of, options.colour);
  of.flag("--stats", options.stats,
          "At the end, on standard error: what ran most, forked most, lived longest, failed");
}

// How events are taken in from the kernel.
void declare_capture(Declared& of, CaptureOptions& options) {
  of.number<std::uint32_t>("--args-max", "BYTES:0..65536", options.args_max, 0, kMostArgs,
                           "Bytes of arguments kept of an exec; their real size is always told")
      ->default_str("16384");
  of.number<std::uint32_t>("--ancestor-args", "BYTES:0..16384", options.ancestor_args, 0, kAncestorArgsMost,
                           "Bytes of arguments in each entry of `ancestors`")
      ->default_str("256");
  of.number("--ring-size", "MIB:0..1024", options.ring_mib, 0.0, 1024.0,
            "Size of the ring buffer, rounded up to a power of two")
      ->default_str("8");
  of.flag("--failed-execs", options.failed_execs,
          "Tell execs that failed too, each with its error (text and jsonl)");
  of.number<std::uint32_t>(
      "--fair", "KIB:1..1048576", options.fair_kib, 1, 1024 * 1024,
      "Most that events of one user, or one container's root, take of the ring in a second");
  of.choice<RingKind>("--ring", "KIND", options.ring,
                      {{"percpu", RingKind::percpu}, {"kernel", RingKind::kernel}},
                      "This kind of ring alone: one a cpu, or the kernel's (default: the first that loads)")
      ->default_str("");
  of.flag("--debug-bpf", options.debug_bpf, kDebugHelp);
}

void declare_json(Declared& of, bool& json, const char* help) {
  of.choice<bool>("--format", "FORMAT", json, {{"text", false}, {"json", true}}, help);
}

// Where lines are kept.
void declare_spool(Declared& of, SpoolChoice& spool) {
  CLI::Option* folder =
      of.text("--spool", "DIR", spool.folder,
              "Keep all lines (jsonl, with --snapshot) in segments in DIR, for any number of followers");
  of.excludes(folder, {"--watch"});
  const auto size = [&](const char* name, const char* range, std::optional<std::uint64_t>& into,
                        const char* standard, const char* help) {
    of.number<std::uint64_t>(name, range, into, 1, kSpoolMibMost, help)->default_str(standard)->needs(folder);
  };
  size("--spool-max", "MIB:1..16777216", spool.max_mib, "1024",
       "Most that the spool takes on disk; the oldest segments are dropped");
  size("--segment", "MIB:1..16777216", spool.segment_mib, "16", "Size of a segment before it is compressed");
  size("--spool-buffer", "MIB:1..16777216", spool.buffer_mib, "16",
       "Memory for lines that wait while the disk has no room");
}

void declare(CLI::App& app, TraceOptions& options) {
  Declared of(app);
  declare_record(of, options.record);
  of.duration("--duration", options.duration_s, "Stop after this time: 90 (seconds), 10m, 2h");
  of.number<std::uint64_t>("--count", "N", options.count, 0, std::numeric_limits<std::uint64_t>::max(),
                           "Stop after N execs that the filters let through", true);
  declare_capture(of, options.capture);
  of.choice<EventSource>("--source", "SOURCE", options.source,
                         {{"bpf", EventSource::bpf}, {"netlink", EventSource::netlink}},
                         "Where events come from");
  of.flag("--snapshot", options.snapshot, "First write a record for each process that runs already (jsonl)");
  of.excludes(of.flag("--watch", options.watch,
                      "A live tree on the terminal: births and exits as they happen; ? tells its keys"),
              {"--format", "--output", "--events", "--timeline", "--ancestors", "--ancestor-args",
               "--line-max", "--count", "--snapshot", "--failed-execs", "--failed", "--stats", "--as-root"});
  of.text("--run-as", "NAME", options.run_as, "Once tracing has begun, go on as this user");
  declare_spool(of, options.spool);
  of.flag("--fold", options.record.fold, "Write a life that repeats once, then count it (jsonl)");
  of.excludes(of.text("--metrics", "FILE", options.metrics,
                      "Every 5 s replace FILE: metrics of this trace for Prometheus"),
              {"--watch"});
}

void declare(CLI::App& app, RunOptions& options) {
  Declared of(app);
  declare_record(of, options.record, "Append to FILE (- is standard output), not to standard error",
                 "Run it, and open files, as root, not as the user who called sudo");
  declare_capture(of, options.capture);
  of.excludes(of.meaning("--tree", options.record.format, Format::tree,
                         "At the end, draw all of it as a tree: how long each ran and how it ended"),
              {"--format", "--events", "--ancestors", "--ancestor-args", "--line-max"});
  of.flag("--quiet", options.quiet, "No summary on standard error at the end");
  of.flag("--wait-all", options.wait_all, "Go on until all that descends from it has ended");
  // All behind the first word that is no option is the command's.
  app.positionals_at_end();
  of.texts("COMMAND", "", options.command, "The command and its arguments, after --")->allow_extra_args();
}

void declare(CLI::App& app, ReplayCommandOptions& options) {
  Declared of(app);
  of.texts("FILE", "", options.files,
           "The recording: files in this order, .gz and .zst too, or folders; - is standard input")
      ->allow_extra_args()
      ->required();
  declare_record(of, options.record);
  CLI::Option* tree =
      of.flag("--tree", options.tree,
              "Draw the tree of what runs at the end; with filters, of those and their ancestors");
  of.excludes(tree,
              {"--format", "--timeline", "--events", "--container", "--unit", "--ancestors", "--line-max"});
  of.meaning("--all", options.record.format, Format::tree,
             "Draw all that ever ran: how long each ran and how it ended")
      ->needs(tree);
  of.text("--at", "TIME", options.at, "Draw it as it was at TIME, written as for --since")->needs(tree);
  of.text("--since", "TIME", options.since,
          "Only lines of TIME and later: RFC 3339, HH:MM[:SS], \"10m ago\" (before the end), or a ktime_ns");
  of.text("--until", "TIME", options.until, "Only lines up to TIME, and of TIME itself");
}

void declare(CLI::App& app, TreeOptions& options) {
  Declared of(app);
  of.number<std::uint32_t>("PID", "", options.pid, 1, kMostPid,
                           "Only this process and what descends from it");
  of.flag("--up", options.up, "The ancestors of PID too, above it");
  using Format = TreeOptions::Format;
  of.choice<Format>("--format", "FORMAT", options.format,
                    {{"text", Format::text}, {"json", Format::json}, {"dot", Format::dot}},
                    "text: one line a process; json: an array, parents first; dot: for Graphviz");
  declare_exe(of, options.filters);
  declare_users_and_lineages(of, options.filters);
  declare_cgroups(of, options.filters);
  declare_entry(of, options.filters.entries);
  of.flag("--args", options.args, "The command line beside each name, a field in json");
  of.flag("--threads", options.threads,
          "How many threads each has: in text and dot where that is more than one, a field in json");
  of.number<std::uint32_t>(
      "--highlight", "PID", options.highlight, 1, kMostPid,
      "This process and its ancestors stand out: bold on a terminal and in dot, a field in json");
  declare_colour(of, options.colour);
  of.flag("--no-pids", options.pids, "Names alone in text and dot, to compare two trees", false);
  of.flag("--pids", options.pids, "Pids too, as without this option; it undoes --no-pids");
}

void declare(CLI::App& app, ChainOptions& options) {
  Declared of(app);
  of.number<std::uint32_t>("PID", "", options.pid, 1, kMostPid, "The process")->required();
  declare_json(of, options.json, "text: pid|command|user;… up to the first process; json: all facts");
}

void declare(CLI::App& app, FindOptions& options) {
  Declared of(app);
  declare_names(of, options.filters);
  declare_users_and_lineages(of, options.filters);
  declare_cgroups(of, options.filters);
  declare_entry(of, options.filters.entries);
  declare_json(of, options.json, "text: a pid a line; json: an array");
}

void declare(CLI::App& app, WhyOptions& options) {
  Declared of(app);
  of.text("PID|NAME", "", options.process, "The process, or the name of processes")->required();
  declare_json(of, options.json, "text: the line from its entry down, and what that is; json: an array");
  of.text("--history", "WHERE", options.history,
          "Ask this store (sqlite:FILE), which knows what has ended too");
}

void declare(CLI::App& app, ShipOptions& options) {
  Declared of(app);
  of.text("--from", "WHERE", options.from, "A spool, which is followed, or a recording; - is standard input")
      ->required();
  of.text("--to", "WHERE", options.to,
          "A folder (a spool), a file to append to, - for standard output, or a store: sqlite:FILE")
      ->required();
  of.flag("--once", options.once, "End at the last line that is there");
  of.text("--name", "NAME", options.name, "Keep the place in $STATE_DIRECTORY/NAME.cursor")
      ->default_str("proctree");
  of.text("--cursor", "FILE", options.cursor, "Keep it in FILE");
  of.text("--metrics", "FILE", options.metrics, "Each second replace FILE: metrics for Prometheus");
}

void declare(CLI::App& app, HistoryOptions& options) {
  Declared of(app);
  of.text("WHERE", "", options.where, "The store: sqlite:FILE")->required();
  using Question = HistoryOptions::Question;
  of.choice<Question>(
        "QUESTION", "", options.question,
        {{"find", Question::find},
         {"tree", Question::tree},
         {"chain", Question::chain},
         {"why", Question::why},
         {"stats", Question::stats},
         {"export", Question::lines}},
        "find processes; tree of a moment or a span; chain and why of one; stats; export the lines")
      ->required();
  of.text("PROCESS", "", options.process,
          "Of tree, chain and why: an id, or a pid (at --at, else the latest); of why a name too");
  of.text("--since", "TIME", options.since,
          "What lived at TIME and later: RFC 3339, HH:MM[:SS] (the last such moment) or \"10m ago\"");
  of.text("--until", "TIME", options.until, "What lived up to TIME");
  CLI::Option* at = of.text("--at", "TIME", options.at, "What lived at TIME, as it was then");
  of.excludes(at, {"--since", "--until"});
  HistoryChoice& choice = options.choice;
  of.text("--host", "NAME", choice.host, "Of this host, by its name or its machine's id");
  of.texts("--comm", "NAME", choice.comms, "Of this command name; NAME may be a pattern, such as 'python*'");
  of.texts("--exe", "PATTERN", choice.exes, "With this executable, by its path or the last part of it");
  of.texts("--user", "NAME", choice.users, "Of this user");
  of.texts("--under", "NAME|PID|ID", choice.under,
           "Descended from this process, or from what was ever called so; NAME may be a pattern");
  of.texts("--container", "ID", choice.containers, "In this container; the id's beginning will do");
  declare_entry(of, choice.entries);
  of.flag("--failed", choice.failed, "Only what ended with a code other than 0 or by a signal");
  declare_json(of, options.json, "text: for people; json: for programs; export is JSON lines always");
  of.flag("--utc", options.utc, "Times in UTC, not in the local time zone");
}

void declare(CLI::App& app, DoctorOptions& options) {
  Declared of(app);
  declare_json(of, options.json, "text: a check a line; json: the same for programs");
  of.flag("--debug-bpf", options.debug_bpf, kDebugHelp);
}

// Which option can't do anything beside the others, and why; empty: none.
std::string no_effect(const RecordOptions& record) {
  return record.filters.failed && !is_json(record.format) && !record.events.empty() &&
                 !record.event_set().exit && record.timeline.empty() && !record.stats
             ? "--failed: no exec is a failure, and --events leaves exits out"
             : "";
}
std::string no_effect(const RecordOptions& record, const CaptureOptions& capture) {
  const bool is_told = record.format != Format::chain || !record.timeline.empty() || record.stats;
  if (capture.failed_execs && !is_told) return "--failed-execs: --format chain has no line for them";
  return capture.failed_execs ? "" : no_effect(record);
}
std::string no_effect(const TraceOptions& options) {
  const SpoolChoice& spool = options.spool;
  if (spool.max_mib.value_or(1024) < spool.segment_mib.value_or(16))
    return "--spool-max: less than one --segment";
  const bool has_lines = options.record.format == Format::jsonl;
  if (options.record.fold && !has_lines && (spool.folder.empty() || options.record.format_given))
    return "--fold: only jsonl has lines for it";
  if (options.record.fold && !options.record.events.empty())
    return "--fold: whole lives repeat, and --events leaves out parts of them";
  if (options.snapshot && !is_json(options.record.format) && spool.folder.empty())
    return "--snapshot: only --format jsonl, ecs and ocsf have lines for it";
  if (options.count != 0 && options.record.filters.failed)
    return "--count: it counts execs, and --failed lets none through";
  RecordOptions record = options.record;
  if (!spool.folder.empty()) record.format = Format::jsonl;  // it has lines for everything
  return no_effect(record, options.capture);
}
std::string no_effect(const RunOptions& options) { return no_effect(options.record, options.capture); }
std::string no_effect(const ReplayCommandOptions& options) {
  const bool of_a_moment = options.tree && options.record.format != Format::tree;
  if (of_a_moment && options.record.stats) return "--stats: --tree counts nothing without --all";
  if (of_a_moment && options.record.filters.failed) return "--failed: --tree draws no ends without --all";
  if (of_a_moment && !(options.since.empty() && options.until.empty()))
    return "--since and --until: --tree is of one moment, which --at names";
  if (!of_a_moment && !options.at.empty()) return "--at: --all draws what ran at any time";
  return no_effect(options.record);
}
std::string no_effect(const TreeOptions& options) {
  if (options.up && options.pid == 0) return "--up: without a PID all ancestors are shown";
  return !options.pids && options.format == TreeOptions::Format::json ? "--no-pids: --format json is of pids"
                                                                      : "";
}
std::string no_effect(const ShipOptions& options) {
  if (options.name.find('/') != std::string::npos) return "--name: a name is no path";
  return options.from == options.to && options.from != "-" ? "--to: that is where lines come from" : "";
}
std::string no_effect(const HistoryOptions& options) {
  using Question = HistoryOptions::Question;
  const bool needs = options.question == Question::chain || options.question == Question::why;
  const bool takes = needs || options.question == Question::tree;
  if (needs && options.process.empty()) return "PROCESS: chain and why are of a process, which it names";
  return !takes && !options.process.empty() ? "there is nothing for " + options.process + " to say" : "";
}
std::string no_effect(const auto&) { return ""; }

// The first option with an empty value, which nothing could match or be called.
std::string empty_value(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name();
    if (name.starts_with("--") && option->get_expected_min() > 0 &&
        std::ranges::find(option->results(), "") != option->results().end()) {
      return name;
    }
  }
  return "";
}

// The same for `--name=`. CLI11 takes the next word for its value, and refuses it where there is none.
std::string ends_in_equals(const CLI::App& app, std::span<const std::string> words) {
  for (const std::string& word : words) {
    const std::string name = word.ends_with('=') ? word.substr(0, word.size() - 1) : "";
    if (name.starts_with("--") && app.get_option_no_throw(name) != nullptr) return name;
  }
  return "";
}

tl::unexpected<Error> no_value(const std::string& name) {
  return fail(ErrorCode::not_found, name + ": an empty value names nothing",
              "leave it out, or name something");
}

tl::unexpected<Error> wrong_usage(std::string what, const std::string& command) {
  return fail(ErrorCode::invalid_argument, std::move(what), "see proctree " + command + "--help");
}

struct Command {
  const char* name;
  const char* help;
  Result<Request> (*read)(const Command& command, std::vector<std::string> words);
};

// What stands for no option and no argument that the command takes; empty: nothing does.
std::string left_over(const CLI::App& app) {
  std::vector<std::string> words = app.remaining();
  std::erase(words, "--");
  const auto option = std::ranges::find_if(words, [](const auto& word) { return word.starts_with('-'); });
  if (option != words.end()) return "there is no option " + *option;
  return words.empty() ? std::string() : "there is nothing for " + words.front() + " to say";
}

template <class Options>
Result<Request> read_options(const Command& command, std::vector<std::string> words) {
  CLI::App app(command.help, "proctree " + std::string(command.name));
  app.allow_extras();
  Options options;
  declare(app, options);
  app.set_version_flag("--version", "proctree " PROCTREE_VERSION, kVersionHelp);
  try {
    app.parse(std::vector<std::string>(words.rbegin(), words.rend()));  // as CLI11 has them
  } catch (const CLI::ParseError& error) {
    const std::string name = ends_in_equals(app, words);
    const bool is_taken = error.get_name() == "RequiredError";
    if (!name.empty() && (is_taken || std::string_view(error.what()).starts_with(name + ':')))
      return no_value(name);
    const std::string wrong = left_over(app);
    if (error.get_exit_code() != 0)
      return wrong_usage(wrong.empty() ? error.what() : wrong, std::string(command.name) + ' ');
    std::ostringstream text, nothing;
    app.exit(error, text, nothing);
    return ShownText{text.str()};
  }
  std::size_t own = words.size();
  if constexpr (requires { options.command; }) own -= std::min(own, options.command.size());
  if (const std::string name = ends_in_equals(app, {words.data(), own}); !name.empty()) return no_value(name);
  if (auto wrong = left_over(app); !wrong.empty())
    return wrong_usage(std::move(wrong), std::string(command.name) + ' ');
  if (auto wrong = no_effect(options); !wrong.empty())
    return wrong_usage(std::move(wrong), std::string(command.name) + ' ');
  if (const std::string name = empty_value(app); !name.empty()) return no_value(name);
  return Request(std::move(options));
}

constexpr std::array kCommands = {
    Command{"trace", "Follow the whole host: a line for each exec, with its ancestors",
            read_options<TraceOptions>},
    Command{"run", "Run a command, and follow what descends from it and nothing else",
            read_options<RunOptions>},
    Command{"replay", "Read a recording (trace --format jsonl) back", read_options<ReplayCommandOptions>},
    Command{"tree", "Show the running processes as a tree", read_options<TreeOptions>},
    Command{"chain", "Show a process and its ancestors as one line", read_options<ChainOptions>},
    Command{"find", "Find running processes; options of different kinds must all match",
            read_options<FindOptions>},
    Command{"why", "Say why a process runs: where its line came in, and by what", read_options<WhyOptions>},
    Command{"ship", "Bring lines from a spool or a recording to another place", read_options<ShipOptions>},
    Command{"history", "Ask a store what ran: find, tree, chain, why, stats, export",
            read_options<HistoryOptions>},
    Command{"doctor", "Say whether this host can trace, and what to do where it cannot",
            read_options<DoctorOptions>}};

std::string all_help() {
  CLI::App app("Process lineage from eBPF: who started what, and who started that.", "proctree");
  app.set_version_flag("--version", "", kVersionHelp);
  for (const Command& command : kCommands) app.add_subcommand(command.name, command.help);
  return app.help();
}

}  // namespace

Result<Request> read_command_line(std::span<const char* const> words) {
  if (words.empty()) return wrong_usage("no command given", "");
  const std::string first = words.front();
  if (first == "--help" || first == "-h") return ShownText{all_help()};
  if (first == "--version") return ShownText{"proctree " PROCTREE_VERSION "\n"};
  const auto command =
      std::ranges::find_if(kCommands, [&first](const Command& known) { return first == known.name; });
  if (command == kCommands.end()) {
    return wrong_usage(
        first.starts_with('-') ? "no command given before " + first : "there is no command " + first, "");
  }
  return command->read(*command, {words.begin() + 1, words.end()});
}

}  // namespace proctree
