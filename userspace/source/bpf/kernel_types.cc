// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/kernel_types.hpp"

#include <bpf/btf.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>

namespace proctree {

void FreeBtf::operator()(btf* types) const { btf__free(types); }

namespace {

// Parameters of a tracepoint's handler, without the first (the program's own context).
int tracepoint_parameters(const btf* types, const char* handler) {
  const int id = btf__find_by_name_kind(types, handler, BTF_KIND_TYPEDEF);
  if (id < 0) return -1;
  const btf_type* type = btf__type_by_id(types, btf__type_by_id(types, static_cast<std::uint32_t>(id))->type);
  if (type == nullptr || !btf_is_ptr(type)) return -1;
  type = btf__type_by_id(types, type->type);
  return type == nullptr || !btf_is_func_proto(type) ? -1 : btf_vlen(type) - 1;
}

std::optional<std::int32_t> enum_value(const btf* types, const char* enumeration, const std::string& value) {
  const int id = btf__find_by_name_kind(types, enumeration, BTF_KIND_ENUM);
  if (id < 0) return std::nullopt;
  const btf_type* type = btf__type_by_id(types, static_cast<std::uint32_t>(id));
  for (int i = 0; i < btf_vlen(type); ++i) {
    const struct btf_enum* entry = btf_enum(type) + i;
    if (value == btf__name_by_offset(types, entry->name_off)) return entry->val;
  }
  return std::nullopt;
}

bool has_function(const btf* types, const char* name) {
  return btf__find_by_name_kind(types, name, BTF_KIND_FUNC) > 0;
}

bool has_kfuncs(const btf* types) {
  static constexpr std::array<const char*, 4> kCalled = {"bpf_rdonly_cast", "bpf_iter_num_new",
                                                         "bpf_iter_num_next", "bpf_iter_num_destroy"};
  return std::ranges::all_of(kCalled, [&](const char* name) { return has_function(types, name); });
}

// A member's type, without typedefs and the like; null where there is none of that name.
const btf_type* type_of_member(const btf* types, const btf_type* of, std::string_view name) {
  for (int i = 0; i < btf_vlen(of); ++i) {
    const btf_member* member = btf_members(of) + i;
    if (name == btf__name_by_offset(types, member->name_off))
      return btf__type_by_id(types, static_cast<std::uint32_t>(btf__resolve_type(types, member->type)));
  }
  return nullptr;
}

bool is_named(const btf* types, const btf_type* type, std::string_view name) {
  return type != nullptr && btf_is_struct(type) && name == btf__name_by_offset(types, type->name_off);
}

// A spinlock_t is a struct spinlock of a raw one; on PREEMPT_RT of a mutex.
bool sleeps(const btf* types, const btf_type* lock) {
  if (!is_named(types, lock, "spinlock")) return false;
  for (int i = 0; i < btf_vlen(lock); ++i) {
    const auto* held = btf__type_by_id(
        types, static_cast<std::uint32_t>(btf__resolve_type(types, (btf_members(lock) + i)->type)));
    if (is_named(types, held, "rt_mutex") || is_named(types, held, "rt_mutex_base")) return true;
  }
  return false;
}

bool ring_lock_sleeps(const btf* types) {
  const int ring = btf__find_by_name_kind(types, "bpf_ringbuf", BTF_KIND_STRUCT);
  return ring > 0 &&
         sleeps(types,
                type_of_member(types, btf__type_by_id(types, static_cast<std::uint32_t>(ring)), "spinlock"));
}

}  // namespace

KernelTypes kernel_types_of(const btf* types, const std::string& cgroup_enum) {
  KernelTypes found;
  found.exit_reports_group_dead = tracepoint_parameters(types, "btf_trace_sched_process_exit") >= 2;
  found.task_rename = tracepoint_parameters(types, "btf_trace_task_rename") >= 2;
  // Their lock then. Long before, this name meant something else (until 6.12 at most).
  found.preemptible_tracepoints =
      found.exit_reports_group_dead &&
      btf__find_by_name_kind(types, "tracepoint_srcu_srcu_data", BTF_KIND_VAR) > 0;
  found.kfuncs = has_kfuncs(types) &&
                 (!found.preemptible_tracepoints ||
                  (has_function(types, "bpf_preempt_disable") && has_function(types, "bpf_preempt_enable")));
  found.ring_lock_sleeps = ring_lock_sleeps(types);
  if (!cgroup_enum.empty()) found.cgroup_subsys = enum_value(types, "cgroup_subsys_id", cgroup_enum);
  return found;
}

Result<KernelTypes> read_kernel_types(const std::string& cgroup_enum) {
  const Btf types(btf__load_vmlinux_btf());
  if (types == nullptr) {
    return fail_errno("this kernel has no type information (BTF) at /sys/kernel/btf/vmlinux", errno,
                      "proctree needs a kernel built with CONFIG_DEBUG_INFO_BTF=y");
  }
  return kernel_types_of(types.get(), cgroup_enum);
}

}  // namespace proctree
