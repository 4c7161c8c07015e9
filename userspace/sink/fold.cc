// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "sink/fold.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/try.hpp"
#include "tree/container.hpp"
#include "tree/lineage.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

template <class Number>
void append_bytes(std::string& out, Number number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

ProcKey creator_key(const ProcessRecord& record) {
  return creator_of(*record.head.table, record.slot).value_or(ProcKey{});
}

const ProcKey& key_of(const ProcessRecord& record) { return record.task->self; }

}  // namespace

void Fold::sign(const ProcKey& creator, const ProcessRecord& record) {
  const TaskFacts& task = *record.task;
  signature_.clear();
  if (creator.start_ns == 0 || !has_proc_facts(task) || task.cgroup_truncated) return;
  const ImageFacts* image = record.image;
  if (image == nullptr) {
    // The creator's own image, so that its number in the creator says which.
    if (task.exec_seq == kUnknownSeq) return;
    signature_ += 'f';
    append_bytes(signature_, task.exec_seq);
  } else {
    const bool whole = image->args_known && !image->exe_truncated && image->args_size <= image->args.size();
    if (!whole || image->args.size() + image->exe.size() > kSignatureMax) return;
    signature_ += 'e';
    append_bytes(signature_, image->exe_inode);
    append_bytes(signature_, image->exe_dev);
    append_bytes(signature_, image->exe.size());
    append_bytes(signature_, image->args.size());
    signature_ += image->exe;
    signature_ += image->args;
  }
  append_bytes(signature_, creator.pid);
  append_bytes(signature_, creator.start_ns);
  append_bytes(signature_, task.uid);
  append_bytes(signature_, task.euid);
  signature_ += container_of(task.cgroup).id();
}

Fold::Original* Fold::find_original(std::string_view signature, std::uint64_t born_ns, bool with_children) {
  if (signature.empty()) return nullptr;
  const auto found = originals_.find(signature);
  if (found == originals_.end()) return nullptr;
  for (Original& original : found->second) {
    if (born_ns <= original.born_ns + kWindowNs && (!with_children || creators_.contains(original.life)))
      return &original;
  }
  return nullptr;
}

Result<bool> Fold::holds(const ProcessRecord& record) {
  PROCTREE_CHECK(expire(record.head.ktime_ns));
  if (record.kind == RecordKind::fork) return holds_birth(record);
  const auto found = members_.find(key_of(record));
  if (found == members_.end()) return false;
  Member& member = found->second;
  if (record.kind == RecordKind::exec) return holds_exec(record, member);
  if (record.kind == RecordKind::exit && member.original != nullptr) return true;
  PROCTREE_CHECK(write_group(member.group));
  return false;
}

Result<bool> Fold::holds_birth(const ProcessRecord& record) {
  birth_creator_ = creator_key(record);
  birth_group_ = groups_.end();
  if (const auto found = members_.find(birth_creator_); found != members_.end()) {
    Member& creator = found->second;
    const auto group = creator.group;
    if (creator.children == 0 && creator.original != nullptr)
      creator.original = find_original(creator.signature, creator.born_ns, true);
    if (creator.original != nullptr && creators_.contains(creator.original->life)) {
      ++creator.children;
      birth_creator_ = creator.original->life;
      birth_group_ = group;
      return true;
    }
    PROCTREE_CHECK(write_group(group));
  }
  return creators_.contains(birth_creator_);
}

Result<bool> Fold::holds_exec(const ProcessRecord& record, Member& member) {
  sign(member.repeated_creator, record);
  Original* original = find_original(signature_, member.born_ns);
  if (original == nullptr && choose_by_child(member, record)) return true;
  if (original == nullptr || (member.children != 0 && original != member.original)) {
    PROCTREE_CHECK(write_group(member.group));
    return false;
  }
  member.original = original;
  member.signature = signature_;
  return true;
}

// Which of several lives that began alike its creator repeats, the first program that it starts tells.
bool Fold::choose_by_child(Member& child, const ProcessRecord& record) {
  const auto found = members_.find(child.creator);
  if (found == members_.end() || found->second.children != 1 || child.children != 0) return false;
  Member& creator = found->second;
  const auto alike = originals_.find(creator.signature);
  if (alike == originals_.end()) return false;
  for (Original& candidate : alike->second) {
    if (creator.born_ns > candidate.born_ns + kWindowNs) continue;
    sign(candidate.life, record);
    Original* original = find_original(signature_, child.born_ns);
    if (original == nullptr) continue;
    creator.original = &candidate;
    child.repeated_creator = candidate.life;
    child.original = original;
    child.signature = signature_;
    return true;
  }
  return false;
}

Fold::Member& Fold::add_member(const ProcessRecord& record) {
  if (birth_group_ == groups_.end()) {
    groups_.push_back({});
    birth_group_ = std::prev(groups_.end());
    birth_group_->born_ns = record.head.ktime_ns;
  }
  birth_group_->members.push_back(key_of(record));
  ++birth_group_->living;
  Member& member = members_[key_of(record)];
  member = {};
  member.group = birth_group_;
  member.creator = creator_key(record);
  member.repeated_creator = birth_creator_;
  member.born_ns = record.head.ktime_ns;
  member.born_realtime_ns = record.head.realtime_ns;
  sign(member.repeated_creator, record);
  member.signature = signature_;
  member.original = find_original(signature_, member.born_ns);
  return member;
}

Result<void> Fold::hold(const ProcessRecord& record, HeldLine line) {
  const bool is_birth = record.kind == RecordKind::fork;
  Member& member = is_birth ? add_member(record) : members_.find(key_of(record))->second;
  const auto group = member.group;
  add_line(member, {std::move(line), key_of(record), record.kind != RecordKind::exit});
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

Result<void> Fold::hold(const ProcKey& process, HeldLine line) {
  add_line(members_.find(process)->second, {std::move(line), process, false});
  return bound_held();
}

void Fold::add_line(Member& member, GroupLine line) {
  held_bytes_ += line.line.text.size();
  member.group->lines.push_back(std::move(line));
}

Result<void> Fold::bound_held() {
  while (held_bytes_ > kHeldBytesMax) PROCTREE_CHECK(write_group(groups_.begin()));
  return {};
}

// What comes late of a life may come when it has been counted.
void Fold::note_counted(const ProcKey& life) {
  if (counted_in_order_.size() == kCountedMax) {
    counted_.erase(counted_in_order_.front());
    counted_in_order_.pop_front();
  }
  if (counted_.insert(life).second) counted_in_order_.push_back(life);
}

void Fold::count_group(std::list<Group>::iterator group) {
  for (const ProcKey& key : group->members) {
    note_counted(key);
    const Member& member = members_.find(key)->second;
    Repeat& repeat = member.original->repeat;
    repeat.first_ns =
        repeat.forks == 0 ? member.born_realtime_ns : std::min(repeat.first_ns, member.born_realtime_ns);
    repeat.last_ns =
        repeat.forks == 0 ? member.born_realtime_ns : std::max(repeat.last_ns, member.born_realtime_ns);
    if (repeat.forks++ == 0) ++repeated_;
    repeat.execs += member.execs;
    ++repeat.exits;
    repeat.failures += member.failed ? 1 : 0;
    repeat.runtime_ns += member.runtime_ns;
  }
  forget_group(group);
}

void Fold::forget_group(std::list<Group>::iterator group) {
  for (const GroupLine& held : group->lines) held_bytes_ -= held.line.text.size();
  for (const ProcKey& key : group->members) members_.erase(key);
  groups_.erase(group);
}

Result<void> Fold::write_group(std::list<Group>::iterator group) {
  std::uint64_t latest_ns = group->born_ns;
  for (const GroupLine& held : group->lines) {
    const std::uint64_t seq = PROCTREE_TRY(lines_.write_held(held.line));
    latest_ns = held.line.moment.ktime_ns;
    if (held.begins_image) members_.find(held.of)->second.seq = seq;
  }
  for (const ProcKey& key : group->members) {
    Member& member = members_.find(key)->second;
    Written written{member.creator, {}, member.born_ns, member.seq, member.children != 0};
    // A creator that was to repeat another has been written now: the signature names the other.
    if (member.creator == member.repeated_creator) written.signature = std::move(member.signature);
    if (!member.ended) {
      track(key, std::move(written));
    } else {
      add_original(key, written, latest_ns);
    }
  }
  forget_group(group);
  return {};
}

Result<void> Fold::release(const ProcessRecord& record) {
  const auto found = members_.find(key_of(record));
  if (found != members_.end()) return write_group(found->second.group);
  if (record.kind == RecordKind::fork && birth_group_ != groups_.end()) return write_group(birth_group_);
  return {};
}

void Fold::wrote(const ProcessRecord& record, std::uint64_t seq) {
  const ProcKey& key = key_of(record);
  if (record.kind == RecordKind::fork) {
    const ProcKey creator = creator_key(record);
    sign(creator, record);
    if (const auto parent = written_.find(creator); parent != written_.end())
      parent->second.has_children = true;
    return track(key, {creator, signature_, record.head.ktime_ns, seq});
  }
  const auto found = written_.find(key);
  if (found == written_.end()) return;
  Written written = untrack(found);
  if (record.kind == RecordKind::exit) return add_original(key, written, record.head.ktime_ns);
  if (record.kind == RecordKind::exec) {
    sign(written.creator, record);
    written.signature = signature_;
    written.seq = seq;
  }
  track(key, std::move(written));
}

void Fold::track(const ProcKey& life, Written written) {
  const std::size_t bytes = kTrackedBytes + written.signature.size();
  if (tracked_bytes_ + bytes > kTrackedBytesMax) return;
  tracked_bytes_ += bytes;
  written_by_birth_.emplace_back(written.born_ns, life);
  written_.insert_or_assign(life, std::move(written));
}

Fold::Written Fold::untrack(std::unordered_map<ProcKey, Written, KeyHash>::iterator at) {
  Written written = std::move(at->second);
  written_.erase(at);
  tracked_bytes_ -= kTrackedBytes + written.signature.size();
  return written;
}

// What lives longer than the window can't be repeated any more.
void Fold::forget_old(std::uint64_t now_ns) {
  while (!written_by_birth_.empty() && written_by_birth_.front().first + kWindowNs <= now_ns) {
    const auto found = written_.find(written_by_birth_.front().second);
    if (found != written_.end()) untrack(found);
    written_by_birth_.pop_front();
  }
}

void Fold::add_original(const ProcKey& life, const Written& written, std::uint64_t now_ns) {
  if (written.signature.empty() || written.seq == 0 || now_ns >= written.born_ns + kWindowNs ||
      tracked_bytes_ + kTrackedBytes + written.signature.size() > kTrackedBytesMax)
    return;
  auto& alike = originals_[written.signature];
  if (alike.size() == kOriginalsMax || (!alike.empty() && !written.has_children)) return;
  alike.push_back({life, written.creator, written.born_ns, {.of = written.seq}});
  tracked_bytes_ += kTrackedBytes + written.signature.size();
  ++creators_[written.creator];
  const auto& signature = originals_.find(written.signature)->first;
  windows_.emplace(written.born_ns + kWindowNs, Window{&signature, &alike.back()});
}

Result<void> Fold::end_first_original() {
  const Original* const ending = windows_.begin()->second.original;
  const std::string signature = *windows_.begin()->second.signature;  // its own copy is gone before the end
  windows_.erase(windows_.begin());
  for (auto group = groups_.begin(); group != groups_.end();) {
    const auto next = std::next(group);
    const bool uses = std::ranges::any_of(
        group->members, [&](const ProcKey& key) { return members_.find(key)->second.original == ending; });
    if (uses) PROCTREE_CHECK(write_group(group));
    group = next;
  }
  const Repeat repeat = ending->repeat;
  const auto creator = creators_.find(ending->creator);
  if (--creator->second == 0) creators_.erase(creator);
  tracked_bytes_ -= kTrackedBytes + signature.size();
  const auto alike = originals_.find(signature);
  alike->second.remove_if([&](const Original& original) { return &original == ending; });
  if (alike->second.empty()) originals_.erase(alike);
  if (repeat.forks == 0) return {};
  --repeated_;
  return lines_.write_repeat(repeat);
}

Result<void> Fold::expire(std::uint64_t now_ns) {
  while (!groups_.empty() && groups_.front().born_ns + kLifeNs <= now_ns)
    PROCTREE_CHECK(write_group(groups_.begin()));
  while (!windows_.empty() && windows_.begin()->first <= now_ns) PROCTREE_CHECK(end_first_original());
  forget_old(now_ns);
  return {};
}

Result<void> Fold::flush() {
  while (!groups_.empty()) PROCTREE_CHECK(write_group(groups_.begin()));
  while (!windows_.empty()) PROCTREE_CHECK(end_first_original());
  return {};
}

std::uint64_t Fold::due_ns() const {
  const std::uint64_t group = groups_.empty() ? kNever : groups_.front().born_ns + kLifeNs;
  return std::min(group, windows_.empty() ? kNever : windows_.begin()->first);
}

std::size_t Fold::pending_bytes() const { return held_bytes_ + repeated_ * kRepeatLineMax; }

}  // namespace proctree
