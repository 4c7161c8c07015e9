// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "replay/recorded_tree.hpp"

#include <algorithm>
#include <utility>

#include "tree/script.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kExpireEvery = 1024;  // lines

}  // namespace

// Streams of one boot that come together out of order are apart by less than this.
bool RecordedTree::is_another_boot(const RecordedLine& line) const {
  constexpr std::uint64_t kOutOfOrderNs = 1'000'000'000;
  return line.boot_id != boot_id_ ||
         (line.ktime_ns < latest_ns_ && latest_ns_ - line.ktime_ns > kOutOfOrderNs);
}

void RecordedTree::begin_stream(const RecordedLine& start) {
  continue_stream(start);
  awaits_snapshot_ = true;
}

void RecordedTree::continue_stream(const RecordedLine& segment) {
  if (is_another_boot(segment)) {
    begin_table();
    living_.clear();
    latest_ns_ = 0;
    awaits_snapshot_ = false;
  }
  boot_id_ = segment.boot_id;
}

void RecordedTree::end_all(std::uint64_t ktime_ns) {
  for (const Slot slot : living_) {
    if ((*table_)[slot].used) table_->mark_exited(slot, ktime_ns);
  }
  living_.clear();
}

// It lives from now on. Entries of ended processes, and double ones of reused slots, are removed when the
// list has become twice as long as needed.
void RecordedTree::note_living(Slot slot) {
  living_.push_back(slot);
  if (living_.size() < 2 * table_->live() + kExpireEvery) return;
  std::ranges::sort(living_);
  living_.erase(std::unique(living_.begin(), living_.end()), living_.end());  // not ranges': clang 14
  std::erase_if(living_, [this](Slot at) { return !(*table_)[at].used || (*table_)[at].exited; });
}

void RecordedTree::resurrect(Slot slot) {
  table_->resurrect(slot);
  note_living(slot);
}

void RecordedTree::forget(std::uint64_t ktime_ns) {
  // A single line may have a lineage as long as itself, and the next ones may reverse it again and again.
  table_->compact_runs();
  if (++lines_ % kExpireEvery == 0) table_->expire(ktime_ns);
  table_->enforce_budget();
}

void RecordedTree::forget_history() {
  for (Slot slot = table_->oldest(Evidence::ended); slot != kNoSlot; slot = table_->oldest(Evidence::ended))
    table_->remove(slot);
}

// A process of unknown start time: the newest process with the pid that has not ended.
Slot RecordedTree::find_by_pid_alone(std::uint32_t pid) {
  const Slot newest = table_->find(pid);
  const bool same = newest != kNoSlot && (*table_)[newest].start_ns == 0 && !(*table_)[newest].exited;
  return same ? newest : kNoSlot;
}

Slot RecordedTree::find_or_add(const ProcKey& key) {
  const Slot slot = key.start_ns == 0 ? find_by_pid_alone(key.pid) : table_->find_and_refine(key);
  if (slot != kNoSlot) return slot;
  const Slot added =
      key.start_ns == 0 ? table_->insert_next(key) : table_->insert(key, kNoSlot, Edge::inferred);
  if (!(*table_)[added].exited) note_living(added);
  return added;
}

// Of two processes with one id the one that existed before its child.
Slot RecordedTree::find_by_id(const ProcKey& creator, std::uint64_t born_ns) const {
  const bool at_tick = born_ns % kTickNs == 0;
  return table_->find_at_tick(creator, at_tick ? born_ns + kTickNs - 1 : born_ns);
}

// False where that would make a cycle; `slot` is then without a creator.
bool RecordedTree::link(Slot slot, Slot creator, Edge edge) {
  if ((*table_)[slot].creator != creator) cut(slot, 0);
  table_->set_creator(slot, creator, edge);
  return (*table_)[slot].creator == creator;
}

// All that is known of its creator is the pid, or not even that (0).
void RecordedTree::cut(Slot slot, std::uint32_t creator_pid) {
  table_->set_any_creator(slot, kNoSlot, creator_pid);
}

void RecordedTree::set_creator(Slot slot, const RecordedLine& line) {
  if (!line.creator_pid) return cut(slot, 0);
  if (*line.creator_pid == 0) {
    cut(slot, 0);
    return table_->set_root(slot);
  }
  Slot creator = kNoSlot;
  if (line.creator) {
    creator = line.creator_start_ns != 0 ? table_->find_and_refine(*line.creator)
                                         : find_by_id(*line.creator, (*table_)[slot].start_ns);
    if (creator == kNoSlot) creator = table_->insert_placeholder(*line.creator);
  } else {
    creator = find_by_pid_alone(*line.creator_pid);
  }
  if (creator == kNoSlot) return cut(slot, *line.creator_pid);
  link(slot, creator, (*table_)[slot].edge);
}

// A process may rename itself, which no event reports; a child that has its name does.
void RecordedTree::set_creator_name(Slot slot, const RecordedLine& line) {
  const Slot creator = (*table_)[slot].creator;
  if (creator == kNoSlot || (*table_)[creator].image == kNoImage) return;
  if (!has_proc_facts(line.task) && line.task.comm == kUnknownComm) return;  // its name is not reported
  set_image(creator, line.creator_comm.empty() ? line.task.comm : line.creator_comm, table_->exe(creator));
}

// At birth it is what its creator is.
void RecordedTree::inherit(Slot slot) {
  const Slot creator = (*table_)[slot].creator;
  if (creator == kNoSlot) return;
  table_->set_invocation(slot, table_->invocation(creator));
  table_->set_mark(slot, kArgsMark, (table_->marks(creator) & kArgsMark) != 0);
}

void RecordedTree::set_image(Slot slot, std::string_view comm, std::string_view exe, std::uint64_t exec_seq) {
  const Image& image = table_->image((*table_)[slot].image);
  if (exec_seq == kUnknownSeq && image.exe == exe) exec_seq = image.exec_seq;  // under another name, perhaps
  const Image now{comm, exe, exec_seq, table_->uid(slot)};
  if ((*table_)[slot].image == kNoImage || image != now) table_->set_image(slot, now);
}

// Descendants' records have their own part of its arguments. What it interprets is known best here, where all
// of them are.
void RecordedTree::set_invocation(Slot slot, const RecordedLine& line) {
  if (line.kind == RecordKind::exec || line.kind == RecordKind::process)
    table_->set_invocation(slot, invocation_of(line.task, line.image, 0));
}

void RecordedTree::set_invocation(Slot slot, const RecordedAncestor& entry) {
  const Invocation before = table_->invocation(slot);
  Invocation invocation = before;
  invocation.args = entry.args;
  invocation.args_known = entry.args_known;
  invocation.args_truncated = entry.args_truncated;
  invocation.title = entry.title;
  invocation.title_truncated = entry.title_truncated;
  invocation.tty = entry.tty;
  const bool same_program = table_->exe(slot) == entry.exe;
  if (!same_program || (before.script.empty() && before.args != entry.args))
    invocation.script = first_bytes(base_name(script_argument(entry.exe, entry.args)), kScriptMost);
  table_->set_invocation(slot, invocation);
}

// Where none is named it was the present one, or it isn't known.
void RecordedTree::set_image_at_fork(Slot slot, const RecordedAncestor& entry) {
  if (entry.forked_as_comm.empty() && entry.forked_as_exe.empty())
    return table_->set_image_at_fork(slot, kNoImage);
  table_->set_image_at_fork(slot, {entry.forked_as_comm, entry.forked_as_exe, kFormerSeq});
}

void RecordedTree::set_alive(Slot slot, bool alive, std::uint64_t ktime_ns) {
  if (!alive) return table_->mark_exited(slot, ktime_ns);
  if ((*table_)[slot].exited) resurrect(slot);
}

// A process that others only named so far, and that is removed with them: now that it is known it is evicted
// like all others. Returns whether it was one.
bool RecordedTree::see_first(Slot slot) {
  const bool is_placeholder = (*table_)[slot].image == kNoImage && (*table_)[slot].exited;
  if (is_placeholder) resurrect(slot);
  return is_placeholder;
}

// Later lines say what it has become since its image began; of an unobserved one its creator's counts.
void RecordedTree::set_user(Slot slot, const RecordedLine& line, bool known) {
  if (has_proc_facts(line.task)) {
    const bool begins = line.kind != RecordKind::exit && line.kind != RecordKind::failed_exec;
    users_.see(line.task.uid, line.user);
    if (begins || !known) table_->set_uid(slot, line.task.uid);
    if (line.kind == RecordKind::fork) table_->set_uid_at_fork(slot, line.task.uid);
  } else if (const std::uint32_t uid = table_->creator_uid(slot); !known && uid != kUnsetId) {
    table_->set_uid(slot, uid);
  }
}

Slot RecordedTree::apply(const RecordedLine& line) {
  if (line.kind == RecordKind::process && std::exchange(awaits_snapshot_, false)) end_all(line.ktime_ns);
  if (line.kind != RecordKind::process) awaits_snapshot_ = false;

  const TaskFacts& task = line.task;
  const Slot slot = find_or_add(task.self);
  set_alive(slot, true, line.ktime_ns);
  const bool known = (*table_)[slot].image != kNoImage;
  set_image(slot, task.comm, line.image.exe, task.exec_seq);
  set_invocation(slot, line);
  set_creator(slot, line);
  if (line.kind == RecordKind::fork) {
    set_creator_name(slot, line);
    if (!known) inherit(slot);
  }
  set_user(slot, line, known);
  if (!line.chain.empty()) set_lineage(slot, line);
  if (line.kind == RecordKind::exit) table_->mark_exited(slot, line.ktime_ns);
  return slot;
}

void RecordedTree::set_lineage(Slot slot, const RecordedLine& line) {
  RecordedChain chain(line.chain);
  LinkView ignored;
  chain.next(ignored);  // the process itself
  for (const RecordedAncestor& entry : line.ancestors) {
    chain.next(ignored);
    if (!entry.known) {
      const Slot known = entry.self.start_ns == 0 ? kNoSlot : table_->find_and_refine(entry.self);
      if (known == kNoSlot && entry.self.start_ns == 0) return cut(slot, entry.self.pid);
      link(slot, known == kNoSlot ? table_->insert_placeholder(entry.self) : known, entry.edge);
      return;
    }
    const Slot above = find_or_add(entry.self);
    if (!link(slot, above, entry.edge)) return;
    see_first(above);
    set_invocation(above, entry);
    set_image(above, entry.comm, entry.exe);
    set_image_at_fork(slot, entry);
    if (marker_ != nullptr && !entry.forked_as_comm.empty())
      table_->add_own_marks(above,
                            marker_->own_marks(entry.self.pid, entry.forked_as_comm, entry.forked_as_exe));
    table_->set_uid_at_fork(slot, users_.uid_of(entry.user));
    table_->set_uid(above, users_.uid_of(entry.image_user.empty() ? entry.user : entry.image_user));
    table_->set_folded(above, entry.folded);
    set_alive(above, !entry.exited, line.ktime_ns);
    slot = above;
  }
  end_lineage(slot, chain, line.ktime_ns);
}

// Beyond the last of `ancestors`: the chain, which is whole, has names, pids and users. A process not known
// otherwise counts as ended: no line will report its end.
void RecordedTree::end_lineage(Slot last, RecordedChain& chain, std::uint64_t ktime_ns) {
  LinkView next;
  while (chain.next(next)) {
    if (!next.known) return cut(last, next.pid);
    Slot above = (*table_)[last].creator;
    if (above == kNoSlot || (*table_)[above].pid != next.pid) {
      above = table_->find_at({next.pid, (*table_)[last].start_ns});  // when `last` was born
      if (above == kNoSlot) {
        above = table_->insert_next({next.pid, 0});
        table_->mark_exited(above, ktime_ns);
      }
      if (!link(last, above, Edge::inferred)) return;
    }
    const bool ended = see_first(above);
    const std::uint32_t uid = users_.uid_of(next.user);
    table_->set_uid_at_fork(last, uid);
    if (table_->comm(above) != next.cmd) table_->set_image(above, {next.cmd, {}, kUnknownSeq, uid});
    if (ended) table_->mark_exited(above, ktime_ns);
    last = above;
  }
  if (chain.broken()) return;
  cut(last, 0);
  table_->set_root(last);
}

}  // namespace proctree
