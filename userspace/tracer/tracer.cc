// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "proctree/tracer.hpp"

#include <algorithm>
#include <cstdint>
#include <new>
#include <utility>

#include "base/try.hpp"
#include "engine/host.hpp"
#include "source/open_source.hpp"
#include "tracer/tracer_impl.hpp"

namespace proctree {

namespace {

constexpr std::uint64_t kLeastMemory = 1024 * 1024;

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

Result<void> check(const TracerOptions& options) {
  if (options.source != EventSource::bpf && options.source != EventSource::netlink)
    return fail(ErrorCode::invalid_argument, "there is no such source of events", "ask for bpf or netlink");
  if (options.ring > RingKind::kernel)
    return fail(ErrorCode::invalid_argument, "there is no such kind of ring", "ask for percpu or kernel");
  if ((options.keep & ~kKeepAll) != 0)
    return fail(ErrorCode::invalid_argument, "keep has a bit that this library doesn't know",
                "ask for kKeepArgs and those behind it");
  if (options.memory_max != 0 && options.memory_max < kLeastMemory)
    return fail(ErrorCode::invalid_argument, "memory_max is below a MiB",
                "give the tree more, or 0 for whatever it needs");
  return check_filters(options);
}

}  // namespace

Result<Tracer> Tracer::open(const TracerOptions& options) {
  auto tracer = PROCTREE_TRY(begin_open(options));
  static_cast<void>(PROCTREE_TRY(tracer.open_step(std::chrono::microseconds::max())));
  return tracer;
}

Result<Tracer> Tracer::begin_open(const TracerOptions& options) {
  const auto began = std::chrono::steady_clock::now();
  PROCTREE_CHECK(check(options));
  auto tracer = or_no_memory([&options]() -> Result<Tracer> {
    auto host = PROCTREE_TRY(this_host());
    VariableNames env;
    for (const std::string& name : options.env) PROCTREE_CHECK(env.add(name));
    auto source = PROCTREE_TRY(open_source(options.source, {.args_max = options.args_max,
                                                            .ring_bytes = options.ring_bytes,
                                                            .followable = options.followable,
                                                            .failed_execs = options.failed_execs,
                                                            .fair_kib = options.fair_kib,
                                                            .ring = options.ring,
                                                            .env = std::move(env),
                                                            .env_max = options.env_max,
                                                            .stdio = options.stdio}));
    return TracerAccess::begin_open(std::move(source), std::move(host), options);
  });
  if (tracer) tracer->impl_->load_time = std::chrono::steady_clock::now() - began;
  return tracer;
}

Result<bool> Tracer::open_step(std::chrono::microseconds budget) {
  if (!impl_) return moved_from();
  PROCTREE_CHECK(impl_->usable());
  auto opened = or_no_memory([&] { return impl_->open_step(budget); });
  if (!opened) impl_->fail_opening(opened.error());
  return opened;
}

bool Tracer::is_open() const { return impl_ && impl_->is_open(); }

std::chrono::nanoseconds Tracer::load_time() const {
  return impl_ ? impl_->load_time : std::chrono::nanoseconds{};
}

Result<Tracer> TracerAccess::begin_open(std::unique_ptr<Source> source, Host host,
                                        const TracerOptions& options) {
  PROCTREE_CHECK(check_own(options, host));
  std::unique_ptr<Tracer::Impl, Tracer::Deleter> impl(
      new Tracer::Impl(std::move(source), std::move(host), options));
  PROCTREE_CHECK(impl->begin_open());
  return Tracer(std::move(impl));
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
  return poll_some(timeout, 0, callback);
}

Result<std::size_t> Tracer::poll_some(std::chrono::milliseconds timeout, std::uint64_t events_max,
                                      const Callback& callback) {
  return run(impl_.get(), [&](Impl& impl) { return impl.poll(timeout, events_max, callback); });
}

Result<void> Tracer::configure(const TracerOptions& options) {
  if (!impl_) return moved_from();
  return or_no_memory([&] { return impl_->configure(options); });
}

Result<void> Tracer::follow(std::uint32_t pid) {
  if (!impl_) return moved_from();
  PROCTREE_CHECK(impl_->can_change());
  return or_no_memory([&] { return impl_->engine().follow(pid); });
}

Result<void> Tracer::unfollow(std::uint32_t pid) {
  if (!impl_) return moved_from();
  PROCTREE_CHECK(impl_->can_change());
  return or_no_memory([&] { return impl_->engine().unfollow(pid); });
}

Result<std::size_t> Tracer::resync(const Callback& callback) {
  return run(impl_.get(), [&](Impl& impl) { return impl.resync(callback); });
}

Result<std::size_t> Tracer::close(const Callback& callback) {
  return run(impl_.get(), [&](Impl& impl) { return impl.close(callback); });
}

Result<void> Tracer::set_user_data(const ProcKey& process, void* data) {
  if (!impl_) return moved_from();
  return or_no_memory([&] { return impl_->set_user_data(process, data); });
}

void* Tracer::user_data(const ProcKey& process) const { return impl_ ? impl_->user_data(process) : nullptr; }

Totals Tracer::totals() const { return impl_ ? impl_->engine().totals() : Totals{}; }

std::uint64_t Tracer::failed_execs() const { return impl_ ? impl_->engine().failed_execs().value_or(0) : 0; }

std::size_t Tracer::processes() const { return opened() != nullptr ? impl_->table().live() : 0; }

std::size_t Tracer::tree_bytes() const { return impl_ ? impl_->table().bytes() : 0; }

bool Tracer::has_gap() const { return impl_ && impl_->engine().has_gap(); }

Result<std::vector<Counter>> Tracer::counters() const {
  if (!impl_) return moved_from();
  PROCTREE_CHECK(impl_->is_ours());
  return or_no_memory([this] { return impl_->engine().counters(); });
}

}  // namespace proctree
