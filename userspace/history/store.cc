// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "history/store.hpp"

#include <algorithm>
#include <queue>

#include "base/parse_text.hpp"
#include "base/timestamp.hpp"
#include "base/try.hpp"
#include "history/schema.hpp"
#include "tree/process_id.hpp"

namespace proctree {

namespace {

// The columns that read_process() takes.
constexpr std::string_view kProcessColumns =
    "p.id, p.boot, p.pid, p.start_ns, coalesce(p.born_ns, p.id), p.known, p.creator, p.creator_pid,"
    " CASE WHEN s.source = 'netlink' THEN 2 ELSE coalesce(p.edge, 2) END,"
    " p.comm, p.exe, p.user, p.container, p.entry, p.seen_ns, p.ended_ns, p.end_inferred, p.exit_code, "
    "p.signal,"
    " p.stream, p.seq, p.exit_stream, p.exit_seq, p.told_ns FROM process p LEFT JOIN stream s ON s.id = "
    "p.stream ";
constexpr std::int64_t kLongNs = 60'000'000'000;  // as the index process_long has it
constexpr std::size_t kStringsKept = 65'536;

std::string select_process(std::string_view condition) {
  return "SELECT " + std::string(kProcessColumns) + std::string(condition);
}

// Lines of the blocks of one stream, which may lie across one another, in the order of their numbers.
struct OpenBlock {
  std::string text;
  std::vector<NumberedLine> lines;
  std::size_t next = 0;

  [[nodiscard]] std::uint64_t seq() const { return lines[next].seq; }
};

}  // namespace

Result<std::unique_ptr<HistoryStore>> HistoryStore::open(const std::string& path) {
  auto database = PROCTREE_TRY(open_history_to_read(path));
  std::unique_ptr<HistoryStore> store(new HistoryStore(std::move(database)));
  // Everything that is asked is of one moment of the store.
  PROCTREE_CHECK(store->database_.execute("BEGIN"));
  PROCTREE_CHECK(store->prepare());
  return store;
}

Result<void> HistoryStore::prepare() {
  find_ = PROCTREE_TRY(database_.prepare(select_process("WHERE p.id = ?1")));
  find_key_ = PROCTREE_TRY(
      database_.prepare(select_process("WHERE p.boot = (SELECT id FROM boot WHERE prefix = ?1) AND p.pid = ?2"
                                       " AND p.start_ns BETWEEN ?3 AND ?4 ORDER BY p.start_ns")));
  children_ = PROCTREE_TRY(database_.prepare("SELECT id FROM process WHERE creator = ?1 ORDER BY id"));
  find_images_ = PROCTREE_TRY(database_.prepare(
      "SELECT at_ns, observed, comm, exe, args, user, container, entry, stream, seq FROM image"
      " WHERE process = ?1 ORDER BY exec_seq"));
  string_ = PROCTREE_TRY(database_.prepare("SELECT text FROM string WHERE id = ?1"));
  args_ = PROCTREE_TRY(database_.prepare("SELECT list FROM args WHERE id = ?1"));
  boot_ = PROCTREE_TRY(database_.prepare("SELECT prefix FROM boot WHERE id = ?1"));
  block_ = PROCTREE_TRY(database_.prepare(
      "SELECT id, lines FROM line_block WHERE stream = ?1 AND seq_from <= ?2 AND seq_to >= ?2"
      " ORDER BY seq_from DESC"));
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
      " AND coalesce(s.started_ns, s.first_ns) > ?2 AND (s.boot <> ?1 OR s.snapshot = 1)"));
  last_before_ = PROCTREE_TRY(database_.prepare(
      "SELECT max(last_ns) FROM stream WHERE boot = ?1 AND coalesce(started_ns, first_ns) < ?2"));
  return {};
}

HistoryProcess HistoryStore::read_process(const Statement& row) {
  HistoryProcess process;
  process.id = row.number(0);
  process.boot = row.number(1);
  process.key = {static_cast<std::uint32_t>(row.number(2)), static_cast<std::uint64_t>(row.number(3))};
  process.born_ns = row.number(4);
  process.known = static_cast<int>(row.number(5));
  process.creator = row.number(6);
  process.creator_pid = row.maybe_number(7);
  process.edge = static_cast<Edge>(std::clamp<std::int64_t>(row.number(8), 0, 2));
  process.birth.at_ns = process.born_ns;
  process.birth.observed = process.known == 3;
  process.birth.comm = row.number(9);
  process.birth.exe = row.number(10);
  process.birth.user = row.number(11);
  process.birth.container = row.number(12);
  process.birth.entry = row.text(13);
  process.seen_ns = row.number(14);
  process.ended_ns = row.maybe_number(15);
  process.end_inferred = row.number(16) != 0;
  process.exit_code = row.maybe_number(17);
  process.signal = row.maybe_number(18);
  process.birth.stream = row.number(19);
  process.birth.seq = row.number(20);
  process.exit_stream = row.number(21);
  process.exit_seq = row.number(22);
  process.told_ns = row.number(23);
  return process;
}

// As a condition of SQL on a column that holds a boot, of numbers alone.
Result<std::string> HistoryStore::host_condition(const std::string& host, const char* column) {
  if (host.empty()) return std::string();
  auto find = PROCTREE_TRY(database_.prepare(
      "SELECT b.id FROM boot b JOIN host h ON h.id = b.host WHERE h.name = ?1 OR h.machine_id = ?1"));
  find.bind(std::string_view(host));
  std::string list;
  while (PROCTREE_TRY(find.step())) list += (list.empty() ? "" : ",") + std::to_string(find.number(0));
  if (list.empty())
    return fail(ErrorCode::not_found, "the store has no host " + host, "see SELECT * FROM host");
  return std::string(" AND ") + column + " IN (" + list + ")";
}

Result<void> HistoryStore::each(const TimeSpan& span, const std::string& host,
                                const std::function<Result<void>(const HistoryProcess&)>& take) {
  const std::string hosts = PROCTREE_TRY(host_condition(host, "p.boot"));
  // Those born long before the span are few: only long lives reach it.
  const std::int64_t near = span.since_ns > INT64_MIN + kLongNs ? span.since_ns - kLongNs : span.since_ns;
  auto old = PROCTREE_TRY(database_.prepare(
      select_process("WHERE p.id < ?1 AND (p.ended_ns IS NULL OR p.ended_ns - p.id > 60000000000)"
                     " AND (p.ended_ns IS NULL OR p.ended_ns >= ?2)" +
                     hosts + " ORDER BY p.id")));
  auto recent = PROCTREE_TRY(database_.prepare(
      select_process("WHERE p.id BETWEEN ?1 AND ?2 AND (p.ended_ns IS NULL OR p.ended_ns >= ?3)" + hosts +
                     " ORDER BY p.id")));
  old.bind(near, span.since_ns);
  recent.bind(near, span.until_ns, span.since_ns);
  for (Statement* statement : {&old, &recent}) {
    while (PROCTREE_TRY(statement->step())) {
      HistoryProcess process = read_process(*statement);
      if (process.born_ns > span.until_ns) continue;
      if (!process.ended_ns) {
        const Lifetime life = PROCTREE_TRY(lifetime(process));
        if (life.until_ns && *life.until_ns < span.since_ns) continue;
      }
      PROCTREE_CHECK(take(process));
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
  const auto first = static_cast<std::int64_t>(key->start_ns);
  find_key_.bind(prefix, std::int64_t{key->pid}, first, first + static_cast<std::int64_t>(kTickNs) - 1);
  const auto found = PROCTREE_TRY(all_of(find_key_));
  return found.empty() ? std::nullopt : std::optional(found.back());
}

Result<std::vector<HistoryProcess>> HistoryStore::find_pid(std::uint32_t pid, const std::string& host) {
  const std::string of_host = PROCTREE_TRY(host_condition(host, "p.boot"));
  auto find = PROCTREE_TRY(database_.prepare(
      select_process("WHERE p.boot IN (SELECT id FROM boot) AND p.pid = ?1" + of_host + " ORDER BY p.id")));
  find.bind(std::int64_t{pid});
  return all_of(find);
}

Result<std::vector<std::int64_t>> HistoryStore::children(std::int64_t id) {
  children_.bind(id);
  std::vector<std::int64_t> found;
  while (PROCTREE_TRY(children_.step())) found.push_back(children_.number(0));
  children_.reset();
  return found;
}

// One process's are asked for several times in a row.
Result<const std::vector<HistoryImage>*> HistoryStore::images(std::int64_t process) {
  if (images_of_ == process) return &images_;
  images_of_.reset();
  images_.clear();
  find_images_.bind(process);
  while (PROCTREE_TRY(find_images_.step())) {
    const Statement& row = find_images_;
    images_.push_back({row.number(0), row.number(1) != 0, row.number(2), row.number(3), row.number(4),
                       row.number(5), row.number(6), std::string(row.text(7)), row.number(8), row.number(9)});
  }
  find_images_.reset();
  images_of_ = process;
  return &images_;
}

Result<HistoryImage> HistoryStore::image_at(const HistoryProcess& process, std::int64_t at_ns) {
  HistoryImage present = process.birth;
  bool is_first = process.known != 3;  // then the first that is known was there before
  for (const HistoryImage& image : *PROCTREE_TRY(images(process.id))) {
    if (image.at_ns > at_ns && !(is_first && !image.observed)) break;
    present = image;
    is_first = false;
  }
  return present;
}

// Of a query with one row of one number; NULL is none.
Result<std::optional<std::int64_t>> HistoryStore::number_of(Statement& query) {
  PROCTREE_TRY(query.step());
  const auto number = query.maybe_number(0);
  query.reset();
  return number;
}

Result<Lifetime> HistoryStore::lifetime(const HistoryProcess& process) {
  Lifetime life{process.born_ns, process.ended_ns, {}};
  if (process.ended_ns && !process.end_inferred) return life;
  if (process.ended_ns) {
    // What was lost since the mending before the one that found it.
    const auto lost = PROCTREE_TRY(number_of(lost_since_.bind(process.boot, *process.ended_ns)));
    const std::int64_t since = std::max(lost.value_or(process.born_ns), process.born_ns);
    life.ended_between = {std::min(since, *process.ended_ns), *process.ended_ns};
    return life;
  }
  // No end is known: it can't have lived when a later stream told what ran, without it, or after a reboot.
  std::int64_t seen = std::max(process.seen_ns, process.known == 0 ? 0 : process.told_ns);
  for (const HistoryImage& image : *PROCTREE_TRY(images(process.id))) seen = std::max(seen, image.at_ns);
  const auto gone = PROCTREE_TRY(number_of(next_stream_.bind(process.boot, seen)));
  if (!gone || seen == 0) return life;
  const auto last = PROCTREE_TRY(number_of(last_before_.bind(process.boot, *gone)));
  life.until_ns = gone;
  life.ended_between = {std::min(std::max(last.value_or(0), seen), *gone), *gone};
  return life;
}

Result<void> HistoryStore::load_repeats() {
  repeats_.emplace();
  auto find =
      PROCTREE_TRY(database_.prepare("SELECT stream, of, sum(forks) FROM repeat GROUP BY stream, of"));
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
  for (const HistoryImage& image : *PROCTREE_TRY(images(process.id))) count += of(image.stream, image.seq);
  return count;
}

Result<std::string> HistoryStore::text(std::int64_t string) {
  if (string == 0) return std::string();
  if (const auto found = strings_.find(string); found != strings_.end()) return found->second;
  string_.bind(string);
  const bool has = PROCTREE_TRY(string_.step());
  std::string text(has ? string_.text(0) : std::string_view());
  string_.reset();
  if (strings_.size() >= kStringsKept) strings_.clear();
  return strings_[string] = text;
}

Result<std::string> HistoryStore::args(std::int64_t args) {
  if (args == 0) return std::string();
  args_.bind(args);
  const bool has = PROCTREE_TRY(args_.step());
  std::string text(has ? args_.text(0) : std::string_view());
  args_.reset();
  return text;
}

Result<std::string> HistoryStore::id_of(const HistoryProcess& process) {
  auto found = boots_.find(process.boot);
  if (found == boots_.end()) {
    boot_.bind(process.boot);
    PROCTREE_TRY(boot_.step());
    found = boots_.emplace(process.boot, std::string(boot_.text(0))).first;
    boot_.reset();
  }
  std::string id;
  append_process_id(id, found->second, process.key);
  return id;
}

Result<Knowledge> HistoryStore::knowledge(const TimeSpan& span) {
  Knowledge known;
  auto times = PROCTREE_TRY(database_.prepare("SELECT min(first_ns), max(last_ns) FROM stream"));
  PROCTREE_TRY(times.step());
  known.since_ns = times.maybe_number(0);
  known.until_ns = times.maybe_number(1);
  auto losses = PROCTREE_TRY(
      database_.prepare("SELECT count(*), coalesce(sum(CASE WHEN place = 'ring' THEN count END), 0) FROM loss"
                        " WHERE until_ns >= ?1 AND coalesce(since_ns, until_ns) <= ?2"));
  losses.bind(span.since_ns, span.until_ns);
  PROCTREE_TRY(losses.step());
  known.gaps = losses.number(0);
  known.lost = losses.number(1);
  return known;
}

Result<std::string_view> HistoryStore::line(std::int64_t stream, std::int64_t seq) {
  block_.bind(stream, seq);
  while (PROCTREE_TRY(block_.step())) {
    if (block_.number(0) != block_id_) {
      block_id_ = 0;
      PROCTREE_CHECK(unpack_lines(block_.text(1), block_text_, block_lines_));
      block_id_ = block_.number(0);
    }
    const auto found =
        std::ranges::lower_bound(block_lines_, static_cast<std::uint64_t>(seq), {}, &NumberedLine::seq);
    if (found == block_lines_.end() || found->seq != static_cast<std::uint64_t>(seq)) continue;
    block_.reset();
    return found->text;
  }
  block_.reset();
  return std::string_view();
}

Result<void> HistoryStore::each_line(
    const TimeSpan& span, const std::string& host,
    const std::function<Result<void>(std::string_view boot, std::string_view line)>& take) {
  const std::string hosts = PROCTREE_TRY(host_condition(host, "s.boot"));
  auto streams =
      PROCTREE_TRY(database_.prepare("SELECT s.id, b.prefix FROM stream s JOIN boot b ON b.id = s.boot WHERE "
                                     "s.last_ns >= ?1 AND s.first_ns <= ?2" +
                                     hosts + " ORDER BY s.first_ns, s.id"));
  streams.bind(span.since_ns, span.until_ns);
  while (PROCTREE_TRY(streams.step())) {
    const std::string boot(streams.text(1));
    PROCTREE_CHECK(
        each_line_of(streams.number(0), span, [&](std::string_view line) { return take(boot, line); }));
  }
  return {};
}

Result<void> HistoryStore::each_line_of(std::int64_t stream, const TimeSpan& span,
                                        const std::function<Result<void>(std::string_view)>& take) {
  auto blocks = PROCTREE_TRY(database_.prepare(
      "SELECT seq_from, lines, NULL FROM line_block WHERE stream = ?1 AND last_ns >= ?2 AND first_ns <= ?3"
      " UNION ALL SELECT seq, NULL, line FROM loss WHERE stream = ?1 AND line IS NOT NULL AND until_ns >= ?2"
      " AND until_ns <= ?3 ORDER BY 1"));
  blocks.bind(stream, span.since_ns, span.until_ns);
  const auto later = [](const auto& a, const auto& b) { return a->seq() > b->seq(); };
  std::priority_queue<std::shared_ptr<OpenBlock>, std::vector<std::shared_ptr<OpenBlock>>, decltype(later)>
      open(later);
  bool has_more = PROCTREE_TRY(blocks.step());
  while (has_more || !open.empty()) {
    // All that may hold the next number are open.
    while (has_more && (open.empty() || static_cast<std::uint64_t>(blocks.number(0)) <= open.top()->seq())) {
      auto block = std::make_shared<OpenBlock>();
      if (blocks.text(1).empty()) {
        block->text = blocks.text(2);
        block->lines.push_back({static_cast<std::uint64_t>(blocks.number(0)), block->text});
      } else {
        PROCTREE_CHECK(unpack_lines(blocks.text(1), block->text, block->lines));
      }
      if (!block->lines.empty()) open.push(std::move(block));
      has_more = PROCTREE_TRY(blocks.step());
    }
    if (open.empty()) continue;
    const auto block = open.top();
    open.pop();
    const std::string_view text = block->lines[block->next].text;
    bool is_chosen = true;
    if (span.since_ns != INT64_MIN || span.until_ns != INT64_MAX) {
      constexpr std::string_view kKey = "\"time\":\"";
      const std::size_t at = text.find(kKey);
      std::string_view rest = text.substr(at == std::string_view::npos ? text.size() : at + kKey.size());
      const auto time = parse_time(take_until(rest, '"'));
      is_chosen = !time || (*time >= span.since_ns && *time <= span.until_ns);
    }
    if (is_chosen) PROCTREE_CHECK(take(text));
    if (++block->next < block->lines.size()) open.push(block);
  }
  return {};
}

}  // namespace proctree
