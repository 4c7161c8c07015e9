// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "watch/process_marks.hpp"

#include <limits>
#include <string_view>

namespace proctree::watch {

namespace {

// Of each string of each living process: whoever makes processes must not fill our memory. The audit stream
// has the rest.
constexpr std::size_t kBytesRetained = 1024;

// A path is stored whole or not at all: its beginning is another path.
std::string_view short_path(std::string_view path) {
  return path.size() <= kBytesRetained ? path : std::string_view();
}

// What the table holds already is left out, and what is not shown.
std::shared_ptr<const OwnedTask> owned(const TaskFacts& task, const ImageFacts* image) {
  SnapshotTask copy{0, task, {}};
  copy.task.cgroup = short_path(task.cgroup);
  if (image != nullptr) {
    copy.image = *image;
    copy.image.args = image->args.substr(0, kBytesRetained);
    copy.image.cwd = short_path(image->cwd);
    copy.image.exe = image->args.empty() ? short_path(image->exe) : std::string_view();
    copy.image.filename = copy.image.interpreter = {};
  }
  return std::make_shared<const OwnedTask>(copy);
}

}  // namespace

ProcessState& ProcessMarks::state_of(const ProcessRecord& record) {
  if (record.slot >= by_slot_.size()) by_slot_.resize(record.slot + 1);
  auto& state = by_slot_[record.slot];
  const ProcKey key = record.head.table->key(record.slot);
  if (!state || state->key != key) {
    state = std::make_unique<ProcessState>();
    state->key = key;
    state->chosen = !filtered_;
  }
  return *state;
}

Result<void> ProcessMarks::take(const ProcessRecord& record, bool chosen) {
  if (record.kind == RecordKind::failed_exec) return {};  // it goes on as it was
  const ProcessTable& table = *record.head.table;
  ProcessState& state = state_of(record);
  if (record.kind == RecordKind::exit) {
    if (record.exit != nullptr)
      state.end = ProcessState::End{static_cast<const ExitFacts&>(*record.exit), record.exit->ktime_ns};
    mark(state, record.slot, Mark::ended, record.head.ktime_ns);
    return {};
  }
  state.chosen = chosen;
  state.task = owned(*record.task, record.image);
  if (record.image != nullptr) {
    state.image = state.task;
  } else if (const Slot creator = table[record.slot].creator; creator != kNoSlot) {
    if (const ProcessState* above = find(table, creator)) state.image = above->image;
  }
  if (record.kind == RecordKind::process) return note_change();
  const bool born = record.kind == RecordKind::fork || state.mark == Mark::born;
  mark(state, record.slot, born ? Mark::born : Mark::executed, record.head.ktime_ns);
  return {};
}

void ProcessMarks::mark(ProcessState& state, Slot slot, Mark mark, std::uint64_t ktime_ns) {
  changed_ = true;
  state.mark = mark;
  state.marked_until_ns = ktime_ns + kMarkedNs;
  due_.push_back({state.marked_until_ns, slot, state.key});
  if (due_.size() > kMarkedMost) end_oldest_mark(std::numeric_limits<std::uint64_t>::max());
}

void ProcessMarks::end_oldest_mark(std::uint64_t now_ns) {
  const Due due = due_.front();
  due_.pop_front();
  auto& state = by_slot_[due.slot];
  // Another process by now, or marked again since.
  if (!state || state->key != due.key || state->marked_until_ns != due.at_ns) return;
  if (state->marked_until_ns > now_ns) return;
  changed_ = true;
  if (state->mark == Mark::ended) {
    state.reset();
  } else {
    state->mark = Mark::none;
  }
}

void ProcessMarks::expire(std::uint64_t now_ns) {
  while (!due_.empty() && due_.front().at_ns <= now_ns) end_oldest_mark(now_ns);
}

std::optional<std::uint64_t> ProcessMarks::due_ns() const {
  if (due_.empty()) return std::nullopt;
  return due_.front().at_ns;
}

const ProcessState* ProcessMarks::find(const ProcessTable& table, Slot slot) const {
  if (slot >= by_slot_.size() || !by_slot_[slot]) return nullptr;
  const ProcessState& state = *by_slot_[slot];
  return state.key == table.key(slot) ? &state : nullptr;
}

std::vector<bool> ProcessMarks::shown(const ProcessTable& table) const {
  std::vector<bool> shown(table.slot_end());
  for (Slot slot = 0; slot < table.slot_end(); ++slot) {
    const Node& node = table[slot];
    if (!node.used || node.exited) continue;
    const ProcessState* state = find(table, slot);
    shown[slot] = state == nullptr ? node.image != kNoImage && !filtered_ : state->chosen;
  }
  std::vector<std::uint8_t> ended(table.slot_end());  // by creator
  for (std::size_t i = due_.size(); i-- > 0;) {
    const auto& [at_ns, slot, key] = due_[i];
    if (slot >= table.slot_end() || !table[slot].used || shown[slot]) continue;
    const ProcessState* state = find(table, slot);
    if (state == nullptr || state->key != key || state->mark != Mark::ended || !state->chosen) continue;
    const Slot creator = table[slot].creator;
    if (creator != kNoSlot && ended[creator] == kEndedShown) continue;
    if (creator != kNoSlot) ++ended[creator];
    shown[slot] = true;
  }
  return shown;
}

}  // namespace proctree::watch
