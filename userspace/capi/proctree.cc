// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The C interface: the C++ tracer, with nothing thrown across. Here, the life of a handle.
#include "proctree/proctree.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "capi/handle.hpp"

using proctree::Tracer;
using proctree::capi::fail;
using proctree::capi::guarded;
using proctree::capi::status_of;
using proctree::capi::with_open;

namespace {

// What the caller's struct, perhaps of another version, has of ours; the rest stays as it is.
template <class T>
T read_sized(const T* from, T defaults) {
  std::memcpy(&defaults, from, std::min(from->size, sizeof defaults));
  return defaults;
}

class Nested {
 public:
  explicit Nested(int& depth) : depth_(depth) { ++depth_; }
  ~Nested() { --depth_; }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

 private:
  int& depth_;
};

Tracer::Callback callback_of(struct proctree_tracer& tracer, proctree_callback callback, void* user) {
  if (callback == nullptr) return {};
  return [&tracer, callback, user](const ::proctree::Record& record) {
    const Nested nested(tracer.calling_back);
    callback(&tracer.record.set(record), user);
  };
}

// A call that may call back, after which the handle may be gone.
template <class Work>
int calling_back(struct proctree_tracer* handle, proctree_callback callback, void* user, Work work) {
  const int result = with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) {
    const auto done = work(of, callback_of(tracer, callback, user));
    return done ? static_cast<int>(*done) : fail(tracer, done.error());
  });
  if (handle != nullptr && handle->freed && handle->calling_back == 0) delete handle;
  return result;
}

}  // namespace

const char* proctree_version() { return PROCTREE_VERSION; }

void proctree_options_init(proctree_options* options, size_t size) {
  if (options == nullptr || size < sizeof options->size) return;
  ::proctree::capi::put_sized(::proctree::capi::default_options(), options, size);
  options->size = size;
}

struct proctree_tracer* proctree_new(const proctree_options* options) {
  try {
    auto tracer = std::make_unique<struct proctree_tracer>();
    if (options != nullptr && options->size < sizeof options->size) {
      tracer->wrong_option = "the size of the options is not set (proctree_options_init sets it)";
      return tracer.release();
    }
    const proctree_options all = options == nullptr
                                     ? ::proctree::capi::default_options()
                                     : read_sized(options, ::proctree::capi::default_options());
    tracer->wrong_option = ::proctree::capi::what_is_wrong(all);
    tracer->options = ::proctree::capi::from_c_options(all);
    return tracer.release();
  } catch (...) {
    return nullptr;
  }
}

void proctree_free(struct proctree_tracer* tracer) {
  if (tracer == nullptr || tracer->calling_back == 0) {
    delete tracer;
    return;
  }
  tracer->freed = true;
  tracer->tracer.reset();  // which hands out nothing more
}

namespace {

int open_by(struct proctree_tracer* handle,
            ::proctree::Result<Tracer> (*open)(const ::proctree::TracerOptions&)) {
  return guarded(handle, [open](struct proctree_tracer& tracer) {
    if (tracer.closed) return fail(tracer, EINVAL, "the tracer is closed (proctree_new makes another one)");
    if (tracer.tracer) return fail(tracer, EINVAL, "the tracer is open already");
    if (tracer.wrong_option != nullptr) return fail(tracer, EINVAL, tracer.wrong_option);
    auto opened = open(tracer.options);
    if (!opened) return fail(tracer, opened.error());
    tracer.tracer.emplace(std::move(*opened));
    return 0;
  });
}

}  // namespace

int proctree_open(struct proctree_tracer* tracer) { return open_by(tracer, Tracer::open); }

int proctree_begin_open(struct proctree_tracer* tracer) { return open_by(tracer, Tracer::begin_open); }

int proctree_open_step(struct proctree_tracer* handle, uint32_t budget_us) {
  return with_open(handle, [budget_us](Tracer& of, struct proctree_tracer& tracer) {
    const auto opened = of.open_step(std::chrono::microseconds(budget_us));
    return opened ? static_cast<int>(*opened) : fail(tracer, opened.error());
  });
}

int proctree_is_open(const struct proctree_tracer* tracer) {
  return tracer != nullptr && tracer->tracer && tracer->tracer->is_open() ? 1 : 0;
}

int64_t proctree_load_ns(const struct proctree_tracer* tracer) {
  return tracer == nullptr || !tracer->tracer ? 0 : tracer->tracer->load_time().count();
}

int proctree_fd(const struct proctree_tracer* tracer) {
  return tracer == nullptr || !tracer->tracer ? -EINVAL : tracer->tracer->fd();
}

int proctree_poll(struct proctree_tracer* handle, int timeout_ms, proctree_callback callback, void* user) {
  return calling_back(handle, callback, user, [timeout_ms](Tracer& of, const Tracer::Callback& on_record) {
    return of.poll(std::chrono::milliseconds(timeout_ms), on_record);
  });
}

int proctree_poll_some(struct proctree_tracer* handle, int timeout_ms, uint64_t events_max,
                       proctree_callback callback, void* user) {
  return calling_back(handle, callback, user, [=](Tracer& of, const Tracer::Callback& on_record) {
    return of.poll_some(std::chrono::milliseconds(timeout_ms), events_max, on_record);
  });
}

int proctree_configure(struct proctree_tracer* handle, const proctree_options* options) {
  return with_open(handle, [options](Tracer& of, struct proctree_tracer& tracer) {
    if (options == nullptr || options->size < sizeof options->size)
      return fail(tracer, EINVAL, "no options were given, or their size is not set");
    const proctree_options all = read_sized(options, ::proctree::capi::default_options());
    if (const char* wrong = ::proctree::capi::what_is_wrong(all); wrong != nullptr)
      return fail(tracer, EINVAL, wrong);
    return status_of(of.configure(::proctree::capi::from_c_options(all)), tracer);
  });
}

int proctree_follow(struct proctree_tracer* handle, uint32_t pid) {
  return with_open(handle, [pid](Tracer& of, struct proctree_tracer& tracer) {
    return status_of(of.follow(pid), tracer);
  });
}

int proctree_unfollow(struct proctree_tracer* handle, uint32_t pid) {
  return with_open(handle, [pid](Tracer& of, struct proctree_tracer& tracer) {
    return status_of(of.unfollow(pid), tracer);
  });
}

int proctree_resync_now(struct proctree_tracer* handle, proctree_callback callback, void* user) {
  return calling_back(handle, callback, user,
                      [](Tracer& of, const Tracer::Callback& on_record) { return of.resync(on_record); });
}

int proctree_close(struct proctree_tracer* handle, proctree_callback callback, void* user) {
  return calling_back(handle, callback, user, [handle](Tracer& of, const Tracer::Callback& on_record) {
    auto done = of.close(on_record);
    if (done) handle->closed = true;
    return done;
  });
}
