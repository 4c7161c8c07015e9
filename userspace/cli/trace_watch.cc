// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// trace --watch: the tree on the screen, drawn again as things happen.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <utility>

#include "base/boot_clock.hpp"
#include "base/charset.hpp"
#include "base/try.hpp"
#include "cli/terminal.hpp"
#include "cli/trace_output.hpp"
#include "watch/process_marks.hpp"
#include "watch/screen.hpp"
#include "watch/view.hpp"

namespace proctree {

namespace {

// Between two drawings, but for a key. Where a drawing takes long (there may be a hundred thousand processes)
// more, so that no more than a tenth of the time goes into it.
constexpr std::uint64_t kFrameNs = 100'000'000;
constexpr std::uint64_t kOfTheTime = 10;

class TraceWatch final : public TraceOutput {
 public:
  explicit TraceWatch(const TraceOptions& options)
      : options_(options), marks_(!options.record.filters.filter().empty()) {}

  [[nodiscard]] EngineOptions engine_options(const WhoseProcesses& whose) const override {
    EngineOptions engine = options_.engine_options(whose);
    engine.write_snapshot = true;
    return engine;
  }
  [[nodiscard]] Sink& sink() override { return marks_; }

  void on_started() override {}

  Result<void> begin(Engine& engine, LoopOptions& loop) override {
    auto screen = PROCTREE_TRY(watch::Screen::open());
    screen_.emplace(std::move(screen));
    view_.emplace(engine, marks_,
                  TextStyle(look_at_terminal(STDOUT_FILENO).colour, charset_of_environment()));
    loop.input = STDIN_FILENO;
    loop.chores.emplace_back([this](std::uint64_t now_ns) { return work(now_ns); });
    return {};
  }

  Result<bool> on_signal(const SignalFd::Signal& signal) override {
    if (!screen_) return false;
    if (signal.number != SIGWINCH && signal.number != SIGTSTP) return false;
    if (signal.number == SIGTSTP) screen_->suspend();
    if (signal.number == SIGWINCH) screen_->resize();
    stale_ = true;
    next_frame_ns_ = 0;
    return true;
  }

  Result<void> end(Result<void> followed) override {
    screen_.reset();
    return followed;
  }

 private:
  Result<ChoreDone> work(std::uint64_t now_ns) {
    marks_.expire(now_ns);
    stale_ |= marks_.take_change();
    if (const auto due = view_->due_ns()) stale_ |= now_ns >= *due;
    const auto keys = screen_->keys();
    if (!keys.empty()) {
      view_->refresh(now_ns);
      for (const watch::Key& key : keys) view_->press(key);
      stale_ = true;
      next_frame_ns_ = 0;
    }
    if (view_->quits()) return ChoreDone{.due_ns = now_ns, .ends = true};
    if (stale_ && now_ns >= next_frame_ns_) draw(now_ns);
    return ChoreDone{.due_ns = due_ns(), .ends = false};
  }

  void draw(std::uint64_t now_ns) {
    view_->refresh(now_ns);
    stale_ = !screen_->show(view_->draw(screen_->size()));
    const std::uint64_t took_ns = boot_now_ns() - now_ns;
    next_frame_ns_ = now_ns + std::max(kFrameNs, kOfTheTime * took_ns);
  }

  [[nodiscard]] std::uint64_t due_ns() const {
    if (stale_) return next_frame_ns_;
    return std::min(marks_.due_ns().value_or(ChoreDone::kNever), view_->due_ns().value_or(ChoreDone::kNever));
  }

  const TraceOptions& options_;
  watch::ProcessMarks marks_;
  std::optional<watch::View> view_;
  std::optional<watch::Screen> screen_;
  bool stale_ = true;  // the screen is out of date
  std::uint64_t next_frame_ns_ = 0;
};

}  // namespace

Result<std::unique_ptr<TraceOutput>> open_watch(const TraceOptions& options) {
  PROCTREE_CHECK(watch::Screen::check());
  return std::make_unique<TraceWatch>(options);
}

}  // namespace proctree
