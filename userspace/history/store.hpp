// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Queries of a history store: processes, their images, their ancestors, and their lines.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "history/database.hpp"
#include "history/stored_lines.hpp"
#include "proctree/error.hpp"
#include "proctree/facts.hpp"
#include "sink/json_lines.hpp"

namespace proctree {

// An executable as it was run; empty: not known, or none.
struct HistoryProgram {
  std::string comm;
  std::string exe;
  std::string user;
  std::string container;
  std::string entry;  // its type
};

// All times: nanoseconds since 1970; those of a process and its images by the clock as it was set at its
// birth, however it was set later.
struct HistoryImage {
  std::int64_t at_ns = 0;
  bool observed = false;     // else it is older
  std::int64_t program = 0;  // 0: not known
  std::int64_t stream = 0;
  std::int64_t seq = 0;
};

struct HistoryProcess {
  std::int64_t id = 0;
  std::int64_t boot = 0;
  ProcKey key;
  std::int64_t born_ns = 0;
  std::int64_t shown_later_ns = 0;  // than the times of its rows: the wall clock was set a little
  int known = 0;
  std::int64_t creator = 0;  // 0: see creator_pid
  std::optional<std::int64_t> creator_pid;
  Edge edge = Edge::inferred;
  HistoryImage birth;
  std::int64_t reported_ns = 0;  // when its birth was
  std::int64_t seen_ns = 0;      // the last snapshot that it was in
  std::optional<std::int64_t> ended_ns;
  bool end_inferred = false;
  std::optional<std::int64_t> exit_code;
  std::optional<std::int64_t> signal;
  std::int64_t exit_stream = 0;
  std::int64_t exit_seq = 0;

  [[nodiscard]] bool has_failed() const { return signal || (exit_code && *exit_code != 0); }
};

struct Lifetime {
  std::int64_t since_ns = 0;
  std::optional<std::int64_t> until_ns;  // std::nullopt: it lives, or nothing is known of its end
  std::optional<std::pair<std::int64_t, std::int64_t>> ended_between;  // then until_ns is the latter
};

// What the store knows of a time.
struct Knowledge {
  std::optional<std::int64_t> since_ns;
  std::optional<std::int64_t> until_ns;
  std::int64_t gaps = 0;           // losses, holes in streams' numbers, times between a host's streams
  std::int64_t lost = 0;           // events
  std::int64_t missing_lines = 0;  // whether they were reported as missing or not
};

// Empty: not known.
struct HistoryHost {
  std::string name;
  std::string id;  // its machine's
};

// Who wrote lines, and where.
struct HistoryStream {
  std::string name;
  std::string boot;  // as its processes' ids begin
  HistoryHost host;
  StreamHead head;  // as far as it is known: `{}` or less of it otherwise
};

class HistoryStore {
 public:
  static Result<std::unique_ptr<HistoryStore>> open(const std::string& path);
  // Of a database that has this version's tables.
  static Result<std::unique_ptr<HistoryStore>> open(Database database);

  using Programs = std::unordered_set<std::int64_t>;
  using Take = std::function<Result<void>(const HistoryProcess&)>;
  // By birth; `host`: a name or a machine's id, empty: all. Those that lived in the span, in the order of
  // birth but for those born long before it. With `programs` those that were one of them at any time.
  Result<void> each(const TimeSpan& span, const std::string& host, const Take& take,
                    const Programs* programs = nullptr);
  Result<void> each_program(const std::function<void(std::int64_t, const HistoryProgram&)>& take);
  Result<std::optional<HistoryProcess>> find(std::int64_t id);
  // By BOOT-PID-TICKS.
  Result<std::optional<HistoryProcess>> find_id(std::string_view id);
  // All that had the pid, the latest last.
  Result<std::vector<HistoryProcess>> find_pid(std::uint32_t pid, const std::string& host);
  // In the order of birth.
  Result<std::vector<HistoryProcess>> children(std::int64_t id);
  // In their order; the image of its birth isn't among them. Valid until they are asked of another process.
  Result<const std::vector<HistoryImage>*> images(const HistoryProcess& process);
  // What it was at that time; or at one by the clock of another process of its boot.
  Result<HistoryImage> image_at(const HistoryProcess& process, std::int64_t at_ns);
  Result<HistoryImage> image_at(const HistoryProcess& process, const HistoryProcess& other,
                                std::int64_t at_ns);
  // Of what a gap hides the end may be known between two times.
  Result<Lifetime> lifetime(const HistoryProcess& process);
  // How many lives more were counted instead of written for one.
  Result<std::int64_t> repeats(const HistoryProcess& process);

  // Valid until the next call.
  Result<const HistoryProgram*> program(std::int64_t program);
  // A JSON array; empty: not known. As its line has it.
  Result<std::string> args(const HistoryImage& image);
  Result<std::string> id_of(const HistoryProcess& process);
  // Valid as long as the store is.
  Result<const HistoryHost*> host_of(const HistoryProcess& process);
  // Processes of more than one: a pid alone may be of any of them.
  [[nodiscard]] bool has_several_hosts() const { return has_several_hosts_; }
  Result<Knowledge> knowledge(const TimeSpan& span);

  // The line with that number; empty: it isn't there. Valid until the next call.
  Result<std::string_view> line(std::int64_t stream, std::int64_t seq) { return lines_.at(stream, seq); }
  // All lines of the span as they came, stream by stream, in the order of their numbers.
  Result<void> each_line(
      const TimeSpan& span, const std::string& host,
      const std::function<Result<void>(const HistoryStream& stream, std::string_view line)>& take);

 private:
  explicit HistoryStore(Database database) : database_(std::move(database)) {}
  Result<void> prepare();
  Result<std::vector<HistoryProcess>> all_of(Statement& statement);
  [[nodiscard]] HistoryProcess read_process(const Statement& row) const;
  Result<void> load_clocks();
  struct Boot {
    std::string prefix;
    HistoryHost host;
  };
  Result<const Boot*> boot_of(const HistoryProcess& process);
  Result<void> take_if_alive(HistoryProcess process, const TimeSpan& span, const Take& take);
  Result<void> each_user(const TimeSpan& born, std::int64_t since_ns, const TimeSpan& span,
                         const std::string& hosts, const Take& take, const Programs& programs);
  Result<bool> was_any(const HistoryProcess& process, const Programs& programs);
  Result<std::string> host_condition(const std::string& host, const char* column);
  Result<std::string> process_condition(const std::string& host);
  Result<void> load_repeats();
  Result<void> add_missing_lines(const TimeSpan& span, Knowledge& known);
  Result<void> add_times_without_tracer(const TimeSpan& span, Knowledge& known);

  Database database_;
  struct Clock {
    std::int64_t boot = 0;
    std::int64_t began_ns = 0;
  };

  Statement find_, find_ids_, children_, find_images_, program_, boot_;
  Statement lost_since_, next_stream_, last_before_;  // lifetime()'s
  std::optional<std::int64_t> images_of_;             // which process's are in images_
  std::vector<HistoryImage> images_;
  std::map<std::int64_t, Clock> clocks_;
  std::set<std::int64_t> guessing_streams_;  // whose tracers see an edge afterwards
  std::unordered_map<std::int64_t, HistoryProgram> programs_;
  std::map<std::int64_t, Boot> boots_;
  bool has_several_hosts_ = false;
  std::optional<std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t>> repeats_;
  StoredLines lines_;
};

}  // namespace proctree
