// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Folds lives that repeat: one is written, and those that follow and are the same are counted in a `repeat`
// line. Which lines are written, and when; not how.
//
// A life is the same as a written one where executable, arguments, user, container and creator are: the same
// creator, or one that itself repeats the creator of the written life. Only whole lives are counted, that
// ended within kLifeNs and all of whose children are counted too. So a process that may repeat is held back,
// with all that descends from it (a group), until it is known: the group is counted or written, as a whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "engine/record.hpp"
#include "sink/json_lines.hpp"

namespace proctree {

// A line whose number is still to be set, at [seq_begin, seq_end) of its text.
struct HeldLine {
  std::string text;
  std::size_t seq_begin = 0;
  std::size_t seq_end = 0;
  LineMoment moment;
  LineTotals totals;
};

// What the lives counted for the line numbered `of` come to.
struct Repeat {
  std::uint64_t of = 0;
  std::uint64_t forks = 0;
  std::uint64_t execs = 0;
  std::uint64_t exits = 0;
  std::uint64_t failures = 0;
  std::uint64_t runtime_ns = 0;
  std::int64_t first_ns = 0;  // births, since 1970
  std::int64_t last_ns = 0;
};

class FoldLines {
 public:
  virtual ~FoldLines() = default;
  FoldLines(const FoldLines&) = delete;
  FoldLines& operator=(const FoldLines&) = delete;
  // Returns the number that the line got.
  virtual Result<std::uint64_t> write_held(const HeldLine& line) = 0;
  virtual Result<void> write_repeat(const Repeat& repeat) = 0;

 protected:
  FoldLines() = default;
};

class Fold {
 public:
  static constexpr std::uint64_t kWindowNs = 60'000'000'000;  // from the written life's birth
  static constexpr std::uint64_t kLifeNs = 10'000'000'000;
  static constexpr std::size_t kHeldBytesMax = std::size_t{4} << 20;

  // `lines` outlives it.
  explicit Fold(FoldLines& lines) : lines_(lines) {}

  // Whether the record's line is to be held. Writes what must stand before it where it isn't. Then, before
  // the next record, either of the following two.
  Result<bool> holds(const ProcessRecord& record);
  Result<void> hold(const ProcessRecord& record, HeldLine line);
  void wrote(const ProcessRecord& record, std::uint64_t seq);
  // The line can't be held: writes those held of the process and of its group.
  Result<void> release(const ProcessRecord& record);
  // A line about a process, which belongs to those of its life.
  enum class Life { written, held, counted };
  [[nodiscard]] Life life_of(const ProcKey& process) const;
  // Of one that is held: the line shares its fate.
  Result<void> hold(const ProcKey& process, HeldLine line);

  // All held lines, then all repeats. What comes next is written again.
  Result<void> flush();
  // What is due by then, boot time.
  Result<void> expire(std::uint64_t now_ns);
  [[nodiscard]] std::uint64_t due_ns() const;
  // Bytes that flush() writes at most.
  [[nodiscard]] std::size_t pending_bytes() const;

 private:
  static constexpr std::size_t kOriginalsMax = 4;     // of one signature
  static constexpr std::size_t kSignatureMax = 4096;  // a longer command line does not fold
  static constexpr std::size_t kTrackedBytesMax = std::size_t{8} << 20;
  static constexpr std::size_t kTrackedBytes = 128;  // of one, beside its signature
  static constexpr std::size_t kRepeatLineMax = 640;
  static constexpr std::size_t kCountedMax = 4096;  // lives that are remembered as counted

  struct KeyHash {
    std::size_t operator()(const ProcKey& key) const {
      return static_cast<std::size_t>(key.start_ns * 31 + key.pid);
    }
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  // A life that was written, for others to repeat.
  struct Original {
    ProcKey life;
    ProcKey creator;
    std::uint64_t born_ns = 0;
    Repeat repeat;
  };
  // By signature. Of one signature there may be several that differ in what they started: a shell's forks.
  using Originals = std::unordered_map<std::string, std::list<Original>, TextHash, std::equal_to<>>;

  // A process whose lines have been written, and that has not ended.
  struct Written {
    ProcKey creator;
    std::string signature;  // empty: it does not fold
    std::uint64_t born_ns = 0;
    std::uint64_t seq = 0;  // of its last exec line, or of its fork line
    bool has_children = false;
  };

  struct Group;
  // A process whose lines are held.
  struct Member {
    std::list<Group>::iterator group;
    ProcKey creator;
    ProcKey repeated_creator;  // the same, or the life that the creator repeats
    std::string signature;
    Original* original = nullptr;  // null: forked, and not known to repeat any as long as it executes nothing
    std::uint64_t born_ns = 0;
    std::int64_t born_realtime_ns = 0;
    std::uint64_t execs = 0;
    std::uint64_t runtime_ns = 0;
    std::uint64_t seq = 0;
    std::uint32_t children = 0;
    bool failed = false;
    bool ended = false;
  };
  struct GroupLine {
    HeldLine line;
    ProcKey of;
    bool begins_image;
  };
  struct Group {
    std::uint64_t born_ns = 0;
    std::vector<GroupLine> lines;
    std::vector<ProcKey> members;
    std::size_t living = 0;
  };
  using Members = std::unordered_map<ProcKey, Member, KeyHash>;

  Result<bool> holds_birth(const ProcessRecord& record);
  Result<bool> holds_exec(const ProcessRecord& record, Member& member);
  bool choose_by_child(Member& child, const ProcessRecord& record);
  Member& add_member(const ProcessRecord& record);
  void add_line(Member& member, GroupLine line);
  Result<void> bound_held();
  void note_counted(const ProcKey& life);
  Result<void> write_group(std::list<Group>::iterator group);
  void count_group(std::list<Group>::iterator group);
  void forget_group(std::list<Group>::iterator group);
  void add_original(const ProcKey& life, const Written& written, std::uint64_t now_ns);
  Result<void> end_first_original();
  [[nodiscard]] Original* find_original(std::string_view signature, std::uint64_t born_ns,
                                        bool with_children = false);
  void track(const ProcKey& life, Written written);
  Written untrack(std::unordered_map<ProcKey, Written, KeyHash>::iterator written);
  void forget_old(std::uint64_t now_ns);
  // Sets signature_ to what makes a life the same as another; empty: nothing does.
  void sign(const ProcKey& creator, const ProcessRecord& record);

  FoldLines& lines_;
  Originals originals_;
  struct Window {
    const std::string* signature;
    const Original* original;
  };
  std::multimap<std::uint64_t, Window> windows_;                  // by their ends
  std::unordered_map<ProcKey, std::uint32_t, KeyHash> creators_;  // of how many originals
  std::unordered_map<ProcKey, Written, KeyHash> written_;
  std::deque<std::pair<std::uint64_t, ProcKey>> written_by_birth_;
  std::size_t tracked_bytes_ = 0;  // of originals_ and written_
  std::size_t repeated_ = 0;       // of originals_
  std::list<Group> groups_;        // by birth
  Members members_;
  std::size_t held_bytes_ = 0;
  std::unordered_set<ProcKey, KeyHash> counted_;
  std::deque<ProcKey> counted_in_order_;
  // What holds() found out about a birth, for hold().
  ProcKey birth_creator_;  // the life that the creator repeats, or the creator
  std::list<Group>::iterator birth_group_;
  std::string signature_;
};

}  // namespace proctree
