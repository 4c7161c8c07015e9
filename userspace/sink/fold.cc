// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/fold.hpp"

#include <algorithm>
#include <limits>

#include "base/try.hpp"
#include "tree/lineage.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

ProcKey creator_key(const ProcessRecord& record) {
  return creator_of(*record.head.table, record.slot).value_or(ProcKey{});
}

const ProcKey& key_of(const ProcessRecord& record) { return record.task->self; }

}  // namespace

const LifeSignature& Fold::program_of(const ProcessRecord& record) {
  if (!program_) program_ = signer_.sign(record);
  return *program_;
}

Result<bool> Fold::holds(const ProcessRecord& record) {
  program_.reset();
  PROCTREE_CHECK(expire(record.head.ktime_ns));
  if (record.kind == RecordKind::fork) return holds_birth(record);
  const auto found = members_.find(key_of(record));
  if (found == members_.kNone) return false;
  Member& member = members_[found];
  if (record.kind == RecordKind::exec) return holds_exec(record, member);
  if (record.kind == RecordKind::exit && member.original != kNone) return true;
  PROCTREE_CHECK(write_group(member.group));
  return false;
}

Result<bool> Fold::holds_birth(const ProcessRecord& record) {
  birth_creator_ = creator_key(record);
  birth_group_ = groups_.end();
  if (const auto found = members_.find(birth_creator_); found != members_.kNone) {
    Member& creator = members_[found];
    const auto group = creator.group;
    if (creator.children == 0 && creator.original != kNone)
      repeat_original(creator, written_.find_original(creator.signature, creator.born_ns, true));
    if (creator.original != kNone && written_.is_creator(written_[creator.original].process)) {
      ++creator.children;
      birth_creator_ = written_[creator.original].process;
      birth_group_ = group;
      return true;
    }
    PROCTREE_CHECK(write_group(group));
  }
  return written_.is_creator(birth_creator_);
}

Result<bool> Fold::holds_exec(const ProcessRecord& record, Member& member) {
  const LifeSignature& program = program_of(record);
  const LifeSignature signature = LifeSigner::sign(program, member.repeated_creator);
  const OriginalId original = written_.find_original(signature, member.born_ns);
  if (original == kNone && choose_by_child(member, program)) return true;
  if (original == kNone || (member.children != 0 && original != member.original)) {
    PROCTREE_CHECK(write_group(member.group));
    return false;
  }
  repeat_original(member, original);
  member.signature = signature;
  return true;
}

// Which of several lives that began alike its creator repeats shows in the first program that it starts.
bool Fold::choose_by_child(Member& child, const LifeSignature& program) {
  const auto found = members_.find(child.creator);
  if (found == members_.kNone || members_[found].children != 1 || child.children != 0) return false;
  Member& creator = members_[found];
  for (const OriginalId candidate : written_.originals(creator.signature, creator.born_ns)) {
    const ProcKey& repeated = written_[candidate].process;
    const LifeSignature signature = LifeSigner::sign(program, repeated);
    const OriginalId original = written_.find_original(signature, child.born_ns);
    if (original == kNone) continue;
    child.repeated_creator = repeated;
    child.signature = signature;
    repeat_original(child, original);
    repeat_original(creator, candidate);
    return true;
  }
  return false;
}

// From now on the original is due at the end of its window.
void Fold::repeat_original(Member& member, OriginalId original) {
  member.original = original;
  if (original == kNone || written_[original].in_use) return;
  WrittenLife& life = written_[original];
  life.in_use = true;
  Repeat repeat;
  repeat.of = life.seq;
  repeats_.emplace(std::pair(life.born_ns + kWindowNs, original), repeat);
}

Fold::Repeats::iterator Fold::repeat_of(OriginalId original) {
  return repeats_.find({written_[original].born_ns + kWindowNs, original});
}

// A spare one has its memory already.
Fold::GroupAt Fold::add_group(std::uint64_t born_ns) {
  if (spare_groups_.empty()) {
    groups_.emplace_back();
  } else {
    groups_.splice(groups_.end(), spare_groups_, spare_groups_.begin());
  }
  const auto group = std::prev(groups_.end());
  group->born_ns = born_ns;
  return group;
}

Fold::Members::Id Fold::add_member(const ProcessRecord& record) {
  if (birth_group_ == groups_.end()) birth_group_ = add_group(record.head.ktime_ns);
  const Members::Id id = members_.add(key_of(record));
  birth_group_->members.push_back(id);
  ++birth_group_->living;
  Member& member = members_[id];
  member.group = birth_group_;
  member.creator = creator_key(record);
  member.repeated_creator = birth_creator_;
  member.born_ns = record.head.ktime_ns;
  member.born_realtime_ns = record.head.realtime_ns;
  member.signature = LifeSigner::sign(program_of(record), member.repeated_creator);
  repeat_original(member, written_.find_original(member.signature, member.born_ns));
  return id;
}

Result<void> Fold::hold(const ProcessRecord& record, const HeldLine& line) {
  const Members::Id id = record.kind == RecordKind::fork ? add_member(record) : members_.find(key_of(record));
  Member& member = members_[id];
  const auto group = member.group;
  add_line(id, line, record.kind != RecordKind::exit);
  if (record.kind == RecordKind::exec) ++member.execs;
  if (record.kind == RecordKind::exit) {
    member.ended = true;
    member.failed = record.exit != nullptr && record.exit->status != 0;
    member.runtime_ns = record.head.ktime_ns - std::min(record.head.ktime_ns, record.task->self.start_ns);
    if (--group->living == 0) count_group(group);
  }
  return bound_held();
}

Fold::Life Fold::life_of(const ProcKey& process) const {
  if (members_.contains(process)) return Life::held;
  return counted_.contains(process) ? Life::counted : Life::written;
}

Result<void> Fold::hold(const ProcKey& process, const HeldLine& line) {
  add_line(members_.find(process), line, false);
  return bound_held();
}

void Fold::add_line(Members::Id of, const HeldLine& line, bool begins_image) {
  Group& group = *members_[of].group;
  held_bytes_ += line.text.size();
  group.lines.push_back({line, group.text.size(), line.text.size(), of, begins_image});
  group.text += line.text;
}

Result<void> Fold::bound_held() {
  while (held_bytes_ > kHeldBytesMax) PROCTREE_CHECK(write_group(groups_.begin()));
  return {};
}

void Fold::count_group(GroupAt group) {
  for (const Members::Id id : group->members) {
    counted_.add(members_.process(id));
    const Member& member = members_[id];
    Repeat& repeat = repeat_of(member.original)->second;
    if (repeat.forks == 0) {
      ++repeated_;
      repeat.first_ns = repeat.last_ns = member.born_realtime_ns;
    }
    repeat.first_ns = std::min(repeat.first_ns, member.born_realtime_ns);
    repeat.last_ns = std::max(repeat.last_ns, member.born_realtime_ns);
    ++repeat.forks;
    repeat.execs += member.execs;
    ++repeat.exits;
    repeat.failures += member.failed ? 1 : 0;
    repeat.runtime_ns += member.runtime_ns;
  }
  forget_group(group);
}

void Fold::forget_group(GroupAt group) {
  held_bytes_ -= group->text.size();
  for (const Members::Id id : group->members) members_.erase(id);
  if (spare_groups_.size() == kSpareGroupsMax || group->text.capacity() > kSpareTextMax) {
    groups_.erase(group);
    return;
  }
  group->text.clear();
  group->lines.clear();
  group->members.clear();
  group->living = 0;
  spare_groups_.splice(spare_groups_.begin(), groups_, group);
}

Result<void> Fold::write_group(GroupAt group) {
  std::uint64_t latest_ns = group->born_ns;
  for (GroupLine& held : group->lines) {
    held.line.text = std::string_view(group->text).substr(held.begin, held.size);
    const std::uint64_t seq = PROCTREE_TRY(lines_.write_held(held.line));
    latest_ns = held.line.moment.ktime_ns;
    if (held.begins_image) members_[held.of].seq = seq;
  }
  for (const Members::Id id : group->members) {
    const Member& member = members_[id];
    WrittenLife life;
    life.process = members_.process(id);
    life.creator = member.creator;
    // A creator that was expected to repeat another has been written now: the signature names the other.
    if (member.creator == member.repeated_creator) life.signature = member.signature;
    life.born_ns = member.born_ns;
    life.seq = member.seq;
    life.has_children = member.children != 0;
    if (member.ended) {
      written_.add_ended(life, latest_ns);
    } else {
      written_.add_running(life);
    }
  }
  forget_group(group);
  return {};
}

Result<void> Fold::release(const ProcessRecord& record) {
  const auto found = members_.find(key_of(record));
  if (found != members_.kNone) return write_group(members_[found].group);
  if (record.kind == RecordKind::fork && birth_group_ != groups_.end()) return write_group(birth_group_);
  return {};
}

void Fold::wrote(const ProcessRecord& record, std::uint64_t seq) {
  const ProcKey& key = key_of(record);
  if (record.kind == RecordKind::fork) {
    const ProcKey creator = creator_key(record);
    if (const auto parent = written_.find_running(creator); parent != kNone)
      written_[parent].has_children = true;
    WrittenLife life;
    life.process = key;
    life.creator = creator;
    life.signature = LifeSigner::sign(program_of(record), creator);
    life.born_ns = record.head.ktime_ns;
    life.seq = seq;
    written_.add_running(life);
    return;
  }
  const auto found = written_.find_running(key);
  if (found == kNone) return;
  if (record.kind == RecordKind::exit) return written_.end_running(found, record.head.ktime_ns);
  if (record.kind == RecordKind::exec) {
    WrittenLife& life = written_[found];
    life.signature = LifeSigner::sign(program_of(record), life.creator);
    life.seq = seq;
  }
}

Result<void> Fold::end_first_original() {
  const OriginalId ending = repeats_.begin()->first.second;
  for (auto group = groups_.begin(); group != groups_.end();) {
    const auto next = std::next(group);
    const bool uses =
        std::ranges::any_of(group->members, [&](Members::Id id) { return members_[id].original == ending; });
    if (uses) PROCTREE_CHECK(write_group(group));
    group = next;
  }
  const Repeat repeat = repeats_.begin()->second;
  repeats_.erase(repeats_.begin());
  written_.remove_original(ending);
  if (repeat.forks == 0) return {};
  --repeated_;
  return lines_.write_repeat(repeat);
}

Result<void> Fold::expire(std::uint64_t now_ns) {
  while (!groups_.empty() && groups_.front().born_ns + kLifeNs <= now_ns)
    PROCTREE_CHECK(write_group(groups_.begin()));
  while (!repeats_.empty() && repeats_.begin()->first.first <= now_ns) PROCTREE_CHECK(end_first_original());
  written_.forget_old(now_ns);
  return {};
}

Result<void> Fold::flush() {
  while (!groups_.empty()) PROCTREE_CHECK(write_group(groups_.begin()));
  while (!repeats_.empty()) PROCTREE_CHECK(end_first_original());
  written_.forget_written();
  return {};
}

std::uint64_t Fold::due_ns() const {
  const std::uint64_t group = groups_.empty() ? kNever : groups_.front().born_ns + kLifeNs;
  return std::min(group, repeats_.empty() ? kNever : repeats_.begin()->first.first);
}

std::size_t Fold::pending_bytes() const { return held_bytes_ + repeated_ * kRepeatLineMax; }

}  // namespace proctree
