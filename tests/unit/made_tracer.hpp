// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// A tracer over a source of the test's own, which the test keeps.
#pragma once

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "fake_source.hpp"
#include "tracer/tracer_impl.hpp"

namespace proctree {

class BorrowedSource final : public Source {
 public:
  explicit BorrowedSource(Source& of) : of_(of) {}

  Result<std::uint64_t> attach() override { return of_.attach(); }
  Result<std::unique_ptr<TaskPass>> begin_snapshot() override { return of_.begin_snapshot(); }
  [[nodiscard]] std::uint64_t position() const override { return of_.position(); }
  [[nodiscard]] std::uint64_t read_position() const override { return of_.read_position(); }
  Result<std::uint64_t> read(std::uint64_t until, std::uint64_t most, const EventHandler& handler) override {
    return of_.read(until, most, handler);
  }
  Result<void> read_losses(const EventHandler& handler) override { return of_.read_losses(handler); }
  [[nodiscard]] Result<std::vector<Counter>> counters() const override { return of_.counters(); }
  Result<void> set_failed_execs(bool on) override { return of_.set_failed_execs(on); }
  [[nodiscard]] bool can_follow() const override { return of_.can_follow(); }
  void report_all(bool all) override { of_.report_all(all); }
  void set_followed(std::uint32_t pid, bool followed) override { of_.set_followed(pid, followed); }
  [[nodiscard]] bool is_followed(std::uint32_t pid) const override { return of_.is_followed(pid); }
  [[nodiscard]] int fd() const override { return of_.fd(); }
  void want_wake(bool wanted) override { of_.want_wake(wanted); }
  [[nodiscard]] Info info() const override { return of_.info(); }

 private:
  Source& of_;
};

// One whose opening has begun.
inline Result<Tracer> opening_tracer(Source& source, TracerOptions options, Host host = {}) {
  options.proc_root = "/nonexistent";
  host.name = "made";
  host.id_prefix = "0123456789abcdef";
  return TracerAccess::begin_open(std::make_unique<BorrowedSource>(source), std::move(host), options);
}

inline Result<Tracer> made_tracer(Source& source, const TracerOptions& options, Host host = {}) {
  auto tracer = opening_tracer(source, options, std::move(host));
  if (tracer) {
    if (auto opened = tracer->open_step(std::chrono::hours(1)); !opened)
      return tl::make_unexpected(opened.error());
  }
  return tracer;
}

}  // namespace proctree
