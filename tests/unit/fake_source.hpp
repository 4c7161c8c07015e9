// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A source of the test's own: tasks and events as the test gives them.
#pragma once

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_descriptor.hpp"
#include "made_task.hpp"
#include "source/source.hpp"

namespace proctree {

// Each event is one byte of the stream.
class FakeSource final : public Source {
 public:
  Result<std::uint64_t> attach() override { return attached_ns; }
  Result<std::unique_ptr<TaskPass>> begin_snapshot() override { return std::make_unique<Pass>(*this); }
  [[nodiscard]] std::uint64_t position() const override { return events.size(); }
  [[nodiscard]] std::uint64_t read_position() const override { return read_; }
  Result<std::uint64_t> read(std::uint64_t until, std::uint64_t most, const EventHandler& handler) override {
    std::uint64_t count = 0;
    for (; read_ < events.size() && read_ < until && count < most; ++count) {
      if (auto handled = handler(events[read_++]); !handled) return tl::make_unexpected(handled.error());
    }
    events_at_once = std::max<std::size_t>(events_at_once, count);
    return count;
  }
  Result<void> read_losses(const EventHandler& handler) override {
    if (silent_losses == 0) return {};
    const LostEvent lost{std::exchange(silent_losses, 0), 1, 2};
    return handler(lost);
  }
  [[nodiscard]] Result<std::vector<Counter>> counters() const override { return std::vector<Counter>{}; }
  [[nodiscard]] int fd() const override { return wake_.get(); }
  void want_wake(bool wanted) override { wake_wanted = wanted; }
  [[nodiscard]] Info info() const override { return {"fake", 0, 0, failed_execs}; }

  Result<void> set_failed_execs(bool on) override {
    failed_execs_on = on;
    return {};
  }
  // A kernel that follows: whoever pushes events asks is_reported().
  [[nodiscard]] bool can_follow() const override { return followable; }
  void report_all(bool all) override { all_reported = all; }
  void set_followed(std::uint32_t pid, bool followed) override {
    if (followed)
      marks.insert(pid);
    else
      marks.erase(pid);
  }
  [[nodiscard]] bool is_followed(std::uint32_t pid) const override { return marks.contains(pid); }
  [[nodiscard]] bool is_reported(std::uint32_t pid) const { return all_reported || marks.contains(pid); }

  // As the kernel does where it is wanted.
  void wake() const { ASSERT_EQ(eventfd_write(wake_.get(), 1), 0); }

  bool failed_execs = false;
  bool failed_execs_on = false;
  bool followable = false;
  bool all_reported = true;
  std::set<std::uint32_t> marks;
  bool wake_wanted = false;
  std::uint64_t attached_ns = 1'000'000'000'000;
  std::vector<SnapshotTask> tasks;
  std::deque<Event> events;
  std::size_t tasks_at_once = 0, events_at_once = 0;   // that were handed over, at most
  std::size_t snapshot_fails_after = ~std::size_t{0};  // that many tasks
  std::uint64_t silent_losses = 0;
  std::function<void()> during_snapshot;

 private:
  class Pass final : public TaskPass {
   public:
    explicit Pass(FakeSource& source) : source_(source) {}
    Result<bool> next(std::size_t most, const TaskHandler& handler) override {
      for (std::size_t count = 0; next_ < source_.tasks.size() && count < most; ++next_) {
        source_.tasks_at_once = std::max(source_.tasks_at_once, ++count);
        if (next_ == source_.snapshot_fails_after)
          return fail(ErrorCode::no_memory, "the task iterator failed");
        if (auto handled = handler(source_.tasks[next_]); !handled)
          return tl::make_unexpected(handled.error());
      }
      if (next_ < source_.tasks.size()) return true;
      if (source_.during_snapshot) std::exchange(source_.during_snapshot, {})();
      return false;
    }

   private:
    FakeSource& source_;
    std::size_t next_ = 0;
  };
  FileDescriptor wake_{eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  std::size_t read_ = 0;
};

}  // namespace proctree
