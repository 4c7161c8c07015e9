// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// The C interface: the C++ tracer, with nothing thrown across.
#include "proctree/proctree.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "capi/c_record.hpp"
#include "proctree/tracer.hpp"

using proctree::ErrorCode;
using proctree::ProcKey;
using proctree::Tracer;
using proctree::TracerOptions;
using proctree::capi::CopiedRecord;
using proctree::capi::CRecord;
using proctree::capi::from_c;
using proctree::capi::to_c;

// `tracer` lives from proctree_open() on.
struct proctree_tracer {
  TracerOptions options;
  const char* wrong_option = nullptr;  // why it can't be opened
  bool closed = false;
  int calling_back = 0;  // callbacks that are running
  bool freed = false;    // in one of them: it goes after that
  std::optional<Tracer> tracer;
  CRecord record;
  std::string error;
  // What proctree_get_info() and proctree_ancestors() point into.
  ::proctree::ProcessInfo info;
  ::proctree::Lineage lineage;
};

namespace {

int errno_of(const ::proctree::Error& error) {
  if (error.system_errno != 0) return error.system_errno;
  switch (error.code) {
    case ErrorCode::invalid_argument:
      return EINVAL;
    case ErrorCode::not_found:
      return ENOENT;
    case ErrorCode::permission:
      return EPERM;
    case ErrorCode::unsupported:
      return ENOTSUP;
    case ErrorCode::no_memory:
      return ENOMEM;
    case ErrorCode::corrupt:
      return EBADMSG;
    case ErrorCode::io:
      break;
  }
  return EIO;
}

int fail(struct proctree_tracer& tracer, int error, const char* why) {
  tracer.error = why;  // short enough to take no memory, or it throws into the guard
  return -error;
}

// `work` takes the handle and returns a number, negative on failure; nothing that it throws gets out.
template <class Work>
auto guarded(struct proctree_tracer* tracer, Work work)
    -> std::invoke_result_t<Work, struct proctree_tracer&> {
  if (tracer == nullptr) return -EINVAL;
  try {
    tracer->error.clear();
    return work(*tracer);
  } catch (const std::bad_alloc&) {
    tracer->error = "no memory";
    return -ENOMEM;
  } catch (...) {
    tracer->error = "internal error";
    return -EIO;
  }
}

// The same for what needs an open tracer.
template <class Work>
auto with_open(struct proctree_tracer* handle, Work work)
    -> std::invoke_result_t<Work, Tracer&, struct proctree_tracer&> {
  return guarded(
      handle,
      [&work](struct proctree_tracer &
              tracer) -> std::invoke_result_t<Work, Tracer&, struct proctree_tracer&> {
        if (!tracer.tracer) return fail(tracer, EINVAL, "the tracer is not open (proctree_open opens it)");
        return work(*tracer.tracer, tracer);
      });
}

int fail(struct proctree_tracer& tracer, const ::proctree::Error& error) {
  tracer.error = error.to_string();
  return -errno_of(error);
}

// What the caller's struct, perhaps of another version, has of ours; the rest stays as it is.
template <class T>
T read_sized(const T* from, T defaults) {
  std::memcpy(&defaults, from, std::min(from->size, sizeof defaults));
  return defaults;
}

void add(const char* const* from, std::vector<std::string>& to) {
  for (; from != nullptr && *from != nullptr; ++from) to.emplace_back(*from);
}

proctree_options default_options() {
  const TracerOptions defaults;
  proctree_options options{};
  options.size = sizeof options;
  options.source = PROCTREE_SOURCE_BPF;
  options.records = PROCTREE_FORKS | PROCTREE_EXECS | PROCTREE_EXITS;
  options.ring_bytes = defaults.ring_bytes;
  options.memory_max = defaults.memory_max;
  options.args_max = defaults.args_max;
  options.exited_ttl_s = static_cast<std::uint32_t>(defaults.exited_ttl.count());
  options.exited_max = defaults.exited_max;
  options.ancestor_args = defaults.ancestor_args;
  options.proc_root = "/proc";
  return options;
}

constexpr std::uint32_t kAllRecords =
    PROCTREE_FORKS | PROCTREE_EXECS | PROCTREE_EXITS | PROCTREE_RUNNING | PROCTREE_FAILED_EXECS;

const char* what_is_wrong(const proctree_options& options) {
  if (options.source > PROCTREE_SOURCE_NETLINK) return "there is no such source (enum proctree_source)";
  if (options.ring > PROCTREE_RING_KERNEL) return "there is no such ring (enum proctree_ring)";
  if ((options.records & ~kAllRecords) != 0) return "records has a bit that this library doesn't know";
  return nullptr;
}

TracerOptions from_c_options(const proctree_options& from) {
  TracerOptions to;
  to.source = from.source == PROCTREE_SOURCE_NETLINK ? ::proctree::EventSource::netlink
                                                     : ::proctree::EventSource::bpf;
  to.forks = (from.records & PROCTREE_FORKS) != 0;
  to.execs = (from.records & PROCTREE_EXECS) != 0;
  to.exits = (from.records & PROCTREE_EXITS) != 0;
  to.running = (from.records & PROCTREE_RUNNING) != 0;
  to.failed_execs = (from.records & PROCTREE_FAILED_EXECS) != 0;
  to.ring_bytes = from.ring_bytes;
  to.memory_max = from.memory_max;
  to.args_max = from.args_max;
  to.exited_ttl = std::chrono::seconds(from.exited_ttl_s);
  to.exited_max = from.exited_max;
  to.fair_kib = from.fair_kib;
  to.ring = static_cast<::proctree::RingKind>(from.ring);
  to.ancestor_args = from.ancestor_args;
  add(from.comms, to.comms);
  add(from.users, to.users);
  add(from.containers, to.containers);
  add(from.under_comms, to.under_comms);
  for (const std::uint32_t* pid = from.under_pids; pid != nullptr && *pid != 0; ++pid) {
    to.under_pids.push_back(*pid);
  }
  if (from.proc_root != nullptr) to.proc_root = from.proc_root;
  return to;
}

int found(const std::optional<ProcKey>& key, struct proctree_tracer& tracer, proctree_key* out) {
  if (out == nullptr) return fail(tracer, EINVAL, "no place for the answer was given");
  if (!key) return fail(tracer, ENOENT, "no such process is known");
  *out = to_c(*key);
  return 0;
}

// Nowhere to put `count` of what the caller asked for.
bool has_no_place(const void* out, std::size_t count) { return out == nullptr && count != 0; }

ssize_t no_place(struct proctree_tracer& tracer) {
  return fail(tracer, EINVAL, "no place for the answer was given, or the size of its elements is 0");
}

ssize_t put(struct proctree_tracer& tracer, const std::string& text, char* out, std::size_t size) {
  if (has_no_place(out, size)) return no_place(tracer);
  if (size != 0) {
    const std::size_t length = std::min(text.size(), size - 1);
    std::memcpy(out, text.data(), length);
    out[length] = '\0';
  }
  return static_cast<ssize_t>(text.size());
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
  const proctree_options defaults = default_options();
  std::memset(options, 0, size);
  std::memcpy(options, &defaults, std::min(size, sizeof defaults));
  options->size = size;
}

struct proctree_tracer* proctree_new(const proctree_options* options) {
  try {
    auto tracer = std::make_unique<struct proctree_tracer>();
    if (options != nullptr && options->size < sizeof options->size) {
      tracer->wrong_option = "the size of the options is not set (proctree_options_init sets it)";
      return tracer.release();
    }
    const proctree_options all =
        options == nullptr ? default_options() : read_sized(options, default_options());
    tracer->wrong_option = what_is_wrong(all);
    tracer->options = from_c_options(all);
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

const char* proctree_last_error(const struct proctree_tracer* tracer) {
  return tracer == nullptr ? "no tracer was given" : tracer->error.c_str();
}

int proctree_open(struct proctree_tracer* handle) {
  return guarded(handle, [](struct proctree_tracer& tracer) {
    if (tracer.closed) return fail(tracer, EINVAL, "the tracer is closed (proctree_new makes another one)");
    if (tracer.tracer) return fail(tracer, EINVAL, "the tracer is open already");
    if (tracer.wrong_option != nullptr) return fail(tracer, EINVAL, tracer.wrong_option);
    auto opened = Tracer::open(tracer.options);
    if (!opened) return fail(tracer, opened.error());
    tracer.tracer.emplace(std::move(*opened));
    return 0;
  });
}

int proctree_fd(const struct proctree_tracer* tracer) {
  return tracer == nullptr || !tracer->tracer ? -EINVAL : tracer->tracer->fd();
}

int proctree_poll(struct proctree_tracer* handle, int timeout_ms, proctree_callback callback, void* user) {
  return calling_back(handle, callback, user, [timeout_ms](Tracer& of, const Tracer::Callback& on_record) {
    return of.poll(std::chrono::milliseconds(timeout_ms), on_record);
  });
}

int proctree_close(struct proctree_tracer* handle, proctree_callback callback, void* user) {
  return calling_back(handle, callback, user, [handle](Tracer& of, const Tracer::Callback& on_record) {
    auto done = of.close(on_record);
    if (done) handle->closed = true;
    return done;
  });
}

const char* proctree_record_chain(const proctree_record* record) {
  try {
    return CRecord::behind(*record).chain();
  } catch (...) {
    return "";
  }
}

size_t proctree_record_ancestors(const proctree_record* record, proctree_ancestor* out, size_t capacity,
                                 size_t element_size, bool* complete) {
  try {
    constexpr std::size_t kAll = ~std::size_t{0};
    const ::proctree::Lineage lineage = CRecord::behind(*record).record().lineage(kAll);
    return ::proctree::capi::fill(lineage, out, capacity, element_size, complete);
  } catch (...) {
    if (complete != nullptr) *complete = false;
    return 0;
  }
}

proctree_record* proctree_record_copy(const proctree_record* record) {
  try {
    auto copy = std::make_unique<CopiedRecord>(CRecord::behind(*record).record());
    // The caller's handle is the record; what is behind it finds the rest.
    return const_cast<proctree_record*>(&copy.release()->c());
  } catch (...) {
    return nullptr;
  }
}

void proctree_record_free(proctree_record* copy) {
  if (copy != nullptr) delete CopiedRecord::of(*copy);
}

int proctree_find(struct proctree_tracer* handle, uint32_t pid, proctree_key* out) {
  return with_open(
      handle, [&](Tracer& of, struct proctree_tracer& tracer) { return found(of.find(pid), tracer, out); });
}

int proctree_find_started(struct proctree_tracer* handle, uint32_t pid, uint64_t start_ns,
                          proctree_key* out) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) {
    return found(of.find(pid, start_ns), tracer, out);
  });
}

int proctree_find_id(struct proctree_tracer* handle, const char* id, proctree_key* out) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) {
    if (id == nullptr) return fail(tracer, EINVAL, "no id was given");
    return found(of.find(std::string_view(id)), tracer, out);
  });
}

int proctree_get_info(struct proctree_tracer* handle, proctree_key process, struct proctree_info* out) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) {
    if (out == nullptr || out->size < sizeof out->size)
      return fail(tracer, EINVAL, "no place for the answer was given, or its size is not set");
    auto info = of.info(from_c(process));
    if (!info) return fail(tracer, ENOENT, "no such process is known");
    tracer.info = std::move(*info);
    const ::proctree::ProcessInfo& from = tracer.info;
    struct proctree_info to {};
    to.size = out->size;
    to.key = to_c(from.key);
    to.creator = to_c(from.creator);
    to.edge = to_c(from.edge);
    to.uid = from.uid;
    to.creator_known = from.creator_known;
    to.exited = from.exited;
    to.known = from.known;
    to.exec_seq = from.exec_seq;
    to.comm = to_c(from.comm);
    to.exe = to_c(from.exe);
    to.user = to_c(from.user);
    std::memset(out, 0, to.size);
    std::memcpy(out, &to, std::min(to.size, sizeof to));
    return 0;
  });
}

ssize_t proctree_chain(struct proctree_tracer* handle, proctree_key process, char* out, size_t size) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) {
    return put(tracer, of.chain(from_c(process)), out, size);
  });
}

ssize_t proctree_id(struct proctree_tracer* handle, proctree_key process, char* out, size_t size) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) {
    return put(tracer, of.id(from_c(process)), out, size);
  });
}

ssize_t proctree_ancestors(struct proctree_tracer* handle, proctree_key process, proctree_ancestor* out,
                           size_t capacity, size_t element_size, bool* complete) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) {
    constexpr std::size_t kAll = ~std::size_t{0};
    if (has_no_place(out, capacity) || (element_size == 0 && capacity != 0)) return no_place(tracer);
    tracer.lineage = of.lineage(from_c(process), kAll);
    return static_cast<ssize_t>(
        ::proctree::capi::fill(tracer.lineage, out, capacity, element_size, complete));
  });
}

ssize_t proctree_children(struct proctree_tracer* handle, proctree_key process, proctree_key* out,
                          size_t capacity) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) {
    if (has_no_place(out, capacity)) return no_place(tracer);
    const auto children = of.children(from_c(process));
    for (std::size_t i = 0; i < std::min(capacity, children.size()); ++i) out[i] = to_c(children[i]);
    return static_cast<ssize_t>(children.size());
  });
}

int proctree_descends_from(struct proctree_tracer* handle, proctree_key process, proctree_key ancestor) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer&) {
    return of.descends_from(from_c(process), from_c(ancestor)) ? 1 : 0;
  });
}

int proctree_descends_from_comm(struct proctree_tracer* handle, proctree_key process, const char* comm) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) {
    if (comm == nullptr) return fail(tracer, EINVAL, "no name was given");
    return of.descends_from(from_c(process), std::string_view(comm)) ? 1 : 0;
  });
}

int proctree_get_totals(struct proctree_tracer* handle, struct proctree_totals* out) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) {
    if (out == nullptr) return fail(tracer, EINVAL, "no place for the answer was given");
    const ::proctree::Totals totals = of.totals();
    *out = {totals.forks, totals.execs, totals.exits, totals.lost, totals.resyncs};
    return 0;
  });
}

int64_t proctree_failed_execs(struct proctree_tracer* handle) {
  return with_open(handle, [](Tracer& of, struct proctree_tracer&) -> std::int64_t {
    return static_cast<std::int64_t>(of.failed_execs());
  });
}

int proctree_has_gap(struct proctree_tracer* handle) {
  return with_open(handle, [](Tracer& of, struct proctree_tracer&) { return of.has_gap() ? 1 : 0; });
}

ssize_t proctree_counters(struct proctree_tracer* handle, proctree_counter* out, size_t capacity) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) -> ssize_t {
    if (has_no_place(out, capacity)) return no_place(tracer);
    const auto counters = of.counters();
    if (!counters) return fail(tracer, counters.error());
    for (std::size_t i = 0; i < std::min(capacity, counters->size()); ++i) {
      out[i] = {(*counters)[i].name.data(), (*counters)[i].value};
    }
    return static_cast<ssize_t>(counters->size());
  });
}
