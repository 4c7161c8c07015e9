// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Every option of every command. The only file that includes CLI11 (by declared.hpp, help_format.hpp and
// usage_errors.hpp), which costs any that does half a minute to compile.
#include "cli/command_line.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <memory>
#include <sstream>
#include <string_view>
#include <utility>

#include "cli/declared.hpp"
#include "cli/help_format.hpp"
#include "cli/nearest_word.hpp"
#include "cli/ship_usage.hpp"
#include "cli/usage.hpp"
#include "cli/usage_errors.hpp"
#include "proctree_event.h"
#include "sink/line_cutter.hpp"
#include "tree/entry_type.hpp"

namespace proctree {

namespace {

constexpr std::uint32_t kMostArgs = 65536;
static_assert(kMostArgs == PT_ARGS_LIMIT, "as the help below has it");
constexpr const char* kDebugHelp = "Show on standard error what libbpf and the kernel log on loading";
constexpr const char* kAsRootHelp = "Open files as root, not as the user who called sudo";
constexpr const char* kFilters =
    "Filters (may be repeated; of one kind any must match, of different kinds all)";
constexpr std::uint64_t kSpoolMibMost = 16 * 1024 * 1024;
constexpr std::size_t kLineMaxMost = 64 << 20;  // what replay can read back
constexpr const char* kVersionHelp = "Print the version and exit";

std::string joined(std::span<const std::string_view> words) {
  std::string text;
  for (const std::string_view word : words) text.append(text.empty() ? "" : ",").append(word);
  return text;
}

// Which processes; each may repeat.
void declare_users_and_lineages(Declared& of, FilterOptions& filters) {
  of.texts("--user", "NAME", filters.users, "Of this user, by name or number");
  of.texts("--under", "NAME|PID", filters.under,
           "Descended from this process, or from one that has or had this name (a pattern)");
  of.texts("--not-under", "NAME|PID", filters.not_under, "Not descended from it");
}
void declare_cgroups(Declared& of, FilterOptions& filters) {
  of.texts("--container", "ID", filters.containers, "In this container, by the beginning of its id");
  of.texts("--unit", "PATTERN", filters.units,
           "In this unit of systemd, the system's or a user's; without a suffix it is a .service");
}
void declare_exe(Declared& of, FilterOptions& filters) {
  of.texts("--exe", "PATTERN", filters.exes, "With this executable: its path, or the last component of it");
}
void declare_names(Declared& of, FilterOptions& filters) {
  of.texts("--comm", "NAME", filters.comms, "With this command name (a pattern, such as 'python*')");
  of.texts("--not-comm", "NAME", filters.not_comms, "Not with this command name");
  declare_exe(of, filters);
  of.texts("--not-exe", "PATTERN", filters.not_exes, "Not with this executable");
}

void declare_entry(Declared& of, std::vector<EntryType>& entries) {
  of.values("--entry", "TYPE",
            "Begun this way: ssh, login, terminal, cron, service, container, … (proctree(7), Entry)",
            [&entries](const std::string& word) -> std::string {
              const auto type = find_entry_type(word);
              if (!type) return word + " is none of " + joined(kEntryTypeNames);
              entries.push_back(*type);
              return {};
            });
}

void declare_filters(Declared& of, FilterOptions& filters, bool with_names = true) {
  of.group(kFilters);
  if (with_names) {
    declare_names(of, filters);
  } else {
    declare_exe(of, filters);
  }
  declare_users_and_lineages(of, filters);
  declare_cgroups(of, filters);
  declare_entry(of, filters.entries);
  of.ungroup();
}

void declare_colour(Declared& of, Colour& colour) {
  of.choice<Colour>("--color", "WHEN", colour,
                    {{"auto", Colour::automatic}, {"always", Colour::always}, {"never", Colour::never}},
                    "auto: text on a terminal has colours, unless NO_COLOR is set");
}

// What is written, of which processes, how and where.
void declare_record(Declared& of, RecordOptions& options,
                    const char* output_help = "Append to FILE (- is standard output)",
                    const char* as_root_help = kAsRootHelp) {
  of.choice<Format>(
        "--format", "FORMAT", options.format,
        {{"text", Format::text},
         {"chain", Format::chain},
         {"jsonl", Format::jsonl},
         {"ecs", Format::ecs},
         {"ocsf", Format::ocsf}},
        "text: for people, one line an exec; chain: only the chain string; jsonl: the audit stream; "
        "ecs, ocsf: the same in Elastic's or OCSF's schema")
      ->each([&options](const std::string&) { options.format_given = true; });
  of.value("--output", "FILE", output_help, [&options](const std::string& word) {
    options.output = word;
    return std::string();
  });
  of.text("--timeline", "FILE", options.timeline,
          "Also write (replacing FILE) a timeline for ui.perfetto.dev");
  of.values("--events", "LIST:{exec,fork,exit}", "Which events are written, separated by commas",
            [&options](const std::string& word) -> std::string {
              static constexpr std::array kKnown = {"exec", "fork", "exit"};
              if (std::ranges::find(kKnown, word) == kKnown.end()) return word + " is none of exec,fork,exit";
              options.events.push_back(word);
              return {};
            })
      ->delimiter(',');
  declare_filters(of, options.filters);
  of.texts("--arg", "TEXT", options.filters.args, "With this text in one of their arguments")
      ->group(kFilters);
  of.flag("--failed", options.filters.failed,
          "Only exits with a code other than 0 or by a signal and, with --failed-execs, failed execs");
  of.number<std::size_t>("--ancestors", "N", options.ancestors, 0, std::numeric_limits<std::uint32_t>::max(),
                         "At most N entries in `ancestors`")
      ->default_str("64");
  of.number<std::size_t>("--line-max", "BYTES:8192..67108864", options.line_max, kLineMaxLeast, kLineMaxMost,
                         "Longest line of JSON; what is cut is marked")
      ->default_str("65536");
  of.number("--memory-max", "MIB:16..65536", options.memory_mib, 16.0, 65536.0,
            "Most memory to take beside the ring; ended processes are evicted first, the living last")
      ->default_str("256");
  of.flag("--as-root", options.as_root, as_root_help);
  declare_colour(of, options.colour);
  of.flag("--stats", options.stats,
          "At the end, on standard error: which commands ran most, forked most, lived longest, failed");
}

void declare_env(Declared& of, CaptureOptions& options) {
  CLI::Option* names =
      of.values("--env", "NAME[,PREFIX*]...",
                "Report these environment variables of each exec, and no other (jsonl, ecs, ocsf)",
                [&options](const std::string& word) {
                  const auto added = options.env.add(word);
                  return added ? std::string() : added.error().message;
                })
          ->delimiter(',');
  of.number<std::uint32_t>("--env-max", "BYTES:1..16384", options.env_max, 1, kEnvMaxMost,
                           "Bytes of each environment that --env looks at")
      ->default_str("4096")
      ->needs(names);
}

// How events are taken in from the kernel.
void declare_capture(Declared& of, CaptureOptions& options) {
  of.number<std::uint32_t>("--args-max", "BYTES:0..65536", options.args_max, 0, kMostArgs,
                           "Bytes of arguments retained of each exec; the real size is always reported")
      ->default_str("16384");
  of.number<std::uint32_t>("--ancestor-args", "BYTES:0..16384", options.ancestor_args, 0, kAncestorArgsMost,
                           "Bytes of arguments in each entry of `ancestors`")
      ->default_str("256");
  of.number("--ring-size", "MIB:0..1024", options.ring_mib, 0.0, 1024.0,
            "Size of the ring buffer, rounded up to a power of two")
      ->default_str("8");
  of.flag("--failed-execs", options.failed_execs,
          "Write execs that failed too, each with its error (text and jsonl)");
  of.number<std::uint32_t>("--fair", "KIB:1..1048576", options.fair_kib, 1, 1024 * 1024,
                           "Limit each user, or each container's root, to KIB a second of the ring, so that "
                           "one flood of events costs the others none");
  of.choice<RingKind>(
        "--ring", "KIND", options.ring, {{"percpu", RingKind::percpu}, {"kernel", RingKind::kernel}},
        "Use only this kind of ring: one a cpu, or the kernel's (default: the first that loads)")
      ->default_str("");
  declare_env(of, options);
  of.flag("--stdio", options.stdio,
          "Report what standard input, output and error of each exec are (jsonl, ecs, ocsf)");
  of.flag("--hash", options.hash,
          "Report the SHA-256 of each executable and script, read by a helper process (jsonl, ecs, ocsf)");
  of.flag("--debug-bpf", options.debug_bpf, kDebugHelp);
}

void declare_json(Declared& of, bool& json, const char* help) {
  of.choice<bool>("--format", "FORMAT", json, {{"text", false}, {"json", true}}, help);
}

// Where lines are stored.
void declare_spool(Declared& of, SpoolChoice& spool) {
  CLI::Option* folder =
      of.text("--spool", "DIR", spool.folder,
              "Write all lines (jsonl, with --snapshot) to segments in DIR, for any number of readers");
  of.excludes(folder, {"--watch"});
  const auto size = [&](const char* name, const char* range, std::uint64_t& into, const char* standard,
                        const char* help) {
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
  of.flag("--snapshot", options.snapshot, "First write a line for each process that runs already (jsonl)");
  of.excludes(
      of.flag("--watch", options.watch, "Instead of lines, a live tree on the terminal; ? lists its keys"),
      {"--format", "--output", "--events", "--timeline", "--ancestors", "--ancestor-args", "--line-max",
       "--count", "--snapshot", "--failed-execs", "--failed", "--stats", "--as-root"});
  of.text("--run-as", "NAME", options.run_as, "Switch to this user once tracing has begun");
  declare_spool(of, options.spool);
  of.flag("--fold", options.record.fold,
          "Write processes that repeat (same program, arguments, user and creator) once, then as a count "
          "(jsonl)");
  of.excludes(of.text("--metrics", "FILE", options.metrics,
                      "Every 5 s replace FILE: metrics of this trace for Prometheus"),
              {"--watch"});
}

void declare(CLI::App& app, RunOptions& options) {
  Declared of(app);
  declare_record(of, options.record, "Append to FILE (- is standard output) instead of standard error",
                 "Run it, and open files, as root, not as the user who called sudo");
  declare_capture(of, options.capture);
  of.excludes(of.meaning("--tree", options.record.format, Format::tree,
                         "Instead of lines, at the end the tree: how long each process ran and how it ended"),
              {"--format", "--events", "--ancestors", "--ancestor-args", "--line-max"});
  of.flag("--quiet", options.quiet, "No summary on standard error at the end");
  of.flag("--wait-all", options.wait_all, "Wait for all its descendants, not only for the command");
  // Everything after the first word that is no option is the command's.
  app.positionals_at_end();
  of.texts("COMMAND", "", options.command, "The command and its arguments, after --")->allow_extra_args();
}

void declare(CLI::App& app, ReplayCommandOptions& options) {
  Declared of(app);
  of.texts("FILE|FOLDER", "", options.files,
           "The recording: files in this order (.gz and .zst too) or folders; - is standard input")
      ->allow_extra_args()
      ->required();
  declare_record(of, options.record);
  CLI::Option* tree =
      of.flag("--tree", options.tree,
              "Draw the tree of what runs at the end; with filters, the matches and their ancestors");
  of.excludes(tree,
              {"--format", "--timeline", "--events", "--container", "--unit", "--ancestors", "--line-max"});
  of.meaning("--all", options.record.format, Format::tree,
             "With --tree: draw all that ever ran, how long each ran and how it ended")
      ->needs(tree);
  of.text("--at", "TIME", options.at, "With --tree: draw it as it was at TIME, written as for --since")
      ->needs(tree);
  of.text("--since", "TIME", options.since,
          "Only lines of TIME and later: RFC 3339, [DATE ]HH:MM[:SS], \"10m ago\" (before the end), or a "
          "ktime_ns");
  of.text("--until", "TIME", options.until, "Only lines up to TIME, and of TIME itself");
}

void declare(CLI::App& app, TreeOptions& options) {
  Declared of(app);
  of.pid("PID", "", options.pid, "Only this process and what descends from it");
  of.flag("--up", options.up, "With PID: its ancestors too, above it");
  using Format = TreeOptions::Format;
  of.choice<Format>("--format", "FORMAT", options.format,
                    {{"text", Format::text}, {"json", Format::json}, {"dot", Format::dot}},
                    "text: one line a process; json: an array, parents first; dot: for Graphviz");
  declare_filters(of, options.filters, false);
  of.flag("--args", options.args, "The command line beside each name, a field in json");
  of.flag("--threads", options.threads,
          "How many threads each has: in text and dot where that is more than one, a field in json");
  of.pid("--highlight", "PID", options.highlight,
         "Highlight this process and its ancestors: bold on a terminal and in dot, a field in json");
  declare_colour(of, options.colour);
  of.flag("--no-pids", options.pids, "Names alone in text and dot, to compare two trees", false);
  of.flag("--pids", options.pids, "Pids too, as without this option; it undoes --no-pids");
}

void declare(CLI::App& app, ChainOptions& options) {
  Declared of(app);
  of.pid("PID", "", options.pid, "The process")->required();
  declare_json(of, options.json, "text: pid|command|user;… up to the first process; json: all facts");
}

void declare(CLI::App& app, FindOptions& options) {
  Declared of(app);
  declare_filters(of, options.filters);
  declare_json(of, options.json, "text: a pid a line; json: an array");
}

void declare(CLI::App& app, WhyOptions& options) {
  Declared of(app);
  of.text("PID|NAME", "", options.process, "The process, or processes by command name, program or script")
      ->required();
  declare_json(of, options.json,
               "text: its creators, from the one that it was begun by (ssh, cron, a unit, …), and a sentence "
               "that says so; json: an array");
  CLI::Option* history = of.text(
      "--history", "WHERE", options.history,
      "Ask this store (sqlite:FILE, postgresql://…), spool or recording, which knows what has ended too");
  of.flag("--as-root", options.as_root, "With --history: open it as root, not as the user who called sudo")
      ->needs(history);
}

// Of ends beyond this host.
void declare_remote(Declared& of, RemoteOptions& remote) {
  of.text("--credentials", "FILE", remote.credentials,
          "A file with what the other side asks for: NATS creds, for OTLP `Name: value` headers, for "
          "PostgreSQL a pgpass file");
  of.text("--tls-ca", "FILE", remote.tls_ca, "Certificates to trust (PEM), instead of the system's");
  CLI::Option* certificate =
      of.text("--tls-cert", "FILE", remote.tls_cert, "Certificate to show to the other side (PEM)");
  CLI::Option* key = of.text("--tls-key", "FILE", remote.tls_key, "Its key (PEM)")->needs(certificate);
  certificate->needs(key);
  of.flag("--tls-insecure", remote.tls_insecure, "Take any certificate: whoever is in between reads along");
}
void declare_stream(Declared& of, StreamOptions& stream) {
  CLI::Option* create = of.flag("--create", stream.create,
                                "Make the stream where it is missing: subjects proctree.v1.>, in files, "
                                "refusing new messages when full");
  of.number<std::uint32_t>("--replicas", "N:1..5", stream.replicas, 1, 5, "Servers that have each message")
      ->default_str("1")
      ->needs(create);
  of.number<std::uint64_t>("--max-bytes", "MIB:1..16777216", stream.max_bytes_mib, 1, kSpoolMibMost,
                           "Most that the stream takes")
      ->default_str("no bound")
      ->needs(create);
  of.duration("--max-age", stream.max_age_s, "Messages older than this are deleted")
      ->default_str("no bound")
      ->needs(create);
  of.duration("--duplicate-window", stream.duplicate_window_s,
              "For how long the server knows a message again that is sent twice")
      ->default_str("2m")
      ->needs(create);
}

void declare(CLI::App& app, ShipOptions& options) {
  Declared of(app);
  of.text("--from", "WHERE", options.from,
          "A spool, which is followed, or a recording; - is standard input; nats://HOST[:PORT]/STREAM")
      ->required();
  of.text("--to", "WHERE", options.to,
          "A folder (a spool), a file to append to, - for standard output, a store: sqlite:FILE, "
          "postgresql://HOST[:PORT]/DATABASE; nats://HOST[:PORT]/STREAM, otlp+http[s]://HOST[:PORT]/")
      ->required();
  of.choice<Format>(
      "--format", "FORMAT", options.format,
      {{"jsonl", Format::jsonl}, {"ecs", Format::ecs}, {"ocsf", Format::ocsf}},
      "Of the lines in a file or standard output: as they are, or in Elastic's or OCSF's schema");
  of.flag("--once", options.once, "End at the last line that is there");
  of.text("--name", "NAME", options.name,
          "Save the position in $STATE_DIRECTORY/NAME.cursor; from nats:// it names the durable consumer")
      ->default_str("proctree")
      ->each([&options](const std::string&) { options.name_given = true; });
  of.text("--cursor", "FILE", options.cursor, "Save the position in FILE");
  of.text("--keep", "AGE|SIZE", options.keep,
          "With --to a store: drop what ended longer ago than AGE (30d), or the oldest beyond SIZE (20GiB)");
  of.text("--metrics", "FILE|ADDR:PORT", options.metrics,
          "Each second replace FILE, or answer at ADDR:PORT: metrics for Prometheus");
  declare_stream(of, options.stream);
  of.flag("--until-stored", options.stream.until_stored,
          "To nats://: move the position past what a collector has stored, not past what the server has; "
          "from nats://: say what is stored");
  declare_remote(of, options.remote);
  of.flag("--as-root", options.as_root, kAsRootHelp);
}

void declare(CLI::App& app, HistoryOptions& options) {
  Declared of(app);
  of.text(
        "WHERE", "", options.where,
        "The store: sqlite:FILE, postgresql://HOST[:PORT]/DATABASE; or a spool or a recording, which is read "
        "for the question")
      ->required();
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
          "What lived at TIME and later: RFC 3339, [DATE ]HH:MM[:SS] (the last such moment) or \"10m ago\"");
  of.text("--until", "TIME", options.until, "What lived up to TIME");
  CLI::Option* at = of.text("--at", "TIME", options.at, "What lived at TIME, as it was then");
  of.excludes(at, {"--since", "--until"});
  HistoryChoice& choice = options.choice;
  of.text("--host", "NAME", choice.host, "Of this host, by its name or its machine's id");
  of.flag("--failed", choice.failed, "Only what ended with a code other than 0 or by a signal");
  declare_json(of, options.json, "text: for people; json: for programs; export is JSON lines always");
  of.flag("--utc", options.utc, "Times in UTC, not in the local time zone");
  declare_remote(of, options.remote);
  of.flag("--as-root", options.as_root, kAsRootHelp);
  of.group(kFilters);
  of.texts("--comm", "NAME", choice.comms, "With this command name (a pattern, such as 'python*')");
  of.texts("--exe", "PATTERN", choice.exes, "With this executable: its path, or the last component of it");
  of.texts("--user", "NAME", choice.users, "Of this user, by the name that its host gave it");
  of.texts("--under", "NAME|PID|ID", choice.under,
           "Descended from this process, or from one that had this name (a pattern)");
  of.texts("--container", "ID", choice.containers, "In this container, by the beginning of its id");
  declare_entry(of, choice.entries);
  of.ungroup();
}

void declare(CLI::App& app, DoctorOptions& options) {
  Declared of(app);
  declare_json(of, options.json, "text: a check a line; json: the same for programs");
  of.flag("--debug-bpf", options.debug_bpf, kDebugHelp);
}

struct Command {
  const char* name;
  const char* help;
  Result<Request> (*read)(const Command& command, std::vector<std::string> words);
};

template <class Options>
Result<Request> read_options(const Command& command, std::vector<std::string> words) {
  CLI::App app(command.help, "proctree " + std::string(command.name));
  app.formatter(std::make_shared<HelpFormatter>());
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
      return wrong_usage(wrong.empty() ? reworded(app, error) : wrong, std::string(command.name) + ' ');
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
    Command{"find", "Find running processes: prints their pids", read_options<FindOptions>},
    Command{"why", "Say why a process runs: its login, cron job, unit or container",
            read_options<WhyOptions>},
    Command{"ship", "Copy lines from a spool or a recording to another place, each once",
            read_options<ShipOptions>},
    Command{"history", "Ask a store what ran: find, tree, chain, why, stats, export",
            read_options<HistoryOptions>},
    Command{"doctor", "Say whether this host can trace, and what to do where it cannot",
            read_options<DoctorOptions>}};

// Users' questions, and the command for each; as in the manual page and in README.md.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kQuestions = {
    {{"Who starts NAME, now and then?", "proctree trace --comm NAME"},
     {"Which commands of a build failed?", "proctree run -- make -k"},
     {"What does an ssh login run?", "proctree trace --under sshd"},
     {"What ran longest?", "proctree trace --stats --duration 10m"},
     {"Was anything lost?", "the last line of proctree trace counts it"}}};

// Fits a terminal of 24 lines.
std::string all_help() {
  constexpr std::size_t kNameWidth = 9, kQuestionWidth = 35;
  const std::size_t columns = help_columns();
  std::string help;
  append_wrapped(help, "Process lineage from eBPF: who started what, and who started that.", 0, 0, columns);
  help += "Usage: proctree COMMAND [OPTIONS]\n\nCommands:\n";
  const auto entry = [&](std::string_view name, std::size_t width, std::string_view text) {
    help.append("  ").append(name).append(width - name.size(), ' ');
    append_wrapped(help, text, 2 + width, 2 + width, columns);
  };
  for (const Command& command : kCommands) entry(command.name, kNameWidth, command.help);
  help += "\nQuestions:\n";
  for (const auto& [question, answer] : kQuestions) entry(question, kQuestionWidth, answer);
  help += '\n';
  append_wrapped(help, "proctree COMMAND --help lists a command's options, man proctree explains them.", 0, 0,
                 columns);
  return help;
}

tl::unexpected<Error> no_such_command(const std::string& word) {
  if (word.starts_with('-')) {
    const std::vector<std::string> known = {"--help", "--version"};
    return wrong_usage("there is no option " + word + " before a command" + did_you_mean(word, known), "");
  }
  std::vector<std::string> known;
  for (const Command& command : kCommands) known.emplace_back(command.name);
  return wrong_usage("there is no command " + word + did_you_mean(word, known), "");
}

}  // namespace

Result<Request> read_command_line(std::span<const char* const> words) {
  if (words.empty()) return wrong_usage("no command given", "");
  const std::string first = words.front();
  const bool is_help = first == "help";  // of itself, or of the command that follows
  if (first == "--help" || first == "-h" || (is_help && words.size() == 1)) return ShownText{all_help()};
  if (first == "--version") return ShownText{"proctree " PROCTREE_VERSION "\n"};
  const std::string name = is_help ? words[1] : first;
  const auto command =
      std::ranges::find_if(kCommands, [&name](const Command& known) { return name == known.name; });
  if (command == kCommands.end()) return no_such_command(name);
  return command->read(*command, is_help ? std::vector<std::string>{"--help"}
                                         : std::vector<std::string>(words.begin() + 1, words.end()));
}

}  // namespace proctree
