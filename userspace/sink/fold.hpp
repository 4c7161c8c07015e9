// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Folds lives that repeat: the first is written, and the same ones that follow are counted in a `repeat`
// line. Decides which lines are written, and when; not how.
//
// A life is the same as a written one where executable, arguments, user, container and creator are: the same
// creator, or one that itself repeats the creator of the written life. Only whole lives are counted, that
// ended within kLifeNs and all of whose children are counted too. So a process that may repeat is held back,
// with all that descends from it (a group), until it is known: the group is counted or written, as a whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/record.hpp"
#include "sink/by_process.hpp"
#include "sink/json_lines.hpp"
#include "sink/life_signature.hpp"
#include "sink/recent_processes.hpp"
#include "sink/written_lives.hpp"

namespace proctree {

// A line whose number is still to be set, at [seq_begin, seq_end) of its text.
struct HeldLine {
  std::string_view text;
  std::size_t seq_begin = 0;
  std::size_t seq_end = 0;
  LineMoment moment;
  LineTotals totals;
};

// The totals of the lives counted for the line numbered `of`.
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
  static constexpr std::uint64_t kWindowNs = WrittenLives::kWindowNs;
  static constexpr std::uint64_t kLifeNs = 10'000'000'000;
  static constexpr std::size_t kHeldBytesMax = std::size_t{4} << 20;

  // `lines` outlives it.
  explicit Fold(FoldLines& lines) : lines_(lines) {}

  // Whether the record's line is to be held. If not, writes what must come before it. Then, before the next
  // record, either of the following two.
  Result<bool> holds(const ProcessRecord& record);
  // Copies the line.
  Result<void> hold(const ProcessRecord& record, const HeldLine& line);
  void wrote(const ProcessRecord& record, std::uint64_t seq);
  // The line can't be held: writes those held of the process and of its group.
  Result<void> release(const ProcessRecord& record);
  // A line about a process, which belongs to those of its life.
  enum class Life { written, held, counted };
  [[nodiscard]] Life life_of(const ProcKey& process) const;
  // Of a held one: the line is written or counted with it.
  Result<void> hold(const ProcKey& process, const HeldLine& line);

  // All held lines, then all repeats. What comes next is written again.
  Result<void> flush();
  // What is due by then, boot time.
  Result<void> expire(std::uint64_t now_ns);
  [[nodiscard]] std::uint64_t due_ns() const;
  // Bytes that flush() writes at most.
  [[nodiscard]] std::size_t pending_bytes() const;

 private:
  static constexpr std::size_t kRepeatLineMax = 640;
  static constexpr std::size_t kSpareGroupsMax = 64;
  static constexpr std::size_t kSpareTextMax = std::size_t{16} << 10;

  using OriginalId = WrittenLives::Id;
  static constexpr OriginalId kNone = WrittenLives::kNone;
  struct Group;
  using GroupAt = std::list<Group>::iterator;
  // A process whose lines are held.
  struct Member {
    GroupAt group;
    ProcKey creator;
    ProcKey repeated_creator;  // the same, or the life that the creator repeats
    LifeSignature signature;
    OriginalId original = kNone;  // none: forked, and not known to repeat any as long as it executes nothing
    std::uint64_t born_ns = 0;
    std::int64_t born_realtime_ns = 0;
    std::uint64_t execs = 0;
    std::uint64_t runtime_ns = 0;
    std::uint64_t seq = 0;
    std::uint32_t children = 0;
    bool failed = false;
    bool ended = false;
  };
  using Members = ByProcess<Member>;
  struct GroupLine {
    HeldLine line;  // without its text, which is the group's from `begin` on
    std::size_t begin;
    std::size_t size;
    Members::Id of;
    bool begins_image;
  };
  struct Group {
    std::uint64_t born_ns = 0;
    std::string text;
    std::vector<GroupLine> lines;
    std::vector<Members::Id> members;
    std::size_t living = 0;
  };
  // By the end of the original's window.
  using Repeats = std::map<std::pair<std::uint64_t, OriginalId>, Repeat>;

  Result<bool> holds_birth(const ProcessRecord& record);
  Result<bool> holds_exec(const ProcessRecord& record, Member& member);
  bool choose_by_child(Member& child, const LifeSignature& program);
  Members::Id add_member(const ProcessRecord& record);
  GroupAt add_group(std::uint64_t born_ns);
  void add_line(Members::Id of, const HeldLine& line, bool begins_image);
  Result<void> bound_held();
  Result<void> write_group(GroupAt group);
  void count_group(GroupAt group);
  void forget_group(GroupAt group);
  void repeat_original(Member& member, OriginalId original);
  [[nodiscard]] Repeats::iterator repeat_of(OriginalId original);
  Result<void> end_first_original();
  [[nodiscard]] const LifeSignature& program_of(const ProcessRecord& record);

  FoldLines& lines_;
  LifeSigner signer_;
  WrittenLives written_;
  Repeats repeats_;           // of originals in use
  std::size_t repeated_ = 0;  // of which something has been counted
  std::list<Group> groups_;   // by birth
  std::list<Group> spare_groups_;
  Members members_;
  std::size_t held_bytes_ = 0;
  RecentProcesses counted_;  // what comes late of a life may come when it has been counted
  // What holds() found out about a record, for hold() or wrote().
  std::optional<LifeSignature> program_;
  ProcKey birth_creator_;  // the life that the creator repeats, or the creator
  GroupAt birth_group_;
};

}  // namespace proctree
