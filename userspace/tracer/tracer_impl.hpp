// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The parts of a Tracer: source, engine, sink and the descriptor.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "base/try.hpp"
#include "engine/engine.hpp"
#include "engine/pacer.hpp"
#include "proctree/tracer.hpp"
#include "source/source.hpp"
#include "tracer/record_sink.hpp"

namespace proctree {

[[nodiscard]] EngineOptions engine_options(const TracerOptions& options);
[[nodiscard]] Filter filter_of(const TracerOptions& options);
[[nodiscard]] RecordSink::Kinds kinds_of(const TracerOptions& options);
[[nodiscard]] Result<void> check_filters(const TracerOptions& options);
// Which of the host's processes the caller is.
[[nodiscard]] Result<void> check_own(const TracerOptions& options, const Host& host);

class __attribute__((visibility("hidden"))) Tracer::Impl {
 public:
  static constexpr std::uint64_t kBatch = 4096;  // events between two looks at the clock
  static constexpr std::size_t kOpenStep = 32;   // processes, of which /proc may have to be asked

  Impl(std::unique_ptr<Source> source, Host host, const TracerOptions& options)
      : source_(std::move(source)),
        sink_(kinds_of(options)),
        engine_(*source_, sink_, std::move(host), engine_options(options)) {}

  Result<void> begin_open() {
    PROCTREE_CHECK(engine_.begin_start());
    auto pacer = PROCTREE_TRY(Pacer::open(engine_, *source_));
    pacer_.emplace(std::move(pacer));
    return {};
  }
  Result<bool> open_step(std::chrono::microseconds budget) {
    if (opening_failed_) return tl::make_unexpected(*opening_failed_);
    using std::chrono::steady_clock;
    const auto began = steady_clock::now();
    while (!opened_) {
      opened_ = PROCTREE_TRY(engine_.start_some(kOpenStep));
      // Of a budget without bounds there is no number in nanoseconds.
      if (std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began) >= budget) break;
    }
    return opened_;
  }
  // Half a tree is not used.
  void fail_opening(const Error& error) {
    if (!opened_ && !opening_failed_) opening_failed_ = error;
  }
  [[nodiscard]] bool opened() const { return opened_; }
  [[nodiscard]] bool is_open() const { return opened_ && !closed_; }
  std::chrono::nanoseconds load_time{};

  Result<std::size_t> poll(std::chrono::milliseconds timeout, std::uint64_t events_max,
                           const Callback& callback) {
    return delivering(callback, [&](const RecordSink::Delivery& delivery) -> Result<void> {
      std::uint64_t left = events_max == 0 ? kReadAll : events_max;
      while (!engine_.start_reported()) {  // which leaves the descriptor readable
        if (left == 0) return {};
        left -= PROCTREE_TRY(engine_.report_start_some(left));
      }
      if (left == 0) return {};
      if (delivery.count() == 0) wait(timeout);
      const std::uint64_t end = source_->position();
      do {
        const std::uint64_t most = std::min(left, kBatch);
        const auto events = PROCTREE_TRY(pacer_->turn(most));
        if (events < most) break;
        left -= events;
      } while (left != 0 && source_->read_position() < end);
      return {};
    });
  }

  Result<std::size_t> resync(const Callback& callback) {
    return delivering(callback, [this](const RecordSink::Delivery&) -> Result<void> {
      PROCTREE_CHECK(engine_.report_start());
      PROCTREE_CHECK(engine_.tick());
      if (auto resynced = engine_.resync_now(); !resynced) return resync_error(std::move(resynced.error()));
      return {};
    });
  }

  // One that isn't open yet has no records.
  Result<std::size_t> close(const Callback& callback) {
    if (!opened_) {
      PROCTREE_CHECK(usable());
      end();
      return std::size_t{0};
    }
    return delivering(callback, [this](const RecordSink::Delivery&) -> Result<void> {
      PROCTREE_CHECK(engine_.report_start());
      end();
      return engine_.stop();
    });
  }

  Result<void> set_user_data(const ProcKey& process, void* data) {
    const Slot slot = opened_ ? this->slot(process) : kNoSlot;
    if (slot == kNoSlot)
      return fail(ErrorCode::not_found, "no such process is known", "set its data while it is in the tree");
    engine_.observe_removals();
    sink_.user_data().set(slot, data);
    return {};
  }
  [[nodiscard]] void* user_data(const ProcKey& process) const { return sink_.user_data().get(slot(process)); }

  Result<void> configure(const TracerOptions& options) {
    PROCTREE_CHECK(can_deliver());
    PROCTREE_CHECK(check_filters(options));
    PROCTREE_CHECK(check_own(options, engine_.host()));
    Filter filter = filter_of(options);
    PROCTREE_CHECK(engine_.check(filter));  // first of all: what is refused changes nothing
    PROCTREE_CHECK(source_->set_failed_execs(options.failed_execs));
    sink_.set_kinds(kinds_of(options));
    return engine_.configure(std::move(filter));
  }
  [[nodiscard]] Result<void> usable() const {
    PROCTREE_CHECK(is_ours());
    if (closed_) return fail(ErrorCode::invalid_argument, "the tracer is closed", "open another one");
    return {};
  }
  [[nodiscard]] Result<void> can_change() const {
    PROCTREE_CHECK(usable());
    if (opened_) return {};
    if (opening_failed_) return tl::make_unexpected(*opening_failed_);
    return fail(ErrorCode::invalid_argument, "the tracer is not open yet",
                "take the steps of its opening until it is");
  }

  // Whether a callback is running.
  [[nodiscard]] bool delivering() const { return sink_.delivering(); }
  // Its owner is gone: it goes with the call that runs.
  void orphan() {
    orphaned_ = true;
    sink_.mute();
  }
  [[nodiscard]] bool orphaned() const { return orphaned_; }
  // A child of the process that opened it has the same memory and descriptors: what it took, or changed in
  // the kernel, would be lost to its parent.
  [[nodiscard]] Result<void> is_ours() const {
    if (::getpid() == opener_) return {};
    return fail(ErrorCode::invalid_argument, "this process is a child of the one that opened the tracer",
                "open another one here");
  }

  [[nodiscard]] int fd() const { return pacer_->fd(); }
  [[nodiscard]] Engine& engine() { return engine_; }
  [[nodiscard]] const ProcessTable& table() const { return engine_.table(); }
  [[nodiscard]] UserNames& users() { return engine_.users(); }
  [[nodiscard]] ProcessInfo info(Slot slot);
  [[nodiscard]] const EntryFacts* entry(Slot slot);
  [[nodiscard]] Slot slot(const ProcKey& key) const { return table().find(key); }
  [[nodiscard]] std::optional<ProcKey> key(Slot slot) const {
    return slot == kNoSlot ? std::nullopt : std::optional(table().key(slot));
  }

 private:
  // Work whose records go to `callback`; returns how many they were.
  template <class Work>
  Result<std::size_t> delivering(const Callback& callback, Work work) {
    PROCTREE_CHECK(can_deliver());
    const RecordSink::Delivery delivery(sink_, callback);
    PROCTREE_CHECK(work(delivery));
    PROCTREE_CHECK(sink_.take_thrown());
    return delivery.count();
  }
  void set_optional_facts(ProcessInfo& info, Slot slot);
  Result<void> can_deliver() const {
    PROCTREE_CHECK(can_change());
    if (sink_.delivering())
      return fail(ErrorCode::invalid_argument, "called from within its own callback",
                  "call it after poll() returns");
    return {};
  }
  static tl::unexpected<Error> resync_error(Error error) {
    if (error.code == ErrorCode::permission) {
      error.remedy =
          "before Linux 5.19 the kernel needs CAP_BPF for it where kernel.unprivileged_bpf_disabled is set: "
          "keep that capability";
    }
    return tl::make_unexpected(std::move(error));
  }
  void end() {
    closed_ = true;
    pacer_->close();
  }
  void wait(std::chrono::milliseconds timeout) const {
    pollfd fd{pacer_->fd(), POLLIN, 0};
    const auto most = std::chrono::milliseconds(std::numeric_limits<int>::max());
    // Cut short by a signal, there is just less to do.
    ::poll(&fd, 1, timeout.count() < 0 ? -1 : static_cast<int>(std::min(timeout, most).count()));
  }

  std::unique_ptr<Source> source_;
  RecordSink sink_;
  Engine engine_;
  std::optional<Pacer> pacer_;
  const pid_t opener_ = ::getpid();
  bool opened_ = false;
  std::optional<Error> opening_failed_;
  bool closed_ = false;
  bool orphaned_ = false;
};

// A tracer over a source of the test's own.
struct TracerAccess {
  [[nodiscard]] static Result<Tracer> begin_open(std::unique_ptr<Source> source, Host host,
                                                 const TracerOptions& options);
};

}  // namespace proctree
