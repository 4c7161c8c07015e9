// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "engine/merge.hpp"

#include "tree/title.hpp"

namespace proctree {

namespace {

// Whether the known image is the one that runs. Without numbers, its name and file decide; a zombie has
// no file.
bool is_current(const Image& known, const SnapshotTask& running) {
  if (running.task.exec_seq == kUnknownSeq)
    return known.comm == running.task.comm && (known.exe == running.image.exe || running.task.dead);
  return known.exec_seq != kUnknownSeq && known.exec_seq >= running.task.exec_seq;
}

// Executed since the task was looked at.
bool has_newer(const Image& known, const SnapshotTask& running) {
  return known.exec_seq != kUnknownSeq && running.task.exec_seq != kUnknownSeq &&
         known.exec_seq > running.task.exec_seq;
}

}  // namespace

Slot Merger::add_from_proc(const SnapshotTask& snapshot) {
  const Slot known = table_.find_at_tick(snapshot.task.self);
  SnapshotTask exact = snapshot;
  if (known != kNoSlot) exact.task.self = table_.key(known);
  // /proc has the parent's pid alone; the process that has it now is the parent.
  const Slot parent = table_.find(snapshot.task.parent.pid);
  if (parent != kNoSlot) exact.task.parent = table_.key(parent);
  if (known != kNoSlot && table_[known].image != kNoImage) {
    const Node& node = table_[known];
    if (node.exited || node.root || node.creator != kNoSlot) return kNoSlot;
    link_to_parent(known, exact.task.parent);  // of what a child's fork alone has named
    return known;
  }
  const Slot added = add_snapshot(exact);
  if (snapshot.image.args_known) set_arguments(added, exact.task, snapshot.image);
  return added;
}

Slot Merger::add_snapshot(const SnapshotTask& snapshot) {
  const TaskFacts& task = snapshot.task;
  Slot slot = table_.find_and_refine(task.self);
  if (slot == kNoSlot) slot = table_.insert(task.self, kNoSlot, unobserved_edge_);
  if (table_[slot].image == kNoImage) table_.resurrect(slot);
  set_image(slot, task, snapshot.image);
  if (task.parent.pid == 0 || table_[slot].creator == kNoSlot) link_to_parent(slot, task.parent);
  if (task.dead) end(slot, task, snapshot.ktime_ns);
  return slot;
}

// Once the parent is in, too.
void Merger::link_to_parent(Slot slot, const ProcKey& parent) {
  if (parent.pid == 0) {
    table_.set_root(slot);
  } else {
    unlinked_.emplace_back(table_.key(slot), parent);
  }
}

void Merger::end(Slot slot, const TaskFacts& task, std::uint64_t ktime_ns) {
  if (has_proc_facts(task)) table_.set_led(slot, task.sid == task.self.pid, task.pgid == task.self.pid);
  table_.mark_exited(slot, ktime_ns);
}

bool Merger::link_snapshot(std::size_t most) {
  for (; next_unlinked_ < unlinked_.size() && most != 0; ++next_unlinked_, --most) {
    const auto& [self, parent] = unlinked_[next_unlinked_];
    const Slot slot = table_.find_and_refine(self);
    if (slot == kNoSlot) continue;
    const Slot named = table_[slot].creator;
    if (named != kNoSlot && table_[named].image != kNoImage) continue;
    Slot above = table_.find_and_refine(parent);
    // An exec named a parent that was ending as the programs were attached, of which nothing else is known:
    // who has adopted the process since stands for it, as for all that were orphaned before.
    if (named != kNoSlot && (above == kNoSlot || table_[above].image == kNoImage)) continue;
    // A parent that was not observed: known by its key alone, and the lineage ends there as unknown.
    if (above == kNoSlot) above = table_.insert_placeholder(parent);
    table_.set_creator(slot, above, unobserved_edge_);
  }
  if (next_unlinked_ < unlinked_.size()) return false;
  unlinked_ = {};
  next_unlinked_ = 0;
  return true;
}

void Merger::set_image(Slot slot, const TaskFacts& task, const ImageFacts& image) {
  table_.set_image(slot,
                   {task.comm, image.exe, task.exec_seq, has_proc_facts(task) ? task.uid : table_.uid(slot)});
  set_invocation(slot, task, image);
  table_.set_account(slot, charged_account(task));
}

void Merger::set_invocation(Slot slot, const TaskFacts& task, const ImageFacts& image) {
  Invocation invocation = invocation_of(task, image, ancestor_args_, keep_);
  if (keep_ == 0) return table_.set_invocation(slot, invocation);
  retained_.set(task, keep_);
  retained_.put_into(invocation);
  table_.set_invocation(slot, invocation);
}

// As of the fork, since no event reports a change before it.
void Merger::set_retained(Slot slot, const TaskFacts& task) {
  if ((keep_ & (kKeepContainer | kKeepCredentials)) == 0) return;
  retained_.set(task, keep_);
  Invocation invocation = table_.invocation(slot);
  if (retained_.put_into(invocation)) table_.set_invocation(slot, invocation);
}

void Merger::set_arguments(Slot slot, const TaskFacts& task, const ImageFacts& image) {
  Invocation invocation = invocation_shown(task, image, ancestor_args_);
  // Only arguments were read from /proc.
  const Invocation before = table_.invocation(slot);
  invocation.retained = before.retained;
  table_.set_invocation(slot, invocation);
}

// It may have got another since.
void Merger::set_tty(Slot slot, std::string_view tty) {
  if (table_.tty(slot) == tty) return;
  Invocation invocation = table_.invocation(slot);
  invocation.tty = tty;
  table_.set_invocation(slot, invocation);
}

// A process may rename itself at any time, and no event reports it: the name is taken again from each.
void Merger::refresh_comm(Slot slot, std::string_view comm) {
  const Image& image = table_.image(table_[slot].image);
  if (image.comm != comm) table_.set_image(slot, {comm, image.exe, image.exec_seq, image.uid});
}

Slot Merger::find_parent(const TaskFacts& task) {
  const Slot parent = table_.find_and_refine(task.parent);
  return parent != kNoSlot ? parent : table_.insert_placeholder(task.parent);
}

// A process of which a source knows the pid alone: the newest such holder of it that has not ended, or
// a new one.
Slot Merger::find_by_pid_alone(const ProcKey& key) {
  const Slot newest = table_.find(key.pid);
  const bool same = newest != kNoSlot && table_[newest].start_ns == 0 && !table_[newest].exited;
  return same ? newest : table_.insert_next(key);
}

// The process an event is about. One that was not observed is added with what the event has; its
// kernel's parent now stands for the creator.
Slot Merger::find_or_add(const TaskFacts& task) {
  Slot slot = task.self.start_ns == 0 ? find_by_pid_alone(task.self) : table_.find_and_refine(task.self);
  if (slot == kNoSlot) slot = table_.insert(task.self, kNoSlot, unobserved_edge_);
  const Node& node = table_[slot];
  if (node.image == kNoImage) {
    table_.resurrect(slot);
    set_image(slot, task, {});
  }
  if (node.creator == kNoSlot && !node.root) {
    if (task.parent.pid == 0) {
      table_.set_root(slot);
    } else if (task.parent.pid != kUnsetId) {
      table_.set_creator(slot, find_parent(task), unobserved_edge_);
    }
  }
  return slot;
}

// The creator, with the image that it had when it forked.
Slot Merger::creator_of(const ForkEvent& fork) {
  Slot creator = table_.find_and_refine(fork.creator);
  if (fork.creator.start_ns == 0)
    return creator != kNoSlot ? creator : table_.insert_placeholder(fork.creator);
  if (creator == kNoSlot) creator = table_.insert(fork.creator, kNoSlot, Edge::inferred);
  if (table_[creator].image == kNoImage) table_.resurrect(creator);
  const Image& image = table_.image(table_[creator].image);
  if (table_[creator].image == kNoImage || image.exec_seq < fork.creator_exec_seq) {
    // An exec of it was missed: its name and number are known, its file is not. A child has its
    // creator's user at birth.
    const std::uint32_t uid = has_proc_facts(fork.child) ? fork.child.uid : image.uid;
    table_.set_image(creator, {fork.creator_comm, {}, fork.creator_exec_seq, uid});
    table_.set_invocation(creator, {});
  } else if (image.exec_seq == kUnknownSeq) {
    table_.set_image(creator, {fork.creator_comm, image.exe, fork.creator_exec_seq, image.uid});
  } else if (image.exec_seq == fork.creator_exec_seq) {
    refresh_comm(creator, fork.creator_comm);
  }
  return creator;
}

Slot Merger::apply(const ForkEvent& fork) {
  table_.prefetch(fork.child.self.pid);
  const Slot creator = creator_of(fork);
  if (has_proc_facts(fork.child)) set_tty(creator, fork.child.tty);  // the child inherits it
  Slot child = table_.find_and_refine(fork.child.self);
  const bool known = child != kNoSlot;
  if (known) {
    table_.set_creator(child, creator, fork.edge);
  } else {
    child = table_.insert(fork.child.self, creator, fork.edge);
  }

  const ImageId creator_image = table_[creator].image;
  const bool same_image = table_.image(creator_image).exec_seq == fork.creator_exec_seq;
  table_.set_image_at_fork(child, same_image ? creator_image : kNoImage);
  if (!known && !same_image) {
    // The creator's image has changed since: what is known of the child's is what its fork reported.
    table_.set_image(child, {fork.child.comm, {}, fork.child.exec_seq, table_.uid(child)});
    Invocation invocation;
    invocation.tty = table_.tty(child);
    table_.set_invocation(child, invocation);
  }
  if (!known || table_.image(table_[child].image).exec_seq == fork.child.exec_seq)
    refresh_comm(child, fork.child.comm);
  if (has_proc_facts(fork.child)) {  // a child has its creator's user at birth
    table_.set_uid_at_fork(child, fork.child.uid);
    if (!known) table_.set_uid(child, fork.child.uid);
    if (!known) set_retained(child, fork.child);
  }
  if (!known) table_.set_account(child, charged_account(fork.child));
  // It is the same user's by now, whatever was known of it.
  if (fork.child.charged_uid != kUnsetId) table_.set_account(creator, charged_account(fork.child));
  if (fork.child.parent.pid == 0) table_.set_root(child);
  return child;
}

Merger::ExecResult Merger::apply(const ExecEvent& exec) {
  const Slot slot = find_or_add(exec.task);
  const Image& before = table_.image(table_[slot].image);
  ExecResult result{slot, false};
  if (before.exec_seq != kUnknownSeq && before.exec_seq > exec.task.exec_seq) return {slot, false, false};
  // A source that knows no sequence reports every exec in order; only a gap makes `before` unverified.
  const bool in_order = before.exec_seq == kUnknownSeq && exec.task.exec_seq == kUnknownSeq &&
                        table_[slot].image != kNoImage && !before.exe.empty();
  if (in_order || (before.exec_seq != kUnknownSeq && before.exec_seq + 1 == exec.task.exec_seq)) {
    result.previous_known = true;
    previous_comm_ = exec.name_before.value_or(before.comm);
    previous_exe_ = before.exe;
  }
  set_image(slot, exec.task, exec.image);
  return result;
}

Merger::ExitResult Merger::apply(const ExitEvent& exit) {
  const Slot slot = find_or_add(exit.task);
  const ExitResult result{slot, table_[slot].exit_event_seen};
  const Image& image = table_.image(table_[slot].image);
  if (image.exec_seq < exit.task.exec_seq) {
    set_image(slot, exit.task, {});  // an exec of it was missed
  } else {
    refresh_comm(slot, exit.task.comm);
  }
  table_.set_account(slot, charged_account(exit.task));
  end(slot, exit.task, exit.ktime_ns);
  table_.set_exit_event_seen(slot);
  return result;
}

Slot Merger::apply(const FailedExecEvent& failed) {
  const Slot slot = find_or_add(failed.task);
  table_.set_account(slot, charged_account(failed.task));
  if (table_.image(table_[slot].image).exec_seq == failed.task.exec_seq) refresh_comm(slot, failed.task.comm);
  return slot;
}

bool Merger::knows(const SnapshotTask& running) {
  if (running.task.dead) return false;
  const Slot slot = table_.find_and_refine(running.task.self);
  return slot != kNoSlot && !table_[slot].exited && table_[slot].image != kNoImage &&
         is_whole(slot, running) && is_current(table_.image(table_[slot].image), running);
}

// A process that only a child's fork has shown lacks its own creator, and the file of its image.
bool Merger::is_whole(Slot slot, const SnapshotTask& running) const {
  const Node& node = table_[slot];
  const bool linked = node.root || node.creator_pid != 0 || running.task.parent.pid == 0;
  return linked && (running.image.exe.empty() || !table_.exe(slot).empty());
}

Mending Merger::resync(const RunningTasks& tasks, std::uint64_t began_ns,
                       const std::function<bool(const ProcKey&)>& is_alive, const Changed& changed) {
  Mending totals;
  const auto report = [&](const ProcKey& key, Resynced change, std::uint64_t& count,
                          std::uint32_t task = Unreported::kNoTask) {
    ++count;
    if (changed) changed({key, change, task});
  };
  std::vector<bool> runs(table_.slot_end());
  const auto set_runs = [&runs](Slot slot) {
    if (slot >= runs.size()) runs.resize(slot + 1);  // one that was added
    runs[slot] = true;
  };
  for (const ProcKey& key : tasks.known()) {
    if (const Slot slot = table_.find_and_refine(key); slot != kNoSlot) set_runs(slot);
  }
  for (std::uint32_t i = 0; i < tasks.tasks().size(); ++i) {
    const SnapshotTask& running = tasks.tasks()[i];
    const ProcKey& key = running.task.self;
    // The event of a younger one's fork is still to come, or will be reported as lost.
    if (key.start_ns > began_ns) continue;
    const Slot known = table_.find_and_refine(key);
    if (known == kNoSlot) {
      set_runs(add_snapshot(running));
      if (!running.task.dead) report(key, Resynced::added, totals.added, i);
      continue;
    }
    set_runs(known);
    if (table_[known].exited) continue;
    const Image& image = table_.image(table_[known].image);
    const bool whole = is_whole(known, running);
    if (!whole && table_[known].creator_pid == 0 && !table_[known].root)
      link_to_parent(known, running.task.parent);
    if (table_[known].image == kNoImage || !whole || !is_current(image, running)) {
      if (table_[known].image == kNoImage || !has_newer(image, running))
        set_image(known, running.task, running.image);
      if (running.task.dead) {
        ++totals.corrected;
      } else {
        report(table_.key(known), Resynced::corrected, totals.corrected, i);
      }
    }
    if (running.task.dead) {  // its end was lost, and it has not been waited for yet
      table_.mark_exited(known, running.ktime_ns);
      report(table_.key(known), Resynced::ended, totals.exited);
    }
  }
  link_snapshot();
  for (Slot slot = 0; slot < runs.size(); ++slot) {
    const Node& node = table_[slot];
    // Its number may have been another's since, unobserved.
    if (node.exited) table_.set_led(slot, false, false);
    if (!node.used || node.exited || runs[slot] || node.start_ns > began_ns || is_alive(table_.key(slot)))
      continue;
    table_.set_unverified(slot);
    table_.mark_exited(slot, began_ns);
    report(table_.key(slot), Resynced::ended, totals.exited);
  }
  return totals;
}

}  // namespace proctree
