// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "entry/entries.hpp"

#include <algorithm>
#include <utility>

#include "base/parse_text.hpp"
#include "entry/note.hpp"
#include "tree/container_names.hpp"

namespace proctree::entry {

namespace {

constexpr std::uint32_t kInit = 1;

// The number of a pseudo terminal, from 1 on; 0: it is none.
std::uint32_t pts_of(std::string_view tty) {
  constexpr std::string_view kPts = "pts/";
  if (!tty.starts_with(kPts)) return 0;
  const auto number = parse_number<std::uint32_t>(tty.substr(kPts.size()));
  return number ? *number + 1 : 0;
}

// A launcher that executes itself, or the next one of its own programs, is still about to launch.
bool is_own_step(LauncherId before, LauncherId now) {
  const Launcher& from = launcher(before);
  const Launcher& to = launcher(now);
  if (from.kind != to.kind) return false;
  switch (from.kind) {
    case LauncherKind::ssh:
    case LauncherKind::dbus:
    case LauncherKind::runtime:
      return true;
    case LauncherKind::manager:  // systemd itself is what a user's manager is executed as
      return to.path.ends_with("-executor");
    case LauncherKind::login:  // a display manager executes itself to open a session
      return before == now;
    default:
      return false;
  }
}

// Keeps what /proc shows in `text`, which `image` views.
void take_arguments(std::string_view shown, std::string& text, ImageFacts& image) {
  text = shown;
  image.args = text;
  image.args_size = static_cast<std::uint32_t>(text.size());
  image.args_known = !text.empty();
}

}  // namespace

Entries::State& Entries::inherit(Slot slot) {
  const Node& node = table_[slot];
  State& state = states_[slot];
  store_.release(state.entry);
  if (state.launcher != kNoLauncher) notes_.erase(slot);
  state = {};
  state.pid = node.pid;
  state.start_ticks = ticks_of(node.start_ns);
  if (node.root) return state;
  const Slot creator = node.creator;
  const bool orphan = node.edge != Edge::observed && creator != kNoSlot && table_[creator].pid == kInit;
  if (creator == kNoSlot || orphan || !is_of(states_[creator], creator)) {
    state.entry = kUnknownEntry;
    return state;
  }
  const State& above = states_[creator];
  state.entry = above.entry;
  store_.retain(state.entry);
  state.sure = above.sure && node.edge != Edge::inferred;
  state.launcher = above.launcher;
  state.by_birth = state.launcher != kNoLauncher;
  state.pid_ns = above.pid_ns;
  state.kthread = above.kthread;
  if (!state.by_birth) return state;  // only launchers have notes
  state.crossed = above.by_birth && above.crossed;
  if (const auto found = notes_.find(creator); found != notes_.end()) {
    std::string note = found->second;
    notes_.insert_or_assign(slot, std::move(note));
  }
  return state;
}

// The process and its creators up to the first whose state is known: many for the first of a lineage only.
void Entries::find_unknown_above(Slot slot, std::vector<Slot>& found) const {
  found.clear();
  for (Slot at = slot; at != kNoSlot && !is_of(states_[at], at) && found.size() <= table_.size();
       at = table_[at].root ? kNoSlot : table_[at].creator) {
    found.push_back(at);
  }
}

// Most often the creator's is known.
void Entries::inherit_line(Slot slot) {
  const Node& node = table_[slot];
  if (node.root || node.creator == kNoSlot || is_of(states_[node.creator], node.creator)) {
    inherit(slot);
    return;
  }
  find_unknown_above(slot, path_);
  for (; !path_.empty(); path_.pop_back()) inherit(path_.back());
}

void Entries::on_fork(Slot slot, const ForkEvent& fork) {
  grow();
  if (is_of(states_[slot], slot)) return;
  inherit_line(slot);
  State& state = states_[slot];
  const std::uint32_t pid_ns = fork.child.ns[kNsPid];
  state.crossed |= pid_ns != 0 && state.pid_ns != 0 && pid_ns != state.pid_ns;
  if (pid_ns != 0) state.pid_ns = pid_ns;
  state.birth_pts = pts_of(fork.child.tty);
}

void Entries::on_exit(Slot slot) {
  if (slot >= states_.size() || !is_of(states_[slot], slot)) return;
  State& state = states_[slot];
  store_.release(state.entry);
  state.entry = kUnknownEntry;
  if (state.launcher != kNoLauncher) notes_.erase(slot);
}

std::string_view Entries::note(Slot slot) const {
  const auto found = notes_.find(slot);
  return found == notes_.end() ? std::string_view{} : std::string_view(found->second);
}

// One that executes itself again from memory stays what it is.
LauncherId Entries::launcher_of(const State& state, const TaskFacts& task, const ImageFacts& image) {
  const bool is_runtime = launcher(state.launcher).kind == LauncherKind::runtime;
  return image.exe_memfd && is_runtime ? state.launcher : files_.find(task, image);
}

void Entries::become(Slot slot, State& state, LauncherId id, std::string_view args) {
  if (id == kNoLauncher && state.launcher == kNoLauncher) {  // most are
    state.by_birth = false;
    return;
  }
  const bool same = state.launcher != kNoLauncher && is_own_step(state.launcher, id);
  std::string note = id == kNoLauncher ? std::string() : note_of(id, args);
  if (!note.empty()) {
    notes_.insert_or_assign(slot, std::move(note));
  } else if (!same && state.launcher != kNoLauncher) {
    notes_.erase(slot);
  }
  state.launcher = id;
  state.by_birth &= same;
}

bool Entries::is_user_manager(const State& state) const {
  if (launcher(state.launcher).kind != LauncherKind::manager || !state.began) return false;
  const EntryFacts& entry = store_[state.entry];
  return entry.type == EntryType::service && entry.unit.starts_with("user@") && entry.user_unit.empty();
}

// A manager may fork more than once before it executes: for generators, for a unit with a pid namespace of
// its own. What such forks are is what they were forked from. systemd forks twice; who forks a line of
// thousands must not make each exec walk up all of it.
Slot Entries::last_to_execute(Slot creator) const {
  constexpr int kForksMost = 8;
  Slot at = creator;
  for (int forks = 0; forks < kForksMost && table_[at].pid != kInit && is_of(states_[at], at); ++forks) {
    const Node& node = table_[at];
    const State& state = states_[at];
    const bool forked_only = !state.executed && !state.began && !state.kthread && node.edge == Edge::observed;
    if (!forked_only || node.root || node.creator == kNoSlot) break;
    at = node.creator;
  }
  return at;
}

bool Entries::is_reaper(Slot creator) {
  const LauncherKind kind = launcher(state_of(creator).launcher).kind;
  return table_[creator].pid == kInit || kind == LauncherKind::manager || kind == LauncherKind::monitor;
}

// What some recogniser needs: a launcher above or in the process itself, a creator or a parent that begins
// lineages, or a session of its own.
bool Entries::may_begin(Slot slot, const State& state, const TaskFacts& task, LauncherId becomes) const {
  const Node& node = table_[slot];
  if (state.began || node.root || !has_proc_facts(task)) return false;
  if (state.launcher != kNoLauncher || becomes != kNoLauncher || task.sid == task.self.pid) return true;
  if (node.creator == kNoSlot) return false;
  const State& above = states_[node.creator];
  return node.edge != Edge::observed || above.kthread || above.launcher != kNoLauncher ||
         table_[last_to_execute(node.creator)].pid == kInit;
}

Candidate Entries::candidate(Slot slot, const State& state, const TaskFacts& task, const ImageFacts& image) {
  Candidate of;
  of.task = &task;
  of.image = &image;
  of.place = &places_.of(task);
  const Node& node = table_[slot];
  if (state.by_birth || launcher(state.launcher).is_in_place) {
    of.launcher = state.launcher;
    of.note = note(slot);
  }
  of.is_first = !state.executed;
  of.had_terminal = state.birth_pts != 0 && state.birth_pts == pts_of(task.tty);
  of.crossed = state.crossed;
  if (node.creator == kNoSlot) return of;
  const State& above = states_[node.creator];
  of.creator = table_.key(node.creator);
  of.creator_comm = table_.comm(node.creator);
  of.of_kernel = above.kthread && is_of(above, node.creator);
  const Slot from = last_to_execute(node.creator);
  of.of_init = table_[from].pid == kInit;
  of.of_user_manager = is_of(states_[from], from) && is_user_manager(states_[from]);
  of.of_reaper = node.edge != Edge::observed && is_reaper(node.creator);
  return of;
}

void Entries::begin(Slot slot, State& state, const Candidate& candidate) {
  const TaskFacts& task = *candidate.task;
  const ImageFacts& image = *candidate.image;
  auto found = recognise(candidate);
  // What sudo runs on a terminal of its own may execute something else there.
  if (candidate.kind() == LauncherKind::privilege) state.birth_pts = pts_of(task.tty);
  if (!found) return;
  store_.release(state.entry);
  if (found->type == EntryType::unknown) {
    state.entry = kUnknownEntry;
    return;
  }
  EntryFacts& entry = *found;
  if (!entry.container_id.empty()) {
    const ContainerNames names = container_names(table_, slot, entry.container_id);
    entry.container_name = names.name;
    entry.container_image = names.image;
  }
  entry.process = table_.key(slot);
  entry.uid = task.uid;
  entry.comm = task.comm;
  entry.exe = image.exe;
  entry.args = image.args;
  entry.args_size = image.args_size;
  entry.args_known = image.args_known;
  state.entry = store_.add(entry);
  state.sure = table_[slot].edge != Edge::inferred;
  state.began = true;
}

void Entries::on_exec(Slot slot, const ExecEvent& exec) {
  State& state = state_of(slot);
  if (exec.task.ns[kNsPid] != 0) state.pid_ns = exec.task.ns[kNsPid];
  const LauncherId becomes = launcher_of(state, exec.task, exec.image);
  if (is_own_step(state.launcher, becomes)) return become(slot, state, becomes, exec.image.args);
  if (may_begin(slot, state, exec.task, becomes)) {
    Candidate of = candidate(slot, state, exec.task, exec.image);
    of.environment = exec.environment;
    of.becomes = becomes;
    begin(slot, state, of);
  }
  state.executed = true;
  state.kthread = false;
  become(slot, state, becomes, exec.image.args);
}

// Pid 1's namespace; where no source may see pid 1, that of kthreadd, which the kernel began with.
void Entries::find_home(const Facts& facts) {
  for (const std::uint32_t pid : {kInit, kInit + 1}) {
    const Slot slot = table_.find(pid);
    const SnapshotTask* task = slot == kNoSlot ? nullptr : facts(slot);
    if (task == nullptr || task->task.ns[kNsMnt] == 0 || (pid != kInit && !task->task.kthread)) continue;
    return files_.set_home(task->task.ns[kNsMnt]);
  }
}

bool Entries::settle(const Facts& facts, RunningTexts& texts, std::size_t most) {
  if (next_to_settle_ == 0) find_home(facts);
  grow();
  for (; most != 0; --most) {
    if (unsettled_above_.empty()) {
      if (next_to_settle_ == table_.slot_end()) return true;
      const Slot slot = next_to_settle_++;
      if (table_[slot].used) find_unknown_above(slot, unsettled_above_);
    }
    if (unsettled_above_.empty()) continue;
    const Slot slot = unsettled_above_.back();
    unsettled_above_.pop_back();
    if (const SnapshotTask* task = facts(slot); task != nullptr) {
      settle_one(slot, *task, facts, texts);
    } else {
      inherit(slot);
    }
  }
  return unsettled_above_.empty() && next_to_settle_ == table_.slot_end();
}

// Which launcher runs. The user that it began as isn't known where it has changed since, but a launcher's
// fork that has executed nothing is that launcher.
LauncherId Entries::running_launcher(Slot slot, const SnapshotTask& task, const Facts& facts) {
  const LauncherId id = files_.find(task.task, task.image);
  if (id != kNoLauncher) return id;
  const Slot creator = table_[slot].creator;
  const SnapshotTask* above = creator == kNoSlot ? nullptr : facts(creator);
  if (above == nullptr || states_[slot].launcher == kNoLauncher) return kNoLauncher;
  const bool same_image = task.task.exec_seq == above->task.exec_seq &&
                          task.image.exe_inode == above->image.exe_inode &&
                          task.image.exe_dev == above->image.exe_dev && task.image.exe_inode != 0;
  return same_image ? states_[slot].launcher : kNoLauncher;
}

void Entries::settle_one(Slot slot, const SnapshotTask& running, const Facts& facts, RunningTexts& texts) {
  State& state = inherit(slot);
  const TaskFacts& task = running.task;
  const Node& node = table_[slot];
  const SnapshotTask* above = node.creator == kNoSlot ? nullptr : facts(node.creator);
  const std::uint32_t pid_ns = task.ns[kNsPid];
  state.crossed |= pid_ns != 0 && state.pid_ns != 0 && pid_ns != state.pid_ns;
  state.pid_ns = pid_ns;
  state.kthread = task.kthread;
  if (above != nullptr) state.birth_pts = pts_of(above->task.tty);
  if (task.kthread) return;
  // A process whose file may not be read may be any launcher.
  const bool is_hidden =
      above != nullptr && !above->task.kthread && above->image.exe_inode == 0 && !table_[node.creator].root;
  const LauncherId becomes = running_launcher(slot, running, facts);
  const auto args = [&] { return launcher(becomes).notes ? texts.arguments(task) : std::string_view{}; };
  const bool forked_only = above != nullptr && becomes != kNoLauncher && becomes == state.launcher &&
                           (task.exec_seq == above->task.exec_seq);
  if (forked_only || is_own_step(state.launcher, becomes)) return become(slot, state, becomes, args());
  if (is_hidden) {
    store_.release(std::exchange(state.entry, kUnknownEntry));
  } else if (!node.root) {
    Candidate of = candidate(slot, state, task, running.image);
    of.becomes = becomes;
    std::string environment;
    if (launcher(of.launcher).environment) environment = texts.environment(task);
    of.environment = environment;
    ImageFacts image = running.image;
    std::string text;
    if (!image.args_known && recognise(of)) take_arguments(texts.arguments(task), text, image);
    of.image = &image;
    begin(slot, state, of);
  }
  state.executed = true;
  become(slot, state, becomes, args());
}

void Entries::settle_again(Slot slot, const SnapshotTask& running, RunningTexts& texts) {
  grow();
  if (!is_of(states_[slot], slot)) {
    state_of(table_[slot].creator == kNoSlot ? slot : table_[slot].creator);
    settle_one(
        slot, running, [&](Slot at) { return at == slot ? &running : nullptr; }, texts);
    return;
  }
  ExecEvent exec;
  exec.task = running.task;
  exec.image = running.image;
  std::string text;
  if (!exec.image.args_known) take_arguments(texts.arguments(running.task), text, exec.image);
  std::string environment;
  if (launcher(states_[slot].launcher).environment) environment = texts.environment(running.task);
  exec.environment = environment;
  on_exec(slot, exec);
}

Entries::Found Entries::find(Slot slot) {
  if (slot == kNoSlot) return {};
  const State& state = state_of(slot);
  if (state.entry == kNoEntry) return {};
  return {&store_[state.entry], state.sure};
}

}  // namespace proctree::entry
