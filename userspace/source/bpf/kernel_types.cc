// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
#include "source/bpf/kernel_types.hpp"

#include <bpf/btf.h>

#include <cerrno>
#include <memory>

namespace proctree {

namespace {

struct FreeBtf {
  void operator()(btf* types) const { btf__free(types); }
};

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

}  // namespace

Result<KernelTypes> read_kernel_types(const std::string& cgroup_enum) {
  const std::unique_ptr<btf, FreeBtf> types(btf__load_vmlinux_btf());
  if (types == nullptr) {
    return fail_errno("this kernel has no type information (BTF) at /sys/kernel/btf/vmlinux", errno,
                      "proctree needs a kernel built with CONFIG_DEBUG_INFO_BTF=y");
  }
  KernelTypes found;
  found.exit_tells_group_dead = tracepoint_parameters(types.get(), "btf_trace_sched_process_exit") >= 2;
  // What guards them then. Long before, another thing had this name (until 6.12 at most).
  found.preemptible_tracepoints =
      found.exit_tells_group_dead &&
      btf__find_by_name_kind(types.get(), "tracepoint_srcu_srcu_data", BTF_KIND_VAR) > 0 &&
      btf__find_by_name_kind(types.get(), "bpf_preempt_disable", BTF_KIND_FUNC) > 0;
  if (!cgroup_enum.empty()) found.cgroup_subsys = enum_value(types.get(), "cgroup_subsys_id", cgroup_enum);
  return found;
}

}  // namespace proctree
