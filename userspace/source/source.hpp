// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// Where events come from: one interface for every way to learn of processes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "proctree/error.hpp"
#include "tree/event.hpp"

namespace proctree {

class Source {
 public:
  using EventHandler = std::function<Result<void>(const Event&)>;
  using TaskHandler = std::function<Result<void>(const SnapshotTask&)>;

  // One look at every process that runs, in no certain order, a part at a time. Destruction ends it at any
  // point.
  class TaskPass {
   public:
    TaskPass() = default;
    TaskPass(const TaskPass&) = delete;
    TaskPass& operator=(const TaskPass&) = delete;
    virtual ~TaskPass() = default;
    // Looks at at most `most` processes, and hands over those that still run; false: there are no more.
    virtual Result<bool> next(std::size_t most, const TaskHandler& handler) = 0;
  };

  struct Info {
    std::string_view name;
    std::uint32_t args_max = 0;
    std::uint64_t ring_bytes = 0;
    bool failed_execs = false;   // they are reported
    std::uint32_t fair_kib = 0;  // that each account may have recorded in a second; 0: no bound
    std::string_view ring = {};  // "percpu" or "kernel"; empty: it has none
  };

  virtual ~Source() = default;

  // The files of those launchers whose children's environment says whom they serve (ExecEvent::environment).
  // Before attach(), and again where one has been replaced.
  virtual void set_launchers(std::span<const FileKey>) {}
  // From here on events are collected; returns the boot time (ns) since which no fork is missed.
  virtual Result<std::uint64_t> attach() = 0;
  // One at a time; before the source goes.
  virtual Result<std::unique_ptr<TaskPass>> begin_snapshot() = 0;

  // How much has been collected since attach(), in a unit that only grows: a position in the stream.
  [[nodiscard]] virtual std::uint64_t position() const = 0;
  [[nodiscard]] virtual std::uint64_t read_position() const = 0;
  // Hands over what has been collected and not yet read, up to `until` or `most` events; returns how
  // many. Losses come as LostEvents in their place.
  virtual Result<std::uint64_t> read(std::uint64_t until, std::uint64_t most,
                                     const EventHandler& handler) = 0;
  // Losses that no event has reported: call now and then, and at the end.
  virtual Result<void> read_losses(const EventHandler& handler) = 0;

  // What could not be delivered or read so far, by kind.
  [[nodiscard]] virtual Result<std::vector<Counter>> counters() const = 0;

  // Execs that failed are reported or not, from here on: of a source that was opened to report them.
  virtual Result<void> set_failed_execs(bool on) {
    if (!on) return {};
    return fail(ErrorCode::unsupported, "failed execs are reported by the BPF source alone",
                "open the tracer with it");
  }

  // Of a source that was opened for it: which processes are reported where `all` is not set. A child has its
  // creator's mark at birth.
  [[nodiscard]] virtual bool can_follow() const { return false; }
  virtual void report_all(bool) {}
  virtual void set_followed(std::uint32_t, bool) {}
  [[nodiscard]] virtual bool is_followed(std::uint32_t) const { return true; }

  // Readable when there's something to read, provided that wake(true) was called before.
  [[nodiscard]] virtual int fd() const = 0;
  // true: the reader is about to sleep and wants to be woken by the next event. false: it looks by
  // itself soon, and is woken only when much waits.
  virtual void want_wake(bool wanted) = 0;

  [[nodiscard]] virtual Info info() const = 0;
  // That of the initial UTS namespace; empty: it can't be read, or no snapshot was taken yet.
  [[nodiscard]] virtual std::string_view host_name() const { return {}; }
};

inline constexpr std::uint64_t kReadAll = ~std::uint64_t{0};

}  // namespace proctree
