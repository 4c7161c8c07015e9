// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What is changed while it runs: filters, and which processes are followed.
#include <string>
#include <utility>
#include <vector>

#include "base/try.hpp"
#include "engine/engine.hpp"
#include "procfs/reader.hpp"

namespace proctree {

void Engine::keep_table() {
  reported_.emplace();
  observe_removals();
}

Result<void> Engine::check(const Filter& filter) const {
  for (const auto* pids : {&filter.under.pids, &filter.not_under.pids}) {
    for (const std::uint32_t pid : *pids) static_cast<void>(PROCTREE_TRY(running(pid)));
  }
  return {};
}

Result<void> Engine::configure(Filter filter) {
  options_.filter = std::move(filter);
  filters_ = !options_.filter.empty();
  table_.mark_again(options_.filter.needs_marks() ? &options_.filter : nullptr);
  if (!sink_.keeps_table()) {
    reported_.reset();
  } else if (!reported_) {
    keep_table();
    reported_->note_all(table_);
  }
  return mark_processes();
}

Result<Slot> Engine::running(std::uint32_t pid) const {
  const Slot slot = table_.find(pid);
  if (pid != 0 && slot != kNoSlot && !table_[slot].exited) return slot;
  return fail(ErrorCode::not_found, "no process has pid " + std::to_string(pid),
              "give that of a running process, or a name");
}

// A process that wasn't followed may have had children that no event has shown.
Result<void> Engine::follow(std::uint32_t pid) {
  if (!source_.can_follow())
    return fail(ErrorCode::unsupported, "the tracer was not opened to follow single processes",
                "open it with followable, and the source bpf");
  const Slot slot = PROCTREE_TRY(running(pid));
  if (following_.has(slot)) return {};
  if (following_.any()) want_resync();
  following_.add(table_.key(slot));
  following_changed_ = true;
  observe_removals();
  return {};
}

Result<void> Engine::unfollow(std::uint32_t pid) {
  if (!following_.remove(pid))
    return fail(ErrorCode::not_found, "pid " + std::to_string(pid) + " is not followed",
                "unfollow what was followed");
  if (!following_.any()) want_resync();
  following_changed_ = true;
  return {};
}

// What wasn't reported is unknown until then.
void Engine::want_resync() {
  source_.report_all(true);
  gap_ = true;
  next_resync_ns_ = 0;
}

Result<void> Engine::settle_following() {
  if (!following_changed_ || gap_) return {};
  following_changed_ = false;
  do {
    PROCTREE_CHECK(read_until(source_.position(), [this](const Event& event) { return handle(event); }));
  } while (following_.mark());
  source_.report_all(!following_.any());
  return {};
}

// What the filter asks of those that ran before: which of them its pids name, and which have arguments that
// it looks for.
Result<void> Engine::mark_processes() {
  const Filter& filter = options_.filter;
  if (auto marked = mark_pids(filter.under.pids, kOwnUnder); !marked) return marked;
  if (auto marked = mark_pids(filter.not_under.pids, kOwnNotUnder); !marked) return marked;
  if (filter.args.empty() || host_.nested_pid_namespace) return {};
  auto reader = ProcReader::open(options_.proc_root, source_.info().args_max);
  for (Slot slot = 0; reader && slot < table_.slot_end(); ++slot) {
    if (!table_[slot].used || table_[slot].exited) continue;
    const auto read = reader->read(table_[slot].pid, kProcArgs);
    if (read && (*read)->task.self.same_at_tick(table_.key(slot)))
      filter.note_image(table_, slot, (*read)->image);
  }
  return {};
}

Result<void> Engine::mark_pids(const std::vector<std::uint32_t>& pids, Marks marks) {
  for (const std::uint32_t pid : pids) {
    table_.add_own_marks(PROCTREE_TRY(running(pid)), marks);
  }
  return {};
}

}  // namespace proctree
