// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/store.hpp"

#include <algorithm>
#include <initializer_list>
#include <tuple>

#include "base/json.hpp"
#include "base/json_cursor.hpp"
#include "base/try.hpp"
#include "history/boot_clocks.hpp"
#include "history/schema.hpp"
#include "tree/process_id.hpp"

namespace proctree {

namespace {

// The columns that read_process() takes.
constexpr std::string_view kProcessColumns =
    "p.id, p.pid, p.clock, p.shift_ns, p.born_ns, p.known, p.reported_ns, p.creator, p.creator_pid, p.edge,"
    " p.program, p.seen_ns, p.lived_ns, p.end_inferred, p.exit_code, p.signal, p.stream, p.seq,"
    " p.exit_stream, p.exit_seq FROM process p ";
constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kLongNs = 60 * kSecondNs;  // as the index process_long has it
constexpr std::int64_t kSecondsAtOnce = 60;
constexpr std::size_t kProgramsRemembered = 65'536;

std::string select_process(std::string_view condition) {
  return "SELECT " + std::string(kProcessColumns) + std::string(condition);
}

HistoryProgram read_program(const Statement& row, int from) {
  return {std::string(row.text(from)), std::string(row.text(from + 1)), std::string(row.text(from + 2)),
          std::string(row.text(from + 3)), std::string(row.text(from + 4))};
}

// Of the texts that there are.
std::string object_of(std::initializer_list<std::pair<std::string_view, std::string>> members) {
  JsonWriter json;
  json.begin_object();
  for (const auto& [key, text] : members) {
    if (text.empty()) continue;
    json.plain_key(key);
    json.string(text);
  }
  json.end_object();
  return std::string(json.text());
}

// Each number once.
void sort_once(std::vector<std::int64_t>& numbers) {
  std::ranges::sort(numbers);
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

}  // namespace

Result<std::unique_ptr<HistoryStore>> HistoryStore::open(const std::string& path) {
  return open(PROCTREE_TRY(open_history_to_read(path)));
}

Result<std::unique_ptr<HistoryStore>> HistoryStore::open(Database database) {
  std::unique_ptr<HistoryStore> store(new HistoryStore(std::move(database)));
  PROCTREE_CHECK(store->database_.begin_reading());
  PROCTREE_CHECK(store->prepare());
  return store;
}

Result<void> HistoryStore::prepare() {
  find_ = PROCTREE_TRY(database_.prepare(select_process("WHERE p.id = ?1")));
  // A few that were born at the same time take one number after the other.
  find_ids_ = PROCTREE_TRY(
      database_.prepare(select_process("WHERE p.id BETWEEN ?1 AND ?2 AND p.pid = ?3 ORDER BY p.id")));
  children_ = PROCTREE_TRY(database_.prepare(select_process("WHERE p.creator = ?1 ORDER BY p.id")));
  find_images_ = PROCTREE_TRY(database_.prepare(
      "SELECT after_ns, observed, program, stream, seq FROM image WHERE process = ?1 ORDER BY exec_seq"));
  program_ = PROCTREE_TRY(
      database_.prepare("SELECT comm, exe, \"user\", container, entry FROM program_text WHERE program = ?1"));
  boot_ = PROCTREE_TRY(database_.prepare(
      "SELECT b.prefix, h.name, h.machine_id FROM boot b LEFT JOIN host h ON h.id = b.host WHERE b.id = ?1"));
  lost_since_ = PROCTREE_TRY(database_.prepare(
      "SELECT min(l.since_ns) FROM loss l JOIN stream s ON s.id = l.stream WHERE s.boot = ?1 AND"
      " l.since_ns IS NOT NULL AND l.since_ns <= ?2 AND l.until_ns > coalesce((SELECT max(r.at_ns) FROM "
      "resync r"
      " JOIN stream t ON t.id = r.stream WHERE t.boot = ?1 AND r.at_ns < (SELECT max(q.at_ns) FROM resync q "
      "JOIN"
      " stream u ON u.id = q.stream WHERE u.boot = ?1 AND q.at_ns <= ?2)), -9223372036854775808)"));
  next_stream_ = PROCTREE_TRY(database_.prepare(
      "SELECT min(coalesce(s.started_ns, s.first_ns)) FROM stream s JOIN boot b ON b.id = s.boot"
      " WHERE (s.boot = ?1 OR (b.host IS NOT NULL AND b.host = (SELECT host FROM boot WHERE id = ?1)))"
      " AND coalesce(s.started_ns, s.first_ns) > ?2 AND (s.boot <> ?1 OR (s.snapshot = 1 AND s.id <> ?3))"));
  last_before_ = PROCTREE_TRY(database_.prepare(
      "SELECT max(last_ns) FROM stream WHERE boot = ?1 AND coalesce(started_ns, first_ns) < ?2"));
  PROCTREE_CHECK(load_clocks());
  return lines_.prepare(database_);
}

Result<void> HistoryStore::load_clocks() {
  auto clocks = PROCTREE_TRY(database_.prepare("SELECT id, boot, began_ns FROM clock"));
  while (PROCTREE_TRY(clocks.step())) clocks_[clocks.number(0)] = {clocks.number(1), clocks.number(2)};
  auto streams = PROCTREE_TRY(database_.prepare("SELECT id FROM stream WHERE source = 'netlink'"));
  while (PROCTREE_TRY(streams.step())) guessing_streams_.insert(streams.number(0));
  // Boots of an unknown host may be of another one.
  has_several_hosts_ =
      PROCTREE_TRY(database_.number("SELECT count(DISTINCT coalesce(host, 0)) FROM boot")) > 1;
  return {};
}

HistoryProcess HistoryStore::read_process(const Statement& row) const {
  HistoryProcess process;
  process.id = row.number(0);
  const auto found = clocks_.find(row.number(2));
  const Clock clock = found == clocks_.end() ? Clock() : found->second;
  process.boot = clock.boot;
  const std::int64_t by_clock = process.id - row.number(3);
  process.key = {static_cast<std::uint32_t>(row.number(1)),
                 static_cast<std::uint64_t>(by_clock - clock.began_ns)};
  process.born_ns = row.maybe_number(4).value_or(by_clock);
  process.shown_later_ns = process.born_ns - by_clock;
  process.known = static_cast<int>(row.number(5));
  const auto reported = row.maybe_number(6);
  process.reported_ns = reported             ? *reported + process.shown_later_ns
                        : process.known == 3 ? process.born_ns
                                             : 0;
  process.creator = row.number(7);
  process.creator_pid = row.maybe_number(8);
  process.birth.at_ns = process.born_ns;
  process.birth.observed = process.known == 3;
  process.birth.program = row.number(10);
  if (const auto seen = row.maybe_number(11)) process.seen_ns = *seen + process.shown_later_ns;
  if (const auto lived = row.maybe_number(12))
    process.ended_ns = process.id + *lived + process.shown_later_ns;
  process.end_inferred = row.number(13) != 0;
  process.exit_code = row.maybe_number(14);
  process.signal = row.maybe_number(15);
  process.birth.stream = row.number(16);
  process.birth.seq = row.number(17);
  process.exit_stream = row.number(18);
  process.exit_seq = row.number(19);
  constexpr auto kInferred = static_cast<std::int64_t>(Edge::inferred);
  const std::int64_t edge =
      guessing_streams_.contains(process.birth.stream) ? kInferred : row.maybe_number(9).value_or(kInferred);
  process.edge = static_cast<Edge>(std::clamp<std::int64_t>(edge, 0, kInferred));
  return process;
}

// The boots of a host, as a condition of SQL of numbers alone: " AND COLUMN IN (...)".
Result<std::string> HistoryStore::host_condition(const std::string& host, const char* column) {
  if (host.empty()) return std::string();
  auto find = PROCTREE_TRY(database_.prepare(
      "SELECT b.id FROM boot b JOIN host h ON h.id = b.host WHERE h.name = ?1 OR h.machine_id = ?1"));
  find.bind(std::string_view(host));
  std::string list;
  while (PROCTREE_TRY(find.step())) {
    if (!list.empty()) list += ',';
    list += std::to_string(find.number(0));
  }
  if (list.empty())
    return fail(ErrorCode::not_found, "the store has no host " + host, "see SELECT * FROM host");
  std::string condition = " AND ";
  condition.append(column).append(" IN (").append(list) += ')';
  return condition;
}

Result<std::string> HistoryStore::process_condition(const std::string& host) {
  if (host.empty()) return std::string();
  std::string condition = " AND p.clock IN (SELECT id FROM clock WHERE true";
  condition.append(PROCTREE_TRY(host_condition(host, "boot"))) += ')';
  return condition;
}

Result<void> HistoryStore::take_if_alive(HistoryProcess process, const TimeSpan& span, const Take& take) {
  if (process.born_ns > span.until_ns) return {};
  const auto until = process.ended_ns ? process.ended_ns : (PROCTREE_TRY(lifetime(process))).until_ns;
  return until && *until < span.since_ns ? Result<void>() : take(process);
}

Result<void> HistoryStore::each(const TimeSpan& span, const std::string& host, const Take& take,
                                const Programs* programs) {
  // What is shown may be as much earlier or later than its row.
  const TimeSpan rows{std::max(span.since_ns, INT64_MIN + kClockStepNs) - kClockStepNs,
                      std::min(span.until_ns, INT64_MAX - kClockStepNs) + kClockStepNs};
  const std::string hosts = PROCTREE_TRY(process_condition(host));
  // Those born long before the span are few: only long lives reach it.
  const std::int64_t near = rows.since_ns > INT64_MIN + kLongNs ? rows.since_ns - kLongNs : rows.since_ns;
  auto old = PROCTREE_TRY(
      database_.prepare(select_process("WHERE p.id < ?1 AND (p.lived_ns IS NULL OR p.lived_ns > 60000000000)"
                                       " AND (p.lived_ns IS NULL OR p.id + p.lived_ns >= ?2)" +
                                       hosts + " ORDER BY p.id"),
                        Rows::many));
  old.bind(near, rows.since_ns);
  while (PROCTREE_TRY(old.step())) {
    HistoryProcess process = read_process(old);
    if (programs != nullptr && !PROCTREE_TRY(was_any(process, *programs))) continue;
    PROCTREE_CHECK(take_if_alive(std::move(process), span, take));
  }
  if (programs != nullptr)
    return each_user({near, rows.until_ns}, rows.since_ns, span, hosts, take, *programs);
  auto recent = PROCTREE_TRY(database_.prepare(
      select_process("WHERE p.id BETWEEN ?1 AND ?2 AND (p.lived_ns IS NULL OR p.id + p.lived_ns >= ?3)" +
                     hosts + " ORDER BY p.id"),
      Rows::many));
  recent.bind(near, rows.until_ns, rows.since_ns);
  while (PROCTREE_TRY(recent.step())) PROCTREE_CHECK(take_if_alive(read_process(recent), span, take));
  return {};
}

Result<bool> HistoryStore::was_any(const HistoryProcess& process, const Programs& programs) {
  if (programs.contains(process.birth.program)) return true;
  for (const HistoryImage& image : *PROCTREE_TRY(images(process))) {
    if (programs.contains(image.program)) return true;
  }
  return false;
}

// Only the seconds in which such a process was born are looked through.
Result<void> HistoryStore::each_user(const TimeSpan& born, std::int64_t since_ns, const TimeSpan& span,
                                     const std::string& hosts, const Take& take, const Programs& programs) {
  std::vector<std::int64_t> seconds;
  auto uses = PROCTREE_TRY(
      database_.prepare("SELECT second FROM program_use WHERE program = ?1 AND second BETWEEN ?2 AND ?3"));
  for (const std::int64_t program : programs) {
    uses.bind(program, second_of(born.since_ns), second_of(born.until_ns));
    while (PROCTREE_TRY(uses.step())) seconds.push_back(uses.number(0));
  }
  sort_once(seconds);

  auto births = PROCTREE_TRY(database_.prepare("SELECT id, program FROM process WHERE id BETWEEN ?1 AND ?2"));
  auto images =
      PROCTREE_TRY(database_.prepare("SELECT process, program FROM image WHERE process BETWEEN ?1 AND ?2"));
  auto process = PROCTREE_TRY(database_.prepare(
      select_process("WHERE p.id = ?1 AND (p.lived_ns IS NULL OR p.id + p.lived_ns >= ?2)" + hosts)));
  std::vector<std::int64_t> found;
  for (auto second = seconds.begin(); second != seconds.end();) {
    // Those that follow one another are one range.
    const std::int64_t first = *second;
    std::int64_t last = first;
    while (++second != seconds.end() && *second == last + 1 && *second < first + kSecondsAtOnce)
      last = *second;
    const std::int64_t from = std::max(born.since_ns, first * kSecondNs);
    const std::int64_t to = std::min(born.until_ns, last * kSecondNs + (kSecondNs - 1));
    found.clear();
    for (Statement* statement : {&births, &images}) {
      statement->bind(from, to);
      while (PROCTREE_TRY(statement->step())) {
        if (programs.contains(statement->number(1))) found.push_back(statement->number(0));
      }
    }
    sort_once(found);
    for (const std::int64_t id : found) {
      process.bind(id, since_ns);
      if (!PROCTREE_TRY(process.step())) continue;
      HistoryProcess one = read_process(process);
      process.reset();
      PROCTREE_CHECK(take_if_alive(std::move(one), span, take));
    }
  }
  return {};
}

Result<std::vector<HistoryProcess>> HistoryStore::all_of(Statement& statement) {
  std::vector<HistoryProcess> found;
  while (PROCTREE_TRY(statement.step())) found.push_back(read_process(statement));
  statement.reset();
  return found;
}

Result<std::optional<HistoryProcess>> HistoryStore::find(std::int64_t id) {
  find_.bind(id);
  const auto found = PROCTREE_TRY(all_of(find_));
  return found.empty() ? std::nullopt : std::optional(found.front());
}

Result<std::optional<HistoryProcess>> HistoryStore::find_id(std::string_view id) {
  const std::string_view prefix = id.substr(0, id.find('-'));
  const auto key = parse_process_id(id, prefix);
  if (!key) return std::nullopt;
  auto find_boot = PROCTREE_TRY(database_.prepare("SELECT id FROM boot WHERE prefix = ?1"));
  const auto boot = PROCTREE_TRY(find_boot.bind(prefix).one());
  if (!boot) return std::nullopt;
  std::optional<HistoryProcess> found;
  for (const auto& [number, clock] : clocks_) {
    if (clock.boot != *boot) continue;
    // What is known to the tick only lies a pid further.
    constexpr auto kTick = static_cast<std::int64_t>(kTickNs);
    const std::int64_t first = clock.began_ns + static_cast<std::int64_t>(key->start_ns);
    find_ids_.bind(first, first + 2 * kTick, std::int64_t{key->pid});
    for (HistoryProcess& process : PROCTREE_TRY(all_of(find_ids_))) {
      if (process.boot == clock.boot && process.key.start_ns / kTickNs == key->start_ns / kTickNs)
        found = std::move(process);
    }
  }
  return found;
}

Result<std::vector<HistoryProcess>> HistoryStore::find_pid(std::uint32_t pid, const std::string& host) {
  const std::string of_host = PROCTREE_TRY(process_condition(host));
  auto find =
      PROCTREE_TRY(database_.prepare(select_process("WHERE p.pid = ?1" + of_host + " ORDER BY p.id")));
  find.bind(std::int64_t{pid});
  auto found = PROCTREE_TRY(all_of(find));
  // In a boot by its own time: the wall clock may have been set back.
  std::map<std::int64_t, std::int64_t> latest;  // id, by boot
  for (const HistoryProcess& process : found) latest[process.boot] = process.id;
  std::ranges::stable_sort(found, {}, [&latest](const HistoryProcess& process) {
    return std::tuple(latest[process.boot], process.key.start_ns);
  });
  return found;
}

Result<std::vector<HistoryProcess>> HistoryStore::children(std::int64_t id) {
  children_.bind(id);
  return all_of(children_);
}

// One process's are asked for several times in a row.
Result<const std::vector<HistoryImage>*> HistoryStore::images(const HistoryProcess& process) {
  if (images_of_ == process.id) return &images_;
  images_of_.reset();
  images_.clear();
  find_images_.bind(process.id);
  while (PROCTREE_TRY(find_images_.step())) {
    const Statement& row = find_images_;
    images_.push_back({process.id + process.shown_later_ns + row.number(0), row.number(1) != 0, row.number(2),
                       row.number(3), row.number(4)});
  }
  find_images_.reset();
  images_of_ = process.id;
  return &images_;
}

Result<HistoryImage> HistoryStore::image_at(const HistoryProcess& process, std::int64_t at_ns) {
  HistoryImage present = process.birth;
  bool is_first = process.known != 3;  // then the first that is known was there before
  for (const HistoryImage& image : *PROCTREE_TRY(images(process))) {
    if (image.at_ns > at_ns && !(is_first && !image.observed)) break;
    present = image;
    is_first = false;
  }
  return present;
}

Result<HistoryImage> HistoryStore::image_at(const HistoryProcess& process, const HistoryProcess& other,
                                            std::int64_t at_ns) {
  const auto boot = [](const HistoryProcess& of) {
    return static_cast<std::uint64_t>(of.born_ns) - of.key.start_ns;
  };
  const std::uint64_t later = boot(process) - boot(other);
  std::int64_t at = 0;
  if (__builtin_add_overflow(at_ns, static_cast<std::int64_t>(later), &at))
    at = at_ns < 0 ? INT64_MIN : INT64_MAX;
  return image_at(process, at);
}

Result<Lifetime> HistoryStore::lifetime(const HistoryProcess& process) {
  Lifetime life{process.born_ns, process.ended_ns, {}};
  if (process.ended_ns && !process.end_inferred) return life;
  if (process.ended_ns) {
    // What was lost since the resync before the one that found it.
    const auto lost = PROCTREE_TRY(lost_since_.bind(process.boot, *process.ended_ns).one());
    const std::int64_t since = std::max(lost.value_or(process.born_ns), process.born_ns);
    life.ended_between = {std::min(since, *process.ended_ns), *process.ended_ns};
    return life;
  }
  // No end is known: it can't have lived when a later stream listed what ran, without it, or after a reboot.
  // The one that it is of may seem later where the wall clock was set back.
  std::int64_t seen = std::max(process.seen_ns, process.known == 0 ? 0 : process.reported_ns);
  for (const HistoryImage& image : *PROCTREE_TRY(images(process))) seen = std::max(seen, image.at_ns);
  const auto gone = PROCTREE_TRY(next_stream_.bind(process.boot, seen, process.birth.stream).one());
  if (!gone || seen == 0) return life;
  const auto last = PROCTREE_TRY(last_before_.bind(process.boot, *gone).one());
  life.until_ns = gone;
  life.ended_between = {std::min(std::max(last.value_or(0), seen), *gone), *gone};
  return life;
}

Result<void> HistoryStore::load_repeats() {
  repeats_.emplace();
  auto find = PROCTREE_TRY(
      database_.prepare("SELECT stream, of, CAST(sum(forks) AS BIGINT) FROM repeat GROUP BY stream, of"));
  while (PROCTREE_TRY(find.step())) (*repeats_)[{find.number(0), find.number(1)}] = find.number(2);
  return {};
}

Result<std::int64_t> HistoryStore::repeats(const HistoryProcess& process) {
  if (!repeats_) PROCTREE_CHECK(load_repeats());
  if (repeats_->empty()) return 0;
  const auto of = [this](std::int64_t stream, std::int64_t seq) {
    const auto found = repeats_->find({stream, seq});
    return found == repeats_->end() ? 0 : found->second;
  };
  std::int64_t count = of(process.birth.stream, process.birth.seq);
  for (const HistoryImage& image : *PROCTREE_TRY(images(process))) count += of(image.stream, image.seq);
  return count;
}

Result<const HistoryProgram*> HistoryStore::program(std::int64_t program) {
  if (const auto found = programs_.find(program); found != programs_.end()) return &found->second;
  if (programs_.size() >= kProgramsRemembered) programs_.clear();
  HistoryProgram read;
  program_.bind(program);
  if (PROCTREE_TRY(program_.step())) read = read_program(program_, 0);
  program_.reset();
  return &programs_.emplace(program, std::move(read)).first->second;
}

Result<void> HistoryStore::each_program(
    const std::function<void(std::int64_t, const HistoryProgram&)>& take) {
  auto all = PROCTREE_TRY(database_.prepare(
      "SELECT program, comm, exe, \"user\", container, entry FROM program_text", Rows::many));
  while (PROCTREE_TRY(all.step())) take(all.number(0), read_program(all, 1));
  return {};
}

Result<std::string> HistoryStore::args(const HistoryImage& image) {
  const std::string_view text = PROCTREE_TRY(line(image.stream, image.seq));
  JsonCursor cursor;
  cursor.start(text);
  if (!cursor.begin_object()) return std::string();
  for (std::string_view key; cursor.next_key(key);) {
    const bool is_it = key == "args";
    std::string_view value;
    if (!cursor.raw(value)) break;
    if (is_it) return std::string(value);
  }
  return std::string();
}

Result<const HistoryStore::Boot*> HistoryStore::boot_of(const HistoryProcess& process) {
  if (const auto found = boots_.find(process.boot); found != boots_.end()) return &found->second;
  boot_.bind(process.boot);
  Boot boot;
  if (PROCTREE_TRY(boot_.step())) {
    boot = {std::string(boot_.text(0)), {std::string(boot_.text(1)), std::string(boot_.text(2))}};
  }
  boot_.reset();
  return &boots_.emplace(process.boot, std::move(boot)).first->second;
}

Result<std::string> HistoryStore::id_of(const HistoryProcess& process) {
  std::string id;
  append_process_id(id, (PROCTREE_TRY(boot_of(process)))->prefix, process.key);
  return id;
}

Result<const HistoryHost*> HistoryStore::host_of(const HistoryProcess& process) {
  return &(PROCTREE_TRY(boot_of(process)))->host;
}

Result<Knowledge> HistoryStore::knowledge(const TimeSpan& span) {
  Knowledge known;
  // Of the lines that are here still. Blocks are indexed by their ends; those of lines that came in any order
  // overlap.
  auto since = PROCTREE_TRY(
      database_.prepare("SELECT min(first_ns) FROM (SELECT first_ns FROM line_block ORDER BY last_ns"
                        " LIMIT 64) AS oldest"));
  known.since_ns = PROCTREE_TRY(since.one());
  auto until = PROCTREE_TRY(database_.prepare("SELECT max(last_ns) FROM stream"));
  known.until_ns = PROCTREE_TRY(until.one());
  auto losses =
      PROCTREE_TRY(database_.prepare("SELECT count(*), CAST(coalesce(sum(CASE WHEN place = 'ring' THEN"
                                     " count END), 0) AS BIGINT) FROM loss WHERE place NOT IN ('disk',"
                                     " 'spool') AND until_ns >= ?1 AND coalesce(since_ns, until_ns) <= ?2"));
  losses.bind(span.since_ns, span.until_ns);
  PROCTREE_TRY(losses.step());
  known.gaps = losses.number(0);
  known.lost = losses.number(1);
  PROCTREE_CHECK(add_missing_lines(span, known));
  PROCTREE_CHECK(add_times_without_tracer(span, known));
  return known;
}

// Numbers that no line came with, up to the last that a line had or that was reported as missing: what was
// reported is among them.
Result<void> HistoryStore::add_missing_lines(const TimeSpan& span, Knowledge& known) {
  auto streams = PROCTREE_TRY(database_.prepare(
      "SELECT r.ranges, r.begins, r.lines, r.ends, l.ends FROM stream s LEFT JOIN (SELECT stream, count(*) AS"
      " ranges, min(seq_from) AS begins, CAST(sum(seq_to - seq_from + 1) AS BIGINT) AS lines, max(seq_to) AS"
      " ends FROM ingested GROUP BY stream) r ON r.stream = s.id LEFT JOIN (SELECT stream, max(seq_to) AS "
      "ends,"
      " min(until_ns) AS first_ns, max(until_ns) AS last_ns FROM loss WHERE place IN ('disk', 'spool') GROUP "
      "BY"
      " stream) l ON l.stream = s.id WHERE (s.last_ns >= ?1 AND s.first_ns <= ?2) OR (l.last_ns >= ?1 AND"
      " l.first_ns <= ?2)",
      Rows::many));
  streams.bind(span.since_ns, span.until_ns);
  while (PROCTREE_TRY(streams.step())) {
    const std::int64_t ends = std::max(streams.number(3), streams.number(4));
    const std::int64_t missing = ends - streams.number(2);
    // Before the first range, between two, behind the last.
    const std::int64_t between = std::max<std::int64_t>(streams.number(0) - 1, 0);
    known.gaps += between + (streams.number(1) != 1 && missing > 0 ? 1 : 0) +
                  (streams.number(0) != 0 && ends > streams.number(3) ? 1 : 0);
    // Streams may say any number.
    known.missing_lines += std::min(missing, INT64_MAX - known.missing_lines);
  }
  return {};
}

// Between a host's streams, unless the later one has reported it.
Result<void> HistoryStore::add_times_without_tracer(const TimeSpan& span, Knowledge& known) {
  auto times = PROCTREE_TRY(database_.prepare(
      "SELECT count(*) FROM (SELECT s.id AS id, s.first_ns AS until_ns, max(s.last_ns) OVER (PARTITION BY"
      " coalesce(b.host, -b.id) ORDER BY s.first_ns, s.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
      " AS since_ns FROM stream s JOIN boot b ON b.id = s.boot WHERE s.first_ns IS NOT NULL) AS t"
      " WHERE since_ns < until_ns AND until_ns >= ?1 AND since_ns <= ?2"
      " AND NOT EXISTS (SELECT 1 FROM loss l WHERE l.stream = t.id AND l.place = 'restart')"));
  known.gaps += PROCTREE_TRY(times.bind(span.since_ns, span.until_ns).one()).value_or(0);
  return {};
}

Result<void> HistoryStore::each_line(
    const TimeSpan& span, const std::string& host,
    const std::function<Result<void>(const HistoryStream& stream, std::string_view line)>& take) {
  const std::string hosts = PROCTREE_TRY(host_condition(host, "s.boot"));
  // Of a stream that was lost whole there are reports alone.
  auto streams = PROCTREE_TRY(database_.prepare(
      "SELECT s.id, s.name, b.prefix, h.name, h.machine_id, s.source, s.version, s.host, s.tracer FROM "
      "stream s"
      " JOIN boot b ON b.id = s.boot LEFT JOIN host h ON h.id = b.host LEFT JOIN (SELECT stream, "
      "min(until_ns)"
      " AS first_ns, max(until_ns) AS last_ns FROM loss WHERE place = 'spool' GROUP BY stream) l ON l.stream "
      "="
      " s.id WHERE ((s.last_ns >= ?1 AND s.first_ns <= ?2) OR (l.last_ns >= ?1 AND l.first_ns <= ?2))" +
      hosts + " ORDER BY coalesce(s.first_ns, l.first_ns), s.id"));
  streams.bind(span.since_ns, span.until_ns);
  while (PROCTREE_TRY(streams.step())) {
    const auto text = [&streams](int column) { return std::string(streams.text(column)); };
    HistoryStream stream{text(1), text(2), {text(3), text(4)}, {text(1), text(7), text(8)}};
    if (stream.head.host.empty()) {
      stream.head.host = object_of({{"name", text(3)}, {"id", text(4)}});
      stream.head.tracer = object_of({{"version", text(6)}, {"source", text(5)}});
    }
    PROCTREE_CHECK(lines_.each(streams.number(0), stream.head, span,
                               [&](std::string_view line) { return take(stream, line); }));
  }
  return {};
}

}  // namespace proctree
