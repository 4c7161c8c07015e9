// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "proctree/tracer.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <new>
#include <utility>

#include "base/try.hpp"
#include "engine/engine.hpp"
#include "engine/host.hpp"
#include "engine/pacer.hpp"
#include "source/open_source.hpp"
#include "tracer/record_sink.hpp"
#include "tree/lineage.hpp"
#include "tree/process_id.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kBatch = 4096;  // events between two looks at the clock
constexpr std::uint64_t kLeastMemory = 1024 * 1024;

EngineOptions engine_options(const TracerOptions& options) {
  EngineOptions engine;
  engine.version = PROCTREE_VERSION;
  const auto exactly = [](const std::vector<std::string>& names, std::vector<Pattern>& to) {
    for (const std::string& name : names) to.push_back(Pattern::exactly(name));
  };
  exactly(options.comms, engine.filter.comms);
  exactly(options.under_comms, engine.filter.under.names);
  engine.filter.users = options.users;
  engine.filter.containers = options.containers;
  engine.filter.under.pids = options.under_pids;
  engine.write_snapshot = options.running;
  engine.retention.bytes_max = options.memory_max;
  engine.retention.exited_max = options.exited_max;
  engine.retention.ttl_s =
      static_cast<std::uint64_t>(std::max<std::chrono::seconds::rep>(options.exited_ttl.count(), 0));
  engine.proc_root = options.proc_root;
  engine.ancestor_args = options.ancestor_args;
  engine.titles = true;
  return engine;
}

template <class Predicate>
bool any_ancestor(const ProcessTable& table, Slot slot, Predicate is_it) {
  while (slot != kNoSlot) {
    slot = table[slot].creator;
    if (slot != kNoSlot && is_it(slot)) return true;
  }
  return false;
}

tl::unexpected<Error> moved_from() {
  return fail(ErrorCode::invalid_argument, "the tracer was moved to another object", "use that one");
}

// What `work` returns, or that there was no memory for it.
template <class Work>
auto or_no_memory(Work work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::no_memory, "no memory is left", "raise the limit on it, or lower memory_max");
  }
}

}  // namespace

class Tracer::Impl {
 public:
  Impl(std::unique_ptr<Source> source, Host host, const TracerOptions& options)
      : source_(std::move(source)),
        sink_({options.forks, options.execs, options.exits}),
        engine_(*source_, sink_, std::move(host), engine_options(options)) {}

  Result<void> start() {
    if (auto started = engine_.start(); !started) return started;
    auto pacer = PROCTREE_TRY(Pacer::open(engine_, *source_));
    pacer_.emplace(std::move(pacer));
    return {};
  }

  Result<std::size_t> poll(std::chrono::milliseconds timeout, const Callback& callback) {
    PROCTREE_CHECK(can_deliver());
    const RecordSink::Delivery delivery(sink_, callback);
    PROCTREE_CHECK(report_start());
    if (delivery.count() == 0) wait(timeout);
    const std::uint64_t end = source_->position();
    do {
      const auto events = PROCTREE_TRY(pacer_->turn(kBatch));
      if (events < kBatch) break;
    } while (source_->read_position() < end);
    return delivery.count();
  }

  Result<std::size_t> close(const Callback& callback) {
    PROCTREE_CHECK(can_deliver());
    const RecordSink::Delivery delivery(sink_, callback);
    PROCTREE_CHECK(report_start());
    closed_ = true;
    pacer_->close();
    PROCTREE_CHECK(engine_.stop());
    return delivery.count();
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
  [[nodiscard]] Slot slot(const ProcKey& key) const { return table().find(key); }
  [[nodiscard]] std::optional<ProcKey> key(Slot slot) const {
    return slot == kNoSlot ? std::nullopt : std::optional(table().key(slot));
  }

 private:
  Result<void> can_deliver() const {
    if (auto ours = is_ours(); !ours) return ours;
    if (closed_) return fail(ErrorCode::invalid_argument, "the tracer is closed", "open another one");
    if (sink_.delivering())
      return fail(ErrorCode::invalid_argument, "called from within its own callback",
                  "call it after poll() returns");
    return {};
  }
  Result<void> report_start() {
    if (std::exchange(start_told_, true)) return {};
    return engine_.report_start();
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
  bool start_told_ = false;
  bool closed_ = false;
  bool orphaned_ = false;
};

namespace {

Result<void> check(const TracerOptions& options) {
  if (options.source != EventSource::bpf && options.source != EventSource::netlink)
    return fail(ErrorCode::invalid_argument, "there is no such source of events", "ask for bpf or netlink");
  if (options.ring > RingKind::kernel)
    return fail(ErrorCode::invalid_argument, "there is no such kind of ring", "ask for percpu or kernel");
  if (options.memory_max != 0 && options.memory_max < kLeastMemory)
    return fail(ErrorCode::invalid_argument, "memory_max is below a MiB",
                "give the tree more, or 0 for whatever it needs");
  return {};
}

}  // namespace

Result<Tracer> Tracer::open(const TracerOptions& options) {
  PROCTREE_CHECK(check(options));
  return or_no_memory([&options]() -> Result<Tracer> {
    auto host = PROCTREE_TRY(this_host());
    auto source = PROCTREE_TRY(open_source(options.source, {.args_max = options.args_max,
                                                            .ring_bytes = options.ring_bytes,
                                                            .failed_execs = options.failed_execs,
                                                            .fair_kib = options.fair_kib,
                                                            .ring = options.ring}));
    std::unique_ptr<Impl, Deleter> impl(new Impl(std::move(source), std::move(host), options));
    PROCTREE_CHECK(impl->start());
    return Tracer(std::move(impl));
  });
}

void Tracer::Deleter::operator()(Impl* impl) const {
  if (impl->delivering())
    impl->orphan();
  else
    delete impl;
}

Tracer::Tracer(std::unique_ptr<Impl, Deleter> impl) : impl_(std::move(impl)) {}
Tracer::Tracer(Tracer&& other) noexcept = default;
Tracer& Tracer::operator=(Tracer&& other) noexcept = default;
Tracer::~Tracer() = default;

int Tracer::fd() const { return impl_ ? impl_->fd() : -1; }

namespace {

// Work that may call the user's callback, after which the tracer itself may be gone.
template <class Impl, class Work>
Result<std::size_t> run(Impl* impl, Work work) {
  if (impl == nullptr) return moved_from();
  auto done = or_no_memory([impl, &work] { return work(*impl); });
  if (impl->orphaned() && !impl->delivering()) delete impl;
  return done;
}

}  // namespace

Result<std::size_t> Tracer::poll(std::chrono::milliseconds timeout, const Callback& callback) {
  return run(impl_.get(), [&](Impl& impl) { return impl.poll(timeout, callback); });
}

Result<std::size_t> Tracer::close(const Callback& callback) {
  return run(impl_.get(), [&](Impl& impl) { return impl.close(callback); });
}

std::optional<ProcKey> Tracer::find(std::uint32_t pid) const {
  if (!impl_) return std::nullopt;
  return impl_->key(impl_->table().find(pid));
}

std::optional<ProcKey> Tracer::find(std::uint32_t pid, std::uint64_t start_ns) const {
  if (!impl_) return std::nullopt;
  const ProcKey key{pid, start_ns};
  const Slot exact = impl_->table().find(key);
  return impl_->key(exact != kNoSlot ? exact : impl_->table().find_at_tick(key));
}

std::optional<ProcKey> Tracer::find(std::string_view id) const {
  if (!impl_) return std::nullopt;
  const auto key = parse_process_id(id, impl_->engine().host().id_prefix);
  return key ? find(key->pid, key->start_ns) : std::nullopt;
}

std::optional<ProcessInfo> Tracer::info(const ProcKey& process) const {
  if (!impl_) return std::nullopt;
  const ProcessTable& table = impl_->table();
  const Slot slot = impl_->slot(process);
  if (slot == kNoSlot) return std::nullopt;
  const Node& node = table[slot];
  ProcessInfo info;
  info.key = process;
  const auto creator = creator_of(table, slot);
  info.creator_known = creator.has_value();
  info.creator = creator.value_or(ProcKey{});
  info.edge = node.edge;
  info.exited = node.exited;
  info.known = node.image != kNoImage;
  if (!info.known) return info;
  const Image& image = table.image(node.image);
  info.uid = image.uid;
  info.comm = image.comm;
  info.exe = image.exe;
  info.user = impl_->users().name(image.uid);
  info.exec_seq = image.exec_seq;
  return info;
}

std::string Tracer::id(const ProcKey& process) const {
  std::string id;
  if (!impl_) return id;
  append_process_id(id, impl_->engine().host().id_prefix, process);
  return id;
}

std::string Tracer::chain(const ProcKey& process) const {
  std::string text;
  if (!impl_) return text;
  const Slot slot = impl_->slot(process);
  if (slot != kNoSlot) append_chain(text, TableLineage(impl_->table(), impl_->users(), slot));
  return text;
}

Lineage Tracer::lineage(const ProcKey& process, std::size_t ancestors_max) const {
  Lineage lineage;
  if (!impl_) return lineage;
  fill_lineage(lineage, impl_->table(), impl_->users(), impl_->slot(process), impl_->engine().loss_scope(),
               ancestors_max);
  return lineage;
}

std::vector<ProcKey> Tracer::children(const ProcKey& process, bool ended) const {
  if (!impl_) return {};
  const ProcessTable& table = impl_->table();
  std::vector<ProcKey> children;
  const Slot slot = impl_->slot(process);
  if (slot == kNoSlot) return children;
  for (Slot child = table.first_child(slot); child != kNoSlot; child = table.next_sibling(child)) {
    if (ended || !table[child].exited) children.push_back(table.key(child));
  }
  std::ranges::reverse(children);  // the table has the newest first
  return children;
}

bool Tracer::descends_from(const ProcKey& process, const ProcKey& ancestor) const {
  if (!impl_) return false;
  const ProcessTable& table = impl_->table();
  return any_ancestor(table, impl_->slot(process), [&](Slot slot) { return table.key(slot) == ancestor; });
}

bool Tracer::descends_from(const ProcKey& process, std::string_view comm) const {
  if (!impl_) return false;
  const ProcessTable& table = impl_->table();
  return any_ancestor(table, impl_->slot(process),
                      [&](Slot slot) { return table.comm(slot) == as_comm(comm); });
}

TraceView Tracer::view() {
  if (impl_) return {impl_->engine().table(), impl_->users()};
  thread_local ProcessTable none;
  thread_local UserNames users;
  return {none, users};
}

Totals Tracer::totals() const { return impl_ ? impl_->engine().totals() : Totals{}; }

std::uint64_t Tracer::failed_execs() const { return impl_ ? impl_->engine().failed_execs().value_or(0) : 0; }

std::size_t Tracer::processes() const { return impl_ ? impl_->table().live() : 0; }

std::size_t Tracer::tree_bytes() const { return impl_ ? impl_->table().bytes() : 0; }

bool Tracer::has_gap() const { return impl_ && impl_->engine().has_gap(); }

Result<std::vector<Counter>> Tracer::counters() const {
  if (!impl_) return moved_from();
  PROCTREE_CHECK(impl_->is_ours());
  return or_no_memory([this] { return impl_->engine().counters(); });
}

}  // namespace proctree
