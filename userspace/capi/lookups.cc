// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
// What the C interface looks up between polls.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "capi/handle.hpp"

using proctree::ProcKey;
using proctree::Tracer;
using proctree::capi::fail;
using proctree::capi::from_c;
using proctree::capi::has_no_place;
using proctree::capi::status_of;
using proctree::capi::to_c;
using proctree::capi::with_open;

namespace {

int found(const std::optional<ProcKey>& key, struct proctree_tracer& tracer, proctree_key* out) {
  if (out == nullptr) return fail(tracer, EINVAL, "no place for the answer was given");
  if (!key) return fail(tracer, ENOENT, "no such process is known");
  *out = to_c(*key);
  return 0;
}

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

}  // namespace

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
    const auto info = of.info(from_c(process));
    if (!info) return fail(tracer, ENOENT, "no such process is known");
    ::proctree::capi::fill(*info, out, out->size);
    return 0;
  });
}

namespace {

std::vector<::proctree::ProcessInfo> listed(const Tracer& of, std::uint32_t which, const ProcKey& process) {
  const bool ended = (which & PROCTREE_LIST_ENDED) != 0;
  if ((which & ~PROCTREE_LIST_ENDED) == 0) return of.list(ended);
  std::vector<::proctree::ProcessInfo> found;
  for (const ProcKey& key :
       (which & PROCTREE_LIST_CHILDREN) != 0 ? of.children(process, ended) : of.descendants(process, ended)) {
    if (const auto info = of.info(key)) found.push_back(*info);
  }
  return found;
}

}  // namespace

ssize_t proctree_list(struct proctree_tracer* handle, uint32_t which, proctree_key of_process,
                      struct proctree_info* out, size_t capacity, size_t element_size) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) -> ssize_t {
    constexpr std::uint32_t kRelation = PROCTREE_LIST_CHILDREN | PROCTREE_LIST_DESCENDANTS;
    if ((which & ~(kRelation | PROCTREE_LIST_ENDED)) != 0 || (which & kRelation) == kRelation)
      return fail(tracer, EINVAL, "no such list (PROCTREE_LIST_CHILDREN or _DESCENDANTS, and _ENDED)");
    if (has_no_place(out, capacity) || (capacity != 0 && element_size < sizeof out->size))
      return no_place(tracer);
    if ((which & kRelation) != 0 && !of.info(from_c(of_process)))
      return fail(tracer, ENOENT, "no such process is known");
    const auto all = listed(of, which, from_c(of_process));
    auto* at = reinterpret_cast<char*>(out);
    for (std::size_t i = 0; i < std::min(capacity, all.size()); ++i, at += element_size)
      ::proctree::capi::fill(all[i], at, element_size);
    return static_cast<ssize_t>(all.size());
  });
}

int proctree_get_entry(struct proctree_tracer* handle, proctree_key process, struct proctree_entry* out,
                       size_t size) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) {
    if (has_no_place(out, size)) return static_cast<int>(no_place(tracer));
    const auto entry = of.entry(from_c(process));
    if (!entry) return fail(tracer, ENOENT, "no entry of such a process is known");
    ::proctree::capi::fill(*entry, out, size);
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

namespace {

ssize_t put_keys(struct proctree_tracer& tracer, const std::vector<ProcKey>& keys, proctree_key* out,
                 std::size_t capacity) {
  if (has_no_place(out, capacity)) return no_place(tracer);
  for (std::size_t i = 0; i < std::min(capacity, keys.size()); ++i) out[i] = to_c(keys[i]);
  return static_cast<ssize_t>(keys.size());
}

}  // namespace

ssize_t proctree_children(struct proctree_tracer* handle, proctree_key process, proctree_key* out,
                          size_t capacity) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) {
    return put_keys(tracer, of.children(from_c(process)), out, capacity);
  });
}

ssize_t proctree_descendants(struct proctree_tracer* handle, proctree_key process, proctree_key* out,
                             size_t capacity) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) {
    return put_keys(tracer, of.descendants(from_c(process)), out, capacity);
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

int proctree_set_user_data(struct proctree_tracer* handle, proctree_key process, void* data) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) {
    return status_of(of.set_user_data(from_c(process), data), tracer);
  });
}

void* proctree_user_data(struct proctree_tracer* handle, proctree_key process) {
  return handle == nullptr || !handle->tracer ? nullptr : handle->tracer->user_data(from_c(process));
}

int proctree_get_totals(struct proctree_tracer* handle, struct proctree_totals* out) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) {
    if (out == nullptr) return fail(tracer, EINVAL, "no place for the answer was given");
    const ::proctree::Totals totals = of.totals();
    *out = {totals.forks, totals.execs, totals.exits, totals.lost, totals.resyncs};
    return 0;
  });
}

int proctree_read_totals(struct proctree_tracer* handle, struct proctree_totals* out, size_t size) {
  return with_open(handle, [&](Tracer& of, struct proctree_tracer& tracer) {
    if (has_no_place(out, size)) return static_cast<int>(no_place(tracer));
    const ::proctree::Totals totals = of.totals();
    const proctree_totals all{totals.forks, totals.execs, totals.exits, totals.lost, totals.resyncs};
    ::proctree::capi::put_sized(all, out, size);
    return 0;
  });
}

int64_t proctree_processes(struct proctree_tracer* handle) {
  return with_open(
      handle, [](Tracer& of, struct proctree_tracer&) { return static_cast<std::int64_t>(of.processes()); });
}

int64_t proctree_tree_bytes(struct proctree_tracer* handle) {
  return with_open(
      handle, [](Tracer& of, struct proctree_tracer&) { return static_cast<std::int64_t>(of.tree_bytes()); });
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
