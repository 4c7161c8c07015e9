// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
//
// proctree: following the processes of a live host from within your own program.
//
// Your thread, your loop, your output: a Tracer starts no thread, installs no signal handler, prints
// nothing, never exits, and has no state beside the object: several in one process work.
// docs/embedding.md is the guide, examples/edr_agent.cc a whole program.
//
//   auto tracer = proctree::Tracer::open({});
//   if (!tracer) die(tracer.error().to_string());
//   while (running) {
//     auto polled = tracer->poll(std::chrono::seconds(1), [](const proctree::Record& record) {
//       if (record.kind == proctree::RecordKind::exec) std::puts(record.chain().c_str());
//     });
//     if (!polled) die(polled.error().to_string());
//   }
//
// Errors are values (error.hpp) with the reason and a remedy. Nothing throws: where memory is short,
// ErrorCode::no_memory. (Values returned, a std::string say, may throw std::bad_alloc as those always may.)
//
// Threads: one at a time. It may be another one than the one that opened it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proctree/cxx20.hpp"  // first: what follows takes it
#include "proctree/error.hpp"
#include "proctree/event_source.hpp"
#include "proctree/export.h"
#include "proctree/process_info.hpp"
#include "proctree/proctree.hpp"
#include "proctree/record.hpp"
#include "proctree/trace_view.hpp"

namespace proctree {

struct TracerOptions {
  EventSource source = EventSource::bpf;
  std::uint64_t ring_bytes = 8 * 1024 * 1024;  // rounded up to a power of two of at least a page
  std::uint32_t args_max = 16 * 1024;          // bytes of arguments reported of an exec
  // What the tree may take (bytes, about; at least a MiB; 0: whatever it needs). History is evicted first,
  // living lineage last; `counters()` says how much has been.
  std::uint64_t memory_max = 248 * 1024 * 1024;
  // How long ended processes that nothing living descends from are remembered, and how many.
  std::chrono::seconds exited_ttl{600};
  std::size_t exited_max = 65536;

  // Which records are handed out. Everything is followed all the same; `start`, `lost`, `resync` and
  // `stop` always come.
  bool forks = true;
  bool execs = true;
  bool exits = true;
  bool running = false;  // a `process` record for each that ran already
  // A `failed_exec` record for each exec that failed, with the records of execs. Costs every system call of
  // the host some 55 ns meanwhile. BPF alone can do it.
  bool failed_execs = false;
  // For a table of your own, maintained by the records (with `running`, or from list() right after open()):
  // `resynced`, a record for each process that a resync added, corrected or found ended, or that an event
  // showed to be other than was reported; `forgotten`, one for each process that leaves the tree: an ended
  // one that is not remembered any longer, or a living one that memory_max took.
  bool resynced = false;
  bool forgotten = false;

  // Filters. Of one kind any may match, of different kinds all must; one that is empty matches everything.
  std::vector<std::string> comms = {};       // command names (the first 15 bytes count)
  std::vector<std::string> users = {};       // names, or numbers
  std::vector<std::string> containers = {};  // ids, or the beginning of one
  // What descends from a process of this command name, or from the one that has this pid when tracing
  // begins. One kind together.
  std::vector<std::string> under_comms = {};
  std::vector<std::uint32_t> under_pids = {};

  // Exclusion: no records of these, whatever else matches; the tree follows them all the same.
  bool exclude_own = false;                          // this process and what descends from it
  std::vector<std::string> exclude_exes = {};        // paths, or their last components; fnmatch(3) patterns
  std::vector<std::string> exclude_containers = {};  // ids, or the beginning of one
  std::vector<std::string> exclude_users = {};       // names, or numbers

  // follow() may be called: costs each fork of the host a look at a table, and 4 MiB. BPF alone can do it.
  bool followable = false;

  std::string proc_root = "/proc";

  // KiB a second that the events of any one account may take of the ring; 0: no bound. An account is a real
  // uid, or in a user namespace its owner's; of containers' root their cgroup; the host's root has none. What
  // an account loses is reported as a loss of its own (Loss::uid, Loss::cgroup), and only lineages through
  // its processes are then incomplete. BPF alone can do it.
  std::uint32_t fair_kib = 0;

  RingKind ring = RingKind::automatic;  // of BPF alone
  // Bytes of an image's arguments that are retained for the records of its descendants (Ancestor::args), and
  // of a title over them; at most 16 KiB. 0: neither.
  std::uint32_t ancestor_args = 256;
  // What is retained of each image, in ProcessInfo, Ancestor, and as Record::image of exits (its arguments
  // and working directory): kKeepArgs and so on (facts.hpp). Counts towards memory_max, and goes before
  // lineage.
  std::uint32_t keep = 0;

  // Environment variables to report of each exec: names, or beginnings of names ("LC_*"). Nothing else of an
  // environment is retained. The first env_max bytes of each are searched (at most 16 KiB). BPF alone.
  std::vector<std::string> env = {};
  std::uint32_t env_max = 4096;
  bool stdio = false;  // report of each exec what its descriptors 0, 1 and 2 are (Record::stdio). BPF alone.
};

class PROCTREE_EXPORT Tracer {
 public:
  // Must not throw. Lookups are fine; poll() and close() are errors; the tracer may be destroyed, which then
  // happens when the poll() or close() that called returns, without further records.
  using Callback = std::function<void(const Record&)>;

  // Attaches, and learns of all that runs: from here on no fork, exec or exit is missed. The first poll()
  // hands out the `start` record. Takes some tens of milliseconds.
  [[nodiscard]] static Result<Tracer> open(const TracerOptions& options = {});

  // open() in steps, for a loop that may not block. begin_open() loads and attaches, which takes some tens of
  // milliseconds whatever runs on the host (load_time() has how long it took). From here on nothing is
  // missed; events wait in the ring. Then open_step() learns of what runs, for `budget` and hardly longer: it
  // looks at the clock after each 32 processes at most, and with a budget of 0 does no more than those. true:
  // the tracer is open. fd() is readable until then. After an error it can't be opened any more, and each
  // call has that error again. Before, lookups know nothing, close() gives up without records, and all that
  // needs an open tracer is an error.
  [[nodiscard]] static Result<Tracer> begin_open(const TracerOptions& options = {});
  Result<bool> open_step(std::chrono::microseconds budget = std::chrono::milliseconds(5));
  [[nodiscard]] bool is_open() const;  // not before, and not after close()
  [[nodiscard]] std::chrono::nanoseconds load_time() const;

  // A tracer that was moved from, or that a fork has copied into a child process: poll(), close() and
  // counters() are errors, so that a child takes no record from its parent. The child destroys the copy, or
  // executes another program. (In one that was moved from, lookups know nothing, and fd() is -1.)
  Tracer(Tracer&& other) noexcept;
  Tracer& operator=(Tracer&& other) noexcept;
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;
  ~Tracer();  // without the last records: close() gives those

  // For poll, epoll or any other loop: readable (level-triggered) when poll() has something to do, be it
  // records, housekeeping, or a resync after a loss. Belongs to the tracer; after close() it is never
  // readable.
  [[nodiscard]] int fd() const;
  // Waits until there is something to do, at most for `timeout` (zero: not at all; negative: no limit), and
  // does it: all that had been collected when it was called. So poll(0) brings lookups up to date. Returns
  // how many records were handed out; 0 is no sign that the time is over.
  // In a storm events gather for up to 8 ms, so that one wake-up serves many.
  Result<std::size_t> poll(std::chrono::milliseconds timeout, const Callback& callback);
  // The same for a loop that has more to do, or that stores what it gets: takes at most `events_max` events
  // (0: as above). The descriptor stays readable while more wait. One event may have several records; one
  // `process` record (TracerOptions::running) counts as one event.
  Result<std::size_t> poll_some(std::chrono::milliseconds timeout, std::uint64_t events_max,
                                const Callback& callback);
  // Applies the kinds of records and the filters of `options` from here on, and ignores the rest. Not within
  // the callback. `failed_execs` only if the tracer was opened with it; turning it on again takes the
  // privileges of open(). Loses no event. Fails without a change where a filter makes no sense.
  Result<void> configure(const TracerOptions& options);
  // Follows only this process and what descends from it, from the next poll() on: the kernel leaves out all
  // others, which then cost nothing and whose facts in the tree become stale. Several may be followed; until
  // the first follow() and, after a resync, after the last unfollow() all are reported. One that has ended
  // stays followed, for its descendants, until unfollow(). Takes TracerOptions::followable.
  Result<void> follow(std::uint32_t pid);
  Result<void> unfollow(std::uint32_t pid);
  // Compares the tree with what runs now, as poll() does by itself after a loss, and hands out what has been
  // collected meanwhile, a `resync` record and, where asked for, `resynced` ones. Takes milliseconds. After
  // privileges were dropped, too, but before Linux 5.19 with kernel.unprivileged_bpf_disabled set the kernel
  // needs CAP_BPF for it: the error says so.
  Result<std::size_t> resync(const Callback& callback);
  // Hands out what has been collected by now and the `stop` record. Afterwards poll() is an error;
  // lookups still work.
  Result<std::size_t> close(const Callback& callback);

  // The newest process of this pid, living or ended and remembered.
  [[nodiscard]] std::optional<ProcKey> find(std::uint32_t pid) const;
  // The process of this pid that started then. Times that are known from /proc, at its clock tick of
  // 10 ms, are found too. std::nullopt: none such, or forgotten.
  [[nodiscard]] std::optional<ProcKey> find(std::uint32_t pid, std::uint64_t start_ns) const;
  // By its id, BOOT-PID-TICKS; that of another boot or host names no process.
  [[nodiscard]] std::optional<ProcKey> find(std::string_view id) const;

  // Of a process that isn't known these return std::nullopt, empty, or false. O(1), or O(result).
  [[nodiscard]] std::optional<ProcessInfo> info(const ProcKey& process) const;
  // Where its line came in; std::nullopt where that isn't known, or there is none. Of an ended process only
  // with kKeepEntry. The views are the trace's own.
  [[nodiscard]] std::optional<EntryFacts> entry(const ProcKey& process) const;
  [[nodiscard]] std::string id(const ProcKey& process) const;  // of any key; it need not be known
  [[nodiscard]] std::string chain(const ProcKey& process) const;
  [[nodiscard]] Lineage lineage(const ProcKey& process, std::size_t ancestors_max = 64) const;
  // The living ones that it created; with `ended`, those that are remembered too.
  [[nodiscard]] std::vector<ProcKey> children(const ProcKey& process, bool ended = false) const;
  // All that descend from it, breadth first: those that live, or with `ended` those that are remembered too.
  // (Of living ones below an ended process, too.)
  [[nodiscard]] std::vector<ProcKey> descendants(const ProcKey& process, bool ended = false) const;
  // The whole tree, in no order: those that live, or with `ended` those that are remembered too.
  [[nodiscard]] std::vector<ProcessInfo> list(bool ended = false) const;
  // Is `ancestor` among the creators of `process`? A process doesn't descend from itself.
  [[nodiscard]] bool descends_from(const ProcKey& process, const ProcKey& ancestor) const;
  [[nodiscard]] bool descends_from(const ProcKey& process, std::string_view comm) const;

  // One pointer a process, of yours: handed back in each record of it, and for good in its `forgotten`
  // record; those that are still set at close() come in a `forgotten` record each, before `stop`. (Only with
  // TracerOptions::forgotten.) The library never looks at what it points to. Null: none. Fails for a process
  // that is not in the tree.
  Result<void> set_user_data(const ProcKey& process, void* data);
  [[nodiscard]] void* user_data(const ProcKey& process) const;

  // The trace as a store by pids: every operation of proctree.hpp (descendants, display, find_by_cmd, …)
  // works on it. Valid as long as the tracer is not moved or closed.
  [[nodiscard]] TraceView view();

  [[nodiscard]] Totals totals() const;
  [[nodiscard]] std::uint64_t failed_execs() const;  // 0 where they weren't asked for
  [[nodiscard]] std::size_t processes() const;       // that live
  [[nodiscard]] std::size_t tree_bytes() const;      // what the tree takes, about
  // Events were lost and the tree is not resynchronised yet: no lineage is sure.
  [[nodiscard]] bool has_gap() const;
  // What could not be delivered or read, and what gave way to memory_max, by kind; zeros too. Asks the
  // kernel.
  [[nodiscard]] Result<std::vector<Counter>> counters() const;

 private:
  friend struct TracerAccess;  // the library's own tests
  class Impl;
  [[nodiscard]] Impl* opened() const;  // null: it is not open yet
  // At once, or after the callback that is running.
  struct PROCTREE_EXPORT Deleter {
    void operator()(Impl* impl) const;
  };
  explicit Tracer(std::unique_ptr<Impl, Deleter> impl);
  std::unique_ptr<Impl, Deleter> impl_;
};

}  // namespace proctree
